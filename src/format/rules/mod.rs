//! Rules as text: the command lines that -S writes, that -R reads, and that errors quote.

pub mod error;
pub mod fast;
pub mod lines;
pub mod read;
mod write;

pub use write::{Servers, change, flags, name, scheduler_flag_names, server, service, tunnel};
