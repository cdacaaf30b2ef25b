//! IPVS requests as netlink carries them, and what they have in common with replies; no I/O.
//!
//! Requests are written in place, without a separate value for each attribute: a restore writes hundreds of thousands
//! of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NLA_ALIGNTO, NLA_F_NESTED, NLA_HEADER_SIZE};
use thiserror::Error;

use super::uapi::{self, ADDRESS_LENGTH, KernelEnum};
use crate::model::{Family, Name};

/// The length of a generic netlink header (`GENL_HDRLEN`).
pub const HEADER_LENGTH: usize = 4;

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

/// Attributes that are sent, appended to the bytes that the kernel reads. Integers are in the machine's byte
/// order unless the method says otherwise.
pub struct Attributes<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Attributes<'_> {
    pub fn at_end_of(bytes: &mut Vec<u8>) -> Attributes<'_> {
        Attributes { bytes }
    }

    pub fn u8(&mut self, kind: impl KernelEnum, value: u8) {
        self.short(kind, 1, [value, 0, 0, 0]);
    }

    pub fn u16(&mut self, kind: impl KernelEnum, value: u16) {
        let [a, b] = value.to_ne_bytes();
        self.short(kind, 2, [a, b, 0, 0]);
    }

    /// In network byte order, as the kernel wants ports.
    pub fn be16(&mut self, kind: impl KernelEnum, value: u16) {
        let [a, b] = value.to_be_bytes();
        self.short(kind, 2, [a, b, 0, 0]);
    }

    pub fn u32(&mut self, kind: impl KernelEnum, value: u32) {
        self.short(kind, 4, value.to_ne_bytes());
    }

    /// A `struct ip_vs_flags`: the flags, and which of them are meant.
    pub fn flags(&mut self, kind: impl KernelEnum, flags: u32, mask: u32) {
        let [a, b, c, d] = flags.to_ne_bytes();
        let [e, f, g, h] = mask.to_ne_bytes();
        self.header(kind.number(), 8);
        self.bytes.extend_from_slice(&[a, b, c, d, e, f, g, h]);
    }

    /// Four bytes as in a packet.
    pub fn v4(&mut self, kind: impl KernelEnum, address: Ipv4Addr) {
        self.short(kind, 4, address.octets());
    }

    /// Sixteen bytes, of which an IPv4 address takes the first four.
    pub fn address(&mut self, kind: impl KernelEnum, address: IpAddr) {
        let mut bytes = [0; ADDRESS_LENGTH];
        match address {
            IpAddr::V4(address) => bytes[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => bytes = address.octets(),
        }
        self.header(kind.number(), ADDRESS_LENGTH);
        self.bytes.extend_from_slice(&bytes);
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
        let name = name.as_bytes();
        self.header(kind.number(), name.len() + 1);
        self.bytes.extend_from_slice(name);
        let padded = (name.len() + 1).next_multiple_of(NLA_ALIGNTO);
        self.bytes
            .extend(std::iter::repeat_n(0, padded - name.len()));
    }

    /// Attributes inside an attribute.
    #[inline]
    pub fn nest(&mut self, kind: impl KernelEnum, fill: impl FnOnce(&mut Attributes<'_>)) {
        let start = self.bytes.len();
        self.header(kind.number() | NLA_F_NESTED, 0);
        fill(self);
        let length = self.bytes.len() - start;
        if let Some(header) = self.bytes.get_mut(start..start + 2) {
            header.copy_from_slice(&(length as u16).to_ne_bytes());
        }
    }

    /// A value of at most four bytes, with its padding.
    #[inline]
    fn short(&mut self, kind: impl KernelEnum, length: usize, value: [u8; 4]) {
        let [a, b, c, d] = header(kind.number(), length);
        let [e, f, g, h] = value;
        self.bytes.extend_from_slice(&[a, b, c, d, e, f, g, h]);
    }

    #[inline]
    fn header(&mut self, kind: u16, length: usize) {
        self.bytes.extend_from_slice(&header(kind, length));
    }
}

/// The header of an attribute whose value has this many bytes; nothing that is sent comes near 65535.
#[inline]
fn header(kind: u16, length: usize) -> [u8; NLA_HEADER_SIZE] {
    let [a, b] = ((NLA_HEADER_SIZE + length) as u16).to_ne_bytes();
    let [c, d] = kind.to_ne_bytes();
    [a, b, c, d]
}

/// The attributes of a reply, after its generic netlink header.
pub fn attributes(payload: &[u8]) -> Result<&[u8], DecodeError> {
    payload.get(HEADER_LENGTH..).ok_or(DecodeError::Header)
}

/// An address from its sixteen bytes.
#[inline]
pub fn address(family: Family, bytes: [u8; ADDRESS_LENGTH]) -> IpAddr {
    match (family, bytes.first_chunk::<4>()) {
        (Family::V4, Some(octets)) => IpAddr::V4(Ipv4Addr::from(*octets)),
        _ => IpAddr::V6(Ipv6Addr::from(bytes)),
    }
}
