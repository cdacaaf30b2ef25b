//! IPVS requests as netlink carries them, and what they have in common with replies; no I/O.
//!
//! Requests are written in place, without a separate value for each attribute: a restore writes hundreds of thousands
//! of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NLA_ALIGNTO, NLA_F_NESTED, NLA_HEADER_SIZE};
use thiserror::Error;

use super::uapi::{self, ADDRESS_LENGTH, KernelEnum};
pub use crate::kernel::generic::HEADER_LENGTH;
use crate::model::{Family, Name};
use crate::sys::words::counted;

/// A reply that does not have the form that the kernel header gives it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("{attribute} is {} long, not {expected}", counted(*got as u64, "byte"))]
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

/// Takes attributes that are sent. Integers are in the machine's byte order unless the method says otherwise.
pub trait Put {
    /// The next bytes.
    fn put<const N: usize>(&mut self, bytes: [u8; N]);

    #[inline(always)]
    fn u8(&mut self, kind: impl KernelEnum, value: u8) {
        self.short(kind, 1, [value, 0, 0, 0]);
    }

    #[inline(always)]
    fn u16(&mut self, kind: impl KernelEnum, value: u16) {
        let [a, b] = value.to_ne_bytes();
        self.short(kind, 2, [a, b, 0, 0]);
    }

    /// In network byte order, as the kernel wants ports.
    #[inline(always)]
    fn be16(&mut self, kind: impl KernelEnum, value: u16) {
        let [a, b] = value.to_be_bytes();
        self.short(kind, 2, [a, b, 0, 0]);
    }

    #[inline(always)]
    fn u32(&mut self, kind: impl KernelEnum, value: u32) {
        self.short(kind, 4, value.to_ne_bytes());
    }

    /// A `struct ip_vs_flags`: the flags, and which of them are meant.
    #[inline(always)]
    fn flags(&mut self, kind: impl KernelEnum, flags: u32, mask: u32) {
        self.put(header(kind.number(), 8));
        self.put(flags.to_ne_bytes());
        self.put(mask.to_ne_bytes());
    }

    /// Four bytes as in a packet.
    #[inline(always)]
    fn v4(&mut self, kind: impl KernelEnum, address: Ipv4Addr) {
        self.short(kind, 4, address.octets());
    }

    /// Sixteen bytes, of which an IPv4 address takes the first four.
    #[inline(always)]
    fn address(&mut self, kind: impl KernelEnum, address: IpAddr) {
        self.put(header(kind.number(), ADDRESS_LENGTH));
        self.put(match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            IpAddr::V6(address) => address.octets(),
        });
    }

    /// An address family.
    #[inline(always)]
    fn family(&mut self, kind: impl KernelEnum, family: Family) {
        let number = match family {
            Family::V4 => uapi::AF_INET,
            Family::V6 => uapi::AF_INET6,
        };
        self.u16(kind, number);
    }

    /// A value of at most four bytes, with its padding.
    #[inline(always)]
    fn short(&mut self, kind: impl KernelEnum, length: usize, value: [u8; 4]) {
        self.put(header(kind.number(), length));
        self.put(value);
    }
}

/// Attributes that are appended to the bytes that the kernel reads.
pub struct Attributes<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Put for Attributes<'_> {
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes.extend_from_slice(&bytes);
    }
}

impl Attributes<'_> {
    pub fn to(bytes: &mut Vec<u8>) -> Attributes<'_> {
        Attributes { bytes }
    }

    /// A name with a closing zero.
    pub fn name(&mut self, kind: impl KernelEnum, name: &Name) {
        let name = name.as_bytes();
        let end = (name.len() + 1).next_multiple_of(NLA_ALIGNTO) - name.len();
        self.put(header(kind.number(), name.len() + 1));
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(&[0; NLA_ALIGNTO][..end]);
    }

    /// Attributes inside an attribute.
    pub fn nest(&mut self, kind: impl KernelEnum, fill: impl FnOnce(&mut Attributes<'_>)) {
        let start = self.bytes.len();
        self.put([0; NLA_HEADER_SIZE]);
        fill(self);
        let length = self.bytes.len() - start - NLA_HEADER_SIZE;
        let header = header(kind.number() | NLA_F_NESTED, length);
        self.bytes[start..][..NLA_HEADER_SIZE].copy_from_slice(&header);
    }

    /// The same where their length is known beforehand.
    #[inline(always)]
    pub fn nested<const N: usize>(&mut self, nest: Nested<N>) {
        debug_assert_eq!(nest.used, N);
        self.put(nest.bytes);
    }
}

/// An attribute with attributes inside, of so many bytes in all.
///
/// The compiler knows where in it each attribute stands, so there is nothing left to check, and it writes each where the
/// request has it: a restore sends hundreds of thousands.
pub struct Nested<const N: usize> {
    bytes: [u8; N],
    used: usize,
}

impl<const N: usize> Nested<N> {
    #[inline(always)]
    pub fn new(kind: impl KernelEnum) -> Nested<N> {
        let mut nest = Nested {
            bytes: [0; N],
            used: 0,
        };
        nest.put(header(kind.number() | NLA_F_NESTED, N - NLA_HEADER_SIZE));
        nest
    }
}

impl<const N: usize> Put for Nested<N> {
    #[inline(always)]
    fn put<const M: usize>(&mut self, bytes: [u8; M]) {
        self.bytes[self.used..][..M].copy_from_slice(&bytes);
        self.used += M;
    }
}

/// The header of an attribute whose value has this many bytes; nothing that is sent comes near 65535.
#[inline(always)]
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
