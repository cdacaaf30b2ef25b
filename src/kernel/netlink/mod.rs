//! Netlink, whatever the family: a socket, batches of requests, answers and dumps; and the routing family's one
//! question.

pub mod answer;
mod batch;
mod dump;
mod dump_buffer;
mod error;
pub mod route;
mod socket;
#[cfg(test)]
mod tests;

pub use batch::{Batch, Message};
pub use dump::Dump;
pub use dump_buffer::AnswerLength;
pub use error::{DUMP_ATTEMPTS, ExchangeError, Refusal, SocketError};
pub use socket::Socket;
