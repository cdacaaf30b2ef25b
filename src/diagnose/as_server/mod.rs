//! `--diagnose --as-server`: what keeps a real server from answering, why, and the commands that fix it.
//!
//! As on a director, looking ([`gather`]) and judging ([`rules`]) are apart. A real server needs no IPVS: nothing here asks for
//! it, and nothing loads a module.

pub mod facts;
pub mod gather;
pub mod rules;
mod tables;
#[cfg(test)]
mod tests;

use self::facts::Facts;
use crate::sys::words::counted;

/// The line that says what was looked at.
pub fn closing_line(facts: &Facts) -> String {
    format!(
        "this server of {} by {}, with {}",
        facts.service(),
        facts.method(),
        counted(facts.interfaces.len() as u64, "interface"),
    )
}
