//! Columns of numbers and addresses.
//!
//! A listing writes hundreds of thousands of them. With the formatting of the standard library `ipvsadm -Ln` of 1,000
//! services with 10 servers each takes 25 % more instructions (`cargo bench`).

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::net::Ipv4Addr;

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

/// A number that can be written.
pub trait Number: Copy {
    /// Whether it has a sign, and what follows that.
    fn parts(self) -> (bool, u64);
}

macro_rules! unsigned {
    ($($number:ty)+) => {$(
        impl Number for $number {
            #[inline]
            fn parts(self) -> (bool, u64) {
                (false, u64::from(self))
            }
        }
    )+};
}
unsigned!(u8 u16 u32 u64);

macro_rules! signed {
    ($($number:ty)+) => {$(
        impl Number for $number {
            #[inline]
            fn parts(self) -> (bool, u64) {
                (self < 0, u64::from(self.unsigned_abs()))
            }
        }
    )+};
}
signed!(i32 i64);

/// The most digits of a number, or its sign and digits.
const MOST_DIGITS: usize = 20;

/// A number in the middle of blanks: [`MOST_DIGITS`] before its end, and as many after it.
struct Digits {
    bytes: [u8; 2 * MOST_DIGITS],
    start: usize,
}

impl Digits {
    #[inline]
    fn of(value: impl Number) -> Digits {
        let (negative, value) = value.parts();
        let mut bytes = [b' '; 2 * MOST_DIGITS];
        let start = write_digits(&mut bytes, negative, value);
        Digits { bytes, start }
    }

    /// Appends `length` bytes from `from` on.
    #[inline]
    fn push(&self, text: &mut impl Text, from: usize, length: usize) {
        if let Some(bytes) = self.bytes[from..].first_chunk::<MOST_DIGITS>() {
            text.push_ascii(bytes, length);
        }
    }
}

/// Writes a number so that it ends at [`MOST_DIGITS`], and returns where it begins.
///
/// Inlined, the compiler keeps each of the bytes in a place of its own, which takes six times the instructions.
#[inline(never)]
fn write_digits(bytes: &mut [u8; 2 * MOST_DIGITS], negative: bool, value: u64) -> usize {
    let mut start = MOST_DIGITS;
    let mut rest = value;
    while let Some(before) = start.checked_sub(1) {
        start = before;
        bytes[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if let Some(before) = start.checked_sub(1).filter(|_| negative) {
        start = before;
        bytes[start] = b'-';
    }
    start
}

/// Appends a number.
#[inline]
pub fn number(text: &mut impl Text, value: impl Number) {
    let digits = Digits::of(value);
    digits.push(text, digits.start, MOST_DIGITS - digits.start);
}

/// Appends a number, padded on the right to `width` columns, at most 20.
#[inline]
pub fn number_left(text: &mut impl Text, value: impl Number, width: usize) {
    let digits = Digits::of(value);
    let length = MOST_DIGITS - digits.start;
    digits.push(text, digits.start, length.max(width).min(MOST_DIGITS));
}

/// Appends a number, padded on the left to `width` columns, at most 20.
#[inline]
pub fn number_right(text: &mut impl Text, value: impl Number, width: usize) {
    let digits = Digits::of(value);
    let from = digits.start.min(MOST_DIGITS.saturating_sub(width));
    digits.push(text, from, MOST_DIGITS - from);
}

/// Each number of an IPv4 address with the dot after it, and zeros to four bytes.
const OCTETS: [[u8; 4]; 256] = {
    let mut octets = [[0; 4]; 256];
    let mut value = 0;
    while value < 256 {
        let ones = b'0' + (value % 10) as u8;
        let tens = b'0' + (value / 10 % 10) as u8;
        let hundreds = b'0' + (value / 100) as u8;
        octets[value] = match value {
            0..10 => [ones, b'.', 0, 0],
            10..100 => [tens, ones, b'.', 0],
            _ => [hundreds, tens, ones, b'.'],
        };
        value += 1;
    }
    octets
};

/// Appends an IPv4 address.
#[inline]
pub fn v4(text: &mut impl Text, address: Ipv4Addr) {
    let mut bytes = [0; 16];
    let mut end = 0;
    for octet in address.octets() {
        if let Some(room) = bytes.get_mut(end..end + 4) {
            room.copy_from_slice(&OCTETS[usize::from(octet)]);
        }
        end += 2 + usize::from(octet > 9) + usize::from(octet > 99);
    }
    // Without the last dot.
    text.push_ascii(&bytes, end - 1);
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
        for value in edges.chain([u64::MAX, 42, 8080, 65535]) {
            for width in [0, 1, 6, 8, 10, 20] {
                let plain = appended(|text| number(text, value), |text| number(text, value));
                assert_eq!(plain, format!("{value}"));
                let left = appended(
                    |text| number_left(text, value, width),
                    |text| number_left(text, value, width),
                );
                assert_eq!(left, format!("{value:<width$}"));
                let right = appended(
                    |text| number_right(text, value, width),
                    |text| number_right(text, value, width),
                );
                assert_eq!(right, format!("{value:>width$}"));
            }
        }
        for value in [i64::MIN, -10, -1, 0, 1, i64::MAX] {
            let left = appended(
                |text| number_left(text, value, 6),
                |text| number_left(text, value, 6),
            );
            assert_eq!(left, format!("{value:<6}"));
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
