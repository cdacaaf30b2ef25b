//! The cases: each fault of an answer for a kind of command, surroundings, and privileges.

mod answers;
mod confinement;
mod denied;
mod diagnosis;
mod files;
mod hanging;
mod intruder;
mod limits;
mod order;
mod privilege;
mod refusals;
mod surroundings;
mod users;
mod visible;

pub use files::{WITHOUT_CHOWN, become_without_chown};

use director::Case;
use suite::Suite;

/// All of them.
static ALL: [Case; 26] = [
    answers::LIST,
    answers::SAVE,
    answers::CHANGE,
    answers::RESTORE,
    answers::REPLACE,
    answers::ATOMIC,
    answers::CHATTER,
    intruder::INTRUDER,
    order::ORDER,
    surroundings::SURROUNDINGS,
    limits::LIMITS,
    files::OUTPUT,
    files::KEPT,
    files::OTHERS,
    refusals::REFUSALS,
    privilege::COMMANDS,
    privilege::NAMES,
    diagnosis::DIAGNOSIS,
    privilege::MODPROBE,
    confinement::CONFINEMENT,
    hanging::HANGING,
    users::WITHOUT,
    users::BY_USER,
    users::BORROWED,
    visible::VISIBLE,
    denied::DENIED,
];

/// The test program.
pub fn suite() -> Suite {
    Suite::new("faults", &ALL).variable(answers::VARIABLE)
}
