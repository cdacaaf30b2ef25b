//! A pseudo-terminal in which a program of a host runs, and the screen that its user would see.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use net::{Context, Host, Result};
use nix::libc::O_NOCTTY;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal, and the program that has it.
pub struct Terminal {
    /// The user's end: what is written there was typed, what is read there is shown.
    user: File,
    /// The program's end, kept open so that its modes can be asked for when the program has ended.
    line: File,
    modes: String,
    screen: vt100::Parser,
    child: Child,
}

impl Terminal {
    /// Starts a command line in a terminal of its own.
    pub fn start(host: &Host, line: &str, rows: u16, columns: u16) -> Result<Self> {
        println!(
            "\n{}# {line}    (on a terminal of {columns} x {rows})",
            host.name()
        );
        let user = open().context(|| "a pseudo-terminal".to_owned())?;
        let path = ptsname(&user, Vec::new()).context(|| "a pseudo-terminal".to_owned())?;
        let path = path.to_string_lossy().into_owned();
        let what = || path.clone();
        let end = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(O_NOCTTY)
            .open(&path)
            .context(what)?;
        set_size(&user, rows, columns).context(what)?;
        // Before the program can change them.
        let before = modes(&end).context(what)?;
        let child = host
            .on(|| {
                Command::new("setsid")
                    .args(["-c", "sh", "-c", &format!("exec {line}")])
                    .env("TERM", "xterm")
                    .stdin(end.try_clone()?)
                    .stdout(end.try_clone()?)
                    .stderr(end.try_clone()?)
                    .spawn()
            })?
            .context(|| line.to_owned())?;
        Ok(Self {
            modes: before,
            user: File::from(user),
            line: end,
            screen: vt100::Parser::new(rows, columns, 0),
            child,
        })
    }

    /// The screen as the user sees it.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// A line of the screen, without the blanks at its end.
    pub fn row(&self, row: usize) -> String {
        let (_, columns) = self.screen().size();
        let mut rows = self.screen().rows(0, columns);
        rows.nth(row).unwrap_or_default()
    }

    /// Follows what is shown until it is as wished; whether it came to that.
    pub fn until(&mut self, wished: impl Fn(&Self) -> bool) -> Result<bool> {
        let end = Instant::now() + PATIENCE;
        loop {
            if wished(self) {
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            self.follow(Duration::from_millis(100))
                .context(|| "reading a terminal".to_owned())?;
        }
    }

    /// Takes in what is shown within some time.
    fn follow(&mut self, time: Duration) -> io::Result<()> {
        let timeout = Timespec::try_from(time).map_err(io::Error::other)?;
        let mut ready = [PollFd::new(&self.user, PollFlags::IN)];
        if poll(&mut ready, Some(&timeout))? > 0 {
            let mut bytes = [0; 4096];
            let length = self.user.read(&mut bytes)?;
            self.screen.process(&bytes[..length]);
        }
        Ok(())
    }

    /// Types something.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        println!("typed: {}", keys.escape_debug());
        self.user
            .write_all(keys.as_bytes())
            .context(|| "typing".to_owned())
    }

    /// Gives the window another size.
    pub fn resize(&mut self, rows: u16, columns: u16) -> Result<()> {
        println!("the window is now {columns} x {rows}");
        self.screen.screen_mut().set_size(rows, columns);
        set_size(&self.user, rows, columns).context(|| "resizing".to_owned())
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        println!("signal: {signal}");
        let id = Pid::from_raw(self.child.id() as i32);
        kill(id, signal).context(|| signal.to_string())
    }

    /// Whether the program is stopped.
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        stat.is_ok_and(|stat| stat.contains(") T "))
    }

    /// What of the terminal is not as it was before the program came.
    pub fn not_given_back(&self) -> Vec<String> {
        let mut found = Vec::new();
        match modes(&self.line) {
            Ok(modes) if modes == self.modes => {}
            Ok(modes) => found.push(format!("{modes} instead of {}", self.modes)),
            Err(error) => found.push(format!("modes: {error}")),
        }
        if self.screen().alternate_screen() {
            found.push("the alternate screen".to_owned());
        }
        if self.screen().hide_cursor() {
            found.push("no cursor".to_owned());
        }
        found
    }

    /// Waits for the program's end and takes in all that it has left on the screen.
    pub fn end(&mut self) -> Result<ExitStatus> {
        let end = Instant::now() + PATIENCE;
        loop {
            let what = || "waiting for the program in the terminal".to_owned();
            self.follow(Duration::from_millis(50)).context(what)?;
            if let Some(status) = self.child.try_wait().context(what)? {
                self.follow(Duration::from_millis(50)).context(what)?;
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(io::Error::from(io::ErrorKind::TimedOut)).context(what);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Takes the terminal away, and waits for the program's end; its status, if it came to that.
    pub fn hang_up(mut self) -> Result<Option<ExitStatus>> {
        println!("the terminal is gone");
        let what = || "a terminal that is gone".to_owned();
        // Whoever has the other end of this one gets an error for whatever is written.
        self.user = File::open("/dev/null").context(what)?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().context(what)? {
                return Ok(Some(status));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(None)
    }

    /// Prints the screen into the transcript.
    pub fn show(&self) {
        let (_, columns) = self.screen().size();
        for row in self.screen().rows(0, columns) {
            println!("| {row}");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Where a lab ends early its program must not stay behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open() -> rustix::io::Result<OwnedFd> {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&user)?;
    unlockpt(&user)?;
    Ok(user)
}

fn set_size(terminal: impl std::os::fd::AsFd, rows: u16, columns: u16) -> rustix::io::Result<()> {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size)
}

/// All modes of a terminal, to be compared.
fn modes(terminal: &File) -> rustix::io::Result<String> {
    Ok(format!("{:?}", tcgetattr(terminal)?))
}
