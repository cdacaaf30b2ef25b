//! The errors of all layers joined, with what to do about each, and its exit status. `main` alone prints them.

#[cfg(test)]
mod tests;

use std::io;

use thiserror::Error;

use crate::cli::flags::Flag;
use crate::cli::help::help;
use crate::cli::usage::UsageError;
use crate::commands::error::Error as CommandError;
use crate::commands::restore::error::{RestoreError, RuleFailure};
use crate::commands::weight::drain::{DrainError, NotDrained, Why};
use crate::commands::weight::ramp::RampError;
use crate::exit_status::ExitStatus;
use crate::kernel::ipvs;
use crate::sys::netns::NetnsError;

/// Why a call failed.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Drain(#[from] DrainError),
    #[error(transparent)]
    Ramp(#[from] RampError),
    #[error(
        "'{0}' is refused: the program has rights here that its caller does not have (set-user-ID, or capabilities of its file)"
    )]
    Borrowed(Flag),
}

impl From<ipvs::Error> for Error {
    fn from(error: ipvs::Error) -> Error {
        CommandError::from(error).into()
    }
}

impl From<NetnsError> for Error {
    fn from(error: NetnsError) -> Error {
        ipvs::Error::from(error).into()
    }
}

impl Error {
    /// What failed in a way that any command can fail in.
    fn command(&self) -> Option<&CommandError> {
        match self {
            Error::Command(error)
            | Error::Restore(RestoreError::Command(error))
            | Error::Drain(DrainError::Command(error))
            | Error::Ramp(RampError::Command(error)) => Some(error),
            _ => None,
        }
    }

    /// More lines for the user: what to do about the error, or what state it left. No word of the
    /// caller's is quoted in them.
    ///
    /// The error itself is one line: a line break in it is part of a word that it quotes.
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Error::Usage(UsageError::HelpAsWell { .. }) => return Some(help()),
            Error::Usage(_) => "Try 'ipvsadm --help' for more information.",
            Error::Borrowed(Flag::Netns) => {
                "Name a namespace that 'ip netns list' shows, or have root enter it."
            }
            Error::Borrowed(_) => {
                "Have your shell open the file: ipvsadm -S > FILE, ipvsadm -R < FILE."
            }
            Error::Restore(RestoreError::NotMade(not_made)) => return Some(not_made.outcome()),
            Error::Restore(RestoreError::Failed { existing: true, .. }) => {
                "To have what exists edited, restore with --exist; to make the table equal to the rules, with \
                 --replace."
            }
            _ => match self.command()? {
                CommandError::Ipvs(ipvs::Error::NoIpvs { .. }) => {
                    "Are you sure that IP Virtual Server is built in the kernel or as module? \
                     Install the kernel's module package, or ask the host's administrator to load ip_vs."
                }
                _ => return None,
            },
        };
        Some(advice.to_owned())
    }

    /// Whether the reader of standard output has closed its end of the pipe, and nothing else is wrong.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self.command(), Some(CommandError::Output(error) | CommandError::Report(error)) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit status of a call that ends with this error; `listing` for calls of -L.
    pub fn exit_status(&self, listing: bool) -> ExitStatus {
        let status = match self {
            Error::Usage(usage) => Some(usage.kind().into()),
            Error::Borrowed(_) => Some(ExitStatus::Usage),
            Error::Restore(error) => of_restore(error),
            Error::Drain(DrainError::NotDrained(NotDrained {
                why: Why::TimeUp { .. },
                ..
            })) => Some(ExitStatus::NOT_DRAINED),
            _ => self.command().and_then(of_command),
        };
        status.unwrap_or(if listing {
            ExitStatus::Listing
        } else {
            ExitStatus::Failure
        })
    }
}

/// The exit status of a command that fails with this error, where that does not depend on the command.
fn of_command(error: &CommandError) -> Option<ExitStatus> {
    match error {
        CommandError::Ipvs(error) => of_ipvs(error),
        CommandError::Lock(error) if error.is_permission() => Some(ExitStatus::Usage),
        _ => None,
    }
}

fn of_restore(error: &RestoreError) -> Option<ExitStatus> {
    match error {
        RestoreError::Command(error) => of_command(error),
        // As ipvsadm 1.31: a line that makes no sense is a usage error of the whole call.
        RestoreError::Line(line) => Some(line.error.kind().into()),
        RestoreError::BadRules { .. } | RestoreError::Document(_) => Some(ExitStatus::Usage),
        RestoreError::Failed { last: failure, .. }
        | RestoreError::Incomplete { worst: failure, .. } => Some((*failure).into()),
        RestoreError::Unanswered { .. } | RestoreError::NotMade(_) => None,
    }
}

fn of_ipvs(error: &ipvs::Error) -> Option<ExitStatus> {
    match error {
        ipvs::Error::NoIpvs { .. } | ipvs::Error::Netns(NetnsError::Denied(_)) => {
            Some(ExitStatus::Usage)
        }
        // As ipvsadm 1.31, which asks for the rights before it looks at the command.
        ipvs::Error::Refused(refused) if refused.is_permission() => Some(ExitStatus::Usage),
        _ => None,
    }
}

impl From<RuleFailure> for ExitStatus {
    fn from(failure: RuleFailure) -> ExitStatus {
        match failure {
            RuleFailure::Misused => ExitStatus::Usage,
            RuleFailure::Refused => ExitStatus::Failure,
            RuleFailure::Listing => ExitStatus::Listing,
        }
    }
}
