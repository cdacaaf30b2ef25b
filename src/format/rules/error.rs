//! What can be wrong with a line of rules.

use thiserror::Error;

use super::read::words;
use crate::cli::lexer::{Lexer, Token};
use crate::cli::usage::UsageError;

/// A line of rules that makes no sense.
#[derive(Debug, Error)]
#[error("line {number}: {line}: {error}")]
pub struct RuleLineError {
    /// The number of the line, from 1 on.
    pub number: usize,
    /// The line as [`super::lines::LineBuffer`] quotes it.
    pub line: String,
    pub error: UsageError,
}

impl RuleLineError {
    /// Whether ipvsadm 1.31 goes on to the next line after this error.
    ///
    /// It does where the line begins with a command and the words after that cannot be parsed, and where it is
    /// the kernel that does not know a name.
    pub fn is_skippable(&self) -> bool {
        let is_syntax = match self.error.mistake() {
            UsageError::UnknownOption { .. } => true,
            UsageError::MissingValue { flag } | UsageError::UnwantedValue { flag, .. } => {
                !flag.is_command()
            }
            UsageError::BadValue { problem, .. } => return problem.is_the_kernels(),
            _ => false,
        };
        // Words that belong to no flag may be anywhere in the line.
        let first =
            || Lexer::new(words(&self.line)).find(|token| !matches!(token, Ok(Token::Word(_))));
        is_syntax && matches!(first(), Some(Ok(Token::Flag(flag, _))) if flag.is_command())
    }
}
