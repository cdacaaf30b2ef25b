//! Networks in which the servers have the VIP themselves, without announcing it, and answer the client without
//! the director: direct routing on one segment, and tunnels to another one.

use super::Topology;
use crate::error::Result;
use crate::network::Net;
use crate::serve::Protocol;

/// Direct routing.
pub const DIRECT: Topology = Topology {
    picture: ONE_SEGMENT,
    net: || {
        direct()?
            .http("rs1", "0.0.0.0:80")?
            .http("rs2", "0.0.0.0:80")
    },
};

/// The same with a server that listens on another port.
pub const DIRECT_PORTS: Topology = Topology {
    picture: ONE_SEGMENT,
    net: || {
        direct()?
            .http("rs1", "0.0.0.0:80")?
            .http("rs2", "0.0.0.0:8080")
    },
};

/// The same with servers of UDP.
pub const DIRECT_UDP: Topology = Topology {
    picture: ONE_SEGMENT,
    net: || {
        direct()?
            .serve("rs1", Protocol::Udp, "192.0.2.1:53")?
            .serve("rs2", Protocol::Udp, "192.0.2.1:53")
    },
};

const ONE_SEGMENT: &str = "
┌────────┐     ┌──────────┐     ┌──────────────┐     ┌──────────────┐
│ client │     │ director │     │     rs1      │     │     rs2      │
└───┬────┘     └────┬─────┘     └──────┬───────┘     └──────┬───────┘
    │ 192.0.2.100   │ 192.0.2.2        │ 192.0.2.11         │ 192.0.2.12
    │               │ 192.0.2.1 (VIP)  │ VIP on lo          │ VIP on lo
────┴───────────────┴──────────────────┴────────────────────┴─────────────
The servers have the VIP, but do not answer when ARP asks for it.
";

fn direct() -> Result<Net> {
    Net::new(&[(
        "lan",
        &[
            ("client", "192.0.2.100/24"),
            ("director", "192.0.2.2/24 192.0.2.1/32"),
            ("rs1", "192.0.2.11/24"),
            ("rs2", "192.0.2.12/24"),
        ],
    )])?
    .shown(&silent_vip("lo"))
}

/// Two directors of which the second takes over.
pub const PAIR: Topology = Topology {
    picture: "
┌────────┐   ┌──────────┐   ┌────────┐   ┌────────────┐   ┌────────────┐
│ client │   │ director │   │ backup │   │    rs1     │   │    rs2     │
└───┬────┘   └────┬─────┘   └───┬────┘   └─────┬──────┘   └─────┬──────┘
    │ .100        │ .2          │ .3           │ .11            │ .12
    │             │ .1 (VIP)    │              │ VIP on lo      │ VIP on lo
────┴─────────────┴─────────────┴──────────────┴────────────────┴─────────
192.0.2.0/24
",
    net: || {
        Net::new(&[(
            "lan",
            &[
                ("client", "192.0.2.100/24"),
                ("director", "192.0.2.2/24 192.0.2.1/32"),
                ("backup", "192.0.2.3/24"),
                ("rs1", "192.0.2.11/24"),
                ("rs2", "192.0.2.12/24"),
            ],
        )])?
        .shown(&silent_vip("lo"))?
        .http("rs1", "0.0.0.0:80")?
        .http("rs2", "0.0.0.0:80")
    },
};

/// Commands that give the servers the VIP without letting them announce it.
fn silent_vip(device: &str) -> Vec<(&'static str, String)> {
    let commands = [
        "sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2".to_owned(),
        format!("ip addr add 192.0.2.1/32 dev {device}"),
    ];
    let both = |host| commands.iter().map(move |command| (host, command.clone()));
    both("rs1").chain(both("rs2")).collect()
}

/// IP in IP.
pub const IPIP: Topology = Topology {
    picture: TWO_SEGMENTS,
    net: || {
        let commands = ["modprobe ipip", "ip link set tunl0 up"].map(str::to_owned);
        tunnels("tunl0", [&commands, &commands])
    },
};

/// IP in IP in GUE, which is IP in UDP.
pub const GUE: Topology = Topology {
    picture: TWO_SEGMENTS,
    net: || {
        let commands = [
            "modprobe -a fou ipip",
            "ip link set tunl0 up",
            "ip fou add port 6080 gue",
        ]
        .map(str::to_owned);
        tunnels("tunl0", [&commands, &commands])
    },
};

/// IP in GRE.
pub const GRE: Topology = Topology {
    picture: TWO_SEGMENTS,
    net: || {
        // A checksum is accepted only where it is expected.
        let device = |local, options| {
            format!("ip link add gre1 type gre local 203.0.113.{local} remote any {options}")
        };
        let up = || "ip link set gre1 up".to_owned();
        tunnels(
            "gre1",
            [&[device(11, ""), up()], &[device(12, "icsum"), up()]],
        )
    },
};

const TWO_SEGMENTS: &str = "
┌────────┐    ┌──────────┐       ┌────────┐       ┌───────────┐   ┌───────────┐
│ client │    │ director │       │ router │       │    rs1    │   │    rs2    │
└───┬────┘    └────┬─────┘       └─┬────┬─┘       └─────┬─────┘   └─────┬─────┘
    │ .100         │ .2       .254 │    │ .254          │ .11           │ .12
    │              │ .1 (VIP)      │    │               │ VIP           │ VIP
────┴──────────────┴───────────────┴─  ─┴───────────────┴───────────────┴─────
 192.0.2.0/24                           203.0.113.0/24
The director reaches the servers through tunnels; they answer the client.
";

/// The servers get the VIP on the device that unpacks what comes through the tunnel.
fn tunnels(device: &str, [rs1, rs2]: [&[String]; 2]) -> Result<Net> {
    let rs1 = rs1.iter().map(|line| ("rs1", line.clone()));
    let rs2 = rs2.iter().map(|line| ("rs2", line.clone()));
    let shown: Vec<_> = rs1.chain(rs2).chain(silent_vip(device)).collect();
    Net::new(&[
        (
            "near",
            &[
                ("client", "192.0.2.100/24"),
                ("director", "192.0.2.2/24 192.0.2.1/32"),
                ("router", "192.0.2.254/24"),
            ],
        ),
        (
            "far",
            &[
                ("router", "203.0.113.254/24"),
                ("rs1", "203.0.113.11/24"),
                ("rs2", "203.0.113.12/24"),
            ],
        ),
    ])?
    .sysctl("router", &[("net.ipv4.ip_forward", "1")])?
    .ip(&[
        ("director", "route add default via 192.0.2.254"),
        ("rs1", "route add default via 203.0.113.254"),
        ("rs2", "route add default via 203.0.113.254"),
    ])?
    .shown(&shown)?
    .http("rs1", "0.0.0.0:80")?
    .http("rs2", "0.0.0.0:80")
}
