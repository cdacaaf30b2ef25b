//! The cases, a file for each way in which a restore could hurt.

mod atomic;
mod crowd;
mod dry_run;
mod empty;
mod exist;
mod flags;
mod interrupted;
mod json;
mod keep;
mod killed;
mod lines;
mod overtaken;
mod refused;
mod report;
mod rivals;
mod saving;
mod scope;
mod swamped;
mod vanished;
mod weights;

use director::Case;
use suite::Suite;

/// All of them.
static ALL: [Case; 32] = [
    refused::STEPS,
    refused::STEPS_WITHIN,
    refused::LATE,
    overtaken::OVERTAKEN,
    overtaken::AGAIN,
    overtaken::UNDONE,
    atomic::ATOMIC,
    killed::KILLED,
    killed::KILLED_WITHIN,
    interrupted::INT,
    interrupted::TERM,
    rivals::RACE,
    rivals::WAIT,
    crowd::CROWD,
    dry_run::DRY_RUN,
    lines::SLOW,
    lines::FAILED,
    exist::EXIST,
    keep::KEEP,
    vanished::VANISHED,
    weights::WEIGHTS,
    empty::EMPTY,
    empty::MEMORY,
    flags::FLAGS,
    json::JSON,
    json::JSON_ERRORS,
    swamped::SWAMPED,
    saving::ALL,
    saving::OUTPUT,
    report::REPORT,
    scope::SCOPE,
    scope::SCOPE_RANDOM,
];

/// All of them to be played.
pub fn suite() -> Suite {
    Suite::new("restore", &ALL).variable(crowd::VARIABLE)
}
