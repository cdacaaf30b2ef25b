//! What rules are read from, text or JSON, and how messages refer to a rule of it.

use crate::model::ruleset::Ruleset;

/// What rules are read from.
pub trait RuleSource {
    /// Refers to a rule in the source.
    type Position;
    /// What a rule is called.
    const UNIT: Unit;

    /// A rule as messages quote it.
    fn quote(&self, position: &Self::Position) -> QuotedRule;

    /// The configuration to which the rules are added when they replace a table.
    fn initial_ruleset(&self) -> Ruleset {
        Ruleset::default()
    }
}

/// A rule as messages quote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedRule {
    /// Where it is in its source: `line 3`, `services[0].servers[2]`.
    pub position: String,
    /// The rule as a command line.
    pub rule: String,
}

/// What a rule is called in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of text.
    Line,
    /// Of a JSON document.
    Entry,
}

impl Unit {
    /// The word for one.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Line => "line",
            Unit::Entry => "entry",
        }
    }

    /// The word for several.
    pub fn plural(self) -> &'static str {
        match self {
            Unit::Line => "lines",
            Unit::Entry => "entries",
        }
    }
}
