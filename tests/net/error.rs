//! What can go wrong on a network.

use std::io;

/// The result of a step.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was seen is not what was expected; the transcript has both.
    #[error("expected: {expected}; saw: {saw}")]
    NotAsExpected { expected: String, saw: String },
    /// A command that must succeed did not.
    #[error("{host}: {line}: exit status {status}\n{output}")]
    Command {
        host: String,
        line: String,
        status: i32,
        output: String,
    },
    /// A host talked to did not answer as it should.
    #[error("{what}: {source}")]
    Io {
        what: String,
        #[source]
        source: io::Error,
    },
    /// A host that the network does not have.
    #[error("the network has no host {0}")]
    NoHost(String),
}

/// Says what was being done when an I/O error came.
pub trait Context<T> {
    /// `what` reads as the beginning of a sentence that the error ends.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<io::Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error::Io {
            what: what(),
            source: error.into(),
        })
    }
}
