//! What can go wrong on a netlink socket.

use std::io;
use std::time::Duration;

use thiserror::Error;

/// How long an answer may take. The kernel processes a request before the send returns, so a longer silence
/// means that no answer will come.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How often a dump that was disturbed is started again.
pub const DUMP_ATTEMPTS: usize = 64;
/// The only action after which the kernel knows nothing of a request.
pub(super) const SENDING: &str = "send on";

/// The kernel's refusal of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error number, as errno(3) lists them.
    pub errno: i32,
    /// The kernel's own explanation, where it gave one.
    pub text: Option<String>,
}

/// Why the exchange with the kernel broke down.
#[derive(Debug, Error)]
pub enum SocketError {
    /// A system call failed.
    #[error("cannot {action} the netlink socket: {source}")]
    System {
        action: &'static str,
        source: io::Error,
    },
    #[error("the kernel's answers did not fit into the receive queue")]
    Overrun,
    #[error("the kernel did not answer within {} seconds", PATIENCE.as_secs())]
    Silence,
    #[error("the kernel sent a malformed netlink message ({0})")]
    Malformed(&'static str),
    #[error("the kernel sent a malformed netlink message (a datagram longer than its buffer)")]
    Truncated,
    #[error("the table changed {DUMP_ATTEMPTS} times while it was read: try again")]
    Unsteady,
    #[error("the kernel ended its answer without a payload")]
    NoPayload,
}

pub(super) const FOREIGN: SocketError = SocketError::Malformed("an answer of another family");
pub(super) const UNASKED: SocketError =
    SocketError::Malformed("an answer of another kind than was asked for");

impl SocketError {
    /// Whether the kernel has not got the request.
    pub fn is_unsent(&self) -> bool {
        matches!(self, SocketError::System { action, .. } if *action == SENDING)
    }
}

/// A refusal, a dump that needs another socket, or the end of the exchange.
#[derive(Debug, Error)]
pub enum ExchangeError {
    #[error("refused with error {}", .0.errno)]
    Refused(Refusal),
    #[error("the dump does not fit one datagram")]
    Long,
    #[error(transparent)]
    Socket(#[from] SocketError),
}

impl ExchangeError {
    /// The error of a question that the kernel is to answer: its refusal is a failure of `action`.
    pub fn while_doing(self, action: &'static str) -> SocketError {
        match self {
            ExchangeError::Refused(refusal) => SocketError::System {
                action,
                source: io::Error::from_raw_os_error(refusal.errno),
            },
            ExchangeError::Long => SocketError::Truncated,
            ExchangeError::Socket(error) => error,
        }
    }
}
