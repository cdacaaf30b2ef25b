//! Which files the process may change from some point on, by the kernel's Landlock.
//!
//! A run as root can write nearly any file, whatever capabilities it gave up. Landlock takes that away for good, from
//! this thread and all that it starts. Reading stays free, because a module of the name service may read anything.
//! See `landlock(7)`.

use std::os::fd::OwnedFd;

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, make_bitflags,
};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::capabilities::Needs;
use super::lock;

/// What the lock takes where it could not be opened yet.
const LOCK_DIRECTORY: &str = "/run";

/// Forbids, for good, to start programs and to write, truncate, create, remove and rename files, as far as a run does
/// not need it.
///
/// Files that are open already stay as they are. Kernels before 5.13, and those that were started without Landlock, forbid
/// nothing; before 6.2 they do not forbid `truncate(2)`.
pub fn confine(needs: &Needs) {
    // Without it everything else works the same.
    let _ = restrict(needs);
}

fn restrict(needs: &Needs) -> Result<(), RulesetError> {
    let mut ruleset = Ruleset::default().handle_access(handled(needs))?.create()?;
    if needs.lock {
        ruleset = match lock::open() {
            Ok(file) => ruleset.add_rule(PathBeneath::new(file, AccessFs::WriteFile))?,
            // The attempt that counts comes later, and reports this.
            Err(_) => allow_beneath(
                ruleset,
                LOCK_DIRECTORY,
                make_bitflags!(AccessFs::{MakeReg | WriteFile}),
            )?,
        };
    }
    // An instrumented program writes which of its lines ran when it ends.
    #[cfg(coverage)]
    if let Some(profiles) = std::env::var_os("LLVM_PROFILE_FILE") {
        let directory = std::path::Path::new(&profiles).parent();
        let access = AccessFs::from_write(ABI::V3);
        ruleset = allow_beneath(ruleset, directory.unwrap_or("/".as_ref()), access)?;
    }
    ruleset.restrict_self()?;
    Ok(())
}

/// What is forbidden where no rule allows it.
fn handled(needs: &Needs) -> BitFlags<AccessFs> {
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

/// Allows something in a directory, if it is there.
fn allow_beneath(
    ruleset: RulesetCreated,
    directory: impl rustix::path::Arg,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened: Result<OwnedFd, _> = openat(CWD, directory, flags, Mode::empty());
    match opened {
        Ok(directory) => Ok(ruleset.add_rule(PathBeneath::new(directory, access))?),
        Err(_) => Ok(ruleset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stays_free() {
        for writes_file in [false, true] {
            let needs = Needs {
                writes_file,
                ..Needs::default()
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
