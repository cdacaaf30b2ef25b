//! Numbers as they are typed.

use super::usage::Problem;

/// A decimal number as strtol(3) takes it: white space and a plus sign may precede it.
pub fn integer(word: &str) -> Option<i64> {
    trim_start(word).parse().ok()
}

/// The number at the beginning and how many digits it has, which are at most `most` (up to 9).
#[inline]
pub fn digits(bytes: &[u8], most: usize) -> (u32, usize) {
    let mut value = 0;
    let mut length = 0;
    for byte in bytes.iter().take(most) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value * 10 + u32::from(digit);
        length += 1;
    }
    (value, length)
}

/// A word without leading white space, as isspace(3) knows it.
pub fn trim_start(word: &str) -> &str {
    word.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r'])
}

/// A decimal number within bounds, both of which are allowed.
pub fn number(word: &str, low: u32, high: u32) -> Result<u32, Problem> {
    integer(word)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (low..=high).contains(number))
        .ok_or(Problem::Range(low, high))
}

/// Whether a number is written in hexadecimal: `0x10`.
pub fn is_hexadecimal(word: &str) -> bool {
    word.starts_with("0x") || word.starts_with("0X")
}

/// A number of 0 to 2147483647, the range of weights and thresholds.
pub fn natural(word: &str) -> Result<u32, Problem> {
    number(word, 0, i32::MAX as u32)
}

/// A number that fits the type, 0 or `low` upwards.
pub fn narrow<T: TryFrom<u32>>(word: &str, low: u32, high: u32) -> Result<T, Problem> {
    T::try_from(number(word, low, high)?).map_err(|_| Problem::Range(low, high))
}
