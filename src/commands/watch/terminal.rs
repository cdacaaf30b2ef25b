//! The terminal: taken over for as long as a [`Screen`] lives, and given back as it was.

use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcgetwinsize, tcsetattr,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use signal_hook::low_level::emulate_default_handler;

use super::frame::{self, Line, Size};
use super::keys::{Key, keys};
use crate::commands::error::Error;

/// To the alternate screen, without a cursor, and where a character that is wider than expected moves nothing to the
/// next line; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/// Signals that end a watch as a key does: the terminal is given back first.
const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
/// The size of a terminal that does not report it.
const USUAL: Size = Size {
    rows: 24,
    columns: 80,
};

/// Whether standard output is a terminal on which a listing can be painted.
pub fn is_paintable() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|name| name.is_empty() || name == "dumb");
    stdout().is_terminal() && !dumb
}

/// What ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The time is over.
    Time,
    /// The screen must be painted again.
    Repaint,
    Key(Key),
}

/// A terminal that was taken over.
pub struct Screen<'a> {
    out: &'a mut dyn Write,
    signals: SignalDelivery<UnixStream, SignalOnly>,
    /// How standard input was, where it is a terminal from which keys are read.
    modes: Option<Termios>,
    /// Keys that were read and not yet returned.
    keys: std::vec::IntoIter<Key>,
}

impl<'a> Screen<'a> {
    /// Takes over the terminal to which `out` writes. From here on the signals that end a program end
    /// the watch.
    pub fn enter(out: &'a mut dyn Write) -> Result<Screen<'a>, Error> {
        let signals = ENDING.into_iter().chain([SIGWINCH, SIGTSTP, SIGCONT]);
        let signals = UnixStream::pair()
            .and_then(|(read, write)| SignalDelivery::with_pipe(read, write, SignalOnly, signals))
            .map_err(Error::Signals)?;
        let mut screen = Screen {
            out,
            signals,
            modes: tcgetattr(stdin()).ok(),
            keys: Vec::new().into_iter(),
        };
        screen.take().map_err(Error::Output)?;
        Ok(screen)
    }

    /// The terminal's size now.
    pub fn size(&self) -> Size {
        match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_row > 0 && size.ws_col > 0 => Size {
                rows: size.ws_row.into(),
                columns: size.ws_col.into(),
            },
            _ => USUAL,
        }
    }

    /// Paints lines, in one write.
    pub fn paint(&mut self, lines: &[Line<'_>], size: Size) -> Result<(), Error> {
        let bytes = frame::paint(lines, size);
        self.write(&bytes).map_err(Error::Output)
    }

    /// Waits until a moment, a key or a signal.
    pub fn wait(&mut self, until: Instant) -> Result<Event, Error> {
        loop {
            if let Some(key) = self.keys.next() {
                return Ok(Event::Key(key));
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.poll(left).map_err(Error::Terminal)? {
                None => return Ok(Event::Time),
                Some(ready) => {
                    if ready.input {
                        self.read_keys();
                    }
                    if ready.signal {
                        if let Some(event) = self.handle_signals().map_err(Error::Terminal)? {
                            return Ok(event);
                        }
                    }
                }
            }
        }
    }

    fn poll(&self, left: Duration) -> io::Result<Option<Ready>> {
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let stdin = stdin();
        let signal = PollFd::from_borrowed_fd(self.signals.get_read().as_fd(), PollFlags::IN);
        let input = PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN);
        let mut both = [signal, input];
        let polled = if self.modes.is_some() { 2 } else { 1 };
        match poll(&mut both[..polled], Some(&timeout)) {
            Ok(0) => Ok(None),
            // A signal, which has left its mark in the pipe.
            Err(rustix::io::Errno::INTR) => Ok(Some(Ready::default())),
            Ok(_) => Ok(Some(Ready {
                signal: !both[0].revents().is_empty(),
                input: !both[1].revents().is_empty(),
            })),
            Err(error) => Err(error.into()),
        }
    }

    fn read_keys(&mut self) {
        let mut bytes = [0; 256];
        let pressed = match rustix::io::read(stdin(), &mut bytes) {
            Ok(length) if length > 0 => keys(&bytes[..length]),
            Err(rustix::io::Errno::INTR) => return,
            // Nobody can press a key any more.
            _ => vec![Key::Quit],
        };
        self.keys = pressed.into_iter();
    }

    fn handle_signals(&mut self) -> io::Result<Option<Event>> {
        let signals: Vec<i32> = self.signals.pending().collect();
        let came = |any: &[i32]| any.iter().any(|signal| signals.contains(signal));
        if came(&ENDING) {
            return Ok(Some(Event::Key(Key::Quit)));
        }
        if came(&[SIGTSTP]) {
            self.give_back();
            emulate_default_handler(SIGTSTP)?;
        }
        // While the program was stopped, another may have used the terminal.
        if came(&[SIGTSTP, SIGCONT]) {
            self.take()?;
        }
        Ok((!signals.is_empty()).then_some(Event::Repaint))
    }

    fn take(&mut self) -> io::Result<()> {
        if let Some(before) = &self.modes {
            let mut modes = before.clone();
            // Ctrl-C and Ctrl-Z stay signals.
            modes
                .local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO);
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(stdin(), OptionalActions::Now, &modes)?;
        }
        self.write(ENTER)
    }

    /// Where the terminal is gone nothing can be given back.
    fn give_back(&mut self) {
        let _ = self.write(LEAVE);
        if let Some(before) = &self.modes {
            // What was pressed was meant for the watch.
            let _ = tcflush(stdin(), QueueSelector::IFlush);
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// What a poll found.
#[derive(Clone, Copy, Default)]
struct Ready {
    signal: bool,
    input: bool,
}
