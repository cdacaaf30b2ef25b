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
pub mod exit_status;
pub mod format;
pub mod kernel;
pub mod model;
pub mod run;
pub mod sys;
