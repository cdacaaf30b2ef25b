//! Addresses, forwarding and filters of packets.

use net::topology::{self, NAT2};

use super::{DIRECT, NAT, NAT_V6, Trial, trial};
use crate::case::{Case, Traffic};

/// Pages from outside, and what needs no service.
const FETCHES: Traffic<'_> = Traffic {
    concerned: &[(
        "client",
        "for i in 1 2; do timeout 1 wget -qO- http://192.0.2.1/ || exit 1; done",
    )],
    untouched: &[("director", "ping -c 1 10.0.0.11")],
};

pub const CASES: &[Trial] = &[
    trial(
        "address",
        "the VIP is on no interface",
        topology::DIRECT,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &["ip addr del 192.0.2.1/32 dev eth0"],
                found: "broken[vip-missing]: 192.0.2.1, the address of TCP 192.0.2.1:80, is on no interface",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "address-v6",
        "the VIP is on no interface",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: NAT_V6,
                broken: &["ip addr del 2001:db8::1/64 dev eth0"],
                found: "broken[vip-missing]: 2001:db8::1, the address of TCP [2001:db8::1]:80, is on no interface",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "address-down",
        "the VIP's interface is down",
        topology::NAT_V6,
        |stage| {
            Case {
            healthy: NAT_V6,
            broken: &[
                "sysctl -w net.ipv6.conf.eth0.keep_addr_on_down=1",
                "ip link set eth0 down",
            ],
            found: "broken[vip-down]: 2001:db8::1, the address of TCP [2001:db8::1]:80, is on eth0, which is down",
            instead: "",
        }
        .play(stage)
        },
    ),
    trial(
        "address-down-v4",
        "the VIP stays while its interface is down, and nobody gets to it",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ip link set eth0 down"],
                found: "broken[vip-down]: 192.0.2.1, the address of TCP 192.0.2.1:80, is on eth0, which is down",
                instead: "",
            }
            .play_with_traffic(stage, &FETCHES)
        },
    ),
    trial(
        "loopback-down",
        "the director's lo is down",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ip link set lo down"],
                found: "trap[loopback-down]: lo is down",
                instead: "",
            }
            .play(stage)?;
            stage.fetch_in_turn("http://192.0.2.1/")
        },
    ),
    trial(
        "address-tentative",
        "the kernel still looks for others with the VIP",
        topology::NAT_V6,
        |stage| {
            Case {
            healthy: NAT_V6,
            broken: &[
                "sysctl -w net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1",
                "sysctl -w net.ipv6.conf.eth0.dad_transmits=100",
                "ip addr del 2001:db8::1/64 dev eth0",
                "ip addr add 2001:db8::1/64 dev eth0",
            ],
            found: "broken[vip-tentative]: 2001:db8::1, the address of TCP [2001:db8::1]:80, is on eth0 but not in use",
            instead: "",
        }
        .play(stage)
        },
    ),
    trial("forwarding", "the kernel forwards nothing", NAT2, |stage| {
        Case {
            healthy: NAT,
            broken: &["sysctl -w net.ipv4.ip_forward=0"],
            found: "broken[forwarding-off]: net.ipv4.ip_forward is 0, and TCP 192.0.2.1:80 masquerades",
            instead: "",
        }
        .play(stage)
    }),
    trial(
        "forwarding-interface",
        "the kernel forwards nothing from the servers",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["sysctl -w net.ipv4.conf.eth1.forwarding=0"],
                found: "broken[forwarding-off]: net.ipv4.conf.eth1.forwarding is 0",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "forwarding-v6",
        "the kernel forwards nothing",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: NAT_V6,
                broken: &["sysctl -w net.ipv6.conf.all.forwarding=0"],
                found: "broken[forwarding-off]: net.ipv6.conf.all.forwarding is 0",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "filter-clients",
        "requests come in where their answers would not go out",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "ip route add default via 10.0.0.254",
                    "sysctl -w net.ipv4.conf.eth0.rp_filter=1",
                    // As a router in between it knows the director; it need not ask with that address.
                    "ip netns exec lab-client ping -c 1 192.0.2.1",
                    "ip netns exec lab-client ip addr add 198.51.100.7/32 dev lo",
                    "ip netns exec lab-client ping -c 1 -W 1 -I 198.51.100.7 192.0.2.1; true",
                ],
                found: "broken[reverse-path-clients]: TCP 192.0.2.1:80 was never reached",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "filter-servers",
        "answers come in where requests do not go out",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "sysctl -w net.ipv4.conf.eth1.rp_filter=1",
                    "ip link add by.way type dummy && ip link set by.way up",
                    "ip route add 10.0.0.11 dev by.way",
                ],
                found: "broken[reverse-path-servers]: 10.0.0.11 is in the network of eth1 but its route leads over by.way",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "filter-odd-name",
        "the same on an interface with an odd name",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "ip link set eth1 down && ip link set eth1 name 'v.1;x' && ip link set 'v.1;x' up",
                "sysctl -w 'net/ipv4/conf/v.1;x/rp_filter=1'",
                "ip link add aside type dummy && ip link set aside up",
                "ip route add 10.0.0.11 dev aside",
            ],
            found: "broken[reverse-path-servers]: 10.0.0.11 is in the network of v.1;x but its route leads over aside",
            instead: "",
        }
        .play(stage)
        },
    ),
];
