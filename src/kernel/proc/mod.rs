//! Files in /proc that show what no netlink request does; parsing alone, no I/O.

pub mod connections;
pub mod stats;
