//! The connection table: lines of /proc/net/ip_vs_conn and ip_vs_conn_sync to connections; no I/O.
//!
//! The kernel offers the table in no other way. Each line is read in place, so that a table of
//! millions needs no more memory than one of ten.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use memchr::memchr;
use thiserror::Error;

use crate::model::Endpoint;
use crate::model::connection::{Connection, EngineData, Origin};
use crate::sys::terminal::is_harmless;

/// Where the kernel shows the table of the caller's network namespace.
pub const PATH: &str = "/proc/net/ip_vs_conn";
/// The same with the origin of each entry, and without what persistence engines know.
pub const PATH_WITH_ORIGIN: &str = "/proc/net/ip_vs_conn_sync";

/// One of the two files in which the kernel shows the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFile {
    /// With what persistence engines know.
    Plain,
    /// With the origin of each entry.
    WithOrigin,
}

impl TableFile {
    /// Where the file lies.
    pub fn path(self) -> &'static str {
        match self {
            TableFile::Plain => PATH,
            TableFile::WithOrigin => PATH_WITH_ORIGIN,
        }
    }

    /// Reads one line, without its end.
    ///
    /// # Errors
    /// For a line that does not have the form of this file's.
    pub fn parse(self, line: &str) -> Result<Connection<'_>, LineError> {
        fields(line, self).ok_or_else(|| LineError {
            path: self.path(),
            line: line.to_owned(),
        })
    }
}

/// A line that does not have the kernel's form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} has a line of an unknown form: '{}'", .line.escape_debug())]
pub struct LineError {
    path: &'static str,
    line: String,
}

/// Reads one line of [`TableFile::Plain`].
///
/// # Errors
/// As those of [`TableFile::parse`].
pub fn parse(line: &str) -> Result<Connection<'_>, LineError> {
    TableFile::Plain.parse(line)
}

fn fields(line: &str, file: TableFile) -> Option<Connection<'_>> {
    let mut fields = Fields { rest: line };
    let protocol = word(fields.next()?)?;
    let source = endpoint(fields.next()?, fields.next()?)?;
    let service = endpoint(fields.next()?, fields.next()?)?;
    let destination = endpoint(fields.next()?, fields.next()?)?;
    let state = word(fields.next()?)?;
    let origin = match file {
        TableFile::Plain => None,
        TableFile::WithOrigin => Some(Origin::from_title(fields.next()?)?),
    };
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
        origin,
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
