//! Restoring rules: as they come, all or none, or in the place of the table.

pub mod apply;
pub mod error;
pub mod json;
mod makers;
pub mod replace;
pub mod saved;
pub mod text;

use std::collections::TryReserveError;
use std::fs::File;
use std::io::{self, Read, stdin};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{fstat, makedev};

use self::error::{RestoreError, Unit};
use crate::cli::Lookup;
use crate::cli::command::{Print, Restore, RestoreMode, RuleChange, RuleCommand};
use crate::cli::flags::Flag;
use crate::cli::usage::UsageError;
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::model::ruleset::Ruleset;
use crate::sys::lock;
use saved::Saved;
use text::{Line, Lines, Text};

/// What rules are read from.
pub trait Source {
    /// Where a rule stands in it.
    type Place;
    /// What a rule is called.
    const UNIT: Unit;

    /// A rule as an error shows it.
    fn show(&self, place: &Self::Place) -> Shown;

    /// What is configured before the first rule.
    fn beginning(&self) -> Ruleset {
        Ruleset::default()
    }
}

/// A rule as an error shows it.
pub struct Shown {
    /// Where it stands: `line 3`, `services[0].servers[2]`.
    pub place: String,
    /// As a command line.
    pub rule: String,
}

/// A rule that failed while the run goes on.
pub struct FailedRule<'a> {
    pub shown: Shown,
    pub error: &'a dyn std::fmt::Display,
}

impl FailedRule<'_> {
    /// Reports it to the user.
    fn report(&self, session: &mut Session<'_>) {
        let Shown { place, rule } = &self.shown;
        session.notice(&format!("{place}: {rule}: {}", self.error));
    }
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

/// Makes of rules what the mode says, which is not to apply one after the other.
fn take_whole<S: Source>(
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
pub struct Rules<S: Source> {
    source: S,
    /// Those that make sense, in order.
    changes: Vec<(S::Place, RuleChange)>,
    /// How many make no sense; each was reported.
    bad: usize,
}

impl<S: Source> Rules<S> {
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
/// makes no sense is reported. They are to be taken whole, so each must be a change.
///
/// # Errors
/// [`Error::Input`] where they cannot be read, or where there is no memory for them.
fn read_all(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<Rules<Lines>, RestoreError> {
    let mut text = Text::default();
    let mut saved = Saved::default();
    let mut rules = Rules {
        source: Lines::default(),
        changes: Vec::new(),
        bad: 0,
    };
    loop {
        let more = text.fill(input).map_err(Error::Input)?;
        while let Some(line) = text.next_line(!more) {
            let rule = match saved.change(text.bytes(&line)).filter(|_| !exist) {
                Some(change) => Ok(Some(RuleChange::Make(change))),
                None => {
                    change_of_line(&text, &line, names).inspect(|_| text.notices(&line, session))
                }
            };
            match rule {
                Ok(Some(rule)) => {
                    let rule = if exist { rule.ensured() } else { rule };
                    keep(&mut rules, &text, &line, rule)
                        .map_err(|error| out_of_memory(&line, &error))?;
                }
                Ok(None) => {}
                Err(error) => {
                    rules.bad += 1;
                    let shown = text.show(&line);
                    FailedRule {
                        shown,
                        error: &error,
                    }
                    .report(session);
                }
            }
        }
        if !more {
            return Ok(rules);
        }
    }
}

fn change_of_line(
    text: &Text,
    line: &Line,
    names: &dyn Lookup,
) -> Result<Option<RuleChange>, UsageError> {
    let command = text.parse(line, names).map_err(|error| error.error)?;
    command.map(only_change).transpose()
}

/// What rules that are taken whole can ask for.
fn only_change(command: RuleCommand) -> Result<RuleChange, UsageError> {
    let flag = match command {
        RuleCommand::Change(rule) => return Ok(rule),
        RuleCommand::Print(Print::List(_)) => Flag::List,
        RuleCommand::Print(Print::Save(_)) => Flag::Save,
        RuleCommand::Print(Print::Help) => Flag::Help,
        RuleCommand::Print(Print::Version) => Flag::Version,
    };
    Err(UsageError::OnlyChanges(flag))
}

fn keep(
    rules: &mut Rules<Lines>,
    text: &Text,
    line: &Line,
    rule: RuleChange,
) -> Result<(), TryReserveError> {
    let place = rules.source.keep(text, line)?;
    rules.changes.try_reserve(1)?;
    rules.changes.push((place, rule));
    Ok(())
}

fn out_of_memory(line: &Line, error: &TryReserveError) -> Error {
    let text = format!(
        "line {}: {error}; nothing was changed, and what follows was not read",
        line.number
    );
    Error::Input(io::Error::new(io::ErrorKind::OutOfMemory, text))
}
