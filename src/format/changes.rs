//! The changes that a run has made, for `--report`.

use super::{json, rules};
use crate::model::report::Effect;

/// As rules, one a line.
pub fn as_rules(effects: &[Effect]) -> String {
    let mut text = String::new();
    for effect in effects {
        rules::change(&mut text, &effect.change);
        text.push('\n');
    }
    text
}

/// As an array on one line; nothing where nothing was changed.
pub fn as_json(effects: &[Effect]) -> String {
    match effects {
        [] => String::new(),
        effects => json::changes(effects),
    }
}
