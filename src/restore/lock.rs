//! One replacement at a time: a lock file that the system frees even when its holder is killed.

use std::fs::{File, OpenOptions};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::error::Error;

/// The file that is locked.
pub const PATH: &str = "/run/ipvsadm.lock";
/// Between two looks whether the lock is free.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock, which goes with the returned value.
///
/// # Errors
/// [`Error::Locked`] where another run still holds it after `wait`, [`Error::Lock`] where the file
/// cannot be opened.
pub fn take(wait: Duration, mut notice: impl FnMut(&str)) -> Result<Flock<File>, Error> {
    let failed = |source: std::io::Error| Error::Lock { source };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(PATH)
        .map_err(failed)?;
    let deadline = Instant::now() + wait;
    let mut told = false;
    loop {
        file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((file, Errno::EWOULDBLOCK | Errno::EINTR)) => file,
            Err((_, errno)) => return Err(failed(errno.into())),
        };
        if Instant::now() >= deadline {
            return Err(Error::Locked { waited: wait });
        }
        if !told {
            told = true;
            notice("another ipvsadm replaces the table: waiting for it to end");
        }
        sleep(PAUSE);
    }
}
