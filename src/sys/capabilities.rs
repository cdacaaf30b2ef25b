//! Gives up the rights that a run does not need.
//!
//! ipvsadm runs as root on the machine that all traffic goes through, and reads rules, names and
//! clients' data that others wrote. Whoever finds a mistake in how it does that should gain no more
//! than the right to change the table.

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

use crate::command::Command;
use crate::netns::Place;

/// Gives up every capability that the command has no use for; see `capabilities(7)`.
///
/// A program that root starts, such as modprobe, has all of root's again.
pub fn keep_for(command: &Command, place: &Place) {
    let needed = needed(command, place);
    // What fails here was forbidden by a sandbox, and the command can be carried out none the less.
    let _ = capabilities(None).and_then(|held| {
        set_capabilities(
            None,
            CapabilitySets {
                effective: held.effective & needed,
                permitted: held.permitted & needed,
                inheritable: CapabilitySet::empty(),
            },
        )
    });
}

fn needed(command: &Command, place: &Place) -> CapabilitySet {
    let opens_file = match command {
        Command::SaveFile(..) => true,
        Command::Restore(restore) => restore.input.is_some() || restore.locks(),
        _ => false,
    };
    // Root may read and write files that belong to others.
    let files = if opens_file {
        CapabilitySet::DAC_OVERRIDE
    } else {
        CapabilitySet::empty()
    };
    // Another namespace is entered, and left, whenever something is opened there.
    let entering = match place {
        Place::Here => CapabilitySet::empty(),
        Place::There(_) => CapabilitySet::SYS_ADMIN,
    };
    CapabilitySet::NET_ADMIN | files | entering
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{List, Restore, RestoreMode, Save};

    #[test]
    fn files_of_others_are_for_commands_that_open_one() {
        let save = Save::default();
        let mut restore = Restore::new(RestoreMode::Apply);
        let only_checked = Restore {
            check: true,
            ..Restore::new(RestoreMode::Atomic)
        };
        for command in [
            Command::List(List::DEFAULT),
            Command::Save(save),
            Command::Restore(restore.clone()),
            Command::Restore(only_checked),
            Command::Restore(Restore::new(RestoreMode::Replace { dry_run: true })),
            Command::Diagnose,
        ] {
            let needed = needed(&command, &Place::Here);
            assert_eq!(needed, CapabilitySet::NET_ADMIN, "{command:?}");
        }
        restore.input = Some("rules".into());
        // It locks.
        let atomic = Restore::new(RestoreMode::Atomic);
        for command in [
            Command::SaveFile(save, "rules".into()),
            Command::Restore(restore),
            Command::Restore(atomic),
        ] {
            let expected = CapabilitySet::NET_ADMIN | CapabilitySet::DAC_OVERRIDE;
            assert_eq!(needed(&command, &Place::Here), expected, "{command:?}");
        }
    }

    #[test]
    fn another_namespace_is_entered() {
        // It need not be one for this.
        let place = Place::named("/dev/null").unwrap();
        let expected = CapabilitySet::NET_ADMIN | CapabilitySet::SYS_ADMIN;
        assert_eq!(needed(&Command::List(List::DEFAULT), &place), expected);
    }
}
