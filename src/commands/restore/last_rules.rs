//! The last rule about each service, server and daemon: for messages that refer to it.

use std::collections::HashMap;

use crate::cli::command::RuleChange;
use crate::model::{Change, Subject};

/// The index of the last rule about each service, server and daemon.
///
/// Valid rules need no look-up, so the index is built when it is first used.
#[derive(Default)]
pub struct LastRules {
    last: HashMap<Subject, usize>,
    /// How many rules are indexed.
    indexed: usize,
}

impl LastRules {
    /// The last of these rules that is about the same thing as a change. From one call to the next, rules may only
    /// be added.
    pub fn about<P>(&mut self, rules: &[(P, RuleChange)], change: &Change) -> Option<usize> {
        for (index, (_, rule)) in rules.iter().enumerate().skip(self.indexed) {
            if let Some(subject) = rule.change().and_then(Change::about) {
                self.last.insert(subject, index);
            }
        }
        self.indexed = rules.len();
        self.last.get(&change.about()?).copied()
    }
}
