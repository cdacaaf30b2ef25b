//! Restoring from a JSON document.

#[cfg(test)]
mod tests;

use std::io::Read;

use super::error::{OutsideScope, RestoreError};
use super::{Rules, report};
use crate::cli::command::{Restore, RestoreMode};
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::format::json::error::ReadError;
use crate::format::json::read::{Document, DocumentSource};
use crate::format::source::RuleSource;

/// Reads a document to its end and reports every value that makes no sense.
///
/// # Errors
/// [`RestoreError::Document`] where it is not a document, [`RestoreError::BadRules`] where a value makes no sense.
pub fn read(
    input: &mut impl Read,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<Rules<DocumentSource>, RestoreError> {
    let document = Document::read(input)?;
    if matches!(wanted.mode, RestoreMode::Replace { .. }) {
        document.require_services()?;
    }
    let scope = session.scope();
    let mut changes = Vec::new();
    let mut bad = 0;
    if let Some(quoted) = document
        .without_daemons()
        .filter(|_| !scope.is_everything())
    {
        bad += 1;
        report(session, &quoted, &OutsideScope(scope));
    }
    for rule in document.rules() {
        match rule {
            Ok((entry, change)) if !change.is_within(scope) => {
                bad += 1;
                report(session, &entry.quoted(), &OutsideScope(scope));
            }
            Ok((entry, change)) if wanted.exist => changes.push((entry, change.ensured())),
            Ok(rule) => changes.push(rule),
            Err(entry) => {
                bad += 1;
                report(session, &entry.quoted, &entry.error);
            }
        }
    }
    match bad {
        0 => Ok(Rules {
            source: document.into_source(),
            changes,
            bad,
        }),
        bad => Err(RestoreError::BadRules {
            bad,
            unit: DocumentSource::UNIT,
        }),
    }
}

impl From<ReadError> for RestoreError {
    fn from(error: ReadError) -> RestoreError {
        match error {
            ReadError::Input(error) => Error::Input(error).into(),
            ReadError::Memory(error) => Error::Memory(error).into(),
            ReadError::Document(error) => error.into(),
        }
    }
}
