//! Addresses as they are typed: host, optional port.

mod fault;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Lookup;
use super::numbers;
use super::usage::Problem;
use crate::model::{Endpoint, Protocol};

/// An address with or without a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort {
    pub address: IpAddr,
    pub port: Option<u16>,
}

impl HostPort {
    pub fn with_port(self, default: u16) -> Endpoint {
        Endpoint {
            address: self.address,
            port: self.port.unwrap_or(default),
        }
    }
}

/// Reads `a.b.c.d[:port]`, `name[:port]`, `[v6]:port`, `[name]:port` or a bare `v6`.
pub fn host_port(word: &str, protocol: Protocol, names: &dyn Lookup) -> Result<HostPort, Problem> {
    let (address, port) = host_and_port(word, names)?;
    let port = port.map(|port| port_number(port, protocol, names));
    Ok(HostPort {
        address,
        port: port.transpose()?,
    })
}

/// An address, and its port as far as it can be read while the protocol is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsettledHostPort<'a> {
    pub address: IpAddr,
    pub port: UnsettledPort<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsettledPort<'a> {
    Missing,
    Number(u16),
    /// A name that at least one protocol has a port for.
    Name(&'a str),
}

/// Reads the same as [`host_port`] does where the protocol is not known yet.
pub fn unsettled_host_port<'a>(
    word: &'a str,
    names: &dyn Lookup,
) -> Result<UnsettledHostPort<'a>, Problem> {
    let (address, port) = host_and_port(word, names)?;
    let port = match port {
        None => UnsettledPort::Missing,
        Some(port) => {
            let number = any_port_number(port, &PROTOCOLS, names)?;
            match numbers::integer(port) {
                Some(_) => UnsettledPort::Number(number),
                None => UnsettledPort::Name(port),
            }
        }
    };
    Ok(UnsettledHostPort { address, port })
}

impl From<HostPort> for UnsettledHostPort<'_> {
    fn from(place: HostPort) -> Self {
        UnsettledHostPort {
            address: place.address,
            port: place
                .port
                .map_or(UnsettledPort::Missing, UnsettledPort::Number),
        }
    }
}

impl UnsettledHostPort<'_> {
    /// Looks up the name of a port, now that the possible protocols are known.
    pub fn settled(self, protocols: &[Protocol], names: &dyn Lookup) -> Result<HostPort, Problem> {
        let port = match self.port {
            UnsettledPort::Missing => None,
            UnsettledPort::Number(number) => Some(number),
            UnsettledPort::Name(name) => Some(any_port_number(name, protocols, names)?),
        };
        Ok(HostPort {
            address: self.address,
            port,
        })
    }
}

/// The protocols of virtual services, in the order in which a port's name is looked up.
const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// The port under the first of the protocols that knows it.
fn any_port_number(word: &str, protocols: &[Protocol], names: &dyn Lookup) -> Result<u16, Problem> {
    let port = |protocol: &Protocol| port_number(word, *protocol, names);
    let unknown = || Err(Problem::UnknownService(word.to_owned()));
    let mut ports = protocols.iter().map(port);
    let first = ports.next().unwrap_or_else(unknown);
    ports.fold(first, |found, port| found.or(port))
}

/// The address of a word, and the word of its port where it has one.
fn host_and_port<'a>(
    word: &'a str,
    names: &dyn Lookup,
) -> Result<(IpAddr, Option<&'a str>), Problem> {
    if let Some(rest) = word.strip_prefix('[') {
        let (address, port) = rest.split_once("]:").ok_or(Problem::NoPortInBrackets)?;
        // A save with names puts those of IPv6 addresses in brackets too.
        let address = match address.parse::<Ipv6Addr>() {
            Ok(address) => address,
            // No name has a colon, but the resolver would take an address with a zone for one.
            Err(_) if address.contains(':') => return Err(Problem::NotAnAddress),
            Err(_) => names.host_v6(address).ok_or(Problem::NotAnAddress)?,
        };
        return Ok((address.into(), Some(port)));
    }
    match word.split_once(':') {
        None => Ok((host_alone(word, names)?, None)),
        // More than one colon: a bare IPv6 address, which cannot have a port.
        Some((_, rest)) if rest.contains(':') => {
            let address: Ipv6Addr = word.parse().map_err(|_| fault::of_v6(word))?;
            Ok((address.into(), None))
        }
        Some((name, port)) => Ok((host(name, names)?, Some(port))),
    }
}

/// Whether a word can only be an IPv6 address: it has brackets, or more than one colon.
pub fn has_colons(word: &str) -> bool {
    word.starts_with('[') || word.bytes().filter(|byte| *byte == b':').count() > 1
}

/// `[v6]:port` for a bare IPv6 address that ends like a port.
pub fn bracketed(word: &str) -> Option<String> {
    let (address, port) = word.rsplit_once(':')?;
    let is_port = port.starts_with(|first: char| first.is_ascii_digit() && first != '0')
        && port.parse::<u16>().is_ok();
    let address: Ipv6Addr = address.parse().ok().filter(|_| is_port)?;
    Some(format!("[{address}]:{port}"))
}

/// Whether the IPv6 address of a word is written out, not named.
pub fn is_literal_v6(word: &str) -> bool {
    let address = match word.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => word,
    };
    address.contains(':') && address.parse::<Ipv6Addr>().is_ok()
}

/// A host without a port: a word of digits alone is more likely a typo than an address.
fn host_alone(word: &str, names: &dyn Lookup) -> Result<IpAddr, Problem> {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::NotAnAddress);
    }
    host(word, names)
}

/// An IPv4 address in any of its spellings, or the address of a name.
pub fn host(word: &str, names: &dyn Lookup) -> Result<IpAddr, Problem> {
    if let Some(address) = inet_aton(word) {
        return Ok(address.into());
    }
    if word.is_empty() {
        return Err(Problem::NotAnAddress);
    }
    names
        .host(word)
        .ok_or_else(|| fault::of_v4(word).unwrap_or_else(|| Problem::UnknownHost(word.to_owned())))
}

fn port_number(word: &str, protocol: Protocol, names: &dyn Lookup) -> Result<u16, Problem> {
    match numbers::integer(word) {
        Some(number) => u16::try_from(number).map_err(|_| Problem::NotAPort),
        None if word.is_empty() => Err(Problem::NotAPort),
        None if fault::names_many_ports(word) => Err(Problem::ManyPorts),
        None => names
            .port(word, protocol)
            .ok_or_else(|| Problem::UnknownService(word.to_owned())),
    }
}

/// An IPv4 address as inet_aton(3) reads it: one to four parts, of which the last fills the
/// remaining bytes, each decimal, octal (`0...`) or hexadecimal (`0x...`).
///
/// Whatever follows white space after the address is ignored, as the C library does.
pub fn inet_aton(word: &str) -> Option<Ipv4Addr> {
    let word = word.split([' ', '\t', '\n', '\x0b', '\x0c', '\r']).next()?;
    let mut parts = [0; 4];
    let mut count = 0;
    for part in word.split('.') {
        *parts.get_mut(count)? = c_number(part)?;
        count += 1;
    }
    let (last, leading) = parts[..count].split_last()?;
    let mut address: u32 = 0;
    for part in leading {
        address = address << 8 | u32::from(u8::try_from(*part).ok()?);
    }
    let free_bits = 32 - 8 * leading.len() as u32;
    if u64::from(*last) >= 1 << free_bits {
        return None;
    }
    // With no leading part the shift would be by all 32 bits.
    let leading = address.checked_shl(free_bits).unwrap_or(0);
    Some(Ipv4Addr::from(leading | last))
}

/// A number as C writes it.
pub(super) fn c_number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    // The parser of the standard library would take a sign.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}
