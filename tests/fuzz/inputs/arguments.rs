//! Any words as arguments are a command, or an error that ends the call with a known status.
//!
//! In the input every word has a line of its own.

use ipvsadm::cli::command::Command;
use ipvsadm::cli::parse::parse;
use ipvsadm::cli::usage::MistakeKind;
use ipvsadm::cli::usage::UsageError;

use super::{Letters, comes_back};

pub fn check(input: &[u8]) {
    // What is no text is refused before the parser sees it.
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match parse(text.split_terminator('\n'), &Letters) {
        Ok(Command::Change(change) | Command::Ensure(change)) => comes_back(&change),
        Ok(_) => {}
        Err(error) => {
            let kind = error.kind();
            assert!(matches!(kind, MistakeKind::Syntax | MistakeKind::Meaning));
            // What it might have been meant for takes longer to find than all else together.
            if !matches!(error, UsageError::UnknownOption { .. }) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
