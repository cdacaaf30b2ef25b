//! Services and servers, written without serde.
//!
//! A table has hundreds of thousands of members, nearly all of them numbers. The serializer of serde_json searches the
//! name of each member for characters that need escaping, though the names are known when this is compiled: with it,
//! `ipvsadm -L --json` of 1,000 services with 10 servers each took 30 % more instructions (`cargo bench`). Members
//! whose values are short have one look for room in common; that of each name's length is taken when this is compiled.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use crate::format::sheet::{Room, Sheet};
use crate::format::text::Text;

/// A value in JSON.
pub trait FastJson {
    /// Appends the value.
    fn append(&self, text: &mut Sheet);

    /// Appends the value with a name before it, such as `,"tunnel":`; nothing where there is no value.
    #[inline(always)]
    fn append_member(&self, name: &str, text: &mut Sheet) {
        text.push_str(name);
        self.append(text);
    }
}

/// A value in JSON whose length has a bound.
pub trait ShortJson {
    /// The most bytes of the value.
    const MOST: usize;

    /// Appends the value.
    fn put(&self, room: &mut Room<'_>);

    /// Appends the value with a name before it, such as `,"port":`; nothing where there is no value.
    #[inline(always)]
    fn put_member(&self, name: &str, room: &mut Room<'_>) {
        room.text(name);
        self.put(room);
    }
}

/// The most bytes of a member.
#[inline(always)]
pub const fn most_of_member<T: ShortJson>(name: &str, _: &T) -> usize {
    name.len() + T::MOST
}

/// Implements [`FastJson`] for an object, which may be generic over the type of one member: its members are written in
/// the order given, and none can be forgotten. Those in brackets are [`ShortJson`], and those outside are not.
macro_rules! fast_object {
    ($object:ident $(<$type:ident>)? {
        $([$($short:ident),* $(,)?] $($long:ident $(= $name:literal)?)?);+ $(;)?
    }) => {
        impl $(<$type: $crate::format::json::fast::FastJson>)? $crate::format::json::fast::FastJson
            for $object $(<$type>)?
        {
            fn append(&self, text: &mut $crate::format::sheet::Sheet) {
                use $crate::format::json::fast::FastJson;
                use $crate::format::text::Text;
                let $object { $($($short,)* $($long,)?)+ } = self;
                let start = text.len();
                $(
                    fast_object!(@short text $($short)*);
                    $(FastJson::append_member($long, fast_object!(@name $long $($name)?), text);)?
                )+
                text.set(start, b'{');
                text.push_str("}");
            }
        }
    };
    (@short $text:ident) => {};
    (@short $text:ident $($member:ident)+) => {{
        use $crate::format::json::fast::{ShortJson, most_of_member};
        let most = 0 $(+ most_of_member(fast_object!(@name $member), $member))+;
        debug_assert!(most <= $crate::format::sheet::Room::LENGTH);
        $text.room(|room| {
            $(ShortJson::put_member($member, fast_object!(@name $member), room);)+
        });
    }};
    (@name $member:ident $name:literal) => { concat!(",\"", $name, "\":") };
    (@name $member:ident) => { concat!(",\"", stringify!($member), "\":") };
}

/// Implements [`FastJson`] and [`ShortJson`] for an object whose members are all short.
macro_rules! short_object {
    ($object:ident { $($member:ident: $type:ty),+ $(,)? }) => {
        impl $crate::format::json::fast::ShortJson for $object {
            const MOST: usize = 1 $(
                + fast_object!(@name $member).len()
                + <$type as $crate::format::json::fast::ShortJson>::MOST
            )+;

            #[inline(always)]
            fn put(&self, room: &mut $crate::format::sheet::Room<'_>) {
                let $object { $($member),+ } = self;
                let start = room.len();
                $(
                    let name = fast_object!(@name $member);
                    $crate::format::json::fast::ShortJson::put_member($member, name, room);
                )+
                room.set(start, b'{');
                room.text("}");
            }
        }

        impl $crate::format::json::fast::FastJson for $object {
            fn append(&self, text: &mut $crate::format::sheet::Sheet) {
                use $crate::format::json::fast::ShortJson;
                const { assert!($object::MOST <= $crate::format::sheet::Room::LENGTH) };
                text.room(|room| self.put(room));
            }
        }
    };
}

/// Implements [`ShortJson`] for words of this program's, in which nothing needs escaping.
macro_rules! fast_word {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $crate::format::json::fast::ShortJson for $type {
            // The sum is more than the longest one.
            const MOST: usize = 0 $(+ concat!("\"", $word, "\"").len())+;

            #[inline(always)]
            fn put(&self, room: &mut $crate::format::sheet::Room<'_>) {
                match self {
                    $($type::$variant => room.text(concat!("\"", $word, "\"")),)+
                }
            }
        }
    };
}
pub(super) use {fast_object, fast_word, short_object};

macro_rules! fast_number {
    ($($number:ident)+) => {
        $(impl ShortJson for $number {
            const MOST: usize = Room::NUMBER;

            #[inline(always)]
            fn put(&self, room: &mut Room<'_>) {
                room.number("", *self);
            }

            #[inline(always)]
            fn put_member(&self, name: &str, room: &mut Room<'_>) {
                room.number(name, *self);
            }
        })+
    };
}
fast_number!(u16 u32 i64 u64);

impl ShortJson for bool {
    const MOST: usize = "false".len();

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        room.text(if *self { "true" } else { "false" });
    }
}

impl ShortJson for IpAddr {
    const MOST: usize = Room::ADDRESS + "\"\"".len();

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        room.text("\"");
        room.address(*self);
        room.text("\"");
    }
}

impl ShortJson for Ipv4Addr {
    const MOST: usize = IpAddr::MOST;

    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        IpAddr::V4(*self).put(room);
    }
}

/// A text that may need escaping.
impl FastJson for String {
    fn append(&self, text: &mut Sheet) {
        match self
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
        {
            true => append_word(self, text),
            false => text.push_str(&serde_json::Value::from(self.as_str()).to_string()),
        }
    }
}

/// A word of this program's, in which nothing needs escaping, or any other.
impl FastJson for Cow<'static, str> {
    fn append(&self, text: &mut Sheet) {
        match self {
            Cow::Borrowed(word) => append_word(word, text),
            Cow::Owned(word) => word.append(text),
        }
    }
}

/// Appends a text in which nothing needs escaping.
fn append_word(word: &str, text: &mut Sheet) {
    text.push_str("\"");
    text.push_str(word);
    text.push_str("\"");
}

impl<T: ShortJson> ShortJson for Option<T> {
    const MOST: usize = T::MOST;

    /// As [`Option::put_member`] writes nothing where there is no value, this is only called where there is one.
    #[inline(always)]
    fn put(&self, room: &mut Room<'_>) {
        match self {
            Some(value) => value.put(room),
            None => room.text("null"),
        }
    }

    #[inline(always)]
    fn put_member(&self, name: &str, room: &mut Room<'_>) {
        if let Some(value) = self {
            value.put_member(name, room);
        }
    }
}

impl<T: FastJson> FastJson for Option<T> {
    fn append(&self, text: &mut Sheet) {
        match self {
            Some(value) => value.append(text),
            None => text.push_str("null"),
        }
    }

    #[inline(always)]
    fn append_member(&self, name: &str, text: &mut Sheet) {
        if let Some(value) = self {
            value.append_member(name, text);
        }
    }
}

impl<T: FastJson> FastJson for Vec<T> {
    fn append(&self, text: &mut Sheet) {
        append_list(text, self.iter(), |value, text| value.append(text));
    }
}

/// Appends a list, whose values are appended by `append`.
#[inline]
pub fn append_list<T>(
    text: &mut Sheet,
    values: impl Iterator<Item = T>,
    append: impl Fn(T, &mut Sheet),
) {
    text.push_str("[");
    for (index, value) in values.enumerate() {
        if index > 0 {
            text.push_str(",");
        }
        append(value, text);
    }
    text.push_str("]");
}
