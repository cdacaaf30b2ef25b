//! Netlink, whatever the family: a socket, batches of requests, answers and dumps; and the routing family's one
//! question.

pub mod answer;
mod batch;
mod dump;
pub mod route;
mod socket;
#[cfg(test)]
mod tests;

pub use answer::Refusal;
pub use batch::{Batch, Message};
pub use dump::{AnswerLength, Dump};
pub use socket::{Channel, ChannelError, DUMP_ATTEMPTS, ExchangeError};
