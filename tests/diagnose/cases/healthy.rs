//! Directors that work, on which nothing is to be found.

use net::topology;

use super::{DIRECT, IPIP, NAT, NAT_V6, SERVING, Trial, trial};
use crate::case::healthy;

pub const CASES: &[Trial] = &[
    trial("healthy-nat", "masquerading", topology::NAT2, |stage| {
        healthy(stage, NAT)?;
        stage.fetch_in_turn("http://192.0.2.1/")?;
        healthy(stage, &["ipvsadm -E -t 192.0.2.1:80 -s rr -p"])
    }),
    trial(
        "healthy-dr",
        "direct routing, with a strict filter",
        topology::DIRECT,
        |stage| {
            healthy(stage, DIRECT)?;
            healthy(stage, &["sysctl -w net.ipv4.conf.all.rp_filter=1"])?;
            stage.fetch_in_turn("http://192.0.2.1/")
        },
    ),
    trial("healthy-tun", "IP in IP", topology::IPIP, |stage| {
        healthy(stage, IPIP)?;
        stage.fetch_in_turn("http://192.0.2.1/")
    }),
    trial("healthy-gue", "IP in GUE", topology::GUE, |stage| {
        let add = "ipvsadm -a -t 192.0.2.1:80 -i --tun-type gue --tun-port 6080";
        healthy(
            stage,
            &[
                IPIP[0],
                &format!("{add} -r 203.0.113.11"),
                &format!("{add} -r 203.0.113.12"),
            ],
        )
    }),
    trial(
        "healthy-ipv6",
        "masquerading of IPv6",
        topology::NAT_V6,
        |stage| {
            healthy(stage, NAT_V6)?;
            stage.fetch_in_turn("http://[2001:db8::1]/")
        },
    ),
    trial(
        "healthy-mark",
        "a service by mark",
        topology::NAT_TLS,
        |stage| {
            healthy(
                stage,
                &[
                    "nft add table ip lab",
                    "nft 'add chain ip lab in { type filter hook prerouting priority mangle; }'",
                    "nft add rule ip lab in ip daddr 192.0.2.1 tcp dport '{ 80, 443 }' meta mark set 1",
                    "ipvsadm -A -f 1 -s rr -p 600",
                    "ipvsadm -a -f 1 -r 10.0.0.11 -m",
                    "ipvsadm -a -f 1 -r 10.0.0.12 -m",
                ],
            )
        },
    ),
    trial(
        "healthy-anycast",
        "an address that only the routing table has",
        topology::DIRECT,
        |stage| {
            healthy(
                stage,
                &[
                    "ip route add local 198.51.100.0/24 dev lo",
                    "ip -6 route add local 2001:db8:5::/64 dev lo",
                    "ip addr add 2001:db8::2/64 dev eth0",
                    "ipvsadm -A -t 198.51.100.1:80",
                    "ipvsadm -a -t 198.51.100.1:80 -r 192.0.2.11 -g",
                    "ipvsadm -A -t [2001:db8:5::1]:80",
                    "ipvsadm -a -t [2001:db8:5::1]:80 -r 2001:db8::11 -g",
                ],
            )
        },
    ),
    trial(
        "healthy-sorry",
        "a director that serves as well",
        SERVING,
        |stage| {
            healthy(stage, NAT)?;
            healthy(
                stage,
                &[
                    "ipvsadm -a -t 192.0.2.1:80 -r 127.0.0.1:80 -g -w 0",
                    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.1:80 -g",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:80 -m",
                ],
            )
        },
    ),
    trial(
        "healthy-gateway",
        "masquerading beside a plain NAT gateway",
        topology::NAT2,
        |stage| {
            healthy(
                stage,
                &[
                    "nft add table ip gateway",
                    "nft 'add chain ip gateway out { type nat hook postrouting priority srcnat; }'",
                    "nft add rule ip gateway out ip saddr 10.0.0.0/24 oifname eth0 masquerade",
                    "iptables -t nat -A PREROUTING -d 192.0.2.1 -p tcp --dport 2222 -j DNAT --to-destination 10.0.0.11:22",
                ],
            )?;
            healthy(stage, NAT)?;
            stage.fetch_in_turn("http://192.0.2.1/")
        },
    ),
    trial(
        "healthy-sync",
        "a synchronised pair",
        topology::PAIR,
        |stage| {
            healthy(stage, DIRECT)?;
            healthy(
                stage,
                &[
                    "ipvsadm --start-daemon master --mcast-interface eth0",
                    "ipvsadm --start-daemon backup --mcast-interface eth0",
                    "ipvsadm -E -t 192.0.2.1:80 -s rr -p 900",
                ],
            )
        },
    ),
    trial(
        "healthy-standby",
        "a standby director, without the VIP",
        topology::PAIR,
        |stage| {
            healthy(
                stage,
                &[
                    "ip addr del 192.0.2.1/32 dev eth0",
                    "ipvsadm --start-daemon backup --mcast-interface eth0",
                    DIRECT[0],
                    DIRECT[1],
                ],
            )
        },
    ),
    trial(
        "healthy-methods",
        "traffic by every method, and a server that is out of service and not there",
        topology::ALL_METHODS,
        |stage| {
            healthy(
                stage,
                &[
                    "ipvsadm -A -t 192.0.2.1:80 -s rr",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
                    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12 -i",
                    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.13 -g",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.99 -m -w 0",
                    // Somebody opens a connection by half, and looks for who is not there.
                    "ping -c 1 -W 1 10.0.0.99; ip netns exec lab-client ping -c 1 192.0.2.1",
                    "for i in 1 2 3; do ip netns exec lab-client timeout 2 wget -qO- http://192.0.2.1/; done",
                ],
            )
        },
    ),
    trial(
        "healthy-elsewhere",
        "a standby director that knows who has the VIP",
        topology::PAIR,
        |stage| {
            stage.run("director", "ip addr del 192.0.2.1/32 dev eth0")?;
            stage.run("backup", "ip addr add 192.0.2.1/32 dev eth0")?;
            healthy(stage, &["ping -c 1 192.0.2.1", DIRECT[0], DIRECT[1]])
        },
    ),
];
