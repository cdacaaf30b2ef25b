//! Connections that real servers have before they go.

use std::fmt;

use crate::model::RealServerEntry;

/// Connections that servers have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub active: u64,
    pub inactive: u64,
    pub persistent: u64,
}

impl Left {
    /// Those of some servers, added up.
    pub fn of(servers: &[RealServerEntry]) -> Left {
        servers.iter().fold(Left::default(), |sum, entry| Left {
            active: sum.active + u64::from(entry.active_connections),
            inactive: sum.inactive + u64::from(entry.inactive_connections),
            persistent: sum.persistent + u64::from(entry.persistent_connections),
        })
    }

    /// Whether there are none.
    pub fn is_none(self) -> bool {
        self == Left::default()
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Left {
            active,
            inactive,
            persistent,
        } = self;
        write!(
            f,
            "{active} active, {inactive} inactive, {persistent} persistent"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Forwarding, RealServer, Stats};

    fn entry(active: u32, inactive: u32, persistent: u32) -> RealServerEntry {
        RealServerEntry {
            server: RealServer {
                endpoint: Endpoint {
                    address: [10, 0, 0, 11].into(),
                    port: 80,
                },
                forwarding: Forwarding::Masquerading,
                weight: 0,
                upper_threshold: 0,
                lower_threshold: 0,
            },
            active_connections: active,
            inactive_connections: inactive,
            persistent_connections: persistent,
            stats: Stats::default(),
        }
    }

    #[test]
    fn every_kind_of_connection_counts() {
        assert!(Left::of(&[]).is_none());
        assert!(Left::of(&[entry(0, 0, 0), entry(0, 0, 0)]).is_none());
        for busy in [entry(1, 0, 0), entry(0, 1, 0), entry(0, 0, 1)] {
            assert!(!Left::of(&[entry(0, 0, 0), busy]).is_none());
        }
        let most = entry(u32::MAX, 1, 2);
        let sum = Left::of(&[most, most]).to_string();
        assert_eq!(sum, "8589934590 active, 2 inactive, 4 persistent");
    }
}
