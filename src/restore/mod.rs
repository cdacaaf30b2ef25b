//! Restoring rules: as they come, all or none, or in the place of the table.

pub mod apply;
pub mod lock;
pub mod replace;
pub mod text;

use std::fs::File;
use std::io::{Read, stdin};

use crate::cli::Lookup;
use crate::command::{Command, Restore, RestoreMode};
use crate::error::Error;
use crate::run::Session;
use text::{Line, Text};

/// A line that failed while the run goes on.
pub struct FailedLine<'a> {
    pub number: usize,
    pub line: &'a str,
    pub error: &'a dyn std::fmt::Display,
}

/// Restores as asked.
pub fn restore(
    wanted: &Restore,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let mut input: Box<dyn Read> = match &wanted.input {
        None => Box::new(stdin().lock()),
        Some(path) => Box::new(File::open(path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?),
    };
    match wanted.mode {
        RestoreMode::Apply if !wanted.check => {
            apply::apply(&mut input, wanted.exist, names, session)
        }
        mode => {
            let rules = read_all(&mut input, wanted.exist, names, session)?;
            match mode {
                RestoreMode::Replace { dry_run } => {
                    replace::replace(&rules, wanted, dry_run, session)
                }
                _ if wanted.check => Ok(()),
                _ => replace::all_or_none(&rules, wanted, session),
            }
        }
    }
}

/// Rules that were read whole.
pub struct Rules {
    text: Text,
    commands: Vec<(Line, Command)>,
}

/// Reads rules to their end, each as if it carried `--exist` where that is asked for; every line that
/// makes no sense is reported.
///
/// # Errors
/// [`Error::BadLines`] where there was one.
fn read_all(
    input: &mut impl Read,
    exist: bool,
    names: &dyn Lookup,
    session: &mut Session<'_>,
) -> Result<Rules, Error> {
    let mut text = Text::default();
    while text.fill(input).map_err(Error::Input)? {}
    let mut commands = Vec::new();
    let mut bad = 0;
    while let Some(line) = text.next_line(true) {
        match text.parse(&line, names) {
            Ok(Some(command)) if exist => commands.push((line, command.ensured())),
            Ok(Some(command)) => commands.push((line, command)),
            Ok(None) => {}
            Err(error) => {
                bad += 1;
                session.report(&FailedLine {
                    number: error.number,
                    line: &error.line,
                    error: &error.error,
                });
            }
        }
    }
    match bad {
        0 => Ok(Rules { text, commands }),
        bad => Err(Error::BadLines { bad }),
    }
}
