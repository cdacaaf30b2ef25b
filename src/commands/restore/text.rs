//! Rules as text: the input in pieces, its lines, and the command of each.

use std::io::{self, Read};
use std::ops::Range;

use super::{Shown, Source};
use crate::cli::Lookup;
use crate::cli::flags::Flag;
use crate::cli::parse::parse;
use crate::cli::reader::{Reader, Token};
use crate::cli::usage::UsageError;
use crate::command::{Command, List};
use crate::error::{LineError, Unit};
use crate::terminal::is_harmless;

/// Bytes that one read asks for: their rules fit about one datagram of requests.
const READ_LENGTH: usize = 16 * 1024;

/// More bytes than a rule has, as a rule.
const LINE_LENGTH: usize = 1024;

/// Characters of a line that an error shows; the longest rule has 200.
const SHOWN_LENGTH: usize = 300;

/// The command of one line; `None` where it is blank or a comment.
pub fn parse_line(line: &str, names: &dyn Lookup) -> Result<Option<Command>, UsageError> {
    let mut words = words(line).peekable();
    if words.peek().is_some_and(|word| word.starts_with('#')) {
        return Ok(None);
    }
    if words.peek().is_none() {
        return Ok(None);
    }
    match parse(words, names)? {
        Command::Restore(_) => Err(UsageError::NotInRules(Flag::Restore)),
        // It would keep the lines behind it waiting.
        Command::List(List { watch: Some(_), .. }) => Err(UsageError::NotInRules(Flag::Watch)),
        Command::Drain(_) => Err(UsageError::NotInRules(Flag::Drain)),
        Command::Ramp(_) => Err(UsageError::NotInRules(Flag::Ramp)),
        command => Ok(Some(command)),
    }
}

/// The words of a line. Each that is the program's name is passed over, as in ipvsadm 1.31.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_ascii_whitespace()
        .filter(|word| *word != "ipvsadm")
}

/// Whether the run goes on behind a line that makes no sense: as in ipvsadm 1.31, where the line begins with a
/// command, and the words behind it cannot be taken apart.
pub fn goes_on(error: &LineError) -> bool {
    let apart = match &error.error {
        UsageError::UnknownOption { .. } => true,
        UsageError::MissingValue { flag } | UsageError::UnwantedValue { flag, .. } => {
            !flag.is_command()
        }
        _ => false,
    };
    let first = || Reader::new(words(&error.line)).next();
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
}

/// Where a line stands.
#[derive(Clone)]
pub struct Line {
    pub number: usize,
    range: Range<usize>,
}

impl Text {
    /// Drops what was worked off and reads once; false at the end of the input.
    pub fn fill(&mut self, input: &mut impl Read) -> io::Result<bool> {
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
    pub fn next_line(&mut self, at_end: bool) -> Option<Line> {
        let rest = &self.bytes[self.position..self.filled];
        let found = memchr::memchr(b'\n', &rest[self.searched..]);
        let (length, end) = match found.map(|behind| self.searched + behind) {
            Some(length) => (length, length + 1),
            None if at_end && !rest.is_empty() => (rest.len(), rest.len()),
            None => {
                self.searched = rest.len();
                return None;
            }
        };
        self.searched = 0;
        let range = self.position..self.position + length;
        self.position += end;
        self.lines += 1;
        Some(Line {
            number: self.lines,
            range,
        })
    }

    /// The bytes of a line.
    pub fn bytes(&self, line: &Line) -> &[u8] {
        &self.bytes[line.range.clone()]
    }

    pub fn parse(&self, line: &Line, names: &dyn Lookup) -> Result<Option<Command>, LineError> {
        let bytes = self.bytes(line);
        // A comment may be in any encoding.
        if bytes.trim_ascii_start().starts_with(b"#") {
            return Ok(None);
        }
        let parsed = match std::str::from_utf8(bytes) {
            Ok(text) => parse_line(text, names),
            Err(_) => Err(UsageError::NotText(
                String::from_utf8_lossy(bytes).into_owned(),
            )),
        };
        parsed.map_err(|error| LineError {
            number: line.number,
            line: self.quote(line),
            error,
        })
    }

    /// A line for an error: without its blanks, harmless to a terminal, and cut off where it is too long.
    fn quote(&self, line: &Line) -> String {
        let text = String::from_utf8_lossy(&self.bytes[line.range.clone()]);
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
}

impl Source for Text {
    type Place = Line;
    const UNIT: Unit = Unit::Line;

    fn show(&self, line: &Line) -> Shown {
        Shown {
            place: format!("line {}", line.number),
            rule: self.quote(line),
        }
    }
}
