//! Restoring rules: each as it is read, all or none, or in place of the table.

pub mod apply;
pub mod error;
pub mod json;
mod last_rules;
pub mod replace;
mod steps;
mod undone;

use std::collections::TryReserveError;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, stdin};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{fstat, makedev};

use self::error::{OutsideScope, RestoreError};
use crate::cli::Lookup;
use crate::cli::command::{Restore, RestoreMode, RuleChange};
use crate::cli::usage::UsageError;
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::format::rules::lines::{KeptLines, Line, LineBuffer};
use crate::format::rules::read::only_change;
use crate::format::source::{QuotedRule, RuleSource};
use crate::model::Change;
use crate::sys::lock;

/// Reports a rule that failed while the run goes on.
fn report(session: &mut Session<'_>, quoted: &QuotedRule, error: &dyn Display) {
    let QuotedRule { position, rule } = quoted;
    session.notice(&format!("{position}: {rule}: {error}"));
}

/// Restores as asked.
pub fn restore(
    wanted: &Restore,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let replaces = matches!(wanted.mode, RestoreMode::Replace { .. });
    if wanted.input.is_none() && replaces && stdin_is_closed() {
        // Read as no rules, it would clear the table.
        return Err(Error::Input(io::Error::other("standard input is closed")).into());
    }
    let mut input: Box<dyn Read> = match &wanted.input {
        None => Box::new(stdin().lock()),
        Some(path) => Box::new(File::open(path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?),
    };
    let one_by_one = wanted.mode == RestoreMode::Apply && !wanted.check;
    match (wanted.json, one_by_one) {
        (false, true) => apply::apply(&mut input, wanted.exist, names, session),
        (false, false) => take_whole(
            read_all(&mut input, wanted.exist, names, session)?,
            wanted,
            session,
        ),
        (true, true) => apply::apply_read(json::read(&mut input, wanted, session)?, session),
        (true, false) => take_whole(json::read(&mut input, wanted, session)?, wanted, session),
    }
}

/// Carries out rules that were read whole: only verifies them, replaces the table, or applies all or none.
fn take_whole<S: RuleSource>(
    rules: Rules<S>,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    if let RestoreMode::Replace { dry_run } = wanted.mode {
        return replace::replace(rules, wanted, dry_run, session);
    }
    rules.all_make_sense()?;
    if wanted.check {
        return Ok(());
    }
    replace::all_or_none(&rules, wanted, session)
}

/// Whether the caller closed standard input. Before `main`, Rust opens /dev/null in its place, for reading
/// and writing; who means to read nothing opens it for reading.
fn stdin_is_closed() -> bool {
    let mode = fcntl(stdin(), FcntlArg::F_GETFL).map(|flags| flags & OFlag::O_ACCMODE.bits());
    let device = fstat(stdin()).map(|stat| stat.st_rdev);
    mode == Ok(OFlag::O_RDWR.bits()) && device == Ok(makedev(1, 3))
}

/// Rules that were read whole.
pub struct Rules<S: RuleSource> {
    source: S,
    /// Those that make sense, in order.
    changes: Vec<(S::Position, RuleChange)>,
    /// How many make no sense; each was reported.
    bad: usize,
}

impl<S: RuleSource> Rules<S> {
    /// What they say, in order.
    pub fn changes(&self) -> impl Iterator<Item = &RuleChange> {
        self.changes.iter().map(|(_, rule)| rule)
    }

    /// # Errors
    /// [`RestoreError::BadRules`] where a rule makes no sense.
    fn all_make_sense(&self) -> Result<(), RestoreError> {
        match self.bad {
            0 => Ok(()),
            bad => Err(RestoreError::BadRules { bad, unit: S::UNIT }),
        }
    }
}

/// Reads rules to their end, each as if it carried `--exist` where that is asked for; every line that
/// makes no sense is reported. They are to be taken whole, so each must be a change, and within the scope.
///
/// # Errors
/// [`Error::Input`] where they cannot be read, or there is not enough memory.
fn read_all(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<Rules<KeptLines>, RestoreError> {
    let scope = session.scope();
    let mut lines = LineBuffer::default();
    let mut rules = Rules {
        source: KeptLines::default(),
        changes: Vec::new(),
        bad: 0,
    };
    loop {
        let more = lines.fill(input).map_err(Error::Input)?;
        loop {
            let (line, rule) = if let Some((line, change)) = next_saved(&mut lines, exist) {
                (line, Ok(Some(RuleChange::Make(*change))))
            } else if let Some(line) = lines.next_line(!more) {
                let rule = change_of_line(&lines, &line, names)
                    .inspect(|_| notify(&lines, &line, session));
                (line, rule)
            } else {
                break;
            };
            match rule {
                Ok(Some(rule)) if !rule.is_within(scope) => {
                    rules.bad += 1;
                    report(session, &lines.quote(&line), &OutsideScope(scope));
                }
                Ok(Some(rule)) => {
                    let rule = if exist { rule.ensured() } else { rule };
                    keep(&mut rules, &lines, &line, rule)
                        .map_err(|error| out_of_memory(&line, &error))?;
                }
                Ok(None) => {}
                Err(error) => {
                    rules.bad += 1;
                    report(session, &lines.quote(&line), &error);
                }
            }
        }
        if !more {
            return Ok(rules);
        }
    }
}

/// The next line, where it is of the form that is read in one pass: with `--exist`, none is.
#[inline(always)]
fn next_saved(lines: &mut LineBuffer, exist: bool) -> Option<(Line, &Change)> {
    if exist { None } else { lines.next_saved() }
}

/// Reports what is unusual about a valid line.
fn notify(lines: &LineBuffer, line: &Line, session: &mut Session<'_>) {
    for notice in lines.notices(line) {
        session.notice(&format!("line {}: {notice}", line.number));
    }
}

fn change_of_line(
    lines: &LineBuffer,
    line: &Line,
    names: &dyn Lookup,
) -> Result<Option<RuleChange>, UsageError> {
    let command = lines.parse(line, names).map_err(|error| error.error)?;
    command.map(only_change).transpose()
}

fn keep(
    rules: &mut Rules<KeptLines>,
    lines: &LineBuffer,
    line: &Line,
    rule: RuleChange,
) -> Result<(), TryReserveError> {
    let position = rules.source.keep(lines, line)?;
    rules.changes.try_reserve(1)?;
    rules.changes.push((position, rule));
    Ok(())
}

fn out_of_memory(line: &Line, error: &TryReserveError) -> Error {
    let text = format!(
        "line {}: {error}; nothing was changed, and what follows was not read",
        line.number
    );
    Error::Input(io::Error::new(io::ErrorKind::OutOfMemory, text))
}
