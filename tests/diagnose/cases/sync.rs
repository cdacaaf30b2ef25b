//! Synchronisation.

use net::topology::PAIR;

use super::{DIRECT, Trial, trial};
use crate::case::Case;

pub const CASES: &[Trial] = &[
    trial(
        "sync-down",
        "the sync daemon's interface is down",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ip link add sync type dummy && ip link set sync up",
                    "ipvsadm --start-daemon master --mcast-interface sync --syncid 7",
                    "ip link set sync down",
                ],
                found: "trap[sync-interface]: The master sync daemon uses sync, which is down",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-gone",
        "the sync daemon's interface is gone",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ip link add sync type dummy && ip link set sync up",
                    "ipvsadm --start-daemon backup --mcast-interface sync --syncid 7",
                    "ip link del sync",
                ],
                found: "trap[sync-interface]: The backup sync daemon uses sync, which does not exist",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-persistence",
        "a backup would forget clients before their connections",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ipvsadm -E -t 192.0.2.1:80 -s sh -b sh-port -p 60 -M 255.255.255.0",
                    "ipvsadm --start-daemon master --mcast-interface eth0",
                ],
                found: "trap[sync-short-persistence]: TCP 192.0.2.1:80 is persistent for 60 seconds",
                instead: "",
            }
            .play(stage)
        },
    ),
];
