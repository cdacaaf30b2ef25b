//! Servers that get packets as they are.

use net::topology::{self, DIRECT_PORTS};

use super::{DIRECT, FETCH_ALL, FETCHES, IPIP, Trial, trial};
use crate::case::{Case, Traffic};

pub const CASES: &[Trial] = &[
    trial(
        "router",
        "a directly routed server behind a router",
        topology::IPIP,
        |stage| {
            Case {
                healthy: IPIP,
                broken: &["ipvsadm -e -t 192.0.2.1:80 -r 203.0.113.11 -g -w 3"],
                found: "broken[direct-behind-router]: 203.0.113.11:80 of TCP 192.0.2.1:80 is directly routed (-g), but behind a router",
                instead: "",
            }
            .play_with_traffic(stage, &FETCHES)
        },
    ),
    trial(
        "router-on-link",
        "a directly routed server to which a route leads through a router for nothing",
        topology::DIRECT,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &["ip route add 192.0.2.11 via 192.0.2.100"],
                found: "broken[direct-behind-router]: 192.0.2.11:80 of TCP 192.0.2.1:80 is directly routed (-g), but behind a router",
                instead: "",
            }
            .play_with_traffic(stage, &FETCHES)
        },
    ),
    trial(
        "port-mark",
        "another port under a service by mark",
        topology::DIRECT,
        |stage| {
            Case {
                healthy: &[
                    "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 80 -j MARK --set-mark 1",
                    "ipvsadm -A -f 1",
                    "ipvsadm -a -f 1 -r 192.0.2.11:80 -g",
                ],
                broken: &["ipvsadm -a -f 1 -r 192.0.2.12:8080 -g"],
                found: "trap[port-not-translated]: 192.0.2.12:8080 of FWM 1 has another port than 80",
                instead: "",
            }
            .play(stage)?;
            stage.run("client", FETCH_ALL).map(drop)
        },
    ),
    trial(
        "port-refused",
        "the server listens on that port, and not on the client's",
        DIRECT_PORTS,
        |stage| {
            Case {
                healthy: &[
                    "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 80 -j MARK --set-mark 1",
                    "ipvsadm -A -f 1 -s rr",
                    "ipvsadm -a -f 1 -r 192.0.2.11:80 -g",
                ],
                broken: &["ipvsadm -a -f 1 -r 192.0.2.12:8080 -g"],
                found: "broken[port-not-translated]: 192.0.2.12:8080 of FWM 1 has another port than 80",
                instead: "",
            }
            .play_with_traffic(stage, &FETCHES)
        },
    ),
    trial(
        "own-client",
        "the director as a client of its own",
        topology::DIRECT,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[],
                found: "broken[own-client]: This host is itself a client of TCP 192.0.2.1:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("director", FETCH_ALL)],
                    untouched: &[("client", FETCH_ALL)],
                },
            )
        },
    ),
];
