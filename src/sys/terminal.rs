//! What a terminal shows, and what may go there of text that comes from outside: rules, names, what clients sent.

use std::io::{IsTerminal, stdout};

/// Whether standard output is a terminal that shows colours, and its user has not turned them off with `NO_COLOR`.
pub fn shows_colours() -> bool {
    stdout().is_terminal() && anstyle_query::term_supports_color() && !anstyle_query::no_color()
}

/// Whether a character only shows itself: no control character, no separator of lines, and none that turns the
/// direction of the text behind it around, which can make a line look like another.
pub fn is_harmless(c: char) -> bool {
    let steers = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !c.is_control() && !steers
}

/// Text on one line: whatever is not harmless as an escape, such as `\n` or `\u{1b}`.
pub fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmless(c) {
            line.push(c);
        } else {
            line.extend(c.escape_default());
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{escaped, is_harmless};

    #[test]
    fn text_stays_on_one_line() {
        assert_eq!(
            escaped("a b\u{3b1}\n\r\t\x1b[2J\u{85}\u{202e}\\n"),
            "a b\u{3b1}\\n\\r\\t\\u{1b}[2J\\u{85}\\u{202e}\\n"
        );
    }

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
        for c in "\0\t\n\r\x1b\x7f\u{85}\u{9b}\u{200f}\u{2028}\u{202e}\u{2066}".chars() {
            assert!(!is_harmless(c), "{c:?}");
        }
    }
}
