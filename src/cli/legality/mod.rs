//! Which option goes with which command.

mod groups;
mod table;

pub use groups::{COLOR, REPORT, RESTORE_PROGRAM, Rule, SCOPE, WHOLE_CALL};
pub use table::{GROUPS, TABLE};

use super::flag_set::FlagSet;
use super::flags::Flag;
use super::usage::UsageError;
use table::{COMPANIONS, CONFLICTS, WHOLE_RULES};

/// Checks the options that were seen against the command.
///
/// # Errors
/// The first rule of [`TABLE`] that they break.
pub fn check(command: Flag, seen: &FlagSet) -> Result<(), UsageError> {
    let rules = TABLE
        .iter()
        .find(|(row, _)| *row == command)
        .map_or([Rule::Never; GROUPS.len()], |(_, rules)| *rules);
    let mut only: Option<Flag> = None;
    for (group, rule) in GROUPS.iter().zip(rules) {
        let given = group.options.iter().copied().find(|flag| seen.has(*flag));
        match (rule, given) {
            (Rule::Never, Some(option)) => return Err(UsageError::NotAllowed { command, option }),
            (Rule::Kept, Some(option)) if !seen.has(Flag::Keep) => {
                return Err(match option {
                    Flag::Exist => UsageError::NotAllowed { command, option },
                    flag => UsageError::Unsuitable {
                        flag,
                        why: "goes only with --keep",
                    },
                });
            }
            (Rule::OnServer, Some(option)) if option == Flag::FirewallMark => {
                return Err(UsageError::NotAllowed { command, option });
            }
            (Rule::OnServer, Some(flag)) if !seen.has(Flag::AsServer) => {
                return Err(UsageError::Unsuitable {
                    flag,
                    why: "goes only with --as-server",
                });
            }
            (Rule::Must, None) => {
                return Err(UsageError::Needed {
                    command,
                    what: group.what,
                });
            }
            (Rule::Reported, Some(option)) if !seen.has(Flag::Report) => {
                return Err(UsageError::NotAllowed { command, option });
            }
            (Rule::Whole, Some(flag)) if !seen.has_any(WHOLE_RULES) => {
                return Err(UsageError::Unsuitable {
                    flag,
                    why: "goes only with --replace or --check",
                });
            }
            (Rule::One | Rule::Either, Some(second)) => {
                if let Some(first) = only {
                    return Err(UsageError::Conflict { first, second });
                }
                only = Some(second);
            }
            (Rule::WithConnections, Some(flag)) if !seen.has(Flag::Connection) => {
                let why = "goes only with the list of connections (-L -c)";
                return Err(UsageError::Unsuitable { flag, why });
            }
            _ => {}
        }
    }
    let mut groups = GROUPS.iter().zip(rules);
    if let (None, Some((group, _))) = (only, groups.find(|(_, rule)| *rule == Rule::Either)) {
        return Err(UsageError::Needed {
            command,
            what: group.what,
        });
    }
    for (left, right) in CONFLICTS {
        let pair = left
            .iter()
            .find(|flag| seen.has(**flag))
            .zip(right.iter().find(|flag| seen.has(**flag)));
        if let Some((&first, &second)) = pair {
            return Err(UsageError::Conflict { first, second });
        }
    }
    for (flag, companions, why) in COMPANIONS {
        if seen.has(flag) && !companions.iter().any(|other| seen.has(*other)) {
            return Err(UsageError::Unsuitable { flag, why });
        }
    }
    Ok(())
}
