//! Columns of a table, counted in characters.
//!
//! That is how ipvsadm 1.31 counts them, and not by the columns that a terminal needs for wide characters: scripts cut
//! these lines by character.

use super::text;

/// Cuts what was written since `start` to a number of characters.
pub fn cut_to(text: &mut Vec<u8>, start: usize, width: usize) {
    // There are never more characters than bytes, so most texts need no counting.
    if text.len() - start <= width {
        return;
    }
    let mut ends = (start..text.len()).filter(|index| begins_character(text[*index]));
    if let Some(end) = ends.nth(width) {
        text.truncate(end);
    }
}

/// Whether a byte is the first one of a character in UTF-8.
fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// Pads what was written since `start` to a number of characters.
pub fn pad_to(text: &mut Vec<u8>, start: usize, width: usize) {
    let gap = gap_to(text, start, width);
    text::blanks(text, gap);
}

/// How many characters what was written since `start` lacks to a number of them.
#[inline]
pub fn gap_to(text: &[u8], start: usize, width: usize) -> usize {
    let written = &text[start..];
    if written.len() < width {
        return width - written.len();
    }
    // Counting is slower.
    if written.is_ascii() {
        return 0;
    }
    let characters = written.iter().filter(|byte| begins_character(**byte));
    width.saturating_sub(characters.count())
}
