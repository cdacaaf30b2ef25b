//! Counters at each edge of their abbreviation.

use crate::format::numbers::counter;

fn shown(value: u64, exact: bool) -> String {
    let mut text = String::new();
    counter(&mut text, value, exact);
    text
}

#[test]
fn abbreviations() {
    for (value, text) in [
        (0, "        0"),
        (7, "        7"),
        (99_999_999, " 99999999"),
        (100_000_000, "  100000K"),
        (100_000_999, "  100000K"),
        (999_999_999, "  999999K"),
        (1_000_000_000, "    1000M"),
        (99_999_999_999, "   99999M"),
        (100_000_000_000, "     100G"),
        (99_999_999_999_999, "   99999G"),
        (100_000_000_000_000, "     100T"),
        (u64::MAX, "18446744T"),
    ] {
        assert_eq!(shown(value, false), text);
        assert_eq!(text.len(), 9);
    }
}

#[test]
fn whole_numbers() {
    for (value, text) in [
        (0, "        0"),
        (99_999_999, " 99999999"),
        (100_000_000, " 100000000"),
        (1_000_000_000_000, " 1000000000000"),
        (u64::MAX, " 18446744073709551615"),
    ] {
        assert_eq!(shown(value, true), text);
    }
}
