//! What can be wrong with a document as a whole.

use std::collections::TryReserveError;
use std::io;

use thiserror::Error;

use super::schema::VERSION;

/// The most bytes of a document, 256 MiB: those of more than a million real servers.
pub const LONGEST: usize = 256 << 20;

/// What is wrong with a document as a whole.
#[derive(Debug, Error)]
pub enum DocumentError {
    #[error("cannot read the JSON document: {0}; nothing was changed")]
    Form(#[from] serde_path_to_error::Error<serde_json::Error>),
    #[error("cannot read the JSON document: {0}; nothing was changed")]
    Syntax(#[from] serde_json::Error),
    #[error(
        "cannot read the JSON document: its 'schema' is {0}, and this ipvsadm knows only {VERSION}; \
         nothing was changed"
    )]
    Version(u64),
    #[error("cannot read the JSON document: it has more than {} MiB; nothing was changed", LONGEST >> 20)]
    Long,
    #[error(
        "cannot read the JSON document: it is UTF-16 text, and JSON is UTF-8; nothing was changed"
    )]
    Utf16,
    #[error(
        "the JSON document has no 'services': with --replace that would delete all of them, \
         which 'ipvsadm -C' does; nothing was changed"
    )]
    NoServices,
}

/// Why a document could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error(transparent)]
    Input(#[from] io::Error),
    #[error(transparent)]
    Memory(#[from] TryReserveError),
    #[error(transparent)]
    Document(#[from] DocumentError),
}
