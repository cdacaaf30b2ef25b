//! Rules as text: the input in pieces, its lines, and the command of each.

use std::collections::TryReserveError;
use std::io::{self, Read};
use std::ops::Range;

use super::{Shown, Source};
use crate::cli::Lookup;
use crate::cli::command::RuleCommand;
use crate::cli::lexer::{Lexer, Token};
use crate::cli::limits::LONGEST_LINE;
use crate::cli::notice;
use crate::cli::parse::parse_rule;
use crate::cli::usage::UsageError;
use crate::commands::restore::error::{LineError, Unit};
use crate::commands::session::Session;
use crate::sys::terminal::is_harmless;

/// Bytes that one read asks for: their rules fit about one datagram of requests.
const READ_LENGTH: usize = 16 * 1024;

/// More bytes than a rule has, as a rule.
const LINE_LENGTH: usize = 1024;

/// Characters of a line that an error shows; the longest rule has 200.
const SHOWN_LENGTH: usize = 300;
/// More bytes than that many characters have.
const KEPT_LENGTH: usize = 4 * (SHOWN_LENGTH + 1);

/// The byte-order mark of UTF-8, which some editors write at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The byte-order marks of UTF-16, little-endian (and UTF-32) and big-endian.
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Text without the byte-order mark of UTF-8 at its beginning.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Whether text begins with a byte-order mark of UTF-16.
pub fn is_utf16(text: &[u8]) -> bool {
    UTF_16_MARKS.iter().any(|mark| text.starts_with(mark))
}

/// The command of one line; `None` where it is blank or a comment.
pub fn parse_line(line: &str, names: &dyn Lookup) -> Result<Option<RuleCommand>, UsageError> {
    let mut words = words(line).peekable();
    if words.peek().is_some_and(|word| word.starts_with('#')) {
        return Ok(None);
    }
    if words.peek().is_none() {
        return Ok(None);
    }
    let command = parse_rule(words, names);
    command
        .map(Some)
        .map_err(|error| error.with_slip(self::words(line)))
}

/// The words of a line. Each that is the program's name is passed over, as in ipvsadm 1.31.
fn words(line: &str) -> impl Iterator<Item = &str> + Clone {
    line.split_ascii_whitespace()
        .filter(|word| *word != "ipvsadm")
}

/// Whether the run goes on behind a line that makes no sense: as in ipvsadm 1.31, where the line begins with a
/// command, and the words behind it cannot be taken apart; and where it is the kernel that has no such name.
pub fn goes_on(error: &LineError) -> bool {
    let apart = match error.error.mistake() {
        UsageError::UnknownOption { .. } => true,
        UsageError::MissingValue { flag } | UsageError::UnwantedValue { flag, .. } => {
            !flag.is_command()
        }
        UsageError::BadValue { problem, .. } => return problem.is_the_kernels(),
        _ => false,
    };
    // Words that belong to no flag may stand anywhere.
    let first =
        || Lexer::new(words(&error.line)).find(|token| !matches!(token, Ok(Token::Word(_))));
    apart && matches!(first(), Some(Ok(Token::Flag(flag, _))) if flag.is_command())
}

/// The part of the input that is not worked off yet.
#[derive(Default)]
pub struct Text {
    /// What was read, and room behind it.
    bytes: Vec<u8>,
    /// How much of it was read.
    filled: usize,
    /// Where the next line begins.
    position: usize,
    /// How much of it was searched for its end.
    searched: usize,
    lines: usize,
    /// A line was no text: what follows it is not read.
    stopped: bool,
}

/// Where a line stands.
#[derive(Clone)]
pub struct Line {
    pub number: usize,
    range: Range<usize>,
    fault: Option<Fault>,
}

/// Why a line, and all that follows it, is no text of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Long,
    Utf16,
}

impl Text {
    /// Drops what was worked off and reads once; false at the end of the input, and behind a line after which
    /// nothing can be read.
    ///
    /// With every line taken before the next call, what is kept is at most one line and one read.
    pub fn fill(&mut self, input: &mut impl Read) -> io::Result<bool> {
        if self.stopped {
            return Ok(false);
        }
        self.bytes.copy_within(self.position..self.filled, 0);
        self.filled -= self.position;
        self.position = 0;
        // What was once made room for is not cleared again.
        if self.bytes.len() < self.filled + READ_LENGTH {
            if self.bytes.is_empty() {
                // With room for the beginning of a line in front, the buffer need not move.
                self.bytes.reserve_exact(READ_LENGTH + LINE_LENGTH);
            }
            self.bytes.resize(self.filled + READ_LENGTH, 0);
        }
        let room = &mut self.bytes[self.filled..self.filled + READ_LENGTH];
        let read = loop {
            match input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.filled += read;
        Ok(read > 0)
    }

    /// The next whole line; at the end of the input the rest counts as one.
    ///
    /// A line that is too long, or UTF-16, is the last one: [`Text::parse`] says what is wrong with it.
    pub fn next_line(&mut self, at_end: bool) -> Option<Line> {
        if self.stopped {
            return None;
        }
        let rest = &self.bytes[self.position..self.filled];
        let found = memchr::memchr(b'\n', &rest[self.searched..]);
        let (length, end) = match found.map(|behind| self.searched + behind) {
            Some(length) => (length, length + 1),
            None if at_end && !rest.is_empty() => (rest.len(), rest.len()),
            None if rest.len() > LONGEST_LINE => (rest.len(), rest.len()),
            None => {
                self.searched = rest.len();
                return None;
            }
        };
        let mut range = self.position..self.position + length;
        let mut fault = (length > LONGEST_LINE).then_some(Fault::Long);
        if self.lines == 0 {
            let line = &rest[..length];
            range.start += length - without_mark(line).len();
            if is_utf16(line) {
                fault = Some(Fault::Utf16);
            }
        }
        self.searched = 0;
        self.position += end;
        self.lines += 1;
        self.stopped = fault.is_some();
        Some(Line {
            number: self.lines,
            range,
            fault,
        })
    }

    /// The bytes of a line.
    pub fn bytes(&self, line: &Line) -> &[u8] {
        &self.bytes[line.range.clone()]
    }

    /// Says what is odd about a line that is right.
    pub fn notices(&self, line: &Line, session: &mut Session<'_>) {
        // A comment may be in any encoding, and is not read.
        let bytes = self.bytes(line);
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if !text.trim_ascii_start().starts_with('#') {
            for notice in notice::find(words(text)) {
                session.notice(&format!("line {}: {notice}", line.number));
            }
        }
    }

    pub fn parse(&self, line: &Line, names: &dyn Lookup) -> Result<Option<RuleCommand>, LineError> {
        let bytes = self.bytes(line);
        let parsed = match line.fault {
            Some(Fault::Long) => Err(UsageError::LongLine),
            Some(Fault::Utf16) => Err(UsageError::Utf16),
            None => parse_bytes(bytes, names),
        };
        parsed.map_err(|error| LineError {
            number: line.number,
            line: quote(bytes),
            error,
        })
    }
}

fn parse_bytes(line: &[u8], names: &dyn Lookup) -> Result<Option<RuleCommand>, UsageError> {
    // A comment may be in any encoding.
    if line.trim_ascii_start().starts_with(b"#") {
        return Ok(None);
    }
    match std::str::from_utf8(line) {
        Ok(text) => parse_line(text, names),
        Err(_) => Err(UsageError::NotText(
            String::from_utf8_lossy(line).into_owned(),
        )),
    }
}

/// A line for an error: without its blanks, harmless to a terminal, and cut off where it is too long.
fn quote(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let mut shown: String = text
        .chars()
        .take(SHOWN_LENGTH)
        .map(|c| if is_harmless(c) { c } else { ' ' })
        .collect();
    if text.chars().nth(SHOWN_LENGTH).is_some() {
        shown.push_str("...");
    }
    shown
}

fn shown(number: usize, line: &[u8]) -> Shown {
    Shown {
        place: format!("line {number}"),
        rule: quote(line),
    }
}

impl Source for Text {
    type Place = Line;
    const UNIT: Unit = Unit::Line;

    fn show(&self, line: &Line) -> Shown {
        shown(line.number, self.bytes(line))
    }
}

/// The lines of a text that say something, kept for the errors that may come of them.
#[derive(Default)]
pub struct Lines {
    bytes: Vec<u8>,
}

/// Where a line that was kept stands.
pub struct KeptLine {
    number: usize,
    range: Range<usize>,
}

impl Lines {
    /// Keeps as much of a line as an error shows.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn keep(&mut self, text: &Text, line: &Line) -> Result<KeptLine, TryReserveError> {
        let bytes = text.bytes(line).trim_ascii();
        let bytes = &bytes[..bytes.len().min(KEPT_LENGTH)];
        self.bytes.try_reserve(bytes.len())?;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Ok(KeptLine {
            number: line.number,
            range: start..self.bytes.len(),
        })
    }
}

impl Source for Lines {
    type Place = KeptLine;
    const UNIT: Unit = Unit::Line;

    fn show(&self, line: &KeptLine) -> Shown {
        shown(line.number, &self.bytes[line.range.clone()])
    }
}
