//! What a line of rules can ask for.

use super::{Keep, List, Save};
use crate::model::Change;
use crate::model::scope::Scope;

/// What a line of rules can ask for: a change to the table, or something to print on standard output.
///
/// Rules are data that others may have written. So this type has no way to name a file, to start
/// another program, or to wait: whatever a command line may gain, a rule gains only what is added here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleCommand {
    Change(RuleChange),
    Print(Print),
}

/// A line of rules that changes the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// As [`Command::Change`].
    Make(Change),
    /// As [`Command::Ensure`].
    Ensure(Change),
    /// As [`Command::Keep`].
    Keep(Keep),
}

/// What a line of rules can print on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    List(List),
    Save(Save),
    Help,
    Version,
}

impl RuleChange {
    /// The change that the rule names, whether it may be made already or not; `None` for a partial edit.
    pub fn change(&self) -> Option<&Change> {
        match self {
            RuleChange::Make(change) | RuleChange::Ensure(change) => Some(change),
            RuleChange::Keep(_) => None,
        }
    }

    /// Whether it changes nothing outside a scope.
    pub fn is_within(&self, scope: &Scope) -> bool {
        match self {
            RuleChange::Make(change) | RuleChange::Ensure(change) => scope.includes_change(change),
            RuleChange::Keep(keep) => scope.includes(keep.patch.service()),
        }
    }

    /// The rule as `--exist` has it; those that it means nothing to stay as they are.
    pub fn ensured(self) -> RuleChange {
        match self {
            RuleChange::Make(
                change @ (Change::AddService(_)
                | Change::AddServer(..)
                | Change::DeleteService(_)
                | Change::DeleteServer(..)),
            ) => RuleChange::Ensure(change),
            RuleChange::Keep(keep) => RuleChange::Keep(Keep {
                exist: true,
                ..keep
            }),
            rule => rule,
        }
    }
}
