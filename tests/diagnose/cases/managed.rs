//! Firewalls as programs make them: firewalld, keepalived, and the make of iptables that came before nftables.

use net::topology::{DIRECT as ONE_SEGMENT, NAT_V6 as NAT2_V6, NAT2};
use net::{Result, Stage};

use super::dropped::{NAT, NAT_V6, VIP, VIP_V6, breaks, fine};
use super::{DIRECT, FETCH_ALL, Trial, trial};
use crate::case::{found, healthy, nothing};
use crate::server;

/// What firewalld 1.3.3 gives nft as it is installed by Debian, with eth0 in the zone public, in the words of `nft list
/// ruleset`.
const FIREWALLD: &str = include_str!("rulesets/firewalld.nft");
/// What firewalld adds for `firewall-cmd --zone=public --add-port=80/tcp`.
const OPEN: &str = "add rule inet firewalld filter_IN_public_allow tcp dport 80 accept";
/// What keepalived 2.2.7 makes for a `vrrp_instance` that has `vrrp_strict` or `no_accept`, while it has the address.
const KEEPALIVED: &str = include_str!("rulesets/keepalived.nft");
/// In the place of firewalld's own program, which wants D-Bus: it takes the words that are to be printed and no others.
const FIREWALL_CMD: &str = "mkdir -p /tmp/firewalld && cat >/tmp/firewalld/firewall-cmd <<'END'
#!/bin/sh
case \"$*\" in
'--zone=public --add-port=80/tcp') exec nft add rule inet firewalld filter_IN_public_allow tcp dport 80 accept ;;
'--permanent --zone=public --add-port=80/tcp') echo success ;;
*) echo \"usage: $*\" >&2; exit 2 ;;
esac
END
chmod +x /tmp/firewalld/firewall-cmd";

/// Connection tracking with IPVS.
const TRACKED: &[&str] = &["modprobe nf_conntrack", "sysctl -w net.ipv4.vs.conntrack=1"];

pub const CASES: &[Trial] = &[
    trial(
        "accept-firewalld",
        "firewalld, with the port open and direct routing",
        ONE_SEGMENT,
        |stage| fine(stage, DIRECT, &format!("{FIREWALLD}{OPEN}\n"), VIP),
    ),
    trial(
        "accept-firewalld-nat",
        "firewalld, with masquerading that conntrack sees",
        NAT2,
        |stage| {
            let commands: Vec<&str> = TRACKED.iter().chain(NAT).copied().collect();
            fine(stage, &commands, &format!("{FIREWALLD}{OPEN}\n"), VIP)
        },
    ),
    trial(
        "drop-firewalld",
        "firewalld, whose zone does not have the port",
        ONE_SEGMENT,
        firewalld_port,
    ),
    trial(
        "server-firewalld",
        "firewalld on a real server, whose zone does not have the port",
        ONE_SEGMENT,
        firewalld_on_server,
    ),
    trial(
        "drop-firewalld-nat",
        "firewalld refuses what masqueraded servers answer",
        NAT2,
        |stage| {
            breaks(
                stage,
                NAT,
                VIP,
                &[&load(&format!("{FIREWALLD}{OPEN}\n"))],
                "broken[firewall-replies]: The firewall drops the answers of servers of TCP 192.0.2.1:80: \
                 chain filter_FORWARD of table inet firewalld",
            )
        },
    ),
    trial(
        "drop-keepalived",
        "keepalived's table drops what is for its addresses",
        ONE_SEGMENT,
        |stage| {
            breaks(
                stage,
                DIRECT,
                VIP,
                &[&load(KEEPALIVED)],
                "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain in of table ip keepalived",
            )
        },
    ),
    trial(
        "legacy-rule",
        "a rule of iptables-legacy rejects requests",
        NAT2,
        |stage| {
            legacy(
                stage,
                NAT,
                VIP,
                &[
                    "iptables-legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                    "iptables-legacy -A INPUT -p icmp -j ACCEPT",
                    "iptables-legacy -A INPUT -i lo -j ACCEPT",
                    "iptables-legacy -A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT",
                    "iptables-legacy -A INPUT -j REJECT --reject-with icmp-host-prohibited",
                ],
                "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain INPUT of iptables-legacy's \
                 table filter",
            )
        },
    ),
    trial(
        "legacy-policy",
        "policies of iptables-legacy drop, beside a table of nft that accepts",
        NAT2,
        |stage| {
            legacy(
                stage,
                NAT,
                VIP,
                &[
                    "nft add table inet filter",
                    "nft 'add chain inet filter forward { type filter hook forward priority filter; policy drop; }'",
                    "nft add rule inet filter forward accept",
                    "iptables-legacy -N DOCKER-USER",
                    "iptables-legacy -A FORWARD -j DOCKER-USER",
                    "iptables-legacy -A DOCKER-USER -j RETURN",
                    "iptables-legacy -P FORWARD DROP",
                ],
                "broken[firewall-replies]: The firewall drops the answers of servers of TCP 192.0.2.1:80: chain FORWARD of \
                 iptables-legacy's table filter",
            )
        },
    ),
    trial(
        "legacy-v6",
        "the last rule of ip6tables-legacy drops requests",
        NAT2_V6,
        |stage| {
            legacy(
                stage,
                NAT_V6,
                VIP_V6,
                &[
                    "ip6tables-legacy -A INPUT -p ipv6-icmp -j ACCEPT",
                    "ip6tables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT",
                    "ip6tables-legacy -A INPUT -j DROP",
                ],
                "broken[firewall-requests]: The firewall drops requests to TCP [2001:db8::1]:80: chain INPUT of \
                 ip6tables-legacy's table filter",
            )
        },
    ),
];

/// The command line that loads rules of nft.
fn load(rules: &str) -> String {
    format!("printf '%s' '{rules}' | nft -f -")
}

/// As [`breaks`], where the kernel has the tables of the older make.
fn legacy(stage: &Stage, commands: &[&str], vip: &str, broken: &[&str], title: &str) -> Result<()> {
    let tables = "iptables-legacy -n -L && ip6tables-legacy -n -L";
    if stage.attempt("director", tables)?.status != 0 {
        stage.step("This kernel has no such tables");
        return healthy(stage, commands);
    }
    breaks(stage, commands, vip, broken, title)
}

/// What is printed is for firewalld's own program: others may not change its table.
fn firewalld_port(stage: &Stage) -> Result<()> {
    stage.run("director", FIREWALL_CMD)?;
    healthy(stage, DIRECT)?;
    stage.step("Something goes wrong");
    stage.run("director", &load(FIREWALLD))?;
    let output = stage.attempt("client", FETCH_ALL)?;
    stage.expect("no page", output.status, output.status != 0)?;
    let title = "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain filter_IN_public of table \
                 inet firewalld";
    let printed = found(stage, title)?;
    for fix in &printed {
        let command = format!("PATH=/tmp/firewalld:$PATH; {}", fix.command);
        stage.run(&fix.host(stage)?, &command)?;
    }
    stage.run("client", FETCH_ALL)?;
    nothing(stage)
}

/// The same there, by `--as-server`.
fn firewalld_on_server(stage: &Stage) -> Result<()> {
    const ROLE: &str = "-t 192.0.2.1:80";
    stage.run("rs1", FIREWALL_CMD)?;
    healthy(stage, &[DIRECT[0], DIRECT[1]])?;
    server::nothing(stage, ROLE)?;
    stage.step("Something goes wrong");
    stage.run("rs1", &load(FIREWALLD))?;
    let output = stage.attempt("client", FETCH_ALL)?;
    stage.expect("no page", output.status, output.status != 0)?;
    let title = "broken[server-firewall]: The firewall drops requests to TCP 192.0.2.1:80: chain filter_IN_public of table \
                 inet firewalld";
    let printed = server::found(stage, ROLE, title)?;
    stage.step("As it says");
    for command in printed {
        stage.run("rs1", &format!("PATH=/tmp/firewalld:$PATH; {command}"))?;
    }
    stage.run("client", FETCH_ALL)?;
    server::nothing(stage, ROLE)
}
