//! Values of members, as they are read and written.

use std::fmt;
use std::marker::PhantomData;
use std::net::Ipv4Addr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::cli::usage::Problem;
use crate::format::json::fast::{FastJson, ShortJson};
use crate::format::sheet::{Room, Sheet};
use crate::model::{Family, Name, Netmask};

/// An object: the derived readers alone would take a list of its values too.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(OfMap(PhantomData))
    }
}

impl<T: FastJson> FastJson for Object<T> {
    fn append(&self, text: &mut Sheet) {
        self.0.append(text);
    }
}

/// A value that is written where it is known; what is read has one or another.
#[derive(Default)]
pub struct Known<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Known(Some(value)))
    }
}

impl<T: ShortJson> ShortJson for Known<T> {
    const MOST: usize = T::MOST;

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        self.0.put(room);
    }

    #[inline(always)]
    fn put_member(&self, name: &str, room: &mut Room<'_>) {
        self.0.put_member(name, room);
    }
}

impl<T: FastJson> FastJson for Known<T> {
    fn append(&self, text: &mut Sheet) {
        self.0.append(text);
    }

    #[inline(always)]
    fn append_member(&self, name: &str, text: &mut Sheet) {
        self.0.append_member(name, text);
    }
}

/// What only the kernel can say, such as a counter: it is written where it is known, and ignored when it is read.
pub struct Observed<T>(Option<T>);

impl<T> Observed<T> {
    /// A value that the kernel reported.
    pub fn known(value: T) -> Observed<T> {
        Observed(Some(value))
    }
}

impl<T> Default for Observed<T> {
    fn default() -> Observed<T> {
        Observed(None)
    }
}

impl<'de, T> Deserialize<'de> for Observed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Observed(None))
    }
}

impl<T: ShortJson> ShortJson for Observed<T> {
    const MOST: usize = T::MOST;

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        self.0.put(room);
    }

    #[inline(always)]
    fn put_member(&self, name: &str, room: &mut Room<'_>) {
        self.0.put_member(name, room);
    }
}

/// A netmask: which of the forms it must have depends on the service's family.
pub enum Mask {
    V4(Ipv4Addr),
    /// A prefix length.
    V6(i64),
}

impl Mask {
    /// The word of a command line.
    ///
    /// # Errors
    /// The mask has the form of the other family.
    pub fn word(&self, family: Family) -> Result<String, Problem> {
        match (self, family) {
            (Mask::V4(mask), Family::V4) => Ok(mask.to_string()),
            (Mask::V6(prefix), Family::V6) => Ok(prefix.to_string()),
            (Mask::V6(_), Family::V4) => Err(Problem::NotAMask),
            (Mask::V4(_), Family::V6) => Err(Problem::NotAPrefix),
        }
    }
}

impl ShortJson for Mask {
    const MOST: usize = Ipv4Addr::MOST;

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        match self {
            Mask::V4(mask) => mask.put(room),
            Mask::V6(prefix) => prefix.put(room),
        }
    }
}

impl From<Netmask> for Mask {
    fn from(mask: Netmask) -> Mask {
        match mask {
            Netmask::V4(mask) => Mask::V4(mask),
            Netmask::V6(prefix) => Mask::V6(prefix.into()),
        }
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MaskVisitor;

        impl Visitor<'_> for MaskVisitor {
            type Value = Mask;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a mask such as \"255.255.255.0\", or the length of an IPv6 prefix")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Mask, E> {
                let mask = text.parse().map(Mask::V4);
                mask.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_i64<E: Error>(self, prefix: i64) -> Result<Mask, E> {
                Ok(Mask::V6(prefix))
            }

            fn visit_u64<E: Error>(self, prefix: u64) -> Result<Mask, E> {
                let number = i64::try_from(prefix).map(Mask::V6);
                number.map_err(|_| E::invalid_value(Unexpected::Unsigned(prefix), &self))
            }
        }

        deserializer.deserialize_any(MaskVisitor)
    }
}

/// A name as text. Bytes that are not UTF-8 are replaced: JSON has no form for them.
pub fn text(name: &Name) -> String {
    String::from_utf8_lossy(name.as_bytes()).into_owned()
}

/// Reads a name, which must not be empty: as an empty word of a command line it would mean the default.
pub fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.is_empty() {
        return Err(D::Error::invalid_value(Unexpected::Str(""), &"a name"));
    }
    Ok(Some(name))
}

/// Reads a port, with the range in the error.
pub fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let port = u16::try_from(number);
    let wrong = || D::Error::invalid_value(Unexpected::Signed(number), &"a port from 0 to 65535");
    port.map(Some).map_err(|_| wrong())
}
