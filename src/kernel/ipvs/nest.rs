//! The attributes of replies, read in place; no I/O.

use std::marker::PhantomData;
use std::net::Ipv4Addr;

use netlink_packet_core::{NLA_ALIGNTO, NLA_HEADER_SIZE, NLA_TYPE_MASK};

use super::message::DecodeError;
use super::uapi::{self, ADDRESS_LENGTH, CommandAttribute, KernelEnum};
use crate::model::{Family, Name};

/// The attributes of a reply, each with its number and its contents.
struct Contents<'a> {
    /// What they are inside, for an error.
    inside: &'static str,
    rest: &'a [u8],
}

impl<'a> Iterator for Contents<'a> {
    type Item = Result<(u16, &'a [u8]), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((kind, value, rest)) = first(self.rest) else {
            self.rest = &[];
            return Some(Err(DecodeError::Attributes {
                inside: self.inside,
            }));
        };
        self.rest = rest;
        Some(Ok((kind, value)))
    }
}

/// The number and the contents of the first attribute, and what follows it; `None` where it does not fit the bytes.
#[inline(always)]
fn first(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let header = bytes.first_chunk::<NLA_HEADER_SIZE>()?;
    let (length, kind) = (header.first_chunk()?, header.last_chunk()?);
    let length = usize::from(u16::from_ne_bytes(*length));
    let kind = u16::from_ne_bytes(*kind) & NLA_TYPE_MASK;
    let value = bytes.get(NLA_HEADER_SIZE..length)?;
    // The last attribute may come without its padding.
    let rest = bytes.get(padded(length)..).unwrap_or_default();
    Some((kind, value, rest))
}

/// The length of an attribute with its padding (`NLA_ALIGN`).
const fn padded(length: usize) -> usize {
    (length + NLA_ALIGNTO - 1) & !(NLA_ALIGNTO - 1)
}

/// One more than the largest number of an attribute that this program knows, at least.
const SLOTS: usize = 16;

/// The attributes inside a reply or a nest, for a decoder that asks for each by its number.
///
/// The kernel sends them in a fixed order. A decoder that asks in that order finds each one next, which takes a third of
/// the instructions that a table of all attributes takes. The decoder starts again with such a table where one is missing,
/// has another length, or was not asked for. Names, nests and what [`Nest::rare_u32`] asks for may be missing without
/// that.
pub struct Nest<'t, 'a, K> {
    /// The attributes that were not asked for yet; none where there is a table.
    rest: &'a [u8],
    table: &'t [Option<&'a [u8]>],
    kinds: PhantomData<K>,
}

/// Makes a value from attributes: a closure, or, for those of long dumps, a type whose method is always inlined. A closure
/// that is called twice is not, and then each attribute takes twice the instructions.
pub trait Decode<'a, K> {
    type Value;

    /// How many bytes the attributes have that this kernel and newer ones always send. That there are so many is checked
    /// once, and not for each attribute.
    const LEAST: usize = 0;

    /// Asks for the attributes in the order in which the kernel sends them.
    fn decode(&self, found: &mut Nest<'_, 'a, K>) -> Result<Self::Value, DecodeError>;
}

impl<'a, K, T, F> Decode<'a, K> for F
where
    F: Fn(&mut Nest<'_, 'a, K>) -> Result<T, DecodeError>,
{
    type Value = T;

    fn decode(&self, found: &mut Nest<'_, 'a, K>) -> Result<T, DecodeError> {
        self(found)
    }
}

impl<'a, K: KernelEnum> Nest<'_, 'a, K> {
    /// Decodes what is inside `bytes`; `inside` names that for errors. The decoder asks for each attribute once, and may
    /// be called twice.
    ///
    /// Attributes that the header does not know, which a newer kernel may send, are skipped; of several with the same
    /// number the last one counts.
    ///
    /// # Errors
    /// An attribute does not fit the bytes, or whatever the decoder fails with.
    #[inline]
    pub fn decode<D: Decode<'a, K>>(
        inside: &'static str,
        bytes: &'a [u8],
        decoder: D,
    ) -> Result<D::Value, DecodeError> {
        Nest::decode_then(inside, bytes, decoder, |value| value)
    }

    /// As [`Nest::decode`], and hands the value on: where it is put into a list, it is made at its place there, which spares
    /// a tenth of what decoding takes.
    #[inline(always)]
    pub fn decode_then<D: Decode<'a, K>, T>(
        inside: &'static str,
        bytes: &'a [u8],
        decoder: D,
        then: impl FnOnce(D::Value) -> T,
    ) -> Result<T, DecodeError> {
        if bytes.len() >= D::LEAST {
            let mut in_order = Nest {
                rest: bytes,
                table: &[],
                kinds: PhantomData,
            };
            if let Ok(value) = decoder.decode(&mut in_order) {
                // Each attribute was asked for, and none is there twice.
                if in_order.rest.is_empty() {
                    return Ok(then(value));
                }
            }
        }
        Nest::decode_by_number(inside, bytes, decoder).map(then)
    }

    /// As [`Nest::decode`], whatever the order.
    #[cold]
    #[inline(never)]
    fn decode_by_number<D: Decode<'a, K>>(
        inside: &'static str,
        bytes: &'a [u8],
        decoder: D,
    ) -> Result<D::Value, DecodeError> {
        let mut table = [None; SLOTS];
        for attribute in (Contents {
            inside,
            rest: bytes,
        }) {
            let (kind, value) = attribute?;
            if let Some(slot) = table.get_mut(usize::from(kind)) {
                *slot = Some(value);
            }
        }
        decoder.decode(&mut Nest {
            rest: &[],
            table: &table,
            kinds: PhantomData,
        })
    }

    /// As [`Nest::bytes`], of an attribute that mostly has this many.
    #[inline(always)]
    pub fn mostly<const N: usize>(&mut self, kind: K) -> Option<&'a [u8]> {
        match self.next::<N>(kind) {
            Some((value, rest)) => {
                self.rest = rest;
                Some(value)
            }
            None => self.bytes(kind),
        }
    }

    /// The contents of an attribute.
    #[inline(always)]
    pub fn bytes(&mut self, kind: K) -> Option<&'a [u8]> {
        match first(self.rest) {
            Some((found, value, rest)) if found == kind.number() => {
                self.rest = rest;
                Some(value)
            }
            _ => *self.table.get(usize::from(kind.number()))?,
        }
    }

    /// The contents of an attribute that has this many bytes; `None` where it is missing, and an error where it has another
    /// length.
    #[inline(always)]
    pub fn fixed<const N: usize>(&mut self, kind: K) -> Result<Option<&'a [u8; N]>, DecodeError> {
        if let Some((value, rest)) = self.next(kind) {
            self.rest = rest;
            return Ok(Some(value));
        }
        match self.table.get(usize::from(kind.number())) {
            Some(Some(bytes)) => exactly(kind, bytes).map(Some),
            Some(None) => Ok(None),
            // It is missing, or at another place.
            None => Err(missing(kind)),
        }
    }

    /// The contents of the next attribute and what follows it, if it is of this kind and length.
    #[inline(always)]
    fn next<const N: usize>(&self, kind: K) -> Option<(&'a [u8; N], &'a [u8])> {
        let length = NLA_HEADER_SIZE + N;
        let [a, b] = (length as u16).to_ne_bytes();
        let [c, d] = kind.number().to_ne_bytes();
        let (attribute, rest) = self.rest.split_at_checked(padded(length))?;
        let (header, value) = attribute.split_first_chunk()?;
        (*header == [a, b, c, d]).then_some((value.first_chunk()?, rest))
    }

    // The same as values.

    #[inline]
    pub fn u8(&mut self, kind: K) -> Result<Option<u8>, DecodeError> {
        Ok(self.fixed(kind)?.copied().map(u8::from_ne_bytes))
    }

    #[inline]
    pub fn u16(&mut self, kind: K) -> Result<Option<u16>, DecodeError> {
        Ok(self.fixed(kind)?.copied().map(u16::from_ne_bytes))
    }

    #[inline]
    pub fn be16(&mut self, kind: K) -> Result<Option<u16>, DecodeError> {
        Ok(self.fixed(kind)?.copied().map(u16::from_be_bytes))
    }

    #[inline]
    pub fn u32(&mut self, kind: K) -> Result<Option<u32>, DecodeError> {
        Ok(self.fixed(kind)?.copied().map(u32::from_ne_bytes))
    }

    #[inline]
    pub fn u64(&mut self, kind: K) -> Result<Option<u64>, DecodeError> {
        Ok(self.fixed(kind)?.copied().map(u64::from_ne_bytes))
    }

    /// As [`Nest::u32`], of an attribute that is often missing.
    #[inline]
    pub fn rare_u32(&mut self, kind: K) -> Result<Option<u32>, DecodeError> {
        let bytes = self.bytes(kind).map(|bytes| exactly(kind, bytes));
        Ok(bytes.transpose()?.copied().map(u32::from_ne_bytes))
    }

    /// The flags of a `struct ip_vs_flags`; the mask says nothing in a reply.
    pub fn flags(&mut self, kind: K) -> Result<Option<u32>, DecodeError> {
        let flags = self.fixed::<8>(kind)?;
        Ok(flags.map(|[a, b, c, d, ..]| u32::from_ne_bytes([*a, *b, *c, *d])))
    }

    pub fn v4(&mut self, kind: K) -> Result<Option<Ipv4Addr>, DecodeError> {
        Ok(self.fixed::<4>(kind)?.copied().map(Ipv4Addr::from))
    }

    /// The sixteen bytes of an address, whose family is in another attribute.
    #[inline]
    pub fn address(&mut self, kind: K) -> Result<Option<[u8; ADDRESS_LENGTH]>, DecodeError> {
        Ok(self.fixed(kind)?.copied())
    }

    /// An address family.
    #[inline(always)]
    pub fn family(&mut self, kind: K) -> Result<Option<Family>, DecodeError> {
        match self.u16(kind)? {
            None => Ok(None),
            Some(uapi::AF_INET) => Ok(Some(Family::V4)),
            Some(uapi::AF_INET6) => Ok(Some(Family::V6)),
            Some(other) => Err(unknown(kind, u64::from(other))),
        }
    }

    /// A name up to its closing zero.
    pub fn name(&mut self, kind: K) -> Result<Option<Name>, DecodeError> {
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

/// The contents of an attribute that must have this length.
fn exactly<const N: usize>(kind: impl KernelEnum, bytes: &[u8]) -> Result<&[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Size {
        attribute: kind.name(),
        got: bytes.len(),
        expected: N,
    })
}

#[cold]
fn missing(kind: impl KernelEnum) -> DecodeError {
    DecodeError::Missing {
        attribute: kind.name(),
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
    nested_mostly::<0>(bytes, wanted)
}

/// As [`nested`], of contents that mostly have this many bytes.
#[inline]
pub fn nested_mostly<const N: usize>(
    bytes: &[u8],
    wanted: CommandAttribute,
) -> Result<&[u8], DecodeError> {
    Nest::decode("the reply", bytes, Only::<N>(wanted))
}

/// Decodes one attribute of the first level, which mostly has `N` bytes.
struct Only<const N: usize>(CommandAttribute);

impl<'a, const N: usize> Decode<'a, CommandAttribute> for Only<N> {
    type Value = &'a [u8];

    #[inline(always)]
    fn decode(&self, found: &mut Nest<'_, 'a, CommandAttribute>) -> Result<&'a [u8], DecodeError> {
        required(found.mostly::<N>(self.0), self.0)
    }
}

/// A value that a reply must have.
#[inline]
pub fn required<T>(value: Option<T>, attribute: impl KernelEnum) -> Result<T, DecodeError> {
    value.ok_or_else(|| missing(attribute))
}
