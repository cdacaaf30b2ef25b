//! Columns of numbers and addresses.
//!
//! A listing writes hundreds of thousands of them. With the formatting of the standard library `ipvsadm -Ln` of 1,000
//! services with 10 servers each takes 25 % more instructions (`cargo bench`).

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::net::Ipv4Addr;

use super::digits::{MOST_DIGITS, Number, V4_ROOM, put, put_column, put_v4, put_v4_and_port};

/// Text that is being built: of messages in a `String`, of listings in bytes.
pub trait Text {
    /// Appends text.
    fn push_str(&mut self, text: &str);

    /// Appends the first `length` of some bytes, which are ASCII. That their number is known when the program is built
    /// makes it a matter of a few instructions.
    fn push_ascii<const N: usize>(&mut self, bytes: &[u8; N], length: usize);

    /// Appends what is formatted.
    fn push_fmt(&mut self, text: fmt::Arguments<'_>);
}

impl Text for String {
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }

    fn push_ascii<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.push_str(std::str::from_utf8(&bytes[..length.min(N)]).unwrap_or_default());
    }

    fn push_fmt(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.write_fmt(text);
    }
}

impl Text for Vec<u8> {
    #[inline]
    fn push_str(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn push_ascii<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        let end = self.len() + length;
        self.extend_from_slice(bytes);
        self.truncate(end);
    }

    fn push_fmt(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.write_fmt(text);
    }
}

/// Appends a number. Those of one digit take a shorter way: most counters of a large table are 0.
#[inline]
pub fn number(text: &mut impl Text, value: impl Number) {
    if let (false, digit @ 0..10) = value.parts() {
        return text.push_ascii(&[b'0' + digit as u8], 1);
    }
    let mut bytes = [b' '; MOST_DIGITS];
    let length = put(&mut bytes, value);
    text.push_ascii(&bytes, length);
}

/// Appends a number, padded on the left to `width` columns.
#[inline]
pub fn number_right(text: &mut impl Text, value: impl Number, width: usize) {
    let mut bytes = [b' '; MOST_DIGITS];
    let length = put(&mut bytes, value);
    blanks(text, width.saturating_sub(length));
    text.push_ascii(&bytes, length);
}

/// Appends an IPv4 address.
#[inline]
pub fn v4(text: &mut impl Text, address: Ipv4Addr) {
    let mut room = [0; V4_ROOM];
    let length = put_v4(&mut room, address);
    text.push_ascii(&room, length);
}

/// Appends an IPv4 address and a port, `192.0.2.1:80`.
#[inline]
pub fn v4_and_port(text: &mut impl Text, address: Ipv4Addr, port: u16) {
    let mut room = [0; V4_ROOM];
    let length = put_v4_and_port(&mut room, address, port);
    text.push_ascii(&room, length);
}

/// Columns in a row that is blank where nothing is written.
pub struct Row<'a> {
    bytes: &'a mut [u8; Row::LENGTH],
    end: usize,
}

impl Row<'_> {
    /// More than a gap and any four columns have.
    const LENGTH: usize = 128;

    /// Writes a word that is padded to `N` columns.
    #[inline]
    pub fn word<const N: usize>(&mut self, word: &[u8; N]) {
        let room = self.bytes.get_mut(self.end..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            *room = *word;
        }
        self.end += N;
    }

    /// Leaves some columns blank.
    #[inline]
    pub fn skip(&mut self, columns: usize) {
        self.end += columns;
    }

    /// Writes an IPv4 address and a port, padded on the right to `width` columns.
    #[inline]
    pub fn v4_and_port(&mut self, address: Ipv4Addr, port: u16, width: usize) {
        let room = self.bytes.get_mut(self.end..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            let length = put_v4_and_port(room, address, port);
            self.end += length.max(width);
        }
    }

    /// Writes a space and a number that is padded on the right to `width` columns, which are at least three.
    #[inline]
    pub fn number(&mut self, value: impl Number, width: usize) {
        let start = self.end + 1;
        let room = self.bytes.get_mut(start..);
        if let Some(room) = room.and_then(<[u8]>::first_chunk_mut) {
            self.end = start + put_column(room, value).max(width);
        }
    }
}

/// Appends columns, all of it at most 128 characters. It costs a check for memory once, not for each column.
#[inline]
pub fn row(text: &mut Vec<u8>, write: impl FnOnce(&mut Row<'_>)) {
    let start = text.len();
    text.extend_from_slice(&[b' '; Row::LENGTH]);
    let mut end = 0;
    if let Some(bytes) = text.last_chunk_mut() {
        let mut row = Row { bytes, end };
        write(&mut row);
        end = row.end;
    }
    text.truncate(start + end);
}

/// Appends text, padded on the right to `width` columns; it is ASCII.
#[inline]
pub fn left(text: &mut impl Text, word: &str, width: usize) {
    text.push_str(word);
    blanks(text, width.saturating_sub(word.len()));
}

/// Appends spaces.
#[inline]
pub fn blanks(text: &mut impl Text, count: usize) {
    const BLANKS: [u8; 32] = [b' '; 32];
    let mut rest = count;
    while rest > 0 {
        let some = rest.min(BLANKS.len());
        text.push_ascii(&BLANKS, some);
        rest -= some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a function appends, to a string and to bytes.
    #[track_caller]
    fn appended(string: impl Fn(&mut String), bytes: impl Fn(&mut Vec<u8>)) -> String {
        let (mut text, mut listing) = (String::from("x"), Vec::from("x"));
        string(&mut text);
        bytes(&mut listing);
        assert_eq!(text.as_bytes(), listing);
        text.split_off(1)
    }

    #[test]
    fn numbers_as_the_standard_library_formats_them() {
        let edges = (0..20).flat_map(|power| {
            let edge = 10_u64.pow(power);
            [edge - 1, edge, edge + 1]
        });
        for value in edges.chain([u64::MAX, 42, 255, 256, 8080, 65535]) {
            for width in [3, 6, 8, 10, 20] {
                let plain = appended(|text| number(text, value), |text| number(text, value));
                assert_eq!(plain, format!("{value}"));
                let mut columns = Vec::new();
                row(&mut columns, |row| {
                    row.skip(3);
                    row.word(b"ab ");
                    row.number(value, width);
                    row.number(value, width);
                });
                let expected = format!("   ab  {value:<width$} {value:<width$}");
                assert_eq!(columns, expected.as_bytes());
                let right = appended(
                    |text| number_right(text, value, width),
                    |text| number_right(text, value, width),
                );
                assert_eq!(right, format!("{value:>width$}"));
            }
        }
        for value in [i64::MIN, -1000, -256, -255, -10, -1, 0, 1, i64::MAX] {
            let text = appended(|text| number(text, value), |text| number(text, value));
            assert_eq!(text, format!("{value}"));
        }
    }

    #[test]
    fn every_octet_in_every_place() {
        for octet in 0..=255 {
            for octets in [
                [octet, 0, 10, 255],
                [1, octet, 100, 9],
                [99, 9, octet, 200],
                [255, 255, 255, octet],
            ] {
                let address = Ipv4Addr::from(octets);
                let text = appended(|text| v4(text, address), |text| v4(text, address));
                assert_eq!(text, address.to_string());
                for port in [0, 9, 80, 255, 256, 8080, u16::MAX] {
                    let text = appended(
                        |text| v4_and_port(text, address, port),
                        |text| v4_and_port(text, address, port),
                    );
                    assert_eq!(text, format!("{address}:{port}"));
                }
            }
        }
    }

    #[test]
    fn words_and_blanks() {
        for count in [0, 1, 31, 32, 33, 100] {
            let text = appended(|text| blanks(text, count), |text| blanks(text, count));
            assert_eq!(text, " ".repeat(count));
            let padded = appended(
                |text| left(text, "Masq", count),
                |text| left(text, "Masq", count),
            );
            assert_eq!(padded, format!("{:count$}", "Masq"));
        }
    }
}
