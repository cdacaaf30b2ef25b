//! The connection table: lines of /proc/net/ip_vs_conn to connections; pure.
//!
//! The kernel offers the table in no other way. Each line is read in place, so that a table of
//! millions needs no more memory than one of ten.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use crate::model::{Endpoint, Protocol};
use crate::terminal::is_harmless;

/// Where the kernel shows the table of the caller's network namespace.
pub const PATH: &str = "/proc/net/ip_vs_conn";

/// One connection, or the template from which a persistent client's connections are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// As the kernel spells it: `TCP`, `UDP`, `SCTP`, or `IP` for a firewall mark's template.
    pub protocol: &'a str,
    pub source: Endpoint,
    /// For a firewall mark's template the mark stands in the place of the address.
    pub service: Endpoint,
    pub destination: Endpoint,
    pub state: &'a str,
    /// Seconds until the connection is forgotten.
    pub expires: u64,
    pub engine: Option<EngineData<'a>>,
}

/// What a persistence engine knows of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineData<'a> {
    pub name: &'a str,
    /// In the engine's own form; for sip the Call-ID that the client sent.
    pub data: &'a str,
}

/// A line that does not have the kernel's form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{PATH} has a line of an unknown form: '{}'", .0.escape_debug())]
pub struct LineError(String);

impl Connection<'_> {
    /// The transport protocol, where it is one.
    pub fn transport(&self) -> Option<Protocol> {
        Protocol::ALL
            .into_iter()
            .find(|protocol| protocol.title() == self.protocol)
    }

    /// The mark, for a template of a firewall mark's service: it fills the first four bytes of the
    /// service's address.
    pub fn firewall_mark(&self) -> Option<u32> {
        if self.protocol != "IP" {
            return None;
        }
        Some(match self.service.address {
            IpAddr::V4(address) => u32::from(address),
            IpAddr::V6(address) => (u128::from(address) >> 96) as u32,
        })
    }
}

/// Reads one line, without its end.
pub fn parse(line: &str) -> Result<Connection<'_>, LineError> {
    fields(line).ok_or_else(|| LineError(line.to_owned()))
}

fn fields(line: &str) -> Option<Connection<'_>> {
    let mut rest = line;
    let mut field = || {
        let trimmed = rest.trim_start_matches(' ');
        let (field, behind) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
        rest = behind;
        (!field.is_empty()).then_some(field)
    };
    let protocol = field().and_then(word)?;
    let source = endpoint(field()?, field()?)?;
    let service = endpoint(field()?, field()?)?;
    let destination = endpoint(field()?, field()?)?;
    let state = field().and_then(word)?;
    let expires = field()?.parse().ok()?;
    let engine = match field() {
        Some(name) => Some(EngineData {
            name: word(name)?,
            data: rest,
        }),
        None => None,
    };
    Some(Connection {
        protocol,
        source,
        service,
        destination,
        state,
        expires,
        engine,
    })
}

/// A word of the kernel's, which is printed as it is.
fn word(field: &str) -> Option<&str> {
    field.chars().all(is_harmless).then_some(field)
}

/// An address, of eight hexadecimal digits or as IPv6 is written, and a hexadecimal port.
fn endpoint(address: &str, port: &str) -> Option<Endpoint> {
    let address = if address.contains(':') {
        IpAddr::V6(address.trim_matches(['[', ']']).parse::<Ipv6Addr>().ok()?)
    } else {
        IpAddr::V4(Ipv4Addr::from(u32::from_str_radix(address, 16).ok()?))
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(Endpoint { address, port })
}
