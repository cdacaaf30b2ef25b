//! IPVS requests and attributes as netlink carries them; no I/O.
//!
//! Requests are written and replies are read in place, without a separate value for each
//! attribute: a restore and a listing handle hundreds of thousands of them.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NLA_ALIGNTO, NLA_F_NESTED, NLA_HEADER_SIZE, NLA_TYPE_MASK};
use thiserror::Error;

use super::uapi::{self, ADDRESS_LENGTH, CommandAttribute, KernelEnum};
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

/// The attributes of a reply, each with its number and its contents.
struct Contents<'a> {
    /// What they are inside, for an error.
    inside: &'static str,
    rest: &'a [u8],
}

impl<'a> Iterator for Contents<'a> {
    type Item = Result<(u16, &'a [u8]), DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let cut_off = DecodeError::Attributes {
            inside: self.inside,
        };
        let Some((length, after)) = self.rest.split_first_chunk() else {
            let rest = std::mem::take(&mut self.rest);
            return (!rest.is_empty()).then_some(Err(cut_off));
        };
        let length = usize::from(u16::from_ne_bytes(*length));
        let (Some(kind), Some(value)) =
            (after.first_chunk(), self.rest.get(NLA_HEADER_SIZE..length))
        else {
            self.rest = &[];
            return Some(Err(cut_off));
        };
        let kind = u16::from_ne_bytes(*kind) & NLA_TYPE_MASK;
        // The last attribute may come without its padding.
        let padded = (length + NLA_ALIGNTO - 1) & !(NLA_ALIGNTO - 1);
        self.rest = self.rest.get(padded..).unwrap_or_default();
        Some(Ok((kind, value)))
    }
}

/// One more than the largest number of an attribute that this program knows, at least.
const SLOTS: usize = 16;

/// The attributes inside a reply or a nest, by their number. Those that the header does not know, which a newer
/// kernel may send, are skipped; of several with the same number the last one counts.
pub struct Nest<'a, K> {
    values: [Option<&'a [u8]>; SLOTS],
    kinds: PhantomData<K>,
}

impl<'a, K: KernelEnum> Nest<'a, K> {
    /// `inside` is what they are inside, for errors.
    ///
    /// # Errors
    /// An attribute does not fit the bytes.
    #[inline]
    pub fn parse(inside: &'static str, bytes: &'a [u8]) -> Result<Nest<'a, K>, DecodeError> {
        let mut values = [None; SLOTS];
        for attribute in (Contents {
            inside,
            rest: bytes,
        }) {
            let (kind, value) = attribute?;
            if let Some(slot) = values.get_mut(usize::from(kind)) {
                *slot = Some(value);
            }
        }
        Ok(Nest {
            values,
            kinds: PhantomData,
        })
    }

    /// The contents of an attribute.
    #[inline]
    pub fn bytes(&self, kind: K) -> Option<&'a [u8]> {
        *self.values.get(usize::from(kind.number()))?
    }

    #[inline]
    fn fixed<const N: usize>(&self, kind: K) -> Result<Option<[u8; N]>, DecodeError> {
        let Some(bytes) = self.bytes(kind) else {
            return Ok(None);
        };
        match bytes.try_into() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(_) => Err(DecodeError::Size {
                attribute: kind.name(),
                got: bytes.len(),
                expected: N,
            }),
        }
    }

    // Each returns `None` where the attribute is missing, and fails where its value has another length.

    #[inline]
    pub fn u8(&self, kind: K) -> Result<Option<u8>, DecodeError> {
        Ok(self.fixed(kind)?.map(u8::from_ne_bytes))
    }

    #[inline]
    pub fn u16(&self, kind: K) -> Result<Option<u16>, DecodeError> {
        Ok(self.fixed(kind)?.map(u16::from_ne_bytes))
    }

    #[inline]
    pub fn be16(&self, kind: K) -> Result<Option<u16>, DecodeError> {
        Ok(self.fixed(kind)?.map(u16::from_be_bytes))
    }

    #[inline]
    pub fn u32(&self, kind: K) -> Result<Option<u32>, DecodeError> {
        Ok(self.fixed(kind)?.map(u32::from_ne_bytes))
    }

    #[inline]
    pub fn i32(&self, kind: K) -> Result<Option<i32>, DecodeError> {
        Ok(self.fixed(kind)?.map(i32::from_ne_bytes))
    }

    #[inline]
    pub fn u64(&self, kind: K) -> Result<Option<u64>, DecodeError> {
        Ok(self.fixed(kind)?.map(u64::from_ne_bytes))
    }

    /// The flags of a `struct ip_vs_flags`; the mask says nothing in a reply.
    pub fn flags(&self, kind: K) -> Result<Option<u32>, DecodeError> {
        let flags = self.fixed::<8>(kind)?;
        Ok(flags.map(|[a, b, c, d, ..]| u32::from_ne_bytes([a, b, c, d])))
    }

    pub fn v4(&self, kind: K) -> Result<Option<Ipv4Addr>, DecodeError> {
        Ok(self.fixed::<4>(kind)?.map(Ipv4Addr::from))
    }

    /// The sixteen bytes of an address, whose family is in another attribute.
    #[inline]
    pub fn address(&self, kind: K) -> Result<Option<[u8; ADDRESS_LENGTH]>, DecodeError> {
        self.fixed(kind)
    }

    /// An address family.
    #[inline]
    pub fn family(&self, kind: K) -> Result<Option<Family>, DecodeError> {
        match self.u16(kind)? {
            None => Ok(None),
            Some(uapi::AF_INET) => Ok(Some(Family::V4)),
            Some(uapi::AF_INET6) => Ok(Some(Family::V6)),
            Some(other) => Err(unknown(kind, u64::from(other))),
        }
    }

    /// A name up to its closing zero.
    pub fn name(&self, kind: K) -> Result<Option<Name>, DecodeError> {
        let Some(bytes) = self.bytes(kind) else {
            return Ok(None);
        };
        let end = bytes.iter().position(|&byte| byte == 0);
        match Name::new(&bytes[..end.unwrap_or(bytes.len())]) {
            Some(name) => Ok(Some(name)),
            None => Err(DecodeError::LongName {
                attribute: kind.name(),
            }),
        }
    }
}

/// The error for a value that this program does not know.
#[cold]
pub fn unknown(kind: impl KernelEnum, value: u64) -> DecodeError {
    DecodeError::Value {
        attribute: kind.name(),
        value,
    }
}

/// The contents of the attribute `wanted` of the first level of a reply.
#[inline]
pub fn nested(bytes: &[u8], wanted: CommandAttribute) -> Result<&[u8], DecodeError> {
    let mut found = None;
    for attribute in (Contents {
        inside: "the reply",
        rest: bytes,
    }) {
        let (kind, value) = attribute?;
        if kind == wanted.number() {
            found = Some(value);
        }
    }
    required(found, wanted)
}

/// A value that a reply must have.
#[inline]
pub fn required<T>(value: Option<T>, attribute: impl KernelEnum) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::Missing {
        attribute: attribute.name(),
    })
}

/// The attributes of a reply, after its generic netlink header.
pub fn attributes(payload: &[u8]) -> Result<&[u8], DecodeError> {
    payload.get(HEADER_LENGTH..).ok_or(DecodeError::Header)
}

/// An address from its sixteen bytes.
#[inline]
pub fn address(family: Family, bytes: [u8; ADDRESS_LENGTH]) -> IpAddr {
    match family {
        Family::V4 => {
            let [a, b, c, d, ..] = bytes;
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        Family::V6 => IpAddr::V6(Ipv6Addr::from(bytes)),
    }
}
