//! IPVS requests and attributes as netlink carries them; pure, no I/O.
//!
//! Requests are written and replies are read in place, without a value of its own for each
//! attribute: a restore and a listing handle hundreds of thousands of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{Emitable, NLA_ALIGNTO, NLA_F_NESTED, NLA_HEADER_SIZE, NLA_TYPE_MASK};
use netlink_packet_generic::{GenlFamily, GenlHeader};
use thiserror::Error;

use super::uapi::{self, ADDRESS_LENGTH, Command, CommandAttribute, KernelEnum};
use crate::model::{Family, Name};

/// A reply that does not have the form that the kernel header gives it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("{attribute} is {got} bytes long, not {expected}")]
    Size {
        attribute: &'static str,
        got: usize,
        expected: usize,
    },
    #[error("{attribute} has the value {value}, which this program does not know")]
    Value { attribute: &'static str, value: u64 },
    #[error("{attribute} is longer than {} bytes", Name::MAX)]
    LongName { attribute: &'static str },
    #[error("{attribute} is missing")]
    Missing { attribute: &'static str },
    #[error("the attributes inside {inside} are cut off")]
    Attributes { inside: &'static str },
    #[error("a generic netlink header is cut off")]
    Header,
}

/// Attributes that are sent, in the bytes that the kernel reads. Integers are in the machine's byte
/// order unless the method says otherwise.
#[derive(Clone, Debug)]
pub struct Attributes {
    bytes: [u8; Attributes::CAPACITY],
    length: usize,
}

impl Attributes {
    /// The longest request, a tunnelled real server, takes 180 bytes; so none needs the heap.
    const CAPACITY: usize = 256;

    pub fn new() -> Attributes {
        Attributes {
            bytes: [0; Attributes::CAPACITY],
            length: 0,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub fn u8(&mut self, kind: impl KernelEnum, value: u8) {
        self.put(kind, &[value]);
    }

    pub fn u16(&mut self, kind: impl KernelEnum, value: u16) {
        self.put(kind, &value.to_ne_bytes());
    }

    /// In network byte order, as the kernel wants ports.
    pub fn be16(&mut self, kind: impl KernelEnum, value: u16) {
        self.put(kind, &value.to_be_bytes());
    }

    pub fn u32(&mut self, kind: impl KernelEnum, value: u32) {
        self.put(kind, &value.to_ne_bytes());
    }

    /// A `struct ip_vs_flags`: the flags, and that all of them are meant.
    pub fn flags(&mut self, kind: impl KernelEnum, flags: u32) {
        let [a, b, c, d] = flags.to_ne_bytes();
        self.put(kind, &[a, b, c, d, 0xff, 0xff, 0xff, 0xff]);
    }

    /// Four bytes as they stand in a packet.
    pub fn v4(&mut self, kind: impl KernelEnum, address: Ipv4Addr) {
        self.put(kind, &address.octets());
    }

    /// Sixteen bytes, of which an IPv4 address takes the first four.
    pub fn address(&mut self, kind: impl KernelEnum, address: IpAddr) {
        let mut bytes = [0; ADDRESS_LENGTH];
        match address {
            IpAddr::V4(address) => bytes[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => bytes = address.octets(),
        }
        self.put(kind, &bytes);
    }

    /// An address family.
    pub fn family(&mut self, kind: impl KernelEnum, family: Family) {
        let number = match family {
            Family::V4 => uapi::AF_INET,
            Family::V6 => uapi::AF_INET6,
        };
        self.u16(kind, number);
    }

    /// A name with a closing zero.
    pub fn name(&mut self, kind: impl KernelEnum, name: &Name) {
        let mut bytes = [0; Name::MAX + 1];
        let length = name.as_bytes().len();
        bytes[..length].copy_from_slice(name.as_bytes());
        self.put(kind, &bytes[..=length]);
    }

    /// Attributes inside an attribute.
    pub fn nest(&mut self, kind: impl KernelEnum, fill: impl FnOnce(&mut Attributes)) {
        let start = self.length;
        self.length += NLA_HEADER_SIZE;
        fill(self);
        let length = self.length - start;
        self.header(start, kind.number() | NLA_F_NESTED, length);
    }

    #[inline]
    fn put(&mut self, kind: impl KernelEnum, value: &[u8]) {
        let start = self.length;
        let length = NLA_HEADER_SIZE + value.len();
        self.header(start, kind.number(), length);
        // What pads the value is zero from the start.
        self.bytes[start + NLA_HEADER_SIZE..start + length].copy_from_slice(value);
        self.length = start + length.next_multiple_of(NLA_ALIGNTO);
    }

    #[inline]
    fn header(&mut self, start: usize, kind: u16, length: usize) {
        // Nothing that is sent comes near 65535 bytes.
        let length = length as u16;
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self.bytes[start + 2..start + 4].copy_from_slice(&kind.to_ne_bytes());
    }
}

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes::new()
    }
}

/// A request of the IPVS family.
#[derive(Clone, Debug)]
pub struct Request {
    pub command: Command,
    pub attributes: Attributes,
}

impl Request {
    /// A request that the command alone says.
    pub fn plain(command: Command) -> Request {
        Request::new(command, Attributes::default())
    }

    pub fn new(command: Command, attributes: Attributes) -> Request {
        Request {
            command,
            attributes,
        }
    }
}

impl GenlFamily for Request {
    fn family_name() -> &'static str {
        uapi::FAMILY_NAME
    }

    fn command(&self) -> u8 {
        self.command as u8
    }

    fn version(&self) -> u8 {
        uapi::FAMILY_VERSION
    }
}

impl Emitable for Request {
    fn buffer_len(&self) -> usize {
        self.attributes.length
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(self.attributes.as_bytes());
    }
}

/// An attribute of a reply.
pub struct Received<'a, K> {
    pub kind: K,
    value: &'a [u8],
}

impl<'a, K: KernelEnum> Received<'a, K> {
    fn fixed<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        self.value.try_into().map_err(|_| DecodeError::Size {
            attribute: self.kind.name(),
            got: self.value.len(),
            expected: N,
        })
    }

    pub fn u8(&self) -> Result<u8, DecodeError> {
        self.fixed().map(u8::from_ne_bytes)
    }

    pub fn u16(&self) -> Result<u16, DecodeError> {
        self.fixed().map(u16::from_ne_bytes)
    }

    pub fn be16(&self) -> Result<u16, DecodeError> {
        self.fixed().map(u16::from_be_bytes)
    }

    pub fn u32(&self) -> Result<u32, DecodeError> {
        self.fixed().map(u32::from_ne_bytes)
    }

    pub fn i32(&self) -> Result<i32, DecodeError> {
        self.fixed().map(i32::from_ne_bytes)
    }

    pub fn u64(&self) -> Result<u64, DecodeError> {
        self.fixed().map(u64::from_ne_bytes)
    }

    /// The flags of a `struct ip_vs_flags`; the mask says nothing in a reply.
    pub fn flags(&self) -> Result<u32, DecodeError> {
        let [a, b, c, d, ..] = self.fixed::<8>()?;
        Ok(u32::from_ne_bytes([a, b, c, d]))
    }

    pub fn v4(&self) -> Result<Ipv4Addr, DecodeError> {
        self.fixed::<4>().map(Ipv4Addr::from)
    }

    /// The sixteen bytes of an address, whose family another attribute tells.
    pub fn address(&self) -> Result<[u8; ADDRESS_LENGTH], DecodeError> {
        self.fixed()
    }

    /// An address family.
    pub fn family(&self) -> Result<Family, DecodeError> {
        match self.u16()? {
            uapi::AF_INET => Ok(Family::V4),
            uapi::AF_INET6 => Ok(Family::V6),
            other => Err(self.unknown(u64::from(other))),
        }
    }

    /// A name up to its closing zero.
    pub fn name(&self) -> Result<Name, DecodeError> {
        let end = self.value.iter().position(|&byte| byte == 0);
        Name::new(&self.value[..end.unwrap_or(self.value.len())]).ok_or(DecodeError::LongName {
            attribute: self.kind.name(),
        })
    }

    pub fn nest(&self) -> &'a [u8] {
        self.value
    }

    pub fn unknown(&self, value: u64) -> DecodeError {
        DecodeError::Value {
            attribute: self.kind.name(),
            value,
        }
    }
}

/// Calls `take` for every attribute in `bytes` that `K` knows; passes over the others, which a newer
/// kernel may send.
#[inline]
pub fn each<'a, K: KernelEnum>(
    inside: &'static str,
    bytes: &'a [u8],
    mut take: impl FnMut(Received<'a, K>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut rest = bytes;
    while let Some((header, _)) = rest.split_first_chunk::<NLA_HEADER_SIZE>() {
        let [length_low, length_high, kind_low, kind_high] = *header;
        let length = usize::from(u16::from_ne_bytes([length_low, length_high]));
        let kind = u16::from_ne_bytes([kind_low, kind_high]) & NLA_TYPE_MASK;
        let value = rest
            .get(NLA_HEADER_SIZE..length)
            .ok_or(DecodeError::Attributes { inside })?;
        if let Some(kind) = K::from_number(kind) {
            take(Received { kind, value })?;
        }
        // The last attribute may come without its padding.
        rest = rest
            .get(length.next_multiple_of(NLA_ALIGNTO)..)
            .unwrap_or_default();
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(DecodeError::Attributes { inside })
    }
}

/// What stands inside the attribute `wanted` of the first level of a reply.
pub fn nested(bytes: &[u8], wanted: CommandAttribute) -> Result<&[u8], DecodeError> {
    let mut found = None;
    each(
        "the reply",
        bytes,
        |received: Received<'_, CommandAttribute>| {
            if received.kind == wanted {
                found = Some(received.nest());
            }
            Ok(())
        },
    )?;
    required(found, wanted)
}

/// A value that a reply must have.
pub fn required<T>(value: Option<T>, attribute: impl KernelEnum) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::Missing {
        attribute: attribute.name(),
    })
}

/// The attributes of a reply, behind its generic netlink header.
pub fn attributes(payload: &[u8]) -> Result<&[u8], DecodeError> {
    let header = GenlHeader::parse(payload).map_err(|_| DecodeError::Header)?;
    payload
        .get(header.buffer_len()..)
        .ok_or(DecodeError::Header)
}

/// An address from its sixteen bytes.
pub fn address(family: Family, bytes: [u8; ADDRESS_LENGTH]) -> IpAddr {
    match family {
        Family::V4 => {
            let [a, b, c, d, ..] = bytes;
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        Family::V6 => IpAddr::V6(Ipv6Addr::from(bytes)),
    }
}
