//! Where the path of an output leads, and whether it may be written to.
//!
//! The path is the caller's, but in a directory where others may write what it leads to can be theirs. So everything
//! is opened relative to the directory that was opened first, and judged by what was opened.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use rustix::fs::{
    CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, Stat, fcntl_getfl, fcntl_setfl, fstat, fstatfs,
    openat, readlinkat,
};
use rustix::io::Errno;

/// As many links as the kernel follows.
const LINKS: usize = 40;
/// Bits of a directory's mode that say that others may put something there.
const SHARED: u32 = 0o1002;
/// The descriptors of this process.
const OWN_DESCRIPTORS: &str = "/proc/self/fd";

/// What a path leads to.
#[derive(Debug)]
pub enum Target {
    /// A regular file, or none yet.
    File(TargetFile),
    /// Something that cannot be replaced, only written to: a device, a pipe, a descriptor of this process.
    Stream(File),
}

/// A name in a directory.
#[derive(Debug)]
pub struct TargetFile {
    pub directory: OwnedFd,
    pub name: OsString,
    /// The regular file that has the name.
    pub old: Option<Stat>,
}

/// Follows a path to its end.
///
/// # Errors
/// Where it leads to a directory, through too many links, or nowhere that can be opened; and where a link or a file
/// belongs neither to the caller nor to the owner of its directory, if others may write to that directory: sticky or
/// world-writable. These are the rules of `fs.protected_symlinks`, `protected_fifos` and `protected_regular`
/// in proc_sys_fs(5), whatever the system has set them to.
pub fn resolve(path: &Path) -> io::Result<Target> {
    let mut base: Option<OwnedFd> = None;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let (directory, name) = open_parent(base.as_ref(), &path)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let found = match openat(&directory, &name, flags, Mode::empty()) {
            Ok(found) => found,
            Err(Errno::NOENT) => {
                return Ok(Target::File(TargetFile {
                    directory,
                    name,
                    old: None,
                }));
            }
            Err(errno) => return Err(errno.into()),
        };
        let stat = fstat(&found)?;
        judge(&fstat(&directory)?, &stat, geteuid().as_raw())?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                return Ok(Target::File(TargetFile {
                    directory,
                    name,
                    old: Some(stat),
                }));
            }
            FileType::Directory => return Err(Errno::ISDIR.into()),
            FileType::Symlink if fstatfs(&directory)?.f_type == PROC_SUPER_MAGIC => {
                return open_descriptor(&directory, &name).map(Target::Stream);
            }
            FileType::Symlink => {
                let target = readlinkat(&found, "", Vec::new())?;
                path = PathBuf::from(OsString::from_vec(target.into_bytes()));
                base = Some(directory);
            }
            _ => return open_stream(&directory, &name, &stat).map(Target::Stream),
        }
    }
    Err(Errno::LOOP.into())
}

/// Opens the directory of a path, and returns it with the path's last name.
fn open_parent(base: Option<&OwnedFd>, path: &Path) -> io::Result<(OwnedFd, OsString)> {
    let name = match path.file_name() {
        Some(name) if !path.as_os_str().as_bytes().ends_with(b"/") => name,
        _ if path.as_os_str().is_empty() => return Err(Errno::NOENT.into()),
        _ => return Err(Errno::ISDIR.into()),
    };
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let base = base.map_or(CWD, AsFd::as_fd);
    let open = |flags| {
        openat(
            base,
            parent,
            flags | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
    };
    // Files can be made in a directory that its user may not list.
    let directory = match open(OFlags::RDONLY) {
        Err(Errno::ACCESS) => open(OFlags::PATH)?,
        opened => opened?,
    };
    Ok((directory, name.to_owned()))
}

/// Refuses what somebody else has put where others may write.
fn judge(directory: &Stat, found: &Stat, caller: u32) -> io::Result<()> {
    let owner = found.st_uid;
    if directory.st_mode & SHARED == 0 || owner == caller || owner == directory.st_uid {
        return Ok(());
    }
    let what = match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => "a file",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        _ => "something",
    };
    Err(io::Error::other(format!(
        "it is {what} of the user {owner}, in a directory where others may write: \
         remove it, or save into a directory of your own"
    )))
}

/// Opens a descriptor of a process as a file of /proc stands for it.
///
/// The standard streams are written to as they are, at the place that they have come to.
fn open_descriptor(directory: &OwnedFd, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let own = openat(CWD, OWN_DESCRIPTORS, flags, Mode::empty()).and_then(fstat);
    let is_own = own.is_ok_and(|own| fstat(directory).is_ok_and(|stat| is_same(&own, &stat)));
    let duplicate = |stream: BorrowedFd<'_>| stream.try_clone_to_owned().map(File::from);
    match name.as_bytes() {
        b"1" if is_own => duplicate(io::stdout().as_fd()),
        b"2" if is_own => duplicate(io::stderr().as_fd()),
        _ => open_for_writing(directory, name, OFlags::APPEND),
    }
}

/// Opens what was found there, if it still is.
fn open_stream(directory: &OwnedFd, name: &OsStr, found: &Stat) -> io::Result<File> {
    let file = open_for_writing(directory, name, OFlags::NOFOLLOW)?;
    if is_same(&fstat(&file)?, found) {
        Ok(file)
    } else {
        Err(io::Error::other(
            "it was replaced by something else meanwhile",
        ))
    }
}

/// Opens something without waiting for a reader.
fn open_for_writing(directory: &OwnedFd, name: &OsStr, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Err(Errno::NXIO) => return Err(io::Error::other("no process reads from it")),
        opened => opened?,
    };
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file.into())
}

/// Whether two looks were at the same file.
pub fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}
