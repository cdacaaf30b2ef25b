//! Files in /proc that show what no netlink request does.

pub mod connections;
pub mod stats;
pub mod status;
pub mod sysctls;
pub mod table;
