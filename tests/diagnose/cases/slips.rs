//! What was typed and not meant.

use net::topology::{self, NAT2};

use super::{FETCH_ALL, FETCHES, NAT, NAT_V6, Trial, trial};
use crate::case::{Case, Traffic};

const FETCH_ALL_V6: &str =
    "for i in 1 2 3; do timeout 1 wget -qO- 'http://[2001:db8::1]/' || exit 1; done";

pub const CASES: &[Trial] = &[
    trial("odd-method", "an edit without -m", NAT2, |stage| {
        Case {
            healthy: NAT,
            broken: &[
                "for i in 1 2; do ip netns exec lab-client wget -qO- http://192.0.2.1/; done",
                "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:80 -w 3",
            ],
            found: "broken[odd-method]: 10.0.0.12:80 of TCP 192.0.2.1:80 is directly routed (-g), but 10.0.0.11:80 in \
                    10.0.0.0/24 is masqueraded (-m)",
            instead: "",
        }
        .play_with_traffic(
            stage,
            &FETCHES,
        )
    }),
    trial(
        "odd-method-quiet",
        "the same before anybody came",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: NAT_V6,
                broken: &["ipvsadm -e -t [2001:db8::1]:80 -r [fd00::12]:80"],
                found: "trap[odd-method]: [fd00::12]:80 of TCP [2001:db8::1]:80 is directly routed (-g)",
                instead: "",
            }
            .play(stage)?;
            stage.run("client", FETCH_ALL_V6).map(drop)
        },
    ),
    trial("mask", "a netmask with holes", NAT2, |stage| {
        Case {
            healthy: NAT,
            broken: &["ipvsadm -E -t 192.0.2.1:80 -s rr -p 300 -M 255.0.255.0"],
            found: "trap[mask-holes]: TCP 192.0.2.1:80 is persistent by the netmask 255.0.255.0, which has holes",
            instead: "",
        }
        .play(stage)?;
        stage.run("client", FETCH_ALL).map(drop)
    }),
    trial(
        "brackets-server",
        "a server's address of IPv6 and its port, without brackets",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: &[NAT_V6[0], NAT_V6[1]],
                broken: &["ipvsadm -a -t [2001:db8::1]:80 -r fd00::12:80 -m -w 1"],
                found: "broken[port-in-address]: The address of fd00::12:80, a server of TCP [2001:db8::1]:80, ends in",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL_V6)],
                    untouched: &[("client", "ping -c 1 2001:db8::1")],
                },
            )
        },
    ),
    trial(
        "brackets-service",
        "a service's address of IPv6 and its port, without brackets",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: &[],
                broken: &[
                    "ipvsadm -A -t 2001:db8::1:80 -s rr -p 60",
                    "ipvsadm -a -t 2001:db8::1:80 -r fd00::11 -m",
                    "ipvsadm -a -t 2001:db8::1:80 -r [fd00::12]:80 -m",
                ],
                found: "broken[port-in-address]: The address of TCP [2001:db8::1:80]:0 ends in what looks like a port",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL_V6)],
                    untouched: &[("client", "ping -c 1 2001:db8::1")],
                },
            )
        },
    ),
    trial(
        "mark-first",
        "a service whose packets are marked for another one",
        NAT2,
        |stage| {
            Case {
                healthy: &[NAT[0], NAT[1]],
                broken: &[
                    "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 80 -j MARK --set-mark 7",
                    "ipvsadm -A -f 7 -s rr",
                    "ipvsadm -a -f 7 -r 10.0.0.12 -m",
                    "ip netns exec lab-client wget -qO- http://192.0.2.1/",
                ],
                found: "trap[mark-takes-packets]: TCP 192.0.2.1:80 gets nothing: its packets are marked for FWM 7",
                instead: "",
            }
            .play(stage)?;
            stage.run("client", FETCH_ALL).map(drop)
        },
    ),
];
