//! The words of a whole call, and those of one line of rules.

use super::Typed;
use crate::cli::Lookup;
use crate::cli::command::{Command, Invocation, Print, RuleChange, RuleCommand};
use crate::cli::flags::Flag;
use crate::cli::legality::{self, COLOR, REPORT, RESTORE_PROGRAM, SCOPE, WHOLE_CALL};
use crate::cli::lexer::{Lexer, Token};
use crate::cli::notice;
use crate::cli::usage::UsageError;
use crate::model::scope::Scope;

/// Reads the words of a whole call, without the program's name. No words list the table.
pub fn parse_call<'a>(
    words: impl Iterator<Item = &'a str> + Clone,
    names: &dyn Lookup,
) -> Result<Invocation, UsageError> {
    let mut typed = Typed::default();
    let command = typed
        .read(words.clone(), names)
        .map_err(|error| match error {
            UsageError::SeveralCommands {
                first: command,
                second: second @ Flag::Help,
            } => UsageError::HelpAsWell { command, second },
            error => error.with_typo(words.clone()),
        })?;
    Ok(Invocation {
        command,
        notices: notice::find(words),
        netns: typed.netns.map(str::to_owned),
        verbosity: typed.verbosity(),
        report: typed.report(),
        scope: typed.scope,
    })
}

/// Reads the words of one command, such as a line of rules, which has no options of a whole call.
pub fn parse<'a>(
    words: impl Iterator<Item = &'a str> + Clone,
    names: &dyn Lookup,
) -> Result<Command, UsageError> {
    let mut typed = Typed::default();
    let command = typed.read(words, names)?;
    let options = [WHOLE_CALL, SCOPE, REPORT, COLOR].map(|group| group.options);
    match options
        .into_iter()
        .flatten()
        .find(|flag| typed.seen.has(**flag))
    {
        None => Ok(command),
        Some(&flag) => Err(UsageError::Unsuitable {
            flag,
            why: "applies to a whole call, not to one line of rules",
        }),
    }
}

/// Reads the words of a line of rules, which can do less than a command line: see [`RuleCommand`].
pub fn parse_rule<'a>(
    words: impl Iterator<Item = &'a str> + Clone,
    names: &dyn Lookup,
) -> Result<RuleCommand, UsageError> {
    // Each command is named, with all of its parts, so that a new one must be decided on here.
    match parse(words, names)? {
        Command::Change(change) => Ok(RuleCommand::Change(RuleChange::Make(change))),
        Command::Ensure(change) => Ok(RuleCommand::Change(RuleChange::Ensure(change))),
        Command::Keep(keep) => Ok(RuleCommand::Change(RuleChange::Keep(keep))),
        Command::List(list) => Ok(RuleCommand::Print(Print::List(list))),
        Command::Save(save) => Ok(RuleCommand::Print(Print::Save(save))),
        Command::Help => Ok(RuleCommand::Print(Print::Help)),
        Command::Version => Ok(RuleCommand::Print(Print::Version)),
        Command::Within(_) => Err(UsageError::NotInRules(Flag::Only)),
        Command::Watch(..) => Err(UsageError::NotInRules(Flag::Watch)),
        Command::SaveFile(..) => Err(UsageError::NotInRules(Flag::Output)),
        Command::Drain(_) => Err(UsageError::NotInRules(Flag::Drain)),
        Command::Ramp(_) | Command::KeepRamp(..) => Err(UsageError::NotInRules(Flag::Ramp)),
        Command::Restore(_) => Err(UsageError::NotInRules(Flag::Restore)),
        Command::Diagnose(_) => Err(UsageError::NotInRules(Flag::Diagnose)),
    }
}

/// Reads the words of `ipvsadm-restore`: a replacement of the table, with those options of `-R --replace` that
/// [`RESTORE_PROGRAM`] has.
pub fn parse_restore_call<'a>(
    words: impl Iterator<Item = &'a str>,
    names: &dyn Lookup,
) -> Result<Invocation, UsageError> {
    let mut typed = Typed::default();
    typed.seen.note(Flag::Replace)?;
    for token in Lexer::new(words) {
        match token? {
            Token::Flag(flag, value) if RESTORE_PROGRAM.contains(&flag) => {
                typed.seen.note(flag)?;
                typed.take_option(flag, value, names)?;
            }
            Token::Flag(Flag::Help, _) => return Ok(Invocation::plain(Command::Help)),
            // It means nothing here, and ipvsadm-restore of 1.31 took it.
            Token::Flag(Flag::Numeric, _) => {}
            Token::Flag(flag, _) => return Err(UsageError::NotOfRestore(flag)),
            Token::Word(word) => return Err(UsageError::RestoreOperand(word.to_owned())),
        }
    }
    legality::check(Flag::Restore, &typed.seen)?;
    let mut restore = typed.restore();
    restore.partial = true;
    Ok(Invocation {
        notices: Vec::new(),
        command: Command::Restore(restore),
        netns: typed.netns.map(str::to_owned),
        verbosity: typed.verbosity(),
        scope: Scope::default(),
        report: typed.report(),
    })
}
