//! Networks in which it matters which way the answers take.

use super::Topology;
use crate::network::Net;

/// Everything is on one segment; a router leads to clients far away.
pub const ONE_CARD: Topology = Topology {
    picture: "
┌────────┐   ┌──────────┐   ┌────────┐   ┌────────┐   ┌────────┐   ┌──────┐
│ client │   │ director │   │  rs1   │   │  rs2   │   │ router ├───┤ far  │
└───┬────┘   └────┬─────┘   └───┬────┘   └───┬────┘   └───┬────┘   └──────┘
    │ .100        │ .1 (VIP)    │ .11        │ .12        │ .254   198.51.100.7
────┴─────────────┴─────────────┴────────────┴────────────┴────────
192.0.2.0/24. The servers' default route is the director, its own the router.
",
    net: || {
        Net::new(&[
            (
                "lan",
                &[
                    ("client", "192.0.2.100/24"),
                    ("director", "192.0.2.1/24"),
                    ("rs1", "192.0.2.11/24"),
                    ("rs2", "192.0.2.12/24"),
                    ("router", "192.0.2.254/24"),
                ],
            ),
            (
                "far",
                &[("router", "198.51.100.254/24"), ("far", "198.51.100.7/24")],
            ),
        ])?
        .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
        .sysctl("router", &[("net.ipv4.ip_forward", "1")])?
        .ip(&[
            ("director", "route add default via 192.0.2.254"),
            ("rs1", "route add default via 192.0.2.1"),
            ("rs2", "route add default via 192.0.2.1"),
            ("far", "route add default via 198.51.100.254"),
        ])?
        .http("rs1", "192.0.2.11:80")?
        .http("rs2", "192.0.2.12:80")
    },
};

/// The servers are behind one router, and answer through another.
pub const TWO_WAYS: Topology = Topology {
    picture: "
                                   10.1.0.1  ┌────────┐ 10.0.0.254
                              ┌──────────────┤ there  ├──────────────┐
┌────────┐   ┌──────────┐     │              └────────┘              │  ┌─────┐
│ client ├───┤ director ├─────┤                                      ├──┤ rs1 │
└────────┘   └──────────┘     │              ┌────────┐              │  └─────┘
192.0.2.100  192.0.2.1 (VIP)  └──────────────┤  back  ├──────────────┘  10.0.0.11
                                   10.2.0.1  └────────┘ 10.0.0.253
The director's way to the server is through there, the server's default route back.
",
    net: || {
        Net::new(&[
            (
                "outside",
                &[("client", "192.0.2.100/24"), ("director", "192.0.2.1/24")],
            ),
            (
                "there",
                &[("director", "10.1.0.2/24"), ("there", "10.1.0.1/24")],
            ),
            (
                "back",
                &[("director", "10.2.0.2/24"), ("back", "10.2.0.1/24")],
            ),
            (
                "inside",
                &[
                    ("there", "10.0.0.254/24"),
                    ("back", "10.0.0.253/24"),
                    ("rs1", "10.0.0.11/24"),
                ],
            ),
        ])?
        .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
        .sysctl("there", &[("net.ipv4.ip_forward", "1")])?
        .sysctl("back", &[("net.ipv4.ip_forward", "1")])?
        .ip(&[
            ("director", "route add 10.0.0.0/24 via 10.1.0.1"),
            ("back", "route add default via 10.2.0.2"),
            ("rs1", "route add default via 10.0.0.253"),
        ])?
        .http("rs1", "10.0.0.11:80")
    },
};

/// A server for each method.
pub const ALL_METHODS: Topology = Topology {
    picture: "
┌────────┐   ┌──────────┐   ┌─────────────┐   ┌─────────────┐
│ client │   │ director │   │     rs2     │   │     rs3     │
└───┬────┘   └────┬───┬─┘   └──────┬──────┘   └──────┬──────┘
    │ .100        │ .2│            │ .12             │ .13
    │             │ .1 (VIP)       │ VIP on tunl0    │ VIP on lo
────┴─────────────┴───│────────────┴─────────────────┴──────  192.0.2.0/24
             10.0.0.1 │      ┌─────────────────┐
                      └──────┤ rs1   10.0.0.11 │
                             └─────────────────┘
The director masquerades rs1, has a tunnel to rs2, and routes rs3 directly.
",
    net: || {
        let silent = "sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2";
        Net::new(&[
            (
                "outside",
                &[
                    ("client", "192.0.2.100/24"),
                    ("director", "192.0.2.2/24 192.0.2.1/32"),
                    ("rs2", "192.0.2.12/24"),
                    ("rs3", "192.0.2.13/24"),
                ],
            ),
            (
                "inside",
                &[("director", "10.0.0.1/24"), ("rs1", "10.0.0.11/24")],
            ),
        ])?
        .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
        .ip(&[("rs1", "route add default via 10.0.0.1")])?
        .shown(&[
            ("rs2", "modprobe ipip".to_owned()),
            ("rs2", silent.to_owned()),
            ("rs2", "ip link set tunl0 up".to_owned()),
            ("rs2", "ip addr add 192.0.2.1/32 dev tunl0".to_owned()),
            ("rs3", silent.to_owned()),
            ("rs3", "ip addr add 192.0.2.1/32 dev lo".to_owned()),
        ])?
        .http("rs1", "0.0.0.0:80")?
        .http("rs2", "0.0.0.0:80")?
        .http("rs3", "0.0.0.0:80")
    },
};
