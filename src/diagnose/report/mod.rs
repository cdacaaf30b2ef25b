//! Findings, written out.

mod json;
mod text;

pub use json::json;
pub use text::text;

use super::facts::Facts;

/// How much was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    services: usize,
    servers: usize,
    daemons: usize,
}

impl Extent {
    /// What there was on a director.
    fn of(facts: &Facts) -> Extent {
        Extent {
            services: facts.services.len(),
            servers: facts.servers().count(),
            daemons: facts.daemons.len(),
        }
    }
}
