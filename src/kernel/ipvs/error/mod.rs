//! What can go wrong between this program and IPVS; a refusal in the words that scripts look for.

mod reasons;
mod words;

use std::fmt;
use std::io;

use nix::libc;
use thiserror::Error;

use super::message::DecodeError;
use super::operation::Operation;
use crate::kernel::netlink::{ExchangeError, Refusal, SocketError};
use crate::kernel::proc::{connections, stats, status, table};
use crate::model::scheduler::similar_scheduler;
use crate::model::title;
use crate::model::{Change, Name};
use crate::sys::netns::NetnsError;
use reasons::{Surroundings, explain};

/// Why a request to IPVS failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The kernel refused it.
    #[error(transparent)]
    Refused(Box<KernelError>),
    #[error(
        "Can't initialize ipvs: this kernel has no IPVS, and '/sbin/modprobe -- ip_vs' did not help ({loading})"
    )]
    NoIpvs { loading: String },
    #[error(transparent)]
    Netns(#[from] NetnsError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The exchange broke down after a change was sent.
    #[error("{0}: it is not known whether the change was made (see 'ipvsadm -Ln')")]
    Unanswered(#[source] SocketError),
    #[error("the kernel's answer cannot be understood: {0}")]
    Reply(#[from] DecodeError),
    #[error("cannot read the connections from {path}: {source}")]
    Connections {
        path: &'static str,
        source: io::Error,
    },
    #[error(transparent)]
    Connection(#[from] connections::LineError),
    #[error("cannot read the totals from {}: {source}", stats::PATH)]
    Totals { source: io::Error },
    #[error("cannot read {}: {source}", table::PATH)]
    Table { source: io::Error },
    #[error(transparent)]
    TableLine(#[from] table::TableLineError),
    #[error("cannot read {}: {source}", status::PATH)]
    Status { source: io::Error },
    #[error(transparent)]
    StatusLine(#[from] status::StatusLineError),
}

impl From<KernelError> for Error {
    fn from(error: KernelError) -> Error {
        Error::Refused(Box::new(error))
    }
}

impl Error {
    /// The error of an exchange in which a change was sent, and may have been made.
    pub fn of_change(self) -> Error {
        match self {
            Error::Socket(error) if !error.is_unsent() => Error::Unanswered(error),
            error => error,
        }
    }
}

/// The outcome of a query.
pub(super) fn outcome<T>(
    operation: Operation,
    answer: Result<Result<T, DecodeError>, ExchangeError>,
) -> Result<T, Error> {
    match answer {
        Ok(decoded) => Ok(decoded?),
        Err(ExchangeError::Refused(refusal)) => Err(KernelError {
            operation,
            refusal,
            explanation: None,
        }
        .into()),
        Err(ExchangeError::Long) => Err(SocketError::Truncated.into()),
        Err(ExchangeError::Socket(error)) => Err(error.into()),
    }
}

/// A request that the kernel refused.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelError {
    pub operation: Operation,
    pub refusal: Refusal,
    /// Why, where the error number alone does not say it.
    pub explanation: Option<String>,
}

impl KernelError {
    pub fn of_change(change: &Change, refusal: Refusal) -> KernelError {
        KernelError {
            operation: Operation::Change(*change),
            refusal,
            explanation: None,
        }
    }

    /// The error with the reason for it, as far as it can be known from the request and its surroundings.
    pub fn explained(mut self, around: &dyn Surroundings) -> KernelError {
        self.explanation = explain(&self.operation, self.refusal.errno, around);
        self
    }

    /// Whether the entry to be added exists already (`EEXIST`).
    pub fn is_existing(&self) -> bool {
        self.refusal.errno == libc::EEXIST
    }

    /// Whether the caller is not allowed to do anything at all.
    pub fn is_permission(&self) -> bool {
        self.refusal.errno == libc::EPERM
    }

    /// Whether the service asked for does not exist.
    pub fn is_missing_service(&self) -> bool {
        matches!(self.operation, Operation::ListService(_)) && self.refusal.errno == libc::ESRCH
    }

    /// The modules in which the kernel looked for a missing scheduler or engine.
    fn missing_modules(&self) -> Option<(Name, Option<Name>)> {
        match &self.operation {
            Operation::Change(Change::AddService(service) | Change::EditService(service))
                if self.refusal.errno == libc::ENOENT =>
            {
                Some((service.scheduler, service.persistence_engine))
            }
            _ => None,
        }
    }
}

impl std::error::Error for KernelError {}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())?;
        match &self.operation {
            Operation::ListService(id) => {
                write!(f, ": {}", title::service_title(id))?;
            }
            Operation::Change(change) => {
                if let Some(subject) = title::subject(change) {
                    write!(f, ": {subject}")?;
                }
            }
            _ => {}
        }
        if let Some(text) = &self.refusal.text {
            write!(f, " (the kernel says: {text})")?;
        }
        if let Some(explanation) = &self.explanation {
            write!(f, "; {explanation}")?;
        }
        if let Some((scheduler, engine)) = self.missing_modules() {
            write!(f, "; looked for the module ip_vs_{scheduler}")?;
            if let Some(engine) = engine {
                write!(f, " and ip_vs_pe_{engine}")?;
            }
            if let Some(similar) = similar_scheduler(&scheduler.to_string()) {
                write!(f, "; did you mean '{similar}'?")?;
            }
        }
        Ok(())
    }
}
