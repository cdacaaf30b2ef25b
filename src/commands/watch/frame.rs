//! A listing cut to the size of a terminal, and the bytes that paint it there; no I/O.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::keys::Key;

/// Rows and columns of a terminal, at least 1 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub rows: usize,
    pub columns: usize,
}

/// What is to be seen: a line about the watch itself, and a listing.
pub struct Page<'a> {
    pub status: &'a str,
    pub listing: &'a str,
    /// The number of lines at the top of the listing that are titles, which are not scrolled.
    pub titles: usize,
}

/// How far a listing is scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// Lines that are hidden above.
    offset: usize,
    /// Lines that a page shows.
    page: usize,
}

impl Scroll {
    /// Follows a key. [`compose`] keeps the result within the listing.
    pub fn follow(&mut self, key: Key) {
        let page = self.page.max(1);
        self.offset = match key {
            Key::Down => self.offset.saturating_add(1),
            Key::Up => self.offset.saturating_sub(1),
            Key::PageDown => self.offset.saturating_add(page),
            Key::PageUp => self.offset.saturating_sub(page),
            Key::Home => 0,
            Key::End => usize::MAX,
            Key::Quit => self.offset,
        };
    }
}

/// The lines that fit the terminal; where some do not, the last line says how many.
pub fn compose<'a>(page: &Page<'a>, size: Size, scroll: &mut Scroll) -> Vec<Cow<'a, str>> {
    let mut lines = page.listing.lines();
    let mut shown: Vec<Cow<str>> = vec![page.status.into()];
    shown.extend(lines.by_ref().take(page.titles).map(Cow::from));
    let body: Vec<&str> = lines.collect();
    let room = size.rows.saturating_sub(shown.len());
    if body.len() <= room {
        *scroll = Scroll {
            offset: 0,
            page: room,
        };
        shown.extend(body.into_iter().map(Cow::from));
    } else {
        // One row says what is hidden.
        let room = room.saturating_sub(1);
        let offset = scroll.offset.min(body.len() - room);
        *scroll = Scroll { offset, page: room };
        let rest = body.iter().skip(offset);
        shown.extend(rest.take(room).map(|line| Cow::from(*line)));
        // Where not even the titles fit, something of them must give way.
        shown.truncate(size.rows.saturating_sub(1));
        shown.push(hidden(body.len() - room - offset, offset).into());
    }
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
pub fn paint(lines: &[Cow<'_, str>], size: Size) -> String {
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
        let (text, width) = cut(line, size.columns);
        bytes.push_str(text);
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

/// As much of a line as fits, and the columns that it takes.
///
/// How wide a character is depends on the terminal's font; two columns are the most.
fn cut(line: &str, columns: usize) -> (&str, usize) {
    // Trailing blanks are invisible.
    let line = line.trim_end_matches(' ');
    let mut width = 0;
    for (index, character) in line.char_indices() {
        let wider = width + if character.is_ascii() { 1 } else { 2 };
        if wider > columns {
            return (&line[..index], width);
        }
        width = wider;
    }
    (line, width)
}
