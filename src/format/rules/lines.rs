//! The input of a restore: read in pieces, handed out in lines.

use std::collections::TryReserveError;
use std::io::{self, Read};
use std::ops::Range;

use super::error::RuleLineError;
use super::fast::SavedRules;
use super::read::{parse_bytes, words};
use crate::cli::Lookup;
use crate::cli::command::RuleCommand;
use crate::cli::limits::LONGEST_LINE;
use crate::cli::notice::{self, Notice};
use crate::cli::usage::UsageError;
use crate::format::encoding::{is_utf16, without_mark};
use crate::format::source::{QuotedRule, RuleSource, Unit};
use crate::model::Change;
use crate::sys::terminal::is_harmless;

/// Bytes that one read asks for: the requests of that many rules fill about one datagram.
const READ_LENGTH: usize = 16 * 1024;

/// More bytes than most rules have.
const LINE_LENGTH: usize = 1024;

/// Characters of a line that a message quotes; the longest rule of a save has 200.
const QUOTED_LENGTH: usize = 300;
/// Bytes of a line that hold one character more than is quoted, so that it shows that the line goes on.
const KEPT_LENGTH: usize = 4 * (QUOTED_LENGTH + 1);

/// The part of the input that was read and not handed out yet.
#[derive(Default)]
pub struct LineBuffer {
    /// What was read, followed by room for more.
    bytes: Vec<u8>,
    /// How many of the bytes were read.
    filled: usize,
    /// Where the next line begins.
    next: usize,
    /// How many bytes of the next line were searched for its end.
    searched: usize,
    /// How many lines were handed out.
    lines: usize,
    /// A line was not text: what follows it is not read.
    stopped: bool,
    saved: SavedRules,
}

/// A line in the buffer, valid until the next [`LineBuffer::fill`].
#[derive(Clone)]
pub struct Line {
    /// From 1 on.
    pub number: usize,
    range: Range<usize>,
    fault: Option<Fault>,
}

/// Why a line, and all that follows it, cannot be rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Long,
    Utf16,
}

impl LineBuffer {
    /// Drops the lines that were handed out and reads once; false at the end of the input, and after a line that
    /// is not text.
    ///
    /// With every line taken before the next call, the buffer holds at most one line and one read.
    ///
    /// # Errors
    /// What the input fails with.
    pub fn fill(&mut self, input: &mut impl Read) -> io::Result<bool> {
        if self.stopped {
            return Ok(false);
        }
        self.bytes.copy_within(self.next..self.filled, 0);
        self.filled -= self.next;
        self.next = 0;
        // Bytes that were cleared once are not cleared again.
        if self.bytes.len() < self.filled + READ_LENGTH {
            match self.bytes.is_empty() {
                // With room for the beginning of a line before the next read, the buffer need not grow.
                true => self.bytes = vec![0; LINE_LENGTH + READ_LENGTH],
                false => self.bytes.resize(self.filled + READ_LENGTH, 0),
            }
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

    /// The next line with its change, where it is whole, and of the form in which a save writes most rules. Otherwise
    /// it is left to [`LineBuffer::next_line`].
    #[inline(always)]
    pub fn next_saved(&mut self) -> Option<(Line, &Change)> {
        if self.stopped {
            return None;
        }
        let rest = &self.bytes[self.next..self.filled];
        let (change, length) = self.saved.first_of(rest)?;
        let start = self.next;
        self.searched = 0;
        self.next += length + 1;
        self.lines += 1;
        let line = Line {
            number: self.lines,
            range: start..start + length,
            fault: None,
        };
        Some((line, change))
    }

    /// The next whole line; at the end of the input the rest counts as one.
    ///
    /// A line that is too long, or UTF-16, is the last one: [`LineBuffer::parse`] returns what is wrong with it.
    pub fn next_line(&mut self, at_end: bool) -> Option<Line> {
        if self.stopped {
            return None;
        }
        let rest = &self.bytes[self.next..self.filled];
        let found = memchr::memchr(b'\n', &rest[self.searched..]);
        let (length, end) = match found.map(|offset| self.searched + offset) {
            Some(length) => (length, length + 1),
            None if at_end && !rest.is_empty() => (rest.len(), rest.len()),
            None if rest.len() > LONGEST_LINE => (rest.len(), rest.len()),
            None => {
                self.searched = rest.len();
                return None;
            }
        };
        let mut range = self.next..self.next + length;
        let mut fault = (length > LONGEST_LINE).then_some(Fault::Long);
        if self.lines == 0 {
            let line = &rest[..length];
            range.start += length - without_mark(line).len();
            if is_utf16(line) {
                fault = Some(Fault::Utf16);
            }
        }
        self.searched = 0;
        self.next += end;
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

    /// What is unusual about a valid line; nothing for a comment.
    pub fn notices(&self, line: &Line) -> Vec<Notice> {
        // A comment may be in any encoding.
        let text = std::str::from_utf8(self.bytes(line)).unwrap_or_default();
        if text.trim_ascii_start().starts_with('#') {
            return Vec::new();
        }
        notice::find(words(text))
    }

    /// The command of a line; `None` where it is blank or a comment.
    ///
    /// # Errors
    /// The first mistake in the line.
    pub fn parse(
        &self,
        line: &Line,
        names: &dyn Lookup,
    ) -> Result<Option<RuleCommand>, RuleLineError> {
        let bytes = self.bytes(line);
        let parsed = match line.fault {
            Some(Fault::Long) => Err(UsageError::LongLine),
            Some(Fault::Utf16) => Err(UsageError::Utf16),
            None => parse_bytes(bytes, names),
        };
        parsed.map_err(|error| RuleLineError {
            number: line.number,
            line: quote(bytes),
            error,
        })
    }
}

/// A line as messages quote it: trimmed, harmless to a terminal, and cut off where it is too long.
fn quote(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let mut shown: String = text
        .chars()
        .take(QUOTED_LENGTH)
        .map(|c| if is_harmless(c) { c } else { ' ' })
        .collect();
    if text.chars().nth(QUOTED_LENGTH).is_some() {
        shown.push_str("...");
    }
    shown
}

fn quoted(number: usize, line: &[u8]) -> QuotedRule {
    QuotedRule {
        position: format!("line {number}"),
        rule: quote(line),
    }
}

impl RuleSource for LineBuffer {
    type Position = Line;
    const UNIT: Unit = Unit::Line;

    fn quote(&self, line: &Line) -> QuotedRule {
        quoted(line.number, self.bytes(line))
    }
}

/// Lines that outlive the buffer they came from, kept for messages about them.
#[derive(Default)]
pub struct KeptLines {
    bytes: Vec<u8>,
}

/// A line among those that were kept.
pub struct KeptLine {
    number: usize,
    range: Range<usize>,
}

impl KeptLines {
    /// Keeps as much of a line as a message quotes.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn keep(&mut self, buffer: &LineBuffer, line: &Line) -> Result<KeptLine, TryReserveError> {
        let bytes = buffer.bytes(line).trim_ascii();
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

impl RuleSource for KeptLines {
    type Position = KeptLine;
    const UNIT: Unit = Unit::Line;

    fn quote(&self, line: &KeptLine) -> QuotedRule {
        quoted(line.number, &self.bytes[line.range.clone()])
    }
}
