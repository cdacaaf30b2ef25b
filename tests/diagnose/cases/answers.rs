//! Masqueraded servers whose answers do not come back, and servers that give none.

use net::topology::{self, IPIP, NAT2, ONE_CARD, TWO_WAYS};

use super::{FETCH_ALL, FETCHES, NAT, NAT_V6, Trial, trial};
use crate::case::{Case, Traffic};

/// A page, which must come within a second.
const FETCH: &str = "timeout 1 wget -qO- http://192.0.2.1/";

/// Pages, which others ask for meanwhile.
const KEEP_TRYING: &str = "(for i in 1 2 3 4 5 6; do timeout 3 wget -qO- http://192.0.2.1/; done) >/dev/null 2>&1 & \
                           s=0; for i in 1 2; do timeout 1 wget -qO- http://192.0.2.1/ || s=1; done; exit $s";

/// Masquerading to servers in the network of clients; the director tells nobody a shorter way.
const ONE_CARD_NAT: &[&str] = &[
    "sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0",
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -m",
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -m",
];

pub const CASES: &[Trial] = &[
    trial(
        "answers-no-gateway",
        "the servers have no way to the clients",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "ip netns exec lab-rs1 ip route del default",
                    "ip netns exec lab-rs2 ip route del default",
                ],
                found: "broken[answers-lost]: The answers of 10.0.0.12 to the clients of TCP 192.0.2.1:80 \
                        do not come back through this host",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL)],
                    untouched: &[("director", "ping -c 1 10.0.0.11")],
                },
            )
        },
    ),
    trial(
        "answers-other-gateway",
        "a server's router is another host",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "ipvsadm -Z",
                    "ip netns exec lab-rs1 ip route replace default via 10.0.0.12",
                    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12 -m -w 0",
                ],
                found: "broken[answers-lost]: The answers of 10.0.0.11 to the clients of TCP 192.0.2.1:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH)],
                    untouched: &[("rs1", "ping -c 1 10.0.0.12")],
                },
            )
        },
    ),
    trial(
        "answers-no-longer",
        "a server that did answer loses its way to the clients",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "for i in 1 2; do ip netns exec lab-client wget -qO- http://192.0.2.1/; done",
                    "ip netns exec lab-rs1 ip route del default",
                    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12 -m -w 0",
                ],
                found: "broken[answers-lost]: The answers of 10.0.0.11 to the clients of TCP 192.0.2.1:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    // Somebody keeps on trying meanwhile.
                    concerned: &[("client", KEEP_TRYING)],
                    untouched: &[("director", "ping -c 1 10.0.0.11")],
                },
            )
        },
    ),
    trial(
        "answers-no-gateway-v6",
        "the servers have no way to the clients",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: NAT_V6,
                broken: &[
                    "ip netns exec lab-rs1 ip -6 route del default",
                    "ip netns exec lab-rs2 ip -6 route del default",
                ],
                found: "broken[answers-lost]: The answers of fd00::12 to the clients of TCP [2001:db8::1]:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[(
                        "client",
                        "for i in 1 2; do timeout 1 wget -qO- 'http://[2001:db8::1]/' || exit 1; done",
                    )],
                    untouched: &[("director", "ping -c 1 fd00::11")],
                },
            )
        },
    ),
    trial(
        "answers-behind-router",
        "masqueraded servers behind a router that answers clients itself",
        IPIP,
        |stage| {
            Case {
                healthy: &["sysctl -w net.ipv4.ip_forward=1"],
                broken: &[
                    "ipvsadm -A -t 192.0.2.1:80 -s rr",
                    "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11:80 -m",
                    "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.12:80 -m",
                ],
                found: "broken[answers-lost]: The answers of 203.0.113.12 to the clients of TCP 192.0.2.1:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &FETCHES,
            )
        },
    ),
    trial(
        "client-beside",
        "a client in the network of masqueraded servers",
        ONE_CARD,
        |stage| {
            Case {
                healthy: ONE_CARD_NAT,
                broken: &[],
                found: "broken[client-beside-server]: Clients of TCP 192.0.2.1:80 are in 192.0.2.0/24, the network of \
                        192.0.2.1",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL)],
                    untouched: &[("far", FETCH_ALL), ("far", "timeout 2 wget -qO /dev/null http://192.0.2.1/big")],
                },
            )
        },
    ),
    trial(
        "filter-back",
        "answers come in from another router than the one that requests go to",
        TWO_WAYS,
        |stage| {
            Case {
                healthy: &[
                    "ipvsadm -A -t 192.0.2.1:80 -s rr",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
                ],
                broken: &["sysctl -w net.ipv4.conf.eth2.rp_filter=1"],
                found: "broken[reverse-path-servers]: The answers of 10.0.0.11 do not come in on eth1, and the reverse path \
                        filter of eth2 is strict",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH)],
                    untouched: &[("client", "ping -c 1 192.0.2.1")],
                },
            )
        },
    ),
    trial(
        "forwarding-traffic",
        "the kernel forwards nothing, and clients wait",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["sysctl -w net.ipv4.ip_forward=0"],
                found: "broken[forwarding-off]: net.ipv4.ip_forward is 0, and TCP 192.0.2.1:80 masquerades",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &FETCHES,
            )
        },
    ),
    trial("unanswered", "a server that is not there", NAT2, |stage| {
        Case {
                healthy: NAT,
                broken: &["ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m -w 2 -x 7"],
                found: "broken[server-unanswered]: Nobody on eth1 has the address 10.0.0.13, a server of TCP 192.0.2.1:80",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &FETCHES,
            )
    }),
    trial(
        "refused",
        "a server on whose port nothing listens",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:81 -m"],
                found: "broken[server-refuses]: 10.0.0.11:81 of TCP 192.0.2.1:80 refuses every connection",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &FETCHES,
            )
        },
    ),
];
