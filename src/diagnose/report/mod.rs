//! Findings, written out.

mod json;
mod text;

pub use json::json;
pub use text::text;

use super::facts::Facts;

/// How much was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub services: usize,
    pub servers: usize,
    pub daemons: usize,
}

impl Extent {
    /// A real server, which is looked at for one service.
    pub const SERVER: Extent = Extent {
        services: 1,
        servers: 1,
        daemons: 0,
    };

    /// What there was on a director.
    pub fn of(facts: &Facts) -> Extent {
        Extent {
            services: facts.services.len(),
            servers: facts.servers().count(),
            daemons: facts.daemons.len(),
        }
    }
}
