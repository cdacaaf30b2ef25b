//! The kernel's interfaces: netlink, on it the IPVS family and the questions of the routing family, and what only
//! /proc shows.

pub mod ipvs;
pub mod neighbours;
pub mod netlink;
pub mod proc;
pub mod route;
pub mod transaction;
