//! The connection table: lines of /proc/net/ip_vs_conn to connections; no I/O.
//!
//! The kernel offers the table in no other way. Each line is read in place, so that a table of
//! millions needs no more memory than one of ten.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use memchr::memchr;
use thiserror::Error;

use crate::model::{Endpoint, Protocol};
use crate::sys::terminal::is_harmless;

/// Where the kernel shows the table of the caller's network namespace.
pub const PATH: &str = "/proc/net/ip_vs_conn";

/// One connection, or the template from which a persistent client's connections are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// As the kernel spells it: `TCP`, `UDP`, `SCTP`, or `IP` for a firewall mark's template.
    pub protocol: &'a str,
    pub source: Endpoint,
    /// For a firewall mark's template this holds the mark instead of an address.
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
    let mut fields = Fields { rest: line };
    let protocol = word(fields.next()?)?;
    let source = endpoint(fields.next()?, fields.next()?)?;
    let service = endpoint(fields.next()?, fields.next()?)?;
    let destination = endpoint(fields.next()?, fields.next()?)?;
    let state = word(fields.next()?)?;
    let expires = fields.next()?.parse().ok()?;
    let engine = match fields.next() {
        Some(name) => Some(EngineData {
            name: word(name)?,
            data: fields.rest,
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

/// The fields of a line, which one or more blanks part.
struct Fields<'a> {
    /// What follows the one blank after the last field.
    rest: &'a str,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.bytes().position(|byte| byte != b' ')?;
        let line = &self.rest[start..];
        let (field, rest) = match memchr(b' ', line.as_bytes()) {
            Some(length) => (&line[..length], &line[length + 1..]),
            None => (line, ""),
        };
        self.rest = rest;
        Some(field)
    }
}

/// A word of the kernel's, which is printed as it is.
fn word(field: &str) -> Option<&str> {
    let plain = field.bytes().all(|byte| byte.is_ascii_graphic());
    (plain || field.chars().all(is_harmless)).then_some(field)
}

/// An address, of eight hexadecimal digits or as IPv6 is written, and a hexadecimal port.
fn endpoint(address: &str, port: &str) -> Option<Endpoint> {
    let address = match hexadecimal(address, 8) {
        Some(address) => IpAddr::V4(Ipv4Addr::from(address)),
        None => IpAddr::V6(address.trim_matches(['[', ']']).parse::<Ipv6Addr>().ok()?),
    };
    let port = hexadecimal(port, 4)?.try_into().ok()?;
    Some(Endpoint { address, port })
}

/// A number of at most `digits` hexadecimal digits.
fn hexadecimal(field: &str, digits: usize) -> Option<u32> {
    if field.is_empty() || field.len() > digits {
        return None;
    }
    field.bytes().try_fold(0, |value, byte| {
        Some(value << 4 | char::from(byte).to_digit(16)?)
    })
}
