//! `--diagnose`: what does not work on this director, why, and the commands that fix it.
//!
//! Looking ([`gather`]) and judging ([`rules`]) are apart: the former reads the kernel and changes
//! nothing, the latter is a table of functions without I/O over plain [`facts`].

pub mod as_server;
pub mod connections;
pub mod facts;
pub mod finding;
pub mod firewall;
pub mod gather;
pub mod id;
pub mod listeners;
pub mod modules;
pub mod programs;
pub mod report;
pub mod rules;
mod shell;

pub use finding::{Finding, Fix, Grade};
pub use id::Id;
