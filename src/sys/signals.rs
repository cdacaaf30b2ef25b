//! SIGINT and SIGTERM as something to look at, for work that must not be left half done.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

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
