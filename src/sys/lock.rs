//! One replacement at a time: a lock that the system frees even when its holder is killed.
//!
//! It is a lock on one byte of a file, the byte at the number of the network namespace: each namespace
//! has a table of its own, and replacements of different ones need not wait for one another.

use std::fs::{File, OpenOptions};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use crate::error::Error;
use crate::netns::Place;

/// The file that is locked.
pub const PATH: &str = "/run/ipvsadm.lock";
/// Between two looks whether the lock is free.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock of a namespace, which goes with the returned value.
///
/// # Errors
/// [`Error::Locked`] where another run still holds it after `wait`, [`Error::Lock`] where the file
/// cannot be opened.
pub fn take(place: &Place, wait: Duration, mut notice: impl FnMut(&str)) -> Result<File, Error> {
    let failed = |source: io::Error| Error::Lock { source };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(PATH)
        .map_err(failed)?;
    let region = region(place);
    let deadline = Instant::now() + wait;
    let mut told = false;
    loop {
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&region)) {
            Ok(_) => return Ok(file),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) => {}
            Err(errno) => return Err(failed(errno.into())),
        }
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

/// The byte of a namespace; all of them where there is no /proc to tell its number.
fn region(place: &Place) -> libc::flock {
    let number = place
        .inode()
        .ok()
        .and_then(|inode| libc::off_t::try_from(inode).ok());
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: number.unwrap_or(0),
        // 0 is up to the end, wherever that may be.
        l_len: number.map_or(0, |_| 1),
        l_pid: 0,
    }
}
