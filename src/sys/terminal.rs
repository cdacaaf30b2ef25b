//! What may go to a terminal of text that comes from outside: rules, names, what clients sent.

/// Whether a character only shows itself: no control character, and none that turns the direction of
/// the text behind it around, which can make a line look like another.
pub fn is_harmless(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !c.is_control() && !turns
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    #[test]
    fn letters_of_any_script_and_blanks_are_harmless() {
        assert!(
            "ab 1~ü\u{3b1}\u{5d0}\u{4e2d}\u{a0}"
                .chars()
                .all(is_harmless)
        );
    }

    #[test]
    fn what_steers_or_turns_is_not() {
        for c in "\0\t\n\r\x1b\x7f\u{85}\u{9b}\u{200f}\u{202e}\u{2066}".chars() {
            assert!(!is_harmless(c), "{c:?}");
        }
    }
}
