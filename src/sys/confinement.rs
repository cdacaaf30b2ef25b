//! Which files the process may change from some point on, by the kernel's Landlock.
//!
//! A run as root can write nearly any file, whatever capabilities it gave up. Landlock takes that away for good, from
//! this thread and all that it starts. Reading stays free, because a module of the name service may read anything.
//! See `landlock(7)`.

use std::os::fd::OwnedFd;

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    make_bitflags,
};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::lock;
use super::required_rights::RequiredRights;

/// What the lock takes where it could not be opened yet.
const LOCK_DIRECTORY: &str = "/run";

/// Forbids, for good, to start programs and to write, truncate, create, remove and rename files, as far as a run does
/// not need it.
///
/// Files that are open already stay as they are. Kernels before 5.13, and those that were started without Landlock, forbid
/// nothing; before 6.2 they do not forbid `truncate(2)`.
pub fn confine(needs: &RequiredRights) {
    // Without it everything else works the same.
    let _ = restrict(needs);
}

fn restrict(needs: &RequiredRights) -> Result<(), RulesetError> {
    // Opened before the ruleset: where descriptors are short, there is no ruleset then, rather than one that forbids
    // what the run needs.
    let lock = if needs.lock { open_lock() } else { None };
    let mut ruleset = Ruleset::default().handle_access(handled(needs))?.create()?;
    if let Some((file, access)) = lock {
        ruleset = ruleset.add_rule(PathBeneath::new(file, access))?;
    }
    // An instrumented program writes which of its lines ran when it ends.
    #[cfg(coverage)]
    if let Some(profiles) = std::env::var_os("LLVM_PROFILE_FILE") {
        let directory = std::path::Path::new(&profiles).parent();
        let access = AccessFs::from_write(ABI::V3);
        if let Some(directory) = open_directory(directory.unwrap_or("/".as_ref())) {
            ruleset = ruleset.add_rule(PathBeneath::new(directory, access))?;
        }
    }
    ruleset.restrict_self()?;
    Ok(())
}

/// What is forbidden where no rule allows it.
fn handled(needs: &RequiredRights) -> BitFlags<AccessFs> {
    let changes = AccessFs::from_write(ABI::V3);
    let of_output = make_bitflags!(AccessFs::{WriteFile | MakeReg | RemoveFile | Truncate});
    let changes = if needs.writes_file {
        // The path may lead anywhere, and is followed only when the command line has been read.
        changes & !of_output
    } else {
        changes
    };
    changes | AccessFs::Execute
}

/// The lock, or the directory in which it is to be made, and what that takes.
fn open_lock() -> Option<(OwnedFd, BitFlags<AccessFs>)> {
    match lock::open() {
        Ok(file) => Some((file.into(), AccessFs::WriteFile.into())),
        // The attempt that counts comes later, and reports this.
        Err(_) => {
            let directory = open_directory(LOCK_DIRECTORY)?;
            Some((directory, make_bitflags!(AccessFs::{MakeReg | WriteFile})))
        }
    }
}

/// A directory to make a rule for, if it is there.
fn open_directory(path: impl rustix::path::Arg) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stays_free() {
        for writes_file in [false, true] {
            let needs = RequiredRights {
                writes_file,
                ..RequiredRights::default()
            };
            let handled = handled(&needs);
            assert!(!handled.intersects(make_bitflags!(AccessFs::{ReadFile | ReadDir})));
            assert!(
                handled.contains(make_bitflags!(AccessFs::{Execute | MakeDir | MakeSym | Refer}))
            );
            assert_eq!(handled.contains(AccessFs::WriteFile), !writes_file);
            assert_eq!(handled.contains(AccessFs::Truncate), !writes_file);
        }
    }
}
