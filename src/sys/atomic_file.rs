//! A file that is replaced whole or not at all, and stays its owner's.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::libc;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Stat, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr,
    fremovexattr, fsetxattr, fstat, fsync, openat, renameat, unlinkat,
};
use rustix::io::Errno;

use super::target::{TargetFile, is_same};

/// Permissions of a new file, less what the umask takes: everyone may read rules.
const NEW: Mode = Mode::from_raw_mode(0o644);
/// Permissions of the file that is to replace another, until it has that one's.
const PRIVATE: Mode = Mode::from_raw_mode(0o600);
/// What is kept of a mode: no set-user-ID or set-group-ID bit.
const PERMISSIONS: u32 = 0o777;
/// The access control list beyond the mode.
const ACL: &str = "system.posix_acl_access";
/// Extended attributes that say something of a file's content, and not of who may do what with it.
const OF_CONTENT: [&str; 3] = ["security.capability", "security.ima", "security.evm"];
/// The most that the kernel gives of an attribute, or of the list of them, in bytes.
const LONGEST: usize = 64 * 1024;

/// Makes the content of a file this one.
///
/// The new file keeps owner, group, mode, ACL and extended attributes of the old one. What cannot be kept gives
/// nobody more than the old file gave, and `notice` is called.
///
/// # Errors
/// Whatever fails; there is the old file then, and nothing else.
pub fn replace(place: &TargetFile, content: &[u8], notice: &mut dyn FnMut(&str)) -> io::Result<()> {
    // A file that may not grow is an error to report, not the end of the program.
    signal_hook::flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let TargetFile {
        directory,
        name,
        old,
    } = place;
    let mut temporary = Temporary::create(directory, if old.is_some() { PRIVATE } else { NEW })?;
    temporary.file.write_all(content)?;
    if let Some(old) = old {
        keep(place, old, &temporary.file, notice)?;
    }
    temporary.file.sync_all()?;
    renameat(directory, &temporary.name, directory, name)?;
    temporary.renamed = true;
    // The new name must outlive a loss of power too, where the directory can be read for that.
    match fsync(directory) {
        Err(Errno::BADF) => Ok(()),
        synced => Ok(synced?),
    }
}

/// A file in a directory, under a name that nobody can foresee; gone in the end unless it was renamed.
struct Temporary<'a> {
    directory: &'a OwnedFd,
    name: OsString,
    file: File,
    renamed: bool,
}

impl Temporary<'_> {
    fn create(directory: &OwnedFd, mode: Mode) -> io::Result<Temporary<'_>> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let create = |path: &Path| -> io::Result<(OsString, OwnedFd)> {
            let name = path.file_name().unwrap_or_default();
            Ok((name.to_owned(), openat(directory, name, flags, mode)?))
        };
        // The crate is for the name alone, and for another one if it is taken: the directory is an open one.
        let made = tempfile::Builder::new()
            .prefix(".ipvsadm-")
            .rand_bytes(16)
            .disable_cleanup(true)
            .make_in("/", create)?;
        let ((name, file), _) = made.into_parts();
        Ok(Temporary {
            directory,
            name,
            file: file.into(),
            renamed: false,
        })
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = unlinkat(self.directory, &self.name, AtFlags::empty());
        }
    }
}

/// Gives a new file, which is still its maker's alone, to whom the old one belonged.
///
/// First the group, then what it may do, at last the owner: so nobody may do more in between, and the file is ours
/// for as long as that takes.
fn keep(
    place: &TargetFile,
    old: &Stat,
    new: &File,
    notice: &mut dyn FnMut(&str),
) -> io::Result<()> {
    let made = fstat(new)?;
    let mut lost = |what: &str, errno: Errno| {
        let name = Path::new(&place.name).display();
        let why = io::Error::from(errno);
        notice(&format!("'{name}' could not keep its {what}: {why}"));
    };
    let mut mode = old.st_mode & PERMISSIONS;
    let group = match old.st_gid {
        group if group == made.st_gid => Ok(()),
        group => fchown(new, None, Some(Gid::from_raw(group))),
    };
    if let Err(errno) = group {
        lost("group", errno);
        mode = without_group(mode);
    }
    match open_old(place, old) {
        Ok(old) => {
            copy_attributes(&old, new, &mut lost)?;
            let kept = if group.is_ok() {
                copy_acl(&old, new)
            } else {
                remove_acl(new)
            };
            if let Err(errno) = kept {
                lost("access control list", errno);
                remove_acl(new)?;
                mode = without_group(mode);
            }
        }
        Err(errno) => {
            lost("access control list and extended attributes", errno);
            remove_acl(new)?;
            mode = without_group(mode);
        }
    }
    fchmod(new, Mode::from_raw_mode(mode))?;
    if old.st_uid != made.st_uid {
        fchown(new, Some(Uid::from_raw(old.st_uid)), None)
            .unwrap_or_else(|errno| lost("owner", errno));
    }
    Ok(())
}

/// A mode for a file whose group is another one now: the new group may do nothing, and all others no more than
/// the old group, whose members are among them.
fn without_group(mode: u32) -> u32 {
    let group = mode >> 3 & 0o7;
    mode & 0o700 | mode & 0o7 & group
}

/// The file that was looked at, if it is still there.
fn open_old(place: &TargetFile, old: &Stat) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(&place.directory, &place.name, flags, Mode::empty())?;
    if is_same(&fstat(&file)?, old) {
        Ok(file)
    } else {
        Err(Errno::STALE)
    }
}

/// Copies the extended attributes, but for the ACL.
fn copy_attributes(
    old: &OwnedFd,
    new: &File,
    lost: &mut impl FnMut(&str, Errno),
) -> Result<(), Errno> {
    let mut names = vec![0; LONGEST];
    let length = match flistxattr(old, &mut names) {
        Err(Errno::OPNOTSUPP) => 0,
        length => length?,
    };
    for name in names[..length].split(|byte| *byte == 0) {
        let Ok(name) = std::str::from_utf8(name) else {
            continue;
        };
        if name.is_empty() || name == ACL || OF_CONTENT.contains(&name) {
            continue;
        }
        let Some(value) = attribute(old, name)? else {
            continue;
        };
        // The system may have given it to the new file too.
        if attribute(new, name)?.as_ref() == Some(&value) {
            continue;
        }
        if let Err(errno) = fsetxattr(new, name, &value, XattrFlags::empty()) {
            lost(&format!("attribute {name}"), errno);
        }
    }
    Ok(())
}

/// An extended attribute; `None` where the file has none of this name.
fn attribute(
    file: impl std::os::fd::AsFd,
    name: impl AsRef<OsStr>,
) -> Result<Option<Vec<u8>>, Errno> {
    let mut value = vec![0; LONGEST];
    match fgetxattr(file, name.as_ref(), &mut value) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn copy_acl(old: &OwnedFd, new: &File) -> Result<(), Errno> {
    match attribute(old, ACL)? {
        Some(acl) => fsetxattr(new, ACL, &acl, XattrFlags::empty()),
        None => remove_acl(new),
    }
}

/// Removes the list that the file has from its directory.
fn remove_acl(new: &File) -> Result<(), Errno> {
    match fremovexattr(new, ACL) {
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::without_group;

    #[test]
    fn another_group_gains_nothing() {
        for (mode, expected) in [
            (0o600, 0o600),
            (0o640, 0o600),
            (0o644, 0o604),
            (0o664, 0o604),
            (0o666, 0o606),
            (0o604, 0o600),
            (0o777, 0o707),
        ] {
            assert_eq!(without_group(mode), expected, "{mode:o}");
        }
    }
}
