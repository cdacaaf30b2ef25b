//! What can go wrong in a lab.

use std::io;

/// The result of a step.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a lab failed.
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
    /// A word on the command line that means nothing here.
    #[error("{0}: no such lab, and neither \"all\", \"list\" nor \"shell\"")]
    UnknownWord(String),
    /// An option without its value, or unknown.
    #[error("usage: cargo lab [--kernel 5.10|6.1|6.12|7.2|host] [LAB...|all|list] [shell]")]
    Usage,
    /// A shell is one lab's.
    #[error("a shell can be had in one lab at a time")]
    OneShell,
    /// What is typed must come from somewhere.
    #[error("a shell needs a terminal")]
    NoTerminal,
    /// `host` was asked for where it cannot be.
    #[error(
        "this machine's kernel has no IPVS, or you are not root: use a virtual machine's kernel"
    )]
    NoHostIpvs,
    /// The virtual machine.
    #[error(transparent)]
    Vm(#[from] vm::Error),
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
