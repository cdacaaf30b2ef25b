//! Services and servers, written without serde.
//!
//! A table has hundreds of thousands of members, nearly all of them numbers. The serializer of serde_json searches the
//! name of each member for characters that need escaping, though the names are known when this is compiled: with it,
//! `ipvsadm -L --json` of 1,000 services with 10 servers each took 30 % more instructions (`cargo bench`). The members
//! of an object are inlined, so that the length of each name is known where it is copied.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use crate::format::text::{self, Text};

/// A value in JSON.
pub trait FastJson {
    /// Appends the value.
    fn append(&self, text: &mut Vec<u8>);

    /// Appends the value with a name before it, such as `,"port":`; nothing where there is no value.
    #[inline(always)]
    fn append_member(&self, name: &str, text: &mut Vec<u8>) {
        text.extend_from_slice(name.as_bytes());
        self.append(text);
    }
}

/// Implements [`FastJson`] for an object, which may be generic over the type of one member: its members are written in
/// the order given, and none can be forgotten.
macro_rules! fast_object {
    ($object:ident $(<$type:ident>)? { $($member:ident $(= $name:literal)?),+ $(,)? }) => {
        impl $(<$type: $crate::format::json::fast::FastJson>)? $crate::format::json::fast::FastJson
            for $object $(<$type>)?
        {
            fn append(&self, text: &mut Vec<u8>) {
                let $object { $($member),+ } = self;
                let start = text.len();
                $(
                    let name = fast_object!(@name $member $($name)?);
                    $crate::format::json::fast::FastJson::append_member($member, name, text);
                )+
                text[start] = b'{';
                text.push(b'}');
            }
        }
    };
    (@name $member:ident $name:literal) => { concat!(",\"", $name, "\":") };
    (@name $member:ident) => { concat!(",\"", stringify!($member), "\":") };
}

/// Implements [`FastJson`] for words of this program's, in which nothing needs escaping.
macro_rules! fast_word {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $crate::format::json::fast::FastJson for $type {
            fn append(&self, text: &mut Vec<u8>) {
                text.extend_from_slice(match self {
                    $($type::$variant => concat!("\"", $word, "\""),)+
                }.as_bytes());
            }
        }
    };
}
pub(super) use {fast_object, fast_word};

macro_rules! fast_number {
    ($($number:ident)+) => {
        $(impl FastJson for $number {
            #[inline(always)]
            fn append(&self, text: &mut Vec<u8>) {
                text::number(text, *self);
            }
        })+
    };
}
fast_number!(u8 u16 u32 i64 u64);

impl FastJson for bool {
    fn append(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl FastJson for Ipv4Addr {
    fn append(&self, text: &mut Vec<u8>) {
        text.push(b'"');
        text::v4(text, *self);
        text.push(b'"');
    }
}

impl FastJson for IpAddr {
    fn append(&self, text: &mut Vec<u8>) {
        match self {
            IpAddr::V4(address) => address.append(text),
            IpAddr::V6(address) => text.push_fmt(format_args!("\"{address}\"")),
        }
    }
}

/// A text that may need escaping.
impl FastJson for String {
    fn append(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(
            serde_json::Value::from(self.as_str())
                .to_string()
                .as_bytes(),
        );
    }
}

/// A word of this program's, in which nothing needs escaping, or any other.
impl FastJson for Cow<'static, str> {
    fn append(&self, text: &mut Vec<u8>) {
        match self {
            Cow::Borrowed(word) => {
                text.push(b'"');
                text.extend_from_slice(word.as_bytes());
                text.push(b'"');
            }
            Cow::Owned(word) => word.append(text),
        }
    }
}

impl<T: FastJson> FastJson for Option<T> {
    fn append(&self, text: &mut Vec<u8>) {
        match self {
            Some(value) => value.append(text),
            None => text.extend_from_slice(b"null"),
        }
    }

    #[inline(always)]
    fn append_member(&self, name: &str, text: &mut Vec<u8>) {
        if let Some(value) = self {
            value.append_member(name, text);
        }
    }
}

impl<T: FastJson> FastJson for Vec<T> {
    fn append(&self, text: &mut Vec<u8>) {
        append_list(text, self.iter(), |value, text| value.append(text));
    }
}

/// Appends a list, whose values are appended by `append`.
#[inline]
pub fn append_list<T>(
    text: &mut Vec<u8>,
    values: impl Iterator<Item = T>,
    append: impl Fn(T, &mut Vec<u8>),
) {
    text.push(b'[');
    for (index, value) in values.enumerate() {
        if index > 0 {
            text.push(b',');
        }
        append(value, text);
    }
    text.push(b']');
}
