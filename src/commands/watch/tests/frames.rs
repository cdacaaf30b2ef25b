//! What fits a terminal, what is painted there, and the keys that it sends.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};

use crate::commands::watch::frame::{Line, Scroll, Size, compose, paint};
use crate::commands::watch::keys::{Key, keys};
use crate::commands::watch::text_lines;

/// The text of lines.
pub(super) fn texts(lines: Vec<Line<'_>>) -> Vec<String> {
    let text = |line: Line<'_>| line.0.into_iter().map(|(_, text)| text).collect();
    lines.into_iter().map(text).collect()
}

/// What a terminal with this many rows shows of a listing with two lines of titles.
fn rows(rows: usize, scroll: &mut Scroll) -> Vec<String> {
    rows_of(&["a", "b", "c", "d"], rows, scroll, None)
}

fn rows_of(body: &[&str], rows: usize, scroll: &mut Scroll, cursor: Option<usize>) -> Vec<String> {
    let size = Size { rows, columns: 80 };
    let head = ["status", "title 1", "title 2"].map(Line::plain).into();
    let line = |row: usize| Line::plain(body[row].to_owned());
    texts(compose(head, body.len(), line, size, scroll, cursor))
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
fn a_listing_may_be_empty() {
    for count in 3..6 {
        let shown = rows_of(&[], count, &mut Scroll::default(), Some(0));
        assert_eq!(shown, ["status", "title 1", "title 2"]);
    }
}

#[test]
fn a_cursor_stays_in_sight() {
    let body = ["a", "b", "c", "d", "e", "f"];
    let mut scroll = Scroll::default();
    let mut at = |rows, cursor| rows_of(&body, rows, &mut scroll, Some(cursor))[3..].join(" ");
    assert_eq!(at(6, 0), "a b -- 4 more lines --");
    assert_eq!(at(6, 1), "a b -- 4 more lines --");
    assert_eq!(at(6, 2), "b c -- 3 more lines, 1 above --");
    assert_eq!(at(6, 5), "e f -- no more lines, 4 above --");
    assert_eq!(at(6, 4), "e f -- no more lines, 4 above --");
    assert_eq!(at(6, 3), "d e -- 1 more line, 3 above --");
    // Another size, and one on which nothing can be seen.
    assert_eq!(at(8, 1), "b c d e -- 1 more line, 1 above --");
    assert_eq!(at(4, 5), "-- 5 more lines, 1 above --");
    assert_eq!(at(9, 5), "a b c d e f");
}

#[test]
fn keys_move_a_cursor_within_the_listing() {
    let mut scroll = Scroll::default();
    rows_of(&["a"; 20], 9, &mut scroll, Some(0));
    for (from, key, to) in [
        (3, Key::Down, 4),
        (3, Key::Up, 2),
        (0, Key::Up, 0),
        (19, Key::Down, 19),
        (3, Key::PageDown, 8),
        (18, Key::PageDown, 19),
        (3, Key::PageUp, 0),
        (3, Key::End, 19),
        (3, Key::Home, 0),
        (3, Key::Fold, 3),
    ] {
        assert_eq!(scroll.cursor(from, key, 20), to, "{key:?}");
    }
    assert_eq!(scroll.cursor(0, Key::End, 0), 0);
    assert_eq!(scroll.cursor(5, Key::Down, 0), 0);
}

/// What a terminal of this size, full of old text, shows after a painting.
fn screen(lines: &[&str], rows: u16, columns: u16) -> Vec<String> {
    let lines: Vec<_> = lines.iter().map(|line| Line::plain(*line)).collect();
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
    assert_eq!(screen(&["abc\u{e9}f"], 1, 4), ["abc\u{e9}"]);
    // Two code points, one column.
    assert_eq!(screen(&["abce\u{301}f"], 1, 4), ["abce\u{301}"]);
}

#[test]
fn nothing_steers_the_terminal() {
    let hostile = "a\x1b[2J\r\n\u{9b}31m\u{202e}b";
    assert_eq!(screen(&[hostile, "c"], 2, 20), ["a?[2J???31m?b", "c"]);
}

#[test]
fn styles_end_where_their_text_ends() {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let pieces: Vec<(Style, Cow<str>)> = vec![
        (Style::new(), "ab".into()),
        (red, "cd".into()),
        (red.bold(), "ef".into()),
    ];
    let line = Line(pieces);
    for columns in 1..=8 {
        let size = Size { rows: 1, columns };
        let bytes = paint(std::slice::from_ref(&line), size);
        let mut terminal = vt100::Parser::new(1, 10, 0);
        terminal.process(bytes.as_bytes());
        terminal.process(b"x");
        let shown = "abcdef".get(..columns.min(6)).unwrap().to_owned() + "x";
        assert_eq!(terminal.screen().contents(), shown);
        let color = |column| terminal.screen().cell(0, column).unwrap().fgcolor();
        assert_eq!(color(0), vt100::Color::Default);
        let last = (shown.len() - 1) as u16;
        assert_eq!(color(last), vt100::Color::Default, "{bytes:?}");
        assert!(columns < 3 || color(2) == vt100::Color::Idx(1));
    }
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
        ("vV", vec![Key::NextPage, Key::PreviousPage]),
        ("\x1b[C\x1bOD", vec![Key::NextPage, Key::PreviousPage]),
        (
            "f\r\nF",
            vec![Key::Fold, Key::Fold, Key::Fold, Key::FoldAll],
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

#[test]
fn keys_are_shown_before_the_time() {
    let when = "2026-11-26T04:02:41Z every 1 s";
    let keys = "q: quit  j k space b: scroll";
    for (columns, expected) in [
        (200, format!("{when}  {keys}")),
        (80, format!("{when}  {keys}")),
        (59, keys.to_owned()),
        (40, keys.to_owned()),
        (28, keys.to_owned()),
        (27, "q: quit".to_owned()),
        (1, "q: quit".to_owned()),
    ] {
        for rows in 1..6 {
            let size = Size { rows, columns };
            let shown = text_lines(b"title\na\nb\n", 1, when, size, &mut Scroll::default());
            let expected = match rows {
                1 => &["-- 2 more lines --"][..],
                2 => &[&expected, "-- 2 more lines --"],
                3 => &[&expected, "title", "-- 2 more lines --"],
                _ => &[&expected, "title", "a", "b"],
            };
            assert_eq!(texts(shown), expected, "{rows} x {columns}");
        }
    }
}
