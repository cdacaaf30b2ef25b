//! A client for IPVS, the layer-4 load balancer in the Linux kernel, and the program `ipvsadm` that is built on it.
//!
//! [`Ipvs`] is a socket to the kernel in one network namespace. It makes [changes](model::Change) and reads what
//! there is: services, real servers, timeouts, sync daemons. The [model] says what each value means, in which unit
//! and range; [`Error`] says what went wrong, in the words that ipvsadm's users know.
//!
//! Most calls need the capability `CAP_NET_ADMIN` in the first user namespace. Where the kernel has no IPVS yet, the
//! module is loaded, as ipvsadm does.
//!
//! # Example
//! ```no_run
#![doc = include_str!("example.rs")]
//! ```
//!
//! # The program
//! Everything else in this crate is the program's own, has no stable interface, and is left out of this
//! documentation. Data flows one way: words (`cli`) become a typed command, which `run` hands to one of the
//! `commands`; these talk to the kernel (`kernel`) and print the model with `format`.

#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]
#![warn(missing_docs, clippy::undocumented_unsafe_blocks)]

#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod diagnose;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod exit_status;
#[doc(hidden)]
pub mod format;
#[doc(hidden)]
pub mod kernel;
pub mod model;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod sys;

pub use kernel::ipvs::trace::Trace;
pub use kernel::ipvs::{DecodeError, Error, Ipvs, KernelError, Operation};
pub use kernel::netlink::{Batch, Refusal, SocketError};
pub use kernel::proc::connections::LineError;
pub use sys::netns::{Netns, NetnsError};
