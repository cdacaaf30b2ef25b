//! Real servers, which are looked at themselves.

use net::topology::{self, NAT2};
use net::{Protocol, Result, Server, Stage};

use super::{Trial, trial};
use crate::server::{ServerCase, found, nothing};

/// The only server by direct routing.
const DIRECT: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80",
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g",
];
/// The only server through a tunnel; its options are to follow.
const TUNNEL: &str = "ipvsadm -A -t 192.0.2.1:80 && ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11 -i";
/// The only server by masquerading.
const MASQUERADED: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
];

const BY_ROUTE: ServerCase<'static> = ServerCase {
    director: DIRECT,
    role: "-t 192.0.2.1:80 -g",
    broken: &[],
    found: "",
    fails: false,
};
const BY_MASQUERADING: ServerCase<'static> = ServerCase {
    director: MASQUERADED,
    role: "-t 192.0.2.1:80 -m --director 10.0.0.1",
    ..BY_ROUTE
};

pub const CASES: &[Trial] = &[
    trial(
        "server-address",
        "the server has not the VIP, and would announce it",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &[
                    "sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0",
                    "ip addr del 192.0.2.1/32 dev lo",
                ],
                found: "broken[vip-missing]: 192.0.2.1, the address of TCP 192.0.2.1:80, is on no interface",
                fails: true,
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-arp",
        "the server answers ARP requests for the VIP",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &["sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0"],
                found: "trap[server-answers-arp]: This server answers ARP requests for 192.0.2.1 on eth0",
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-arp-own",
        "the interface's own setting is larger, and has no meaning",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &["sysctl -w net.ipv4.conf.eth0.arp_ignore=4"],
                found: "trap[server-answers-arp]: This server answers ARP requests for 192.0.2.1 on eth0",
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-arp-card",
        "the VIP is the first address of the network card",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &[
                    "ip addr del 192.0.2.1/32 dev lo",
                    "ip addr del 192.0.2.11/24 dev eth0",
                    "ip addr add 192.0.2.1/24 dev eth0",
                    "ip addr add 192.0.2.11/24 dev eth0",
                ],
                found: "trap[server-answers-arp]: This server answers ARP requests for 192.0.2.1 on eth0",
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-announces",
        "the server asks for others in the VIP's name",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &["sysctl -w net.ipv4.conf.all.arp_announce=0"],
                found: "trap[server-announces-vip]: This server names 192.0.2.1 in its own ARP requests on eth0",
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-prefix",
        "the VIP came with its whole network",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &[
                    "ip addr del 192.0.2.1/32 dev lo",
                    "ip addr add 192.0.2.1/24 dev lo",
                ],
                found: "broken[server-vip-prefix]: 192.0.2.1 is on lo as 192.0.2.1/24, and eth0 is in that network",
                fails: true,
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-neighbours",
        "the server answers neighbour solicitations for the VIP",
        topology::DIRECT,
        neighbours,
    ),
    trial(
        "server-listening",
        "the program listens at the wrong address",
        topology::DIRECT,
        listening,
    ),
    trial(
        "server-udp",
        "a UDP server, which listens at the VIP",
        topology::DIRECT_UDP,
        |stage| {
            nothing(stage, "-u 192.0.2.1:53")?;
            let title = "broken[server-not-listening]: No program listens at UDP 192.0.2.1:54";
            found(stage, "-u 192.0.2.1:54", title).map(drop)
        },
    ),
    trial(
        "server-sctp",
        "an SCTP server",
        topology::NAT_SCTP,
        |stage| {
            nothing(
                stage,
                "--sctp-service 10.0.0.11:9000 -m --director 10.0.0.1",
            )?;
            let title = "broken[server-not-listening]: No program listens at SCTP 10.0.0.11:9001";
            found(stage, "--sctp-service 10.0.0.11:9001 -m", title).map(drop)
        },
    ),
    trial(
        "server-firewall",
        "a firewall refuses requests",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &[
                    "nft add table inet lab",
                    "nft 'add chain inet lab in { type filter hook input priority filter; policy drop; }'",
                    "nft add rule inet lab in ct state established,related accept",
                    "nft add rule inet lab in tcp dport '{ 22, 443 }' accept",
                ],
                found: "broken[server-firewall]: The firewall drops requests to TCP 192.0.2.1:80: chain in of table inet lab",
                fails: true,
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-firewall-answers",
        "a firewall drops answers",
        topology::DIRECT,
        |stage| {
            ServerCase {
                broken: &["iptables -A OUTPUT -s 192.0.2.1 -j DROP"],
                found: "broken[server-firewall]: The firewall drops what this server answers for TCP 192.0.2.1:80: chain OUTPUT",
                fails: true,
                ..BY_ROUTE
            }
            .play(stage)
        },
    ),
    trial(
        "server-firewall-tunnel",
        "a firewall drops what the tunnel comes in",
        topology::IPIP,
        |stage| {
            ServerCase {
                director: &[TUNNEL],
                role: "-t 192.0.2.1:80 -i",
                broken: &["iptables -A INPUT -p 4 -j DROP"],
                found: "broken[server-firewall]: The firewall drops the packets of the tunnel: chain INPUT",
                fails: true,
            }
            .play(stage)
        },
    ),
    trial(
        "server-tunnel-down",
        "the interface that unpacks is down",
        topology::IPIP,
        |stage| {
            ServerCase {
                director: &[TUNNEL],
                role: "-t 192.0.2.1:80 -i",
                broken: &["ip link set tunl0 down"],
                found: "broken[server-tunnel-down]: tunl0, which unpacks what comes by an ipip tunnel (-i), is down",
                fails: true,
            }
            .play(stage)
        },
    ),
    trial(
        "server-tunnel-filter",
        "what is unpacked is not believed",
        topology::IPIP,
        |stage| {
            ServerCase {
                director: &[TUNNEL],
                role: "-t 192.0.2.1:80 -i",
                broken: &["sysctl -w net.ipv4.conf.all.rp_filter=1"],
                found: "broken[server-reverse-path]: The reverse path filter of tunl0 is strict",
                fails: true,
            }
            .play(stage)
        },
    ),
    trial(
        "server-tunnel-port",
        "the kernel unpacks FOU where GUE comes",
        topology::GUE,
        |stage| {
            ServerCase {
                director: &[&format!("{TUNNEL} --tun-type gue --tun-port 6080")],
                role: "-t 192.0.2.1:80 -i --tun-type gue --tun-port 6080",
                broken: &["ip fou del port 6080", "ip fou add port 6080 ipproto 4"],
                found: "broken[server-tunnel-port]: The kernel unpacks no GUE at UDP port 6080",
                fails: true,
            }
            .play(stage)
        },
    ),
    trial(
        "server-tunnel-missing",
        "no interface unpacks GRE",
        topology::GRE,
        |stage| {
            ServerCase {
                director: &[&format!("{TUNNEL} --tun-type gre")],
                role: "-t 192.0.2.1:80 -i --tun-type gre",
                broken: &["ip addr add 192.0.2.1/32 dev lo", "ip link del gre1"],
                found: "broken[server-tunnel-",
                fails: true,
            }
            .play(stage)
        },
    ),
    trial(
        "server-tunnel-checksum",
        "GRE comes with a checksum that nobody expects",
        topology::GRE,
        |stage| {
            ServerCase {
                director: &[&format!("{TUNNEL} --tun-type gre --tun-csum")],
                role: "-t 192.0.2.1:80 -i --tun-type gre --tun-csum",
                broken: &["ip link set gre1 type gre noicsum"],
                found: "broken[server-tunnel-checksum]: gre1 takes only GRE packets without a checksum",
                fails: true,
            }
            .play_after(stage, &["ip link set gre1 type gre icsum"])
        },
    ),
    trial(
        "server-gateway",
        "answers leave by another router than the director",
        NAT2,
        |stage| {
            ServerCase {
                broken: &["ip route replace default via 10.0.0.12"],
                found: "broken[server-way-back]: Answers to clients leave by 10.0.0.12, not by the director 10.0.0.1",
                fails: true,
                ..BY_MASQUERADING
            }
            .play(stage)?;
            // What is no answer goes where it went before.
            let route = stage.run("rs1", "ip route get 198.51.100.1")?;
            stage.expect("the other router", &route, route.contains("via 10.0.0.12"))
        },
    ),
    trial("server-no-gateway", "answers have no way", NAT2, |stage| {
        ServerCase {
            broken: &["ip route del default"],
            found: "broken[server-way-back]: Answers have no way to clients",
            fails: true,
            ..BY_MASQUERADING
        }
        .play(stage)
    }),
    trial(
        "server-gateway-v6",
        "answers leave by another router than the director",
        topology::NAT_V6,
        |stage| {
            let role = "-t [fd00::11]:80 -m --director fd00::1";
            nothing(stage, role)?;
            stage.step("Something goes wrong");
            stage.run("rs1", "ip route replace default via fd00::12")?;
            let commands = found(stage, role, "broken[server-way-back]: ")?;
            for command in &commands {
                stage.run("rs1", command)?;
            }
            nothing(stage, role)
        },
    ),
];

/// The same as with ARP, for an address of a card: there is no setting that keeps it quiet.
fn neighbours(stage: &Stage) -> Result<()> {
    let role = "-t '[2001:db8::1]:81'";
    stage.run_all(
        "rs1",
        &[
            "ip addr add 2001:db8::11/64 dev eth0",
            "ip addr add 2001:db8::1/128 dev lo",
        ],
    )?;
    let _program = Server::start(stage.host("rs1")?, Protocol::Tcp, "[::]:81")?;
    nothing(stage, role)?;
    stage.step("Something goes wrong");
    stage.run_all(
        "rs1",
        &[
            "ip addr del 2001:db8::1/128 dev lo",
            "ip addr add 2001:db8::1/64 dev eth0",
        ],
    )?;
    let title = "trap[server-answers-arp]: This server answers neighbour solicitations for 2001:db8::1 on eth0";
    for command in found(stage, role, title)? {
        stage.run("rs1", &command)?;
    }
    nothing(stage, role)
}

fn listening(stage: &Stage) -> Result<()> {
    let role = "-t 192.0.2.1:81";
    let title = "broken[server-not-listening]: No program listens at TCP 192.0.2.1:81";
    found(stage, role, title)?;
    stage.step("A program at the server's own address");
    let _wrong = Server::start(stage.host("rs1")?, Protocol::Tcp, "192.0.2.11:81")?;
    let output = stage.attempt("rs1", &format!("ipvsadm --diagnose --as-server {role}"))?;
    stage.expect(
        "where it listens",
        &output.text,
        output
            .text
            .contains("Seen: one listens at 192.0.2.11:81 only."),
    )?;
    stage.step("At the VIP");
    let _right = Server::start(stage.host("rs1")?, Protocol::Tcp, "192.0.2.1:81")?;
    nothing(stage, role)
}
