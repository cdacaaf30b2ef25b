//! One replacement at a time: a lock that the system frees even when its holder is killed.
//!
//! It is a lock on one byte of a file, the byte at the number of the network namespace: each namespace
//! has a table of its own, and replacements of different ones need not wait for one another.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::unistd::geteuid;

use thiserror::Error;

use super::netns::Netns;
use super::words::counted;

/// The file that is locked.
pub const PATH: &str = "/run/ipvsadm.lock";
/// Its permissions.
const MODE: u32 = 0o600;
/// Between two looks whether the lock is free.
const PAUSE: Duration = Duration::from_millis(50);

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum LockError {
    #[error("cannot lock {PATH}: {0}")]
    Unusable(#[source] io::Error),
    #[error(
        "another ipvsadm is still changing the table after {}: nothing was changed (see --wait)",
        counted(.waited.as_secs(), "second")
    )]
    Held { waited: Duration },
}

impl LockError {
    /// Whether the caller has no right to the lock.
    pub fn is_permission(&self) -> bool {
        matches!(self, LockError::Unusable(source) if source.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// Takes the lock of a namespace, which goes with the returned value; there is none where the system has no `/run`,
/// as in a rescue system or a container of one program: no other run could look for the lock there either.
///
/// # Errors
/// [`LockError::Held`] where another run still holds it after `wait`, [`LockError::Unusable`] where the file cannot
/// be opened or locked.
pub fn take(
    netns: &Netns,
    wait: Duration,
    mut notice: impl FnMut(&str),
) -> Result<Option<File>, LockError> {
    let file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(LockError::Unusable)?,
    };
    let region = region(netns);
    let deadline = Instant::now() + wait;
    let mut told = false;
    loop {
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&region)) {
            Ok(_) => return Ok(Some(file)),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) => {}
            Err(errno) => return Err(LockError::Unusable(errno.into())),
        }
        if Instant::now() >= deadline {
            return Err(LockError::Held { waited: wait });
        }
        if !told {
            told = true;
            notice("another ipvsadm is changing the table: waiting for it to finish");
        }
        sleep(PAUSE);
    }
}

/// Opens the file, which only root can open: any process that can open it can hold the lock for ever.
pub(super) fn open() -> io::Result<File> {
    let is_root = geteuid().is_root();
    let file = OpenOptions::new()
        .write(true)
        // Root could not use one that another user created.
        .create(is_root)
        .truncate(false)
        .mode(MODE)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(PATH)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if !is_root => {
                io::Error::new(io::ErrorKind::PermissionDenied, "only root may create it")
            }
            _ => error,
        })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.nlink() != 1 || metadata.uid() != 0 {
        return Err(io::Error::other(
            "it is not a regular file that belongs to root: remove it, and it is created again",
        ));
    }
    if metadata.mode() & 0o7777 != MODE {
        // Earlier versions left it open to be read, and so locked, by everybody.
        file.set_permissions(Permissions::from_mode(MODE))?;
    }
    Ok(file)
}

/// The byte of a namespace; all of them where there is no /proc to find its number in.
fn region(netns: &Netns) -> libc::flock {
    let number = netns
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
