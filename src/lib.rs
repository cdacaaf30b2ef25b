//! ipvsadm: administers the Linux virtual server.
//!
//! Data flows one way: words ([`cli`]) become a typed command ([`cli::command`]), which [`run`] takes to
//! the kernel ([`kernel::ipvs`] over [`kernel::netlink`]); what comes back is the model ([`model`]), which
//! [`mod@format`] turns into text.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod cli;
pub mod commands;
pub mod diagnose;
pub mod error;
pub mod format;
pub mod kernel;
pub mod model;
pub mod run;
pub mod sys;

// The names that these modules had at the top level, until every file imports them from where they are.
pub use cli::command;
pub use commands::{list, restore, save, watch, weight as gradual};
pub use format as output;
pub use format::names;
pub use kernel::proc::{connections, stats as totals};
pub use kernel::{ipvs, netlink, transaction};
pub use model::{diff as plan, order, ruleset};
pub use sys::{netns, signals as interrupt, terminal, trace};
