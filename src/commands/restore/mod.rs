//! Restoring rules: as they come, all or none, or in the place of the table.

pub mod apply;
pub mod json;
pub mod replace;
pub mod saved;
pub mod text;

use std::fs::File;
use std::io::{self, Read, stdin};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{fstat, makedev};

use crate::cli::Lookup;
use crate::command::{Command, Restore, RestoreMode};
use crate::commands::session::Session;
use crate::error::{Error, Unit};
use crate::ruleset::Ruleset;
use crate::sys::lock;
use saved::Saved;
use text::Text;

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

/// Restores as asked.
pub fn restore(
    wanted: &Restore,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let replaces = matches!(wanted.mode, RestoreMode::Replace { .. });
    if wanted.input.is_none() && replaces && stdin_is_closed() {
        // Read as no rules, it would clear the table.
        return Err(Error::Input(io::Error::other("standard input is closed")));
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
            &read_all(&mut input, wanted.exist, names, session)?,
            wanted,
            session,
        ),
        (true, true) => apply::apply_read(json::read(&mut input, wanted, session)?, session),
        (true, false) => take_whole(&json::read(&mut input, wanted, session)?, wanted, session),
    }
}

/// Makes of rules what the mode says, which is not to apply one after the other.
fn take_whole<S: Source>(
    rules: &Rules<S>,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    match wanted.mode {
        RestoreMode::Replace { dry_run } => replace::replace(rules, wanted, dry_run, session),
        _ if wanted.check => Ok(()),
        _ => replace::all_or_none(rules, wanted, session),
    }
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
    commands: Vec<(S::Place, Command)>,
}

impl<S: Source> Rules<S> {
    /// What they say, in order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().map(|(_, command)| command)
    }
}

/// Reads rules to their end, each as if it carried `--exist` where that is asked for; every line that
/// makes no sense is reported.
///
/// # Errors
/// [`Error::BadRules`] where there was one.
fn read_all(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<Rules<Text>, Error> {
    let mut text = Text::default();
    while text.fill(input).map_err(Error::Input)? {}
    let mut commands = Vec::new();
    let mut bad = 0;
    let mut saved = Saved::default();
    while let Some(line) = text.next_line(true) {
        if !exist && let Some(change) = saved.change(text.bytes(&line)) {
            commands.push((line, Command::Change(change)));
            continue;
        }
        match text.parse(&line, names) {
            Ok(Some(command)) if exist => commands.push((line, command.ensured())),
            Ok(Some(command)) => commands.push((line, command)),
            Ok(None) => {}
            Err(error) => {
                bad += 1;
                session.report(&FailedRule {
                    shown: text.show(&line),
                    error: &error.error,
                });
            }
        }
    }
    match bad {
        0 => Ok(Rules {
            source: text,
            commands,
        }),
        bad => Err(Error::BadRules {
            bad,
            unit: Text::UNIT,
        }),
    }
}
