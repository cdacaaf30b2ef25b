//! Netlink, whatever the family: a socket, batches of requests, answers and dumps.

pub mod answer;
mod batch;
mod dump;
mod dump_buffer;
mod error;
mod socket;
#[cfg(test)]
mod tests;

pub use batch::{Batch, Message};
pub use dump::Dump;
pub use dump_buffer::AnswerLength;
pub use error::{DUMP_ATTEMPTS, ExchangeError, Refusal, SocketError};
pub use socket::Socket;
