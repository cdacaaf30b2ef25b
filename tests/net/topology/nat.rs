//! Networks for masquerading: the servers have private addresses, and their way out is the director.

use super::Topology;
use crate::error::Result;
use crate::network::Net;
use crate::serve::Protocol;

/// A client, a director, two web servers.
pub const NAT2: Topology = Topology {
    picture: TWO,
    net: || {
        two()?
            .http("rs1", "10.0.0.11:80")?
            .http("rs2", "10.0.0.12:80")
    },
};

/// The same with servers on the ports 80 and 443. What is spoken on 443 is not TLS; the director would not see it.
pub const NAT_TLS: Topology = Topology {
    picture: TWO,
    net: || {
        two()?
            .http("rs1", "10.0.0.11:80")?
            .http("rs1", "10.0.0.11:443")?
            .http("rs2", "10.0.0.12:80")?
            .http("rs2", "10.0.0.12:443")
    },
};

/// The same with servers of SCTP.
pub const NAT_SCTP: Topology = Topology {
    picture: TWO,
    net: || {
        two()?
            .serve("rs1", Protocol::Sctp, "10.0.0.11:9000")?
            .serve("rs2", Protocol::Sctp, "10.0.0.12:9000")
    },
};

const TWO: &str = "
                                              ┌─────────────────┐
                                          ┌───┤ rs1   10.0.0.11 │
┌────────┐         ┌──────────────────┐   │   └─────────────────┘
│ client ├─────────┤     director     ├───┤
└────────┘         └──────────────────┘   │   ┌─────────────────┐
192.0.2.100        192.0.2.1   10.0.0.1   └───┤ rs2   10.0.0.12 │
                     (VIP)                    └─────────────────┘
The servers' default route is the director.
";

/// Without servers.
fn two() -> Result<Net> {
    Net::new(&[
        (
            "outside",
            &[("client", "192.0.2.100/24"), ("director", "192.0.2.1/24")],
        ),
        (
            "inside",
            &[
                ("director", "10.0.0.1/24"),
                ("rs1", "10.0.0.11/24"),
                ("rs2", "10.0.0.12/24"),
            ],
        ),
    ])?
    .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
    .ip(&[
        ("rs1", "route add default via 10.0.0.1"),
        ("rs2", "route add default via 10.0.0.1"),
    ])
}

/// Clients with many addresses, three web servers, a second VIP.
pub const NAT3: Topology = Topology {
    picture: "
                                              ┌─────────────────┐
                                          ┌───┤ rs1   10.0.0.11 │
                                          │   └─────────────────┘
┌────────┐         ┌──────────────────┐   │   ┌─────────────────┐
│ client ├─────────┤     director     ├───┼───┤ rs2   10.0.0.12 │
└────────┘         └──────────────────┘   │   └─────────────────┘
192.0.2.100-160    192.0.2.1   10.0.0.1   │   ┌─────────────────┐
198.51.100.1-9     192.0.2.2              └───┤ rs3   10.0.0.13 │
                    (VIPs)                    └─────────────────┘
The client has many addresses, in the place of many clients.
The servers' default route is the director.
",
    net: three,
};

fn three() -> Result<Net> {
    let near = (100..=160).map(|last| format!("192.0.2.{last}/24"));
    let far = (1..=9).map(|last| format!("198.51.100.{last}/24"));
    let addresses: String = near
        .chain(far)
        .map(|address| format!("addr add {address} dev eth0\n"))
        .collect();
    Net::new(&[
        (
            "outside",
            &[("client", ""), ("director", "192.0.2.1/24 192.0.2.2/24")],
        ),
        (
            "inside",
            &[
                ("director", "10.0.0.1/24"),
                ("rs1", "10.0.0.11/24"),
                ("rs2", "10.0.0.12/24"),
                ("rs3", "10.0.0.13/24"),
            ],
        ),
    ])?
    .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
    .ip(&[
        ("client", &addresses),
        ("director", "route add 198.51.100.0/24 dev eth0"),
        ("rs1", "route add default via 10.0.0.1"),
        ("rs2", "route add default via 10.0.0.1"),
        ("rs3", "route add default via 10.0.0.1"),
    ])?
    .http("rs1", "10.0.0.11:80")?
    .http("rs2", "10.0.0.12:80")?
    .http("rs3", "10.0.0.13:80")
}

/// As the first, in the other address family.
pub const NAT_V6: Topology = Topology {
    picture: "
                                                      ┌──────────────────┐
                                                  ┌───┤ rs1   fd00::11   │
┌────────┐            ┌───────────────────────┐   │   └──────────────────┘
│ client ├────────────┤       director        ├───┤
└────────┘            └───────────────────────┘   │   ┌──────────────────┐
2001:db8::100         2001:db8::1     fd00::1     └───┤ rs2   fd00::12   │
                         (VIP)                        └──────────────────┘
The servers' default route is the director.
",
    net: || {
        Net::new(&[
            (
                "outside",
                &[
                    ("client", "2001:db8::100/64"),
                    ("director", "2001:db8::1/64"),
                ],
            ),
            (
                "inside",
                &[
                    ("director", "fd00::1/64"),
                    ("rs1", "fd00::11/64"),
                    ("rs2", "fd00::12/64"),
                ],
            ),
        ])?
        .sysctl("director", &[("net.ipv6.conf.all.forwarding", "1")])?
        .ip(&[
            ("rs1", "route add default via fd00::1"),
            ("rs2", "route add default via fd00::1"),
        ])?
        .http("rs1", "[fd00::11]:80")?
        .http("rs2", "[fd00::12]:80")
    },
};
