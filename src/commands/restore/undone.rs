//! What is said of a change that was refused, when those before it have been undone.

use super::error::{NotMade, RestoreError};
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::format::rules as text;
use crate::kernel::transaction::{Transaction, TransactionError};
use crate::model::Change;

pub fn rule_text(change: &Change) -> String {
    let mut line = String::new();
    text::change(&mut line, change);
    line
}

pub fn undo(transaction: &mut Transaction, session: &mut Session<'_>) -> Result<usize, Error> {
    Ok(transaction.roll_back(session.ipvs()?)?)
}

pub fn not_made(
    step: Option<String>,
    error: TransactionError,
    undone: Result<usize, Error>,
) -> RestoreError {
    RestoreError::NotMade(NotMade {
        step,
        error: Error::from(error),
        undone,
    })
}
