//! What the firewall has to do with it.

use net::topology::NAT2;

use super::{NAT, Trial, trial};
use crate::case::Case;

pub const CASES: &[Trial] = &[
    trial(
        "no-mark",
        "nothing sets the mark of a service",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "nft add table ip other",
                "ipvsadm -A -f 5",
                "ipvsadm -a -f 5 -r 10.0.0.11 -m",
            ],
            found: "broken[mark-unset]: FWM 5 has seen no packet",
            instead: "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 443 -j MARK --set-mark 5",
        }
        .play(stage)
        },
    ),
    trial(
        "untracked-nft",
        "servers are to see the director's address, by nft",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "nft add table ip full",
                    "nft 'add chain ip full out { type nat hook postrouting priority srcnat; }'",
                    "nft add rule ip full out ip daddr 10.0.0.0/24 masquerade",
                ],
                found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "untracked-iptables",
        "the same by iptables",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["iptables -t nat -A POSTROUTING -m ipvs --vaddr 192.0.2.1 -j MASQUERADE"],
                found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "untracked-destination",
        "another address is translated to the VIP",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "iptables -t nat -A PREROUTING -d 192.0.2.9 -p tcp --dport 80 -j DNAT --to-destination 192.0.2.1:80",
            ],
            found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
            instead: "",
        }
        .play(stage)
        },
    ),
];
