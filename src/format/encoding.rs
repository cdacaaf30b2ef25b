//! Byte-order marks, which some editors write at the beginning of a file.

/// The byte-order mark of UTF-8.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
/// The byte-order marks of UTF-16, little-endian (and UTF-32) and big-endian.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Text without the byte-order mark of UTF-8 at its beginning.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(UTF_8_MARK).unwrap_or(text)
}

/// Whether text begins with a byte-order mark of UTF-16.
pub fn is_utf16(text: &[u8]) -> bool {
    UTF_16_MARKS.iter().any(|mark| text.starts_with(mark))
}
