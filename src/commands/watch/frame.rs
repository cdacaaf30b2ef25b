//! Lines cut to the size of a terminal, and the bytes that paint them there; no I/O.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthChar;

use super::keys::Key;
use crate::sys::terminal::is_harmless;

/// Rows and columns of a terminal, at least 1 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub rows: usize,
    pub columns: usize,
}

/// A line of the screen: pieces, each in its style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line<'a>(pub Vec<(Style, Cow<'a, str>)>);

impl<'a> Line<'a> {
    /// A line without styles.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Line<'a> {
        Line(vec![(Style::new(), text.into())])
    }
}

/// How far a listing is scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// Lines that are hidden above.
    offset: usize,
    /// Lines that a screen shows.
    page: usize,
}

impl Scroll {
    /// Where a key leads from a line; [`compose`] or the caller keeps the result within the listing.
    fn moved(self, from: usize, key: Key) -> usize {
        let page = self.page.max(1);
        match key {
            Key::Down => from.saturating_add(1),
            Key::Up => from.saturating_sub(1),
            Key::PageDown => from.saturating_add(page),
            Key::PageUp => from.saturating_sub(page),
            Key::Home => 0,
            Key::End => usize::MAX,
            _ => from,
        }
    }

    /// Follows a key, where there is no cursor.
    pub fn follow(&mut self, key: Key) {
        self.offset = self.moved(self.offset, key);
    }

    /// Where a key takes a cursor in a listing of `count` lines.
    pub fn cursor(self, from: usize, key: Key, count: usize) -> usize {
        self.moved(from, key).min(count.saturating_sub(1))
    }

    /// Scrolls so far that a line is seen.
    pub fn show(&mut self, line: usize) {
        // Of a listing that fits, or that has never been composed, all is seen.
        self.offset = self.offset.min(line);
        if self.page > 0 {
            self.offset = self.offset.max((line + 1).saturating_sub(self.page));
        }
    }
}

/// The lines that fit the terminal, of a listing of `count` lines under a head that is not scrolled; where some do
/// not fit, the last line says how many. `cursor` is a line that must be seen.
pub fn compose<'a>(
    head: Vec<Line<'a>>,
    count: usize,
    line: impl Fn(usize) -> Line<'a>,
    size: Size,
    scroll: &mut Scroll,
    cursor: Option<usize>,
) -> Vec<Line<'a>> {
    let mut shown = head;
    let room = size.rows.saturating_sub(shown.len());
    if count <= room {
        *scroll = Scroll {
            offset: 0,
            page: room,
        };
        shown.extend((0..count).map(line));
        return shown;
    }
    // One row says what is hidden.
    scroll.page = room.saturating_sub(1);
    if let Some(cursor) = cursor {
        scroll.show(cursor);
    }
    let Scroll { page, .. } = *scroll;
    scroll.offset = scroll.offset.min(count - page);
    let offset = scroll.offset;
    shown.extend((offset..offset + page).map(line));
    // Where not even the head fits, something of it must give way.
    shown.truncate(size.rows.saturating_sub(1));
    shown.push(Line::plain(hidden(count - page - offset, offset)));
    shown
}

fn hidden(below: usize, above: usize) -> String {
    let more = match below {
        0 => "no more lines".to_owned(),
        1 => "1 more line".to_owned(),
        below => format!("{below} more lines"),
    };
    match above {
        0 => format!("-- {more} --"),
        above => format!("-- {more}, {above} above --"),
    }
}

/// The bytes that put lines onto the screen. Nothing is cleared before it is written over, and a
/// terminal that knows how to shows all of it at once: it does not blink.
pub fn paint(lines: &[Line<'_>], size: Size) -> String {
    const BEGIN_UPDATE: &str = "\x1b[?2026h";
    const END_UPDATE: &str = "\x1b[?2026l";
    const CLEAR_REST_OF_LINE: &str = "\x1b[K";
    const CLEAR_BELOW: &str = "\x1b[J";
    let mut bytes = String::from(BEGIN_UPDATE);
    let mut row = 0;
    for line in lines.iter().take(size.rows) {
        row += 1;
        // Writing into a string cannot fail. Lines are placed by their number, because a line feed
        // would make standard output write in pieces.
        let _ = write!(bytes, "\x1b[{row};1H");
        let width = push_cut(&mut bytes, line, size.columns);
        // After the last column the cursor is still on it, and would clear it.
        if width < size.columns {
            bytes.push_str(CLEAR_REST_OF_LINE);
        }
    }
    if row < size.rows {
        let _ = write!(bytes, "\x1b[{};1H{CLEAR_BELOW}", row + 1);
    }
    bytes.push_str(END_UPDATE);
    bytes
}

/// Appends as much of a line as fits; the columns that it takes.
fn push_cut(bytes: &mut String, line: &Line<'_>, columns: usize) -> usize {
    let mut left = columns;
    for (index, (style, text)) in line.0.iter().enumerate() {
        // Blanks at the end are invisible.
        let is_last = index + 1 == line.0.len();
        let text = if is_last {
            text.trim_end_matches(' ')
        } else {
            text
        };
        let fitting = cut(text, left);
        left -= width(fitting);
        let _ = write!(bytes, "{style}");
        // What could steer the terminal is not shown: names come from others.
        bytes.extend(
            fitting
                .chars()
                .map(|c| if is_harmless(c) { c } else { '?' }),
        );
        let _ = write!(bytes, "{style:#}");
        if fitting.len() < text.len() {
            break;
        }
    }
    columns - left
}

/// As much of a text as fits some columns.
pub fn cut(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (index, character) in text.char_indices() {
        used += columns_of(character);
        if used > columns {
            return &text[..index];
        }
    }
    text
}

/// The first of some texts, from the longest down, that fits some columns; where none does, the last.
pub fn longest<const COUNT: usize>(texts: [String; COUNT], columns: usize) -> String {
    let mut chosen = String::new();
    for text in texts {
        chosen = text;
        if width(&chosen) <= columns {
            break;
        }
    }
    chosen
}

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// A character that is not shown is replaced by one that takes a column.
fn columns_of(character: char) -> usize {
    match character.width() {
        Some(width) if is_harmless(character) => width,
        _ => 1,
    }
}
