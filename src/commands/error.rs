//! What any command can fail with.

use std::collections::TryReserveError;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::kernel::ipvs::{self, KernelError};
use crate::kernel::transaction::TransactionError;
use crate::model::patch::PatchError;
use crate::model::scope::Scope;
use crate::sys::lock::LockError;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Ipvs(#[from] ipvs::Error),
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    #[error("cannot write the report: {0}; the changes were made")]
    Report(#[source] io::Error),
    #[error("cannot read the rules: {0}")]
    Input(#[source] io::Error),
    #[error("cannot open '{}': {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot save to '{}': {source}; the file is as it was", .path.display())]
    Save { path: PathBuf, source: io::Error },
    #[error("{0}; nothing was changed")]
    Memory(#[from] TryReserveError),
    #[error("interrupted by a signal")]
    Interrupted,
    #[error("cannot catch signals: {0}")]
    Signals(#[source] io::Error),
    #[error("cannot use the terminal: {0}")]
    Terminal(#[source] io::Error),
    #[error(transparent)]
    Patch(Box<PatchError>),
    #[error(transparent)]
    Lock(#[from] LockError),
    /// In the words of the kernel's refusal for one service.
    #[error("No such service: none is selected by {0}")]
    NoneSelected(Box<Scope>),
}

impl Error {
    /// The request that the kernel refused, where that is what failed.
    pub fn refusal(&self) -> Option<&KernelError> {
        match self {
            Error::Ipvs(ipvs::Error::Refused(refused)) => Some(refused),
            _ => None,
        }
    }
}

impl From<KernelError> for Error {
    fn from(error: KernelError) -> Error {
        ipvs::Error::from(error).into()
    }
}

impl From<TransactionError> for Error {
    fn from(error: TransactionError) -> Error {
        match error {
            TransactionError::Ipvs(error) => Error::Ipvs(error),
            TransactionError::Memory(error) => Error::Memory(error),
            TransactionError::Signals(error) => Error::Signals(error),
            TransactionError::Interrupted => Error::Interrupted,
        }
    }
}
