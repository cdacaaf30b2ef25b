//! Words to a typed command: the table of flags, the reader of words, the values, the legality.
//!
//! Nothing here touches the kernel or the environment; names are looked up through [`Lookup`].

pub mod address;
pub mod command;
pub mod connection_values;
pub mod flag_set;
pub mod flags;
pub mod help;
pub mod legality;
pub mod lexer;
pub mod limits;
pub mod notice;
pub mod numbers;
pub mod parse;
pub mod required_rights;
mod selector;
pub mod typo;
pub mod usage;
pub mod values;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};

use crate::model::Protocol;

/// How names in a command line become numbers.
pub trait Lookup {
    /// The address of a host, IPv4 before IPv6.
    fn host(&self, name: &str) -> Option<IpAddr>;

    /// The IPv6 address of a host, for a name in brackets.
    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match self.host(name)? {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }

    /// The port of a named service, such as `http`, under a protocol.
    fn port(&self, name: &str, protocol: Protocol) -> Option<u16>;
}
