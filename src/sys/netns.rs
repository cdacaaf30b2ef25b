//! Network namespaces: where a run looks and changes, if not in the caller's own.
//!
//! A thread enters a namespace only while it opens something, and comes back: a socket, and a file of
//! /proc/net, belong for good to the namespace in which they were opened. So everything else that a
//! run does (names, files, modules) is the caller's without more ado. It is the main thread that
//! does it, because /proc/net shows that thread's namespace.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use rustix::fs::{FsWord, Mode, OFlags, fstatfs};
use thiserror::Error;

/// Where `ip netns` keeps the namespaces that have names.
const DIRECTORIES: [&str; 2] = ["/run/netns", "/var/run/netns"];
/// The type of the file system that namespaces are files of; see statfs(2).
const NSFS_MAGIC: FsWord = 0x6e73_6673;
/// The namespace that the calling thread is in.
const OWN: &str = "/proc/thread-self/ns/net";

/// Why a namespace cannot be worked in.
#[derive(Debug, Error)]
pub enum NetnsError {
    #[error(
        "there is not a network namespace '{0}': it is looked for under {directory}, \
         where 'ip netns list' finds them, and as a path or the number of a process",
        directory = DIRECTORIES[0]
    )]
    Missing(String),
    #[error("'{0}' is not a network namespace")]
    NotOne(String),
    #[error("Permission denied (you must be root): cannot enter the network namespace '{0}'")]
    Denied(String),
    #[error("cannot enter the network namespace '{name}': {source}")]
    Enter { name: String, source: io::Error },
    #[error("cannot return from the network namespace '{name}': {source}")]
    Leave { name: String, source: io::Error },
}

/// Where a run works.
#[derive(Debug, Default)]
pub enum Netns {
    /// In the caller's own namespace.
    #[default]
    Own,
    Other(Namespace),
}

/// A network namespace that is kept open.
#[derive(Debug)]
pub struct Namespace {
    /// As it was asked for.
    name: String,
    path: PathBuf,
    file: File,
}

impl Netns {
    /// The namespace of this name, or at this path, or of the process with this number, in this order.
    pub fn named(name: &str) -> Result<Netns, NetnsError> {
        for path in paths(name) {
            match open(&path) {
                Ok(Some(file)) => {
                    let name = name.to_owned();
                    return Ok(Netns::Other(Namespace { name, path, file }));
                }
                Ok(None) => return Err(NetnsError::NotOne(name.to_owned())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(cannot_enter(name, error)),
            }
        }
        Err(NetnsError::Missing(name.to_owned()))
    }

    /// Does something in the namespace.
    pub fn inside<T>(&self, work: impl FnOnce() -> T) -> Result<T, NetnsError> {
        let Netns::Other(namespace) = self else {
            return Ok(work());
        };
        let name = &namespace.name;
        let enter =
            |namespace: &File| setns(namespace, CloneFlags::CLONE_NEWNET).map_err(io::Error::from);
        let own = File::open(OWN).map_err(|source| cannot_enter(name, source))?;
        enter(&namespace.file).map_err(|source| cannot_enter(name, source))?;
        let done = work();
        enter(&own).map_err(|source| NetnsError::Leave {
            name: name.clone(),
            source,
        })?;
        Ok(done)
    }

    /// The command that starts a shell there; `None` in the caller's own namespace.
    pub fn shell(&self) -> Option<String> {
        match self {
            Netns::Own => None,
            Netns::Other(namespace) => Some(format!("nsenter --net={}", namespace.path.display())),
        }
    }

    /// The number that distinguishes the namespace from the others of this system.
    pub fn inode(&self) -> io::Result<u64> {
        let metadata = match self {
            Netns::Own => fs::metadata(OWN),
            Netns::Other(namespace) => namespace.file.metadata(),
        };
        Ok(metadata?.ino())
    }
}

impl fmt::Display for Netns {
    /// To follow what is done there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Netns::Own => Ok(()),
            Netns::Other(namespace) => write!(f, " in the network namespace '{}'", namespace.name),
        }
    }
}

/// Opens a namespace; `None` where something else is there.
///
/// To open a pipe could take for ever, and to open a device can do something: so the path is only looked at first.
fn open(path: &Path) -> io::Result<Option<File>> {
    for access in [
        OFlags::PATH,
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY,
    ] {
        let file = rustix::fs::open(path, access | OFlags::CLOEXEC, Mode::empty())?;
        if fstatfs(&file)?.f_type != NSFS_MAGIC {
            return Ok(None);
        }
        if access != OFlags::PATH {
            return Ok(Some(file.into()));
        }
    }
    Ok(None)
}

/// Whether a name is looked for nowhere but where `ip netns` keeps the namespaces that have names.
pub fn is_plain(name: &str) -> bool {
    paths(name).len() == DIRECTORIES.len()
}

/// Where a namespace may be; a number can be a name too, which `ip` then prefers.
fn paths(name: &str) -> Vec<PathBuf> {
    if name.contains('/') {
        return vec![PathBuf::from(name)];
    }
    let mut paths: Vec<PathBuf> = DIRECTORIES
        .iter()
        .map(|directory| PathBuf::from(directory).join(name))
        .collect();
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        paths.push(PathBuf::from(format!("/proc/{name}/ns/net")));
    }
    paths
}

fn cannot_enter(name: &str, source: io::Error) -> NetnsError {
    let name = name.to_owned();
    match source.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EPERM | Errno::EACCES) => NetnsError::Denied(name),
        Some(Errno::EINVAL) => NetnsError::NotOne(name),
        _ => NetnsError::Enter { name, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_a_path_or_the_number_of_a_process() {
        let text = |name: &str| -> Vec<String> {
            let paths = paths(name).into_iter();
            paths.map(|path| path.display().to_string()).collect()
        };
        assert_eq!(text("blue"), ["/run/netns/blue", "/var/run/netns/blue"]);
        assert_eq!(text("/run/docker/netns/x"), ["/run/docker/netns/x"]);
        assert_eq!(text("./x"), ["./x"]);
        let numbered = ["/run/netns/12", "/var/run/netns/12", "/proc/12/ns/net"];
        assert_eq!(text("12"), numbered);
        assert_eq!(text("12a").len(), 2);
        assert_eq!(text("").len(), 2);
    }

    #[test]
    fn what_is_no_namespace() {
        let missing = Netns::named("no-such-namespace");
        assert!(matches!(missing, Err(NetnsError::Missing(name)) if name == "no-such-namespace"));
        for other in ["/dev/null", "/proc/self/ns", "/proc/self/status", "/"] {
            let named = Netns::named(other);
            assert!(matches!(named, Err(NetnsError::NotOne(name)) if name == other));
        }
        // Nor is a namespace of another kind, which the kernel says when it is entered; other users than root only
        // learn that they may not.
        let other = Netns::named("/proc/self/ns/uts").unwrap();
        let entered = other.inside(|| panic!("nothing is done there"));
        assert!(matches!(
            entered,
            Err::<(), _>(NetnsError::NotOne(_) | NetnsError::Denied(_))
        ));
        assert_eq!(Netns::Own.inside(|| 5).unwrap(), 5);
    }

    /// Nobody ever writes to it.
    #[test]
    fn a_pipe_is_not_waited_for() {
        let path = std::env::temp_dir().join(format!("ipvsadm-netns-{}", std::process::id()));
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let named = Netns::named(path.to_str().unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(named, Err(NetnsError::NotOne(_))), "{named:?}");
    }

    #[test]
    fn a_name_is_no_path_and_no_number() {
        assert!(is_plain("blue") && is_plain("") && is_plain("12a"));
        assert!(!is_plain("12") && !is_plain("./blue") && !is_plain("/proc/1/ns/net"));
    }
}
