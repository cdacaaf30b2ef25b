//! Plain -R: every line takes effect as it comes, as fast as the kernel takes them.

use std::fmt::Display;
use std::io::Read;

use super::error::{RestoreError, RuleFailure};
use super::{Rules, next_saved, notify, report};
use crate::cli::Lookup;
use crate::cli::command::{Print, RuleChange, RuleCommand};
use crate::commands::error::Error;
use crate::commands::keep::keep;
use crate::commands::print::print;
use crate::commands::session::Session;
use crate::format::rules::lines::{Line, LineBuffer};
use crate::format::source::RuleSource;
use crate::kernel::ipvs;
use crate::kernel::netlink::{Batch, Refusal};
use crate::model::Change;

/// Applies rules line by line while they come in.
///
/// Changes are packed into batches. A batch is sent when it is full, before a command that is not a
/// plain change, and before waiting for more input, so that a line never waits for those after it.
///
/// # Errors
/// [`RestoreError::Line`] for a line that makes no sense: the lines before it are applied, the rest is
/// not. [`RestoreError::Failed`] at the end where the kernel refused lines.
pub fn apply(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let mut lines = LineBuffer::default();
    let mut run = Run::new();
    loop {
        let more = lines.fill(input).map_err(Error::Input)?;
        loop {
            while let Some((line, change)) = next_saved(&mut lines, exist) {
                run.push(line, change, session)?;
                run.flush_full(&lines, session)?;
            }
            let Some(line) = lines.next_line(!more) else {
                break;
            };
            run.line(&lines, line, exist, names, session)?;
        }
        run.flush(&lines, session)?;
        if !more {
            return run.result();
        }
    }
}

/// Applies rules that were read whole, one after the other.
///
/// # Errors
/// [`RestoreError::Failed`] at the end where the kernel refused some.
pub fn apply_read<S: RuleSource>(
    rules: Rules<S>,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let Rules {
        source, changes, ..
    } = rules;
    let mut run = Run::new();
    for (position, rule) in changes {
        run.command(&source, position, RuleCommand::Change(rule), session)?;
    }
    run.flush(&source, session)?;
    run.result()
}

/// Carries out a rule by itself.
fn execute(command: &RuleCommand, session: &mut Session<'_>) -> Result<(), Error> {
    match command {
        RuleCommand::Change(RuleChange::Make(change)) => session.change(change),
        RuleCommand::Change(RuleChange::Ensure(change)) => session.ensure(change),
        RuleCommand::Change(RuleChange::Keep(wanted)) => keep(session, wanted),
        RuleCommand::Print(what) => print(session, what),
    }
}

/// A restore under way: the changes that wait to be sent, and its failures so far.
struct Run<S: RuleSource> {
    batch: Batch,
    waiting: Waiting<S::Position>,
    total: usize,
    failed: usize,
    /// How the last one failed.
    last: RuleFailure,
    /// Whether a rule failed because what it adds is there.
    existing: bool,
}

/// More changes than most batches have.
const EXPECTED: usize = 512;

/// The changes of a batch, with where they were read. They are kept apart so that a change, which is large, is copied
/// once, from where it was read.
struct Waiting<P> {
    positions: Vec<P>,
    changes: Vec<Change>,
}

impl<P> Default for Waiting<P> {
    fn default() -> Waiting<P> {
        Waiting {
            positions: Vec::new(),
            changes: Vec::new(),
        }
    }
}

impl<P> Waiting<P> {
    /// Nothing, with memory for about as many as a datagram holds: memory that grows is copied, and touched anew.
    fn for_many() -> Waiting<P> {
        Waiting {
            positions: Vec::with_capacity(EXPECTED),
            changes: Vec::with_capacity(EXPECTED),
        }
    }

    #[inline(always)]
    fn push(&mut self, position: P, change: &Change) {
        self.positions.push(position);
        self.changes.extend_from_slice(std::slice::from_ref(change));
    }

    fn get(&self, index: usize) -> Option<(&P, &Change)> {
        self.positions.get(index).zip(self.changes.get(index))
    }

    fn clear(&mut self) {
        self.positions.clear();
        self.changes.clear();
    }
}

impl Run<LineBuffer> {
    fn line(
        &mut self,
        lines: &LineBuffer,
        line: Line,
        exist: bool,
        names: &dyn Lookup,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        let command = match lines.parse(&line, names) {
            Ok(Some(RuleCommand::Change(rule))) if exist => RuleCommand::Change(rule.ensured()),
            Ok(Some(command)) => command,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.flush(lines, session)?;
                if !error.is_skippable() {
                    return Err(error.into());
                }
                self.total += 1;
                self.fail(lines, &line, &error.error, RuleFailure::Refused, session);
                return Ok(());
            }
        };
        notify(lines, &line, session);
        self.command(lines, line, command, session)
    }
}

impl<S: RuleSource> Run<S> {
    fn new() -> Run<S> {
        Run {
            batch: Batch::for_many(),
            waiting: Waiting::for_many(),
            total: 0,
            failed: 0,
            last: RuleFailure::Refused,
            existing: false,
        }
    }

    fn command(
        &mut self,
        source: &S,
        position: S::Position,
        command: RuleCommand,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        if let RuleCommand::Change(RuleChange::Make(change)) = command {
            self.push(position, &change, session)?;
            return self.flush_full(source, session);
        }
        self.total += 1;
        self.flush(source, session)?;
        let outcome = execute(&command, session).and_then(|()| session.flush());
        match outcome {
            Ok(()) => Ok(()),
            Err(Error::Ipvs(ipvs::Error::Refused(error))) if !error.is_permission() => {
                self.existing |= error.is_existing();
                let failure = match command {
                    RuleCommand::Print(Print::List(_)) => RuleFailure::Listing,
                    _ => RuleFailure::Refused,
                };
                self.fail(source, &position, &error, failure, session);
                Ok(())
            }
            Err(Error::Patch(error)) => {
                self.fail(source, &position, &error, RuleFailure::Refused, session);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a change to the batch.
    #[inline(always)]
    fn push(
        &mut self,
        position: S::Position,
        change: &Change,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        self.total += 1;
        session.ipvs()?.push(&mut self.batch, change);
        self.waiting.push(position, change);
        Ok(())
    }

    /// Sends the batch where it is full.
    #[inline(always)]
    fn flush_full(&mut self, source: &S, session: &mut Session<'_>) -> Result<(), RestoreError> {
        match self.batch.is_full() {
            true => self.flush(source, session),
            false => Ok(()),
        }
    }

    /// Sends the batch and reports which of its changes failed.
    fn flush(&mut self, source: &S, session: &mut Session<'_>) -> Result<(), RestoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let first = self.batch.first_sequence();
        let mut refusals: Vec<(u32, Refusal)> = Vec::new();
        session
            .ipvs()?
            .exchange(&mut self.batch, |sequence, refusal| {
                refusals.push((sequence, refusal));
            })
            .map_err(|error| self.unanswered(source, error))?;
        let waiting = std::mem::take(&mut self.waiting);
        for (sequence, refusal) in refusals {
            let index = sequence.wrapping_sub(first) as usize;
            if let Some((position, change)) = waiting.get(index) {
                let error = session.ipvs()?.refused(change, refusal);
                if error.is_permission() {
                    return Err(error.into());
                }
                self.existing |= error.is_existing();
                self.fail(source, position, &error, RuleFailure::Refused, session);
            }
        }
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    /// The same error, with the rules of which it is not known whether they were applied.
    fn unanswered(&self, source: &S, error: ipvs::Error) -> RestoreError {
        let positions = &self.waiting.positions;
        match (error, positions.first(), positions.last()) {
            (ipvs::Error::Socket(error), Some(first), Some(last)) if !error.is_unsent() => {
                RestoreError::Unanswered {
                    first: source.quote(first).position,
                    last: source.quote(last).position,
                    error,
                }
            }
            (error, ..) => error.into(),
        }
    }

    fn fail(
        &mut self,
        source: &S,
        position: &S::Position,
        error: &dyn Display,
        failure: RuleFailure,
        session: &mut Session<'_>,
    ) {
        self.failed += 1;
        self.last = failure;
        report(session, &source.quote(position), error);
    }

    fn result(self) -> Result<(), RestoreError> {
        match self.failed {
            0 => Ok(()),
            failed => Err(RestoreError::Failed {
                failed,
                total: self.total,
                unit: S::UNIT,
                last: self.last,
                existing: self.existing,
            }),
        }
    }
}
