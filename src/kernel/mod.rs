//! The kernel's interfaces: netlink, on it the IPVS family and the one question of the routing family, and what only
//! /proc shows.

pub mod ipvs;
pub mod netlink;
pub mod proc;
pub mod route;
pub mod transaction;
