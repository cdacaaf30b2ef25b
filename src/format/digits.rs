//! The digits of numbers and addresses.

use std::net::Ipv4Addr;

/// A number that can be written.
pub trait Number: Copy {
    /// Whether it has a sign, and what follows that.
    fn parts(self) -> (bool, u64);

    /// The number, where a byte can hold it.
    fn small(self) -> Option<u8>;
}

macro_rules! unsigned {
    ($($number:ty)+) => {$(
        impl Number for $number {
            #[inline]
            fn parts(self) -> (bool, u64) {
                (false, u64::from(self))
            }

            #[inline]
            fn small(self) -> Option<u8> {
                u8::try_from(self).ok()
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

            #[inline]
            fn small(self) -> Option<u8> {
                u8::try_from(self).ok()
            }
        }
    )+};
}
signed!(i32 i64);

/// The most digits of a number, or its sign and digits.
pub const MOST_DIGITS: usize = 20;

/// The digits of each number that fits a byte, with blanks to three, and how many they are.
const SMALL: [[u8; 4]; 256] = {
    let mut all = [[b' '; 4]; 256];
    let mut value = 0;
    while value < 256 {
        let ones = b'0' + (value % 10) as u8;
        let tens = b'0' + (value / 10 % 10) as u8;
        let hundreds = b'0' + (value / 100) as u8;
        all[value] = match value {
            0..10 => [ones, b' ', b' ', 1],
            10..100 => [tens, ones, b' ', 2],
            _ => [hundreds, tens, ones, 3],
        };
        value += 1;
    }
    all
};

/// Writes a number to the beginning of some blanks, and returns its length. Most numbers of a listing are small: weights,
/// and the connections of servers that have few.
#[inline(always)]
pub fn put(blanks: &mut [u8; MOST_DIGITS], value: impl Number) -> usize {
    match value.small() {
        Some(small) => {
            let [a, b, c, length] = SMALL[usize::from(small)];
            blanks[..3].copy_from_slice(&[a, b, c]);
            usize::from(length)
        }
        None => put_any(blanks, value.parts()),
    }
}

/// As [`put`], for a column of at least three, and the length of a shorter number with the blanks up to that.
#[inline(always)]
pub fn put_column(blanks: &mut [u8; MOST_DIGITS], value: impl Number) -> usize {
    match value.small() {
        Some(small) => {
            let [digits @ .., _] = SMALL[usize::from(small)];
            blanks[..3].copy_from_slice(&digits);
            3
        }
        None => put_any(blanks, value.parts()),
    }
}

/// As [`put`], but what follows the number is overwritten, too: three bytes are more work than four.
#[inline(always)]
pub fn put_over(room: &mut [u8; MOST_DIGITS], value: impl Number) -> usize {
    match value.small() {
        Some(small) => {
            let digits = SMALL[usize::from(small)];
            room[..4].copy_from_slice(&digits);
            usize::from(digits[3])
        }
        None => put_any(room, value.parts()),
    }
}

/// As [`put`], for any number, which comes in its parts.
#[inline(never)]
fn put_any(blanks: &mut [u8; MOST_DIGITS], (negative, value): (bool, u64)) -> usize {
    if negative {
        put_negative(blanks, value)
    } else if value < AFTER_EIGHT {
        put_eight(blanks, value)
    } else {
        put_long(blanks, value)
    }
}

/// The first number of more than eight digits.
const AFTER_EIGHT: u64 = 100_000_000;
const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);

/// As [`put`], for a number of at most eight digits.
#[inline(always)]
fn put_eight(blanks: &mut [u8; MOST_DIGITS], value: u64) -> usize {
    let digits = eight_digits(value);
    // Of bits: eight for each leading zero; the last digit stays, whatever it is.
    let leading = (digits | 1 << 56).trailing_zeros() & !7;
    let text = ((digits | ZEROS) >> leading) | ((BLANKS << 8) << (56 - leading));
    blanks[..8].copy_from_slice(&text.to_le_bytes());
    8 - leading as usize / 8
}

/// As [`put`], for a number of more digits.
#[inline(never)]
fn put_long(blanks: &mut [u8; MOST_DIGITS], value: u64) -> usize {
    let start = put(blanks, value / AFTER_EIGHT);
    if let Some(rest) = blanks.get_mut(start..start + 8) {
        rest.copy_from_slice(&(eight_digits(value % AFTER_EIGHT) | ZEROS).to_le_bytes());
    }
    start + 8
}

/// As [`put`], for what follows a sign.
#[cold]
fn put_negative(blanks: &mut [u8; MOST_DIGITS], value: u64) -> usize {
    let mut digits = [b' '; MOST_DIGITS];
    let length = put_any(&mut digits, (false, value));
    let [sign, rest @ ..] = blanks;
    *sign = b'-';
    rest.copy_from_slice(&digits[..MOST_DIGITS - 1]);
    1 + length
}

/// The digits of a number below 100,000,000, with leading zeros: the first one is in the lowest byte.
///
/// Both halves of a number are divided at the same time, then all four quarters: a number of eight digits takes half the
/// instructions of a loop over its pairs of digits. A quotient is a product whose lowest bits are dropped; the factors
/// are exact for halves below 10,000 and quarters below 100.
#[inline(always)]
fn eight_digits(value: u64) -> u64 {
    let halves = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((quarters - tens * 10) << 8)
}

/// The room that an IPv4 address is written in.
pub const V4_ROOM: usize = 24;

/// Writes an IPv4 address to the beginning of some room, and returns its length.
#[inline(always)]
pub fn put_v4(room: &mut [u8; V4_ROOM], address: Ipv4Addr) -> usize {
    let mut end = 0;
    for octet in address.octets() {
        let digits = SMALL[usize::from(octet)];
        // No more than three digits: so it is known when this is compiled that everything fits.
        let length = usize::from(digits[3] & 3);
        room[end..end + 4].copy_from_slice(&digits);
        room[end + length] = b'.';
        end += length + 1;
    }
    // Without the last dot.
    end - 1
}

/// As [`put_v4`], with a colon, a port and at least one blank after it.
#[inline(always)]
pub fn put_v4_and_port(room: &mut [u8; V4_ROOM], address: Ipv4Addr, port: u16) -> usize {
    // No more than fifteen, which the compiler does not see.
    let end = put_v4(room, address) & 15;
    let (digits, length) = port_digits(port);
    room[end] = b':';
    room[end + 1..][..8].copy_from_slice(&digits);
    end + 1 + length
}

/// The digits of a port, padded with blanks, and how many they are. Made of pairs it takes fewer steps than any eight
/// digits.
#[inline(always)]
fn port_digits(port: u16) -> ([u8; 8], usize) {
    let [a, b] = PAIRS[usize::from(port / 100 % 100)];
    let [c, d] = PAIRS[usize::from(port % 100)];
    let first = b'0' + (port / 10_000) as u8;
    let digits = u64::from_be_bytes([first, a, b, c, d, b' ', b' ', b' ']);
    let zeros = [10, 100, 1_000, 10_000].map(|least| usize::from(port < least));
    let zeros = zeros.iter().sum::<usize>();
    // What is shifted in becomes blanks.
    let text = (digits ^ BLANKS) << (8 * zeros) ^ BLANKS;
    (text.to_be_bytes(), 5 - zeros)
}

/// The two digits of each number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut all = [[b'0'; 2]; 100];
    let mut value = 0;
    while value < 100 {
        all[value] = [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
        value += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_of_eight_digits() {
        for half in 0..10_000_u64 {
            let other = half * 7 % 10_000;
            let digits = eight_digits(half * 10_000 + other).to_le_bytes();
            let text: String = digits.iter().map(|digit| (b'0' + digit) as char).collect();
            assert_eq!(text, format!("{half:04}{other:04}"));
        }
    }
}
