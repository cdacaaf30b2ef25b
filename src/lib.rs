//! ipvsadm: administers the Linux virtual server.
//!
//! Data flows one way: words ([`cli`]) become a typed command ([`command`]), which [`run`] takes to
//! the kernel ([`ipvs`] over [`netlink`]); what comes back is the model ([`model`]), which [`output`]
//! turns into text.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod cli;
pub mod command;
pub mod connections;
pub mod diagnose;
pub mod error;
pub mod gradual;
pub mod interrupt;
pub mod ipvs;
pub mod list;
pub mod model;
pub mod names;
pub mod netlink;
pub mod netns;
pub mod order;
pub mod output;
pub mod plan;
pub mod privilege;
pub mod restore;
pub mod ruleset;
pub mod run;
pub mod save;
pub mod terminal;
pub mod totals;
pub mod trace;
pub mod transaction;
pub mod watch;
