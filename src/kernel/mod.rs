//! The kernel's interfaces: netlink, on it the IPVS family and questions to those of routing and tunnels, and what only
//! /proc shows.

pub mod attributes;
pub mod fou;
pub mod generic;
pub mod interfaces;
pub mod ipvs;
pub mod neighbours;
pub mod netlink;
pub mod probe;
pub mod proc;
pub mod route;
pub mod transaction;
