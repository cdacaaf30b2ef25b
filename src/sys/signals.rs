//! Signals: SIGINT and SIGTERM as something to look at, for work that must not be left half done, and the ends by
//! SIGPIPE and SIGABRT.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGABRT, SIGINT, SIGPIPE, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use signal_hook::low_level::emulate_default_handler;

/// How long a signal may go unnoticed.
const TICK: Duration = Duration::from_millis(50);

/// Whether a signal came since [`Interrupt::catch`].
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From here on the signals do not end the program.
    ///
    /// # Errors
    /// Where the system refuses to install a handler.
    pub fn catch() -> io::Result<Interrupt> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&came))?;
        }
        Ok(Interrupt(came))
    }

    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps until then; false where a signal came first.
    pub fn sleep_until(&self, end: Instant) -> bool {
        while !self.came() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(TICK));
        }
        false
    }
}

/// From here on an abort ends the process with an exit status instead of the signal.
///
/// The one that is to be expected is that of the standard library where memory is exhausted: it says so on standard
/// error first, and what has no room for an error of its own must not look like a crash, with a core file.
///
/// # Errors
/// Where the system refuses to install a handler.
pub fn exit_on_abort(status: u8) -> io::Result<()> {
    let always = Arc::new(AtomicBool::new(true));
    register_conditional_shutdown(SIGABRT, i32::from(status), always).map(drop)
}

/// Ends the process as the default action of SIGPIPE does, so that the caller sees the status that a pipeline
/// expects of a program whose reader has gone (141 in a shell).
///
/// Rust's runtime ignores the signal from the start: a write to a closed pipe is an error like any other.
///
/// # Errors
/// Where the system refuses to restore the default action; otherwise it does not return.
pub fn end_by_sigpipe() -> io::Result<()> {
    emulate_default_handler(SIGPIPE)
}
