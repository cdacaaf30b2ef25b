//! Counters as listings show them: nine columns, abbreviated where they do not fit; no I/O.

use super::text::{self, Text};

/// The value from which on a counter is divided, the divisor, and the letter of its unit.
const SCALES: [(u64, u64, u8); 4] = [
    (100_000_000_000_000, 1_000_000_000_000, b'T'),
    (100_000_000_000, 1_000_000_000, b'G'),
    (1_000_000_000, 1_000_000, b'M'),
    (100_000_000, 1_000, b'K'),
];

/// Appends a counter in nine columns: whole, or from 100,000,000 up in thousands and so on. An exact
/// one is whole whatever its length, after at least one space.
pub fn counter(text: &mut impl Text, value: u64, exact: bool) {
    match SCALES.iter().find(|(from, ..)| value >= *from) {
        Some((_, divisor, letter)) if !exact => {
            text::number_right(text, value / divisor, 8);
            text.push_ascii(&[*letter], 1);
        }
        _ => {
            text.push_str(" ");
            text::number_right(text, value, 8);
        }
    }
}
