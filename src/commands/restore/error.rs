//! The errors of a restore.

use std::collections::TryReserveError;
use std::fmt;

use thiserror::Error;

use crate::commands::error::Error;
use crate::format::json::error::DocumentError;
use crate::format::rules::error::RuleLineError;
use crate::format::source::Unit;
use crate::kernel::ipvs::{self, KernelError};
use crate::kernel::netlink::SocketError;
use crate::kernel::transaction::TransactionError;
use crate::model::scope::Scope;

/// Why a restore failed.
#[derive(Debug, Error)]
pub enum RestoreError {
    #[error(transparent)]
    Command(#[from] Error),
    /// The exchange broke down after rules were sent.
    #[error("{}: {error}: whether {} applied is not known (see 'ipvsadm -Sn')",
        range(.first, .last), if .first == .last { "it was" } else { "they were" })]
    Unanswered {
        first: String,
        last: String,
        error: SocketError,
    },
    /// Rules failed; each was reported as it failed.
    #[error("{failed} of {total} {} failed", .unit.plural())]
    Failed {
        failed: usize,
        total: usize,
        unit: Unit,
        /// How the last one failed.
        last: RuleFailure,
        /// Whether one failed because what it adds is there.
        existing: bool,
    },
    /// A line cannot be read: the run ends there.
    #[error(transparent)]
    Line(#[from] RuleLineError),
    /// Of rules that are taken whole some make no sense; each was reported.
    #[error("nothing was changed: {bad} bad {}", if *.bad == 1 { .unit.name() } else { .unit.plural() })]
    BadRules { bad: usize, unit: Unit },
    /// JSON that is not a document of rules.
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    NotMade(NotMade),
    /// Rules of which some cannot be applied, into a table that was empty; each was reported.
    #[error("{failed} of {total} {} failed; the others were applied, because the table was empty", .unit.plural())]
    Incomplete {
        failed: usize,
        total: usize,
        unit: Unit,
        /// How they failed: those that make no sense before those that were refused.
        worst: RuleFailure,
    },
}

impl From<ipvs::Error> for RestoreError {
    fn from(error: ipvs::Error) -> RestoreError {
        Error::from(error).into()
    }
}

impl From<KernelError> for RestoreError {
    fn from(error: KernelError) -> RestoreError {
        Error::from(error).into()
    }
}

impl From<TransactionError> for RestoreError {
    fn from(error: TransactionError) -> RestoreError {
        Error::from(error).into()
    }
}

impl From<TryReserveError> for RestoreError {
    fn from(error: TryReserveError) -> RestoreError {
        Error::from(error).into()
    }
}

/// How a rule of a restore failed, as if it had been called by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFailure {
    /// It makes no sense.
    Misused,
    /// It was refused, or cannot be read.
    Refused,
    /// It is a listing, and was refused.
    Listing,
}

fn range(first: &str, last: &str) -> String {
    match first == last {
        true => first.to_owned(),
        false => format!("{first} to {last}"),
    }
}

/// A rule that would change something that was left out of the call.
#[derive(Debug, Error)]
#[error("outside the part of the table that is selected by {0}")]
pub struct OutsideScope<'a>(pub &'a Scope);

/// Changes of which one failed, so that all were undone.
#[derive(Debug)]
pub struct NotMade {
    /// The change that was refused, as a command line.
    pub step: Option<String>,
    pub error: Error,
    /// How many changes were undone, or why one could not be.
    pub undone: Result<usize, Error>,
}

impl NotMade {
    /// What became of the changes before the one that failed.
    pub fn outcome(&self) -> String {
        match &self.undone {
            Ok(0) => "Nothing was changed.".to_owned(),
            Ok(1) => "The one change made so far was undone: the table is as it was.".to_owned(),
            Ok(undone) => {
                format!("The {undone} changes made so far were undone: the table is as it was.")
            }
            Err(error) => format!(
                "NOT ALL OF IT COULD BE UNDONE ({error}): compare 'ipvsadm -Sn' with what should be."
            ),
        }
    }
}

impl fmt::Display for NotMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "{step}: ")?;
        }
        self.error.fmt(f)
    }
}

impl std::error::Error for NotMade {}
