//! The cases: each fault of an answer for a kind of command, surroundings, and privileges.

mod answers;
mod limits;
mod privilege;
mod surroundings;

use director::Case;
use suite::Suite;

/// All of them.
static ALL: [Case; 14] = [
    answers::LIST,
    answers::SAVE,
    answers::CHANGE,
    answers::RESTORE,
    answers::REPLACE,
    answers::ATOMIC,
    answers::CHATTER,
    surroundings::SURROUNDINGS,
    limits::LIMITS,
    privilege::COMMANDS,
    privilege::NAMES,
    privilege::DIAGNOSIS,
    privilege::MODPROBE,
    privilege::WITHOUT,
];

/// The test program.
pub fn suite() -> Suite {
    Suite::new("faults", &ALL).equip(|guest| {
        Ok(match std::env::var(answers::VARIABLE) {
            Ok(word) => guest.env(answers::VARIABLE, &word),
            Err(_) => guest,
        })
    })
}
