//! The commands: each takes what was asked for to the kernel, and the answer to the output.

pub mod change;
pub mod error;
pub mod keep;
pub mod left;
pub mod list;
pub mod managers;
pub mod print;
pub mod restore;
pub mod save;
pub mod scoped;
pub mod session;
pub mod watch;
pub mod weight;
