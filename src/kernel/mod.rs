//! The kernel's interfaces: netlink, the IPVS family on it, and what only /proc shows.

pub mod ipvs;
pub mod netlink;
pub mod proc;
pub mod transaction;
