//! Text that is made of many short pieces, such as the members of JSON's objects.
//!
//! Each piece that is appended to a `Vec` costs a look whether there is room for it, and a new length in memory. Here
//! there is one look for all pieces of an object or of a line, which go into memory that is initialized already.

use std::fmt;
use std::io::{self, Write};
use std::net::IpAddr;

use super::digits::{MOST_DIGITS, Number, put_over, put_v4};
use super::text::Text;

/// Text that is being built, in memory that is kept when it is cleared.
#[derive(Default)]
pub struct Sheet {
    /// The text, and after it what was or will be.
    bytes: Vec<u8>,
    /// Of the text.
    length: usize,
}

impl Sheet {
    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The first bytes of the text, or what was or will be there where it is shorter.
    pub fn first_chunk<const N: usize>(&self) -> &[u8; N] {
        self.bytes.first_chunk().unwrap_or(&[0; N])
    }

    /// The length of the text in bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Takes all text away.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Changes what is in it.
    #[inline(always)]
    pub fn set(&mut self, index: usize, byte: u8) {
        if let Some(place) = self.bytes.get_mut(index) {
            *place = byte;
        }
    }

    /// Appends what `write` puts into a room.
    #[inline(always)]
    pub fn room(&mut self, write: impl FnOnce(&mut Room<'_>)) {
        if self.bytes.len() - self.length < Room::LENGTH {
            self.grow(Room::LENGTH);
        }
        if let Some(bytes) = self.bytes[self.length..].first_chunk_mut() {
            let mut room = Room { bytes, end: 0 };
            write(&mut room);
            self.length += room.end;
        }
    }

    /// Appends bytes.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.length < bytes.len() {
            self.grow(bytes.len());
        }
        let end = self.length + bytes.len();
        self.bytes[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let needed = self.length + more;
        self.bytes.resize(needed.next_power_of_two(), 0);
    }
}

impl Text for Sheet {
    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    #[inline]
    fn push_ascii<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.push_bytes(&bytes[..length.min(N)]);
    }

    fn push_fmt(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.write_fmt(text);
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push_bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The room for some pieces of text. What does not fit is dropped: nobody puts more into it than [`Room::LENGTH`].
pub struct Room<'a> {
    bytes: &'a mut [u8; Room::LENGTH],
    end: usize,
}

impl Room<'_> {
    /// More than the short members of any object take, and than any line does.
    pub const LENGTH: usize = 1024;
    /// The most bytes of a number.
    pub const NUMBER: usize = MOST_DIGITS;
    /// The most bytes of an address, and more than the room that one of IPv4 is written in.
    pub const ADDRESS: usize = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".len();

    /// The length of what is in it.
    pub fn len(&self) -> usize {
        self.end
    }

    /// Changes what is in it.
    #[inline(always)]
    pub fn set(&mut self, index: usize, byte: u8) {
        if let Some(place) = self.bytes.get_mut(index) {
            *place = byte;
        }
    }

    /// Appends text. That its length is known when the program is built makes it a matter of a few instructions.
    #[inline(always)]
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Appends bytes.
    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.end..self.end + bytes.len()) {
            room.copy_from_slice(bytes);
            self.end += bytes.len();
        }
    }

    /// Appends a number after some text; there must be room for the longest one.
    #[inline(always)]
    pub fn number(&mut self, before: &str, value: impl Number) {
        let digits = self.end + before.len();
        let Some(room) = self.bytes.get_mut(self.end..digits + MOST_DIGITS) else {
            return;
        };
        let (name, room) = room.split_at_mut(before.len());
        name.copy_from_slice(before.as_bytes());
        if let Some(room) = room.first_chunk_mut() {
            self.end = digits + put_over(room, value);
        }
    }

    /// Appends an address; there must be room for the longest one.
    #[inline(always)]
    pub fn address(&mut self, address: IpAddr) {
        let Some(room) = self.bytes.get_mut(self.end..) else {
            return;
        };
        self.end += match (address, room.first_chunk_mut()) {
            (IpAddr::V4(address), Some(room)) => put_v4(room, address),
            (address, _) => put_formatted(room, format_args!("{address}")),
        };
    }
}

/// Writes what is formatted to the beginning of some room, as far as it fits, and returns its length.
#[inline(never)]
fn put_formatted(mut room: &mut [u8], text: fmt::Arguments<'_>) -> usize {
    let before = room.len();
    // What fits is written.
    let _ = room.write_fmt(text);
    before - room.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(sheet: &Sheet) -> &str {
        std::str::from_utf8(sheet.as_bytes()).expect("text")
    }

    #[test]
    fn pieces_follow_each_other_whatever_was_there_before() {
        let mut sheet = Sheet::default();
        for round in 0..3 {
            let mut expected = String::new();
            for value in [
                0,
                9,
                10,
                255,
                256,
                65_536,
                99_999_999,
                100_000_000,
                u64::MAX,
            ] {
                let v4 = IpAddr::from([10, 0, 255, (value % 256) as u8]);
                let v6 = IpAddr::from([0xfedc_u16, 0xffff, 0xffff, 0xffff, 0, 0xffff, 1, 2]);
                sheet.room(|room| {
                    room.number(",number=", value);
                    room.text(" ");
                    room.address(v4);
                    room.number("/", -7_i64);
                    room.text(" ");
                    room.address(v6);
                });
                expected += &format!(",number={value} {v4}/-7 {v6}");
                let long = "x".repeat(Room::LENGTH * 2);
                sheet.push_str(&long);
                sheet.push_fmt(format_args!("{round}"));
                expected += &format!("{long}{round}");
            }
            assert_eq!(text_of(&sheet), expected);
            assert_eq!(sheet.len(), expected.len());
            sheet.clear();
            assert_eq!(text_of(&sheet), "");
        }
    }

    #[test]
    fn a_room_takes_as_much_as_it_promises() {
        let mut sheet = Sheet::default();
        let full = "-".repeat(Room::LENGTH - Room::NUMBER);
        sheet.room(|room| {
            room.text(&full);
            room.number("", u64::MAX);
            room.text("no room");
            room.number("", 0_u8);
            room.set(0, b'+');
            room.set(Room::LENGTH, b'+');
        });
        assert_eq!(text_of(&sheet), format!("+{}{}", &full[1..], u64::MAX));
    }
}
