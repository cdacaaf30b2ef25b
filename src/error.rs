//! Everything that can go wrong, in the words that the user reads. `main` alone prints them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::cli::flags::Flag;
use crate::cli::help::help;
use crate::cli::usage::UsageError;
use crate::commands::restore::json::DocumentError;
use crate::commands::weight::drain::{NotDrained, Why};
use crate::commands::weight::ramp::NotRamped;
pub use crate::kernel::ipvs::error::{KernelError, Operation};
use crate::kernel::ipvs::message::DecodeError;
use crate::kernel::netlink::ChannelError;
use crate::kernel::proc;
use crate::kernel::proc::connections;
use crate::sys::lock;
use crate::sys::netns::NetnsError;

/// A failed call, whole.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[error(transparent)]
    Kernel(Box<KernelError>),
    #[error(
        "Can't initialize ipvs: this kernel has no IPVS, and '/sbin/modprobe -- ip_vs' did not help ({loading})"
    )]
    NoIpvs { loading: String },
    #[error(transparent)]
    Netns(#[from] NetnsError),
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The conversation broke down after a change was sent.
    #[error("{0}: whether the change was made is not known (see 'ipvsadm -Ln')")]
    Unanswered(#[source] ChannelError),
    /// The same with rules of a restore.
    #[error("{}: {error}: whether {} applied is not known (see 'ipvsadm -Sn')",
        range(.first, .last), if .first == .last { "it was" } else { "they were" })]
    UnansweredRules {
        first: String,
        last: String,
        error: ChannelError,
    },
    #[error("the kernel's answer cannot be understood: {0}")]
    Reply(#[from] DecodeError),
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    #[error("cannot read the connections from {}: {source}", connections::PATH)]
    Connections { source: io::Error },
    #[error(transparent)]
    Connection(#[from] connections::LineError),
    #[error("cannot read the totals from {}: {source}", proc::stats::PATH)]
    Totals { source: io::Error },
    #[error("cannot read the rules: {0}")]
    Input(#[source] io::Error),
    #[error("cannot open '{}': {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    /// Lines of a restore failed; each was reported as it failed.
    #[error("{failed} of {total} {} failed", .unit.plural())]
    Restore {
        failed: usize,
        total: usize,
        unit: Unit,
        /// That of the last line that failed.
        status: ExitStatus,
        /// Whether one failed because what it adds is there.
        existing: bool,
    },
    /// A line of a restore cannot be read: the run ends there.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Of rules that are taken whole some make no sense; each was reported.
    #[error("nothing was changed: {bad} bad {}", if *.bad == 1 { .unit.name() } else { .unit.plural() })]
    BadRules { bad: usize, unit: Unit },
    /// Rules in JSON that are no document of ours.
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    NotMade(NotMade),
    #[error(transparent)]
    Drain(NotDrained),
    #[error(transparent)]
    Ramp(NotRamped),
    /// Rules of which some cannot be applied, into a table that was empty; each was reported.
    #[error("{failed} of {total} {} failed; the others were applied, because the table was empty", .unit.plural())]
    Incomplete {
        failed: usize,
        total: usize,
        unit: Unit,
        status: ExitStatus,
    },
    #[error("{0}; nothing was changed")]
    Memory(#[source] std::collections::TryReserveError),
    #[error("interrupted by a signal")]
    Interrupted,
    #[error("cannot catch signals: {0}")]
    Signals(#[source] io::Error),
    #[error("cannot use the terminal: {0}")]
    Terminal(#[source] io::Error),
    #[error("cannot lock {}: {source}", lock::PATH)]
    Lock { source: io::Error },
    #[error(
        "another ipvsadm still replaces the table after {} seconds: nothing was changed (see --wait)",
        .waited.as_secs()
    )]
    Locked { waited: Duration },
    #[error("cannot save to '{}': {source}; the file is as it was", .path.display())]
    Save { path: PathBuf, source: io::Error },
    #[error(
        "'{0}' is refused: the program has rights here that its caller has not (set-user-ID, or capabilities of its file)"
    )]
    Borrowed(Flag),
}

/// What a rule is called where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of text.
    Line,
    /// Of a JSON document.
    Entry,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Unit::Line => "line",
            Unit::Entry => "entry",
        }
    }

    pub fn plural(self) -> &'static str {
        match self {
            Unit::Line => "lines",
            Unit::Entry => "entries",
        }
    }
}

fn range(first: &str, last: &str) -> String {
    match first == last {
        true => first.to_owned(),
        false => format!("{first} to {last}"),
    }
}

/// A line of a restore that makes no sense.
#[derive(Debug, Error)]
#[error("line {number}: {line}: {error}")]
pub struct LineError {
    pub number: usize,
    pub line: String,
    pub error: UsageError,
}

/// Changes of which one failed, so that all were undone.
#[derive(Debug)]
pub struct NotMade {
    /// The change that was refused, as a command line.
    pub step: Option<String>,
    pub error: Box<Error>,
    /// How many changes were undone, or why one could not be.
    pub undone: Result<usize, Box<Error>>,
}

impl NotMade {
    /// What became of the changes before the one that failed.
    fn outcome(&self) -> String {
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

/// Exit statuses, as scripts written for ipvsadm 1.31 expect them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitStatus {
    #[default]
    Success = 0,
    /// A listing that failed.
    Listing = 1,
    /// A command line that makes no sense, a kernel without IPVS, or a caller without root's rights.
    Usage = 2,
    /// The kernel refused, or the command line could not be taken apart.
    Failure = 255,
}

impl ExitStatus {
    /// A diagnosis that found something.
    pub const FINDINGS: ExitStatus = ExitStatus::Listing;
    /// A server that still had connections when time was up.
    pub const NOT_DRAINED: ExitStatus = ExitStatus::Listing;
}

impl From<KernelError> for Error {
    fn from(error: KernelError) -> Error {
        Error::Kernel(Box::new(error))
    }
}

impl Error {
    /// More lines for the user: what to do about the error, or what state it left behind. No word of the
    /// caller's is quoted in them.
    ///
    /// The error itself is one line: a line break in it is part of a word that it quotes.
    pub fn advice(&self) -> Option<String> {
        match self {
            Error::Usage(UsageError::HelpAsWell { .. }) => Some(help()),
            Error::Usage(_) => Some("Try 'ipvsadm --help' for more information.".to_owned()),
            Error::NoIpvs { .. } => Some(
                "Are you sure that IP Virtual Server is built in the kernel or as module? \
                 Install the kernel's module package, or ask the host's administrator to load ip_vs."
                    .to_owned(),
            ),
            Error::NotMade(not_made) => Some(not_made.outcome()),
            Error::Borrowed(flag) => Some(match flag {
                Flag::Netns => "Name a namespace that 'ip netns list' shows, or have root enter it.",
                _ => "Have your shell open the file: ipvsadm -S > FILE, ipvsadm -R < FILE.",
            }.to_owned()),
            Error::Restore { existing: true, .. } => Some(
                "To have what exists edited, restore with --exist; to make the table equal to the rules, with \
                 --replace."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Whether the reader of standard output has closed its end of the pipe, and nothing else is wrong.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit status of a call that ends with this error; `listing` for calls of -L.
    pub fn exit_status(&self, listing: bool) -> ExitStatus {
        match self {
            Error::Usage(usage) => usage.exit_status(),
            // As ipvsadm 1.31: a line that makes no sense is a usage error of the whole call.
            Error::Line(line) => line.error.exit_status(),
            Error::BadRules { .. } | Error::Document(_) => ExitStatus::Usage,
            Error::NoIpvs { .. } => ExitStatus::Usage,
            // As ipvsadm 1.31, which asks for the rights before it looks at the command.
            Error::Kernel(error) if error.is_permission() => ExitStatus::Usage,
            Error::Netns(NetnsError::Denied(_)) | Error::Borrowed(_) => ExitStatus::Usage,
            Error::Lock { source } if source.kind() == io::ErrorKind::PermissionDenied => {
                ExitStatus::Usage
            }
            Error::Restore { status, .. } | Error::Incomplete { status, .. } => *status,
            Error::Drain(NotDrained {
                why: Why::TimeUp { .. },
                ..
            }) => ExitStatus::NOT_DRAINED,
            _ if listing => ExitStatus::Listing,
            _ => ExitStatus::Failure,
        }
    }
}
