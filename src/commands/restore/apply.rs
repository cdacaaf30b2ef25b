//! Plain -R: every line takes effect as it comes, as fast as the kernel takes them.

use std::fmt::Display;
use std::io::Read;

use super::error::{RestoreError, RuleFailure};
use super::saved::Saved;
use super::text::{self, Line, Text};
use super::{FailedRule, Rules, Source};
use crate::cli::Lookup;
use crate::cli::command::{Print, RuleChange, RuleCommand};
use crate::commands::error::Error;
use crate::commands::print::print;
use crate::commands::session::Session;
use crate::kernel::ipvs;
use crate::kernel::netlink::{Batch, Refusal};
use crate::model::Change;

/// Applies rules line by line while they come in.
///
/// Changes are packed into batches. A batch goes out when it is full, before a command that is no
/// plain change, and before waiting for more input, so that a line never waits for those behind it.
///
/// # Errors
/// [`RestoreError::Line`] for a line that makes no sense: what stands before it is applied, the rest is
/// not. [`RestoreError::Failed`] at the end where the kernel refused lines.
pub fn apply(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let mut text = Text::default();
    let mut run = Run::new();
    loop {
        let more = text.fill(input).map_err(Error::Input)?;
        while let Some(line) = text.next_line(!more) {
            run.line(&text, line, exist, names, session)?;
        }
        run.flush(&text, session)?;
        if !more {
            return run.result();
        }
    }
}

/// Applies rules that were read whole, one after the other.
///
/// # Errors
/// [`RestoreError::Failed`] at the end where the kernel refused some.
pub fn apply_read<S: Source>(
    rules: Rules<S>,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let Rules {
        source, changes, ..
    } = rules;
    let mut run = Run::new();
    for (place, rule) in changes {
        run.command(&source, place, RuleCommand::Change(rule), session)?;
    }
    run.flush(&source, session)?;
    run.result()
}

/// Carries out a rule by itself.
fn execute(command: &RuleCommand, session: &mut Session<'_>) -> Result<(), Error> {
    match command {
        RuleCommand::Change(RuleChange::Make(change)) => session.change(change),
        RuleCommand::Change(RuleChange::Ensure(change)) => session.ensure(change),
        RuleCommand::Print(what) => print(session, what),
    }
}

/// A restore under way: the changes that wait to be sent, and how it went so far.
struct Run<S: Source> {
    saved: Saved,
    batch: Batch,
    waiting: Vec<(S::Place, Change)>,
    total: usize,
    failed: usize,
    /// How the last one failed.
    last: RuleFailure,
    /// Whether a rule failed because what it adds is there.
    existing: bool,
}

impl Run<Text> {
    fn line(
        &mut self,
        text: &Text,
        line: Line,
        exist: bool,
        names: &dyn Lookup,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        let saved = (!exist).then(|| self.saved.change(text.bytes(&line)));
        if let Some(change) = saved.flatten() {
            return self.change(text, line, change, session);
        }
        let command = match text.parse(&line, names) {
            Ok(Some(RuleCommand::Change(rule))) if exist => RuleCommand::Change(rule.ensured()),
            Ok(Some(command)) => command,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.flush(text, session)?;
                if !text::goes_on(&error) {
                    return Err(error.into());
                }
                self.total += 1;
                self.fail(text, &line, &error.error, RuleFailure::Refused, session);
                return Ok(());
            }
        };
        text.notices(&line, session);
        self.command(text, line, command, session)
    }
}

impl<S: Source> Run<S> {
    fn new() -> Run<S> {
        Run {
            saved: Saved::default(),
            batch: Batch::for_many(),
            waiting: Vec::new(),
            total: 0,
            failed: 0,
            last: RuleFailure::Refused,
            existing: false,
        }
    }

    fn command(
        &mut self,
        source: &S,
        place: S::Place,
        command: RuleCommand,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        if let RuleCommand::Change(RuleChange::Make(change)) = command {
            return self.change(source, place, change, session);
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
                self.fail(source, &place, &error, failure, session);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Packs a change, and sends what waits where it is enough.
    fn change(
        &mut self,
        source: &S,
        place: S::Place,
        change: Change,
        session: &mut Session<'_>,
    ) -> Result<(), RestoreError> {
        self.total += 1;
        session.ipvs()?.push(&mut self.batch, &change);
        self.waiting.push((place, change));
        if self.batch.is_full() {
            self.flush(source, session)?;
        }
        Ok(())
    }

    /// Sends what waits and reports what failed of it.
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
            if let Some((place, change)) = waiting.get(index) {
                let error = session.ipvs()?.refused(change, refusal);
                if error.is_permission() {
                    return Err(error.into());
                }
                self.existing |= error.is_existing();
                self.fail(source, place, &error, RuleFailure::Refused, session);
            }
        }
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    /// The same error, with the rules of which it cannot be told whether they were applied.
    fn unanswered(&self, source: &S, error: ipvs::Error) -> RestoreError {
        match (error, self.waiting.first(), self.waiting.last()) {
            (ipvs::Error::Socket(error), Some((first, _)), Some((last, _)))
                if !error.is_unsent() =>
            {
                RestoreError::Unanswered {
                    first: source.show(first).place,
                    last: source.show(last).place,
                    error,
                }
            }
            (error, ..) => error.into(),
        }
    }

    fn fail(
        &mut self,
        source: &S,
        place: &S::Place,
        error: &dyn Display,
        failure: RuleFailure,
        session: &mut Session<'_>,
    ) {
        self.failed += 1;
        self.last = failure;
        let shown = source.show(place);
        FailedRule { shown, error }.report(session);
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
