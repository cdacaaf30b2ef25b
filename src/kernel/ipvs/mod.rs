//! The kernel's IPVS family: the client, its errors, and how services and servers travel in netlink messages.

mod client;
pub mod config;
pub mod daemon;
mod dump;
pub mod error;
mod genl_family;
pub mod message;
pub mod nest;
mod operation;
pub mod real_server;
pub mod request;
pub mod service;
mod socket;
pub mod stats;
pub mod status;
mod table;
pub mod trace;
pub mod uapi;
mod visible;

#[cfg(test)]
mod tests;

pub use client::Ipvs;
pub use error::{Error, KernelError};
pub use message::DecodeError;
pub use operation::Operation;
