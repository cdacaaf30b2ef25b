//! What fits a terminal, what is painted there, and the keys that it sends.

use crate::commands::watch::frame::{Page, Scroll, Size, compose, paint};
use crate::commands::watch::keys::{Key, keys};

const LISTING: &str = "title 1\ntitle 2\na\nb\nc\nd\n";

/// The lines of the listing above on a terminal with this many rows.
fn rows(rows: usize, scroll: &mut Scroll) -> Vec<String> {
    let page = Page {
        status: "status",
        listing: LISTING,
        titles: 2,
    };
    let size = Size { rows, columns: 80 };
    let lines = compose(&page, size, scroll);
    lines.into_iter().map(|line| line.into_owned()).collect()
}

#[test]
fn a_listing_is_cut_to_the_rows_of_the_terminal() {
    let top = |count| rows(count, &mut Scroll::default());
    let all = ["status", "title 1", "title 2", "a", "b", "c", "d"];
    assert_eq!(top(100), all);
    assert_eq!(top(7), all);
    assert_eq!(top(6)[3..], ["a", "b", "-- 2 more lines --"]);
    assert_eq!(top(5)[3..], ["a", "-- 3 more lines --"]);
    assert_eq!(
        top(4),
        ["status", "title 1", "title 2", "-- 4 more lines --"]
    );
    // Not even the titles fit.
    assert_eq!(top(3), ["status", "title 1", "-- 4 more lines --"]);
    assert_eq!(top(1), ["-- 4 more lines --"]);
}

#[test]
fn scrolling_stays_within_the_listing() {
    let mut scroll = Scroll::default();
    rows(6, &mut scroll);
    for (key, shown) in [
        (Key::Up, "a b -- 2 more lines --"),
        (Key::Down, "b c -- 1 more line, 1 above --"),
        (Key::Quit, "b c -- 1 more line, 1 above --"),
        (Key::PageDown, "c d -- no more lines, 2 above --"),
        (Key::Down, "c d -- no more lines, 2 above --"),
        (Key::PageUp, "a b -- 2 more lines --"),
        (Key::End, "c d -- no more lines, 2 above --"),
        (Key::Up, "b c -- 1 more line, 1 above --"),
        (Key::Home, "a b -- 2 more lines --"),
    ] {
        scroll.follow(key);
        assert_eq!(rows(6, &mut scroll)[3..].join(" "), shown, "{key:?}");
    }
    // A larger terminal shows all of it again.
    scroll.follow(Key::End);
    assert_eq!(rows(7, &mut scroll)[3..].join(" "), "a b c d");
    assert_eq!(rows(6, &mut scroll)[3], "a");
}

#[test]
fn a_listing_may_be_shorter_than_its_titles() {
    let page = Page {
        status: "status",
        listing: "",
        titles: 3,
    };
    let size = Size {
        rows: 1,
        columns: 1,
    };
    assert_eq!(compose(&page, size, &mut Scroll::default()), ["status"]);
}

/// What a terminal of this size, full of old text, shows after a painting.
fn screen(lines: &[&str], rows: u16, columns: u16) -> Vec<String> {
    let lines: Vec<_> = lines.iter().map(|line| (*line).into()).collect();
    let size = Size {
        rows: rows.into(),
        columns: columns.into(),
    };
    let bytes = paint(&lines, size);
    assert!(!bytes.contains('\n'), "{bytes:?}");
    assert!(!bytes.contains("\x1b[2J"), "{bytes:?}");
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process("X".repeat(usize::from(rows * columns)).as_bytes());
    terminal.process(bytes.as_bytes());
    terminal.screen().rows(0, columns).collect()
}

#[test]
fn painting_overwrites_the_old_contents() {
    assert_eq!(screen(&["ab", "", "cd  "], 4, 3), ["ab", "", "cd", ""]);
    assert_eq!(
        screen(&["abc", "abcd", "abcdef"], 4, 3),
        ["abc", "abc", "abc", ""]
    );
    assert_eq!(screen(&["abc", "def"], 2, 3), ["abc", "def"]);
    assert_eq!(screen(&["abc", "def", "ghi"], 2, 3), ["abc", "def"]);
    assert_eq!(screen(&[], 2, 3), ["", ""]);
}

#[test]
fn a_wide_character_is_not_cut_in_half() {
    assert_eq!(screen(&["ab\u{7db2}"], 1, 4), ["ab\u{7db2}"]);
    assert_eq!(screen(&["abc\u{7db2}"], 1, 4), ["abc"]);
    // The width of this one depends on the terminal.
    assert_eq!(screen(&["abc\u{e9}"], 1, 4), ["abc"]);
}

#[test]
fn known_keys() {
    for (bytes, expected) in [
        ("q", vec![Key::Quit]),
        ("Q", vec![Key::Quit]),
        ("jk b", vec![Key::Down, Key::Up, Key::PageDown, Key::PageUp]),
        ("gG", vec![Key::Home, Key::End]),
        ("\x1b[A\x1b[B", vec![Key::Up, Key::Down]),
        ("\x1bOA\x1bOB", vec![Key::Up, Key::Down]),
        ("\x1b[5~\x1b[6~", vec![Key::PageUp, Key::PageDown]),
        (
            "\x1b[H\x1b[F\x1b[1~\x1b[4~",
            vec![Key::Home, Key::End, Key::Home, Key::End],
        ),
        // Keys without a meaning, whose last letters would have one.
        ("\x1b[1;5q", vec![]),
        ("\x1b[200~j\x1b[24~", vec![Key::Down]),
        ("\x1bOqj", vec![Key::Down]),
        ("\x1bq", vec![]),
        ("\x1b", vec![]),
        ("\x1b[", vec![]),
        ("\x1bO", vec![]),
        ("xyz\u{fc}", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(keys(bytes.as_bytes()), expected, "{bytes:?}");
    }
}

#[test]
fn arbitrary_bytes_do_not_panic() {
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            keys(&[first, second]);
            keys(&[0x1b, first, second]);
        }
    }
}
