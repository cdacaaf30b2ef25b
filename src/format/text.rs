//! Columns of numbers and addresses.
//!
//! A listing writes hundreds of thousands of them. With the formatting of the standard library `ipvsadm -Ln` of 1,000
//! services with 10 servers each takes 23 % more instructions (`cargo bench`).

use std::net::Ipv4Addr;

/// Appends a number.
pub fn number(text: &mut String, value: impl itoa::Integer) {
    text.push_str(itoa::Buffer::new().format(value));
}

/// Appends a number, padded on the right to `width` columns.
pub fn number_left(text: &mut String, value: impl itoa::Integer, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value);
    text.push_str(digits);
    blanks(text, width.saturating_sub(digits.len()));
}

/// Appends a number, padded on the left to `width` columns.
pub fn number_right(text: &mut String, value: impl itoa::Integer, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value);
    blanks(text, width.saturating_sub(digits.len()));
    text.push_str(digits);
}

/// Appends an IPv4 address.
pub fn v4(text: &mut String, address: Ipv4Addr) {
    let [a, b, c, d] = address.octets();
    number(text, a);
    for octet in [b, c, d] {
        text.push('.');
        number(text, octet);
    }
}

/// Appends text, padded on the right to `width` columns; it is ASCII.
pub fn left(text: &mut String, word: &str, width: usize) {
    text.push_str(word);
    blanks(text, width.saturating_sub(word.len()));
}

/// Appends spaces.
pub fn blanks(text: &mut String, count: usize) {
    const BLANKS: &str = "                                ";
    let mut rest = count;
    while rest > 0 {
        let some = rest.min(BLANKS.len());
        text.push_str(&BLANKS[..some]);
        rest -= some;
    }
}
