//! What can go wrong with a suite, other than its cases.

/// The result of playing a suite.
pub type Result<T> = std::result::Result<T, Error>;

/// Why cases could not be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that no case has.
    #[error("{0}: no such case")]
    UnknownCase(String),
    /// What played the cases did not end well.
    #[error("the test program ended with status {status} where it plays the cases")]
    Inside {
        /// Its exit status.
        status: i32,
    },
    /// `host` was asked for where it cannot be.
    #[error(
        "this machine's kernel has no IPVS, or you are not root: use a virtual machine's kernel"
    )]
    NoHostIpvs,
    /// The virtual machine, or a file or program of this host.
    #[error(transparent)]
    Vm(#[from] vm::Error),
}
