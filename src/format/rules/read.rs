//! The command of one line of rules; no I/O.

use crate::cli::Lookup;
use crate::cli::command::{Print, RuleChange, RuleCommand};
use crate::cli::flags::Flag;
use crate::cli::parse::parse_rule;
use crate::cli::usage::UsageError;

/// The command of one line; `None` where it is blank or a comment.
///
/// # Errors
/// The first mistake in the line.
pub fn parse_line(line: &str, names: &dyn Lookup) -> Result<Option<RuleCommand>, UsageError> {
    let mut words = words(line).peekable();
    match words.peek() {
        None => return Ok(None),
        Some(word) if word.starts_with('#') => return Ok(None),
        Some(_) => {}
    }
    let command = parse_rule(words, names);
    command
        .map(Some)
        .map_err(|error| error.with_typo(self::words(line)))
}

/// The same of a line that need not be UTF-8: a comment may be in any encoding.
///
/// # Errors
/// As [`parse_line`], and [`UsageError::NotText`].
pub fn parse_bytes(line: &[u8], names: &dyn Lookup) -> Result<Option<RuleCommand>, UsageError> {
    if line.trim_ascii_start().starts_with(b"#") {
        return Ok(None);
    }
    match std::str::from_utf8(line) {
        Ok(text) => parse_line(text, names),
        Err(_) => Err(UsageError::NotText(
            String::from_utf8_lossy(line).into_owned(),
        )),
    }
}

/// The words of a line, without those that are the program's name, which ipvsadm 1.31 ignores anywhere in a line.
pub fn words(line: &str) -> impl Iterator<Item = &str> + Clone {
    line.split_ascii_whitespace()
        .filter(|word| *word != "ipvsadm")
}

/// The change that a rule asks for, where rules are taken whole.
///
/// # Errors
/// [`UsageError::OnlyChanges`] for a rule that prints something.
pub fn only_change(command: RuleCommand) -> Result<RuleChange, UsageError> {
    let flag = match command {
        RuleCommand::Change(rule) => return Ok(rule),
        RuleCommand::Print(Print::List(_)) => Flag::List,
        RuleCommand::Print(Print::Save(_)) => Flag::Save,
        RuleCommand::Print(Print::Help) => Flag::Help,
        RuleCommand::Print(Print::Version) => Flag::Version,
    };
    Err(UsageError::OnlyChanges(flag))
}
