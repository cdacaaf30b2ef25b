//! Any bytes as rules: read in pieces of any size they mean the same, and so does what was read of
//! them when it is written again. What the fast path makes of a line, the parser of all options does too.
//!
//! The first byte of the input is the size of the pieces.

use std::io::{self, Read};

use ipvsadm::cli::command::{RuleChange, RuleCommand};
use ipvsadm::cli::usage::UsageError;
use ipvsadm::format::encoding::is_utf16;
use ipvsadm::format::rules::error::RuleLineError;
use ipvsadm::format::rules::lines::LineBuffer;
use ipvsadm::model::diff::plan;
use ipvsadm::model::ruleset::Ruleset;
use ipvsadm::model::scope::EVERYTHING;

use super::{Letters, comes_back, is_harmless};

pub fn check(input: &[u8]) {
    let Some((size, bytes)) = input.split_first() else {
        return;
    };
    let whole = read(bytes, usize::MAX);
    assert_eq!(whole, read(bytes, usize::from(*size).max(1)));

    let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
    let numbers: Vec<usize> = whole.iter().map(|line| line.number).collect();
    if is_utf16(bytes) {
        // The first line is reported, and the others are not read.
        assert_eq!(numbers, [1]);
        return;
    }
    assert_eq!(numbers, (1..=lines).collect::<Vec<_>>());

    let mut wanted = Ruleset::default();
    for line in &whole {
        let change = match &line.outcome {
            Ok(Some(RuleCommand::Change(RuleChange::Make(change)))) => Some(*change),
            Ok(Some(RuleCommand::Change(RuleChange::Ensure(change)))) => wanted.left_to_do(change),
            _ => None,
        };
        if let Some(change) = change {
            comes_back(&change);
            // Where the kernel would refuse it, nothing is wanted.
            let _ = wanted.apply(&change);
        }
    }
    leads_to(&wanted);
}

/// What was made of one line.
#[derive(Debug, PartialEq)]
struct Line {
    number: usize,
    outcome: Result<Option<RuleCommand>, Failure>,
}

#[derive(Debug, PartialEq)]
struct Failure {
    shown: String,
    error: UsageError,
    skippable: bool,
}

impl From<RuleLineError> for Failure {
    fn from(error: RuleLineError) -> Failure {
        assert!(is_harmless(&error.line));
        Failure {
            skippable: error.is_skippable(),
            shown: error.line,
            error: error.error,
        }
    }
}

fn read(bytes: &[u8], size: usize) -> Vec<Line> {
    let mut input = Pieces { bytes, size };
    let mut buffer = LineBuffer::default();
    let mut lines = Vec::new();
    let mut more = true;
    while more {
        more = buffer
            .fill(&mut input)
            .expect("bytes in memory can be read");
        loop {
            let saved = buffer.next_saved();
            let (line, change) = match saved.map(|(line, change)| (line, Some(*change))) {
                Some(next) => next,
                None => match buffer.next_line(!more) {
                    Some(line) => (line, None),
                    None => break,
                },
            };
            let outcome = buffer.parse(&line, &Letters).map_err(Failure::from);
            if let Some(change) = change {
                let rule = RuleCommand::Change(RuleChange::Make(change));
                assert_eq!(outcome, Ok(Some(rule)));
            }
            lines.push(Line {
                number: line.number,
                outcome,
            });
        }
    }
    lines
}

/// A reader that gives at most so many bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

/// The plan for an empty table is possible step by step, and leaves nothing to do.
fn leads_to(wanted: &Ruleset) {
    let mut running = Ruleset::default();
    running.daemons = wanted.daemons.as_ref().map(|_| Vec::new());
    for change in plan(&running, wanted, &EVERYTHING).changes() {
        let done = running.apply(change);
        assert!(done.is_ok(), "{change:?}: {done:?}");
    }
    assert_eq!(plan(&running, wanted, &EVERYTHING).changes().count(), 0);
}
