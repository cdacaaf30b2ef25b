//! Firewalls that drop what a service needs, in each of the places where its packets pass.

use net::topology::{
    DIRECT as ONE_SEGMENT, IPIP as TWO_SEGMENTS, NAT_V6 as NAT2_V6, NAT2, Topology,
};
use net::{Result, Stage};

use super::{IPIP, Trial, trial};
use crate::case::{Case, Traffic, healthy};

pub(super) const VIP: &str = "192.0.2.1:80";
pub(super) const VIP_V6: &str = "[2001:db8::1]:80";

/// One server is enough, and sees every client.
pub(super) const NAT: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
];
pub(super) const NAT_V6: &[&str] = &[
    "ipvsadm -A -t [2001:db8::1]:80 -s rr",
    "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m",
];

/// A firewall that breaks a service; what is found, and that its clients are answered afterwards.
pub(super) fn breaks(
    stage: &Stage,
    healthy: &[&str],
    vip: &str,
    broken: &[&str],
    found: &str,
) -> Result<()> {
    let case = Case {
        healthy,
        broken,
        found,
        instead: "",
    };
    let host = vip.trim_end_matches(":80");
    let request = format!("timeout 1 wget -qO- 'http://{host}/'");
    let traffic = Traffic {
        concerned: &[("client", &request)],
        untouched: &[],
    };
    case.play_with_traffic(stage, &traffic)
}

/// A firewall that lets pass what it should: nothing is found, before clients came and after.
pub(super) fn fine(stage: &Stage, commands: &[&str], firewall: &str, vip: &str) -> Result<()> {
    let write = format!("printf '%s' '{firewall}' | nft -f -");
    let commands: Vec<&str> = commands.iter().copied().chain([write.as_str()]).collect();
    healthy(stage, &commands)?;
    stage.visits(2, vip)?;
    healthy(stage, &[])
}

/// A policy of drop everywhere, and rules for what is needed.
const STRICT: &str = "
table inet filter {
  set blocked { type ipv4_addr; flags timeout; }
  chain input {
    type filter hook input priority filter; policy drop;
    ip saddr @blocked drop
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    ip daddr 192.0.2.1 tcp dport { 80, 443 } limit rate over 1000/second drop
    ip daddr 192.0.2.1 tcp dport { 80, 443 } accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ip saddr 10.0.0.0/24 iifname \"eth1\" oifname \"eth0\" accept
  }
  chain output {
    type filter hook output priority filter; policy drop;
    ip daddr 10.0.0.0/24 accept
    meta l4proto { icmp, ipv6-icmp } accept
  }
}";

macro_rules! breaks {
    ($name:literal, $about:literal, $on:expr, $healthy:expr, $vip:expr, [$($broken:literal),+ $(,)?], $found:literal) => {
        trial($name, $about, $on, |stage| breaks(stage, $healthy, $vip, &[$($broken),+], $found))
    };
}

const ON_NAT: Topology = NAT2;

pub const CASES: &[Trial] = &[
    trial(
        "accept-strict",
        "a policy of drop in every chain, and rules for what is needed",
        ON_NAT,
        |stage| fine(stage, NAT, STRICT, VIP),
    ),
    breaks!(
        "drop-input-policy",
        "the policy of input drops, and nothing accepts requests",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table inet filter",
            "nft 'add chain inet filter input { type filter hook input priority filter; policy drop; }'",
            "nft add rule inet filter input ct state established,related accept",
            "nft add rule inet filter input iif lo accept",
            "nft add rule inet filter input tcp dport 22 accept",
        ],
        "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain input of table inet filter"
    ),
    breaks!(
        "drop-input-rule",
        "a rule in a chain that input jumps to rejects requests",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table inet filter",
            "nft add chain inet filter services",
            "nft add rule inet filter services tcp dport { 22, 443 } accept",
            "nft add rule inet filter services reject with tcp reset",
            "nft 'add chain inet filter input { type filter hook input priority filter; }'",
            "nft add rule inet filter input ip saddr 192.0.2.0/24 tcp dport 1-1024 jump services",
            "nft add rule inet filter input tcp dport vmap { 22 : accept, 80 : goto services }",
        ],
        "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain services of table inet filter"
    ),
    breaks!(
        "drop-input-iptables",
        "the same by iptables, whose last rule rejects",
        ON_NAT,
        NAT,
        VIP,
        [
            "iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "iptables -A INPUT -p icmp -j ACCEPT",
            "iptables -A INPUT -i lo -j ACCEPT",
            "iptables -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT",
            "iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited",
        ],
        "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain INPUT of iptables's table filter"
    ),
    breaks!(
        "drop-not-syn",
        "what is new must be a SYN, and without conntrack all is new",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table inet filter",
            "nft 'add chain inet filter input { type filter hook input priority filter; }'",
            "nft add rule inet filter input 'tcp flags & (fin|syn|rst|ack) != syn ct state new counter drop'",
        ],
        "broken[firewall-requests]: The firewall drops all but the first packet of connections to TCP 192.0.2.1:80"
    ),
    breaks!(
        "drop-invalid",
        "what is invalid is dropped in forward, and without conntrack the first answer is",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table inet filter",
            "nft 'add chain inet filter forward { type filter hook forward priority filter; }'",
            "nft add rule inet filter forward 'ct state vmap { established : accept, related : accept, invalid : drop }'",
        ],
        "broken[firewall-replies]: The firewall drops the answers of servers of TCP 192.0.2.1:80: chain forward of table inet"
    ),
    breaks!(
        "drop-forward-policy",
        "the policy of forward drops what is not established",
        ON_NAT,
        NAT,
        VIP,
        [
            "iptables -P FORWARD DROP",
            "iptables -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
        ],
        "broken[firewall-replies]: The firewall drops the answers of servers of TCP 192.0.2.1:80: chain FORWARD of iptables's"
    ),
    breaks!(
        "drop-forward-docker",
        "the policy of forward drops whatever no container sends",
        ON_NAT,
        NAT,
        VIP,
        [
            "ip link add docker0 type dummy && ip link set docker0 up",
            "iptables -P FORWARD DROP",
            "iptables -N DOCKER-USER",
            "iptables -A FORWARD -j DOCKER-USER",
            "iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
            "iptables -A FORWARD -i docker0 -o docker0 -j ACCEPT",
        ],
        "broken[firewall-replies]: The firewall drops the answers of servers of TCP 192.0.2.1:80: chain FORWARD of iptables's"
    ),
    breaks!(
        "drop-output",
        "the policy of output drops what IPVS sends to servers",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table ip out",
            "nft 'add chain ip out output { type filter hook output priority filter; policy drop; }'",
            "nft add rule ip out output ip daddr { 192.0.2.0/24, 10.0.0.1 } accept",
        ],
        "broken[firewall-forwarded]: The firewall drops what IPVS sends to servers of TCP 192.0.2.1:80: chain output of table ip out"
    ),
    breaks!(
        "drop-v6",
        "a set of ports without the service's, in IPv6",
        NAT2_V6,
        NAT_V6,
        VIP_V6,
        [
            "nft add table ip6 filter",
            "nft 'add set ip6 filter open { type inet_service; flags interval; elements = { 22, 8000-8100 }; }'",
            "nft 'add chain ip6 filter input { type filter hook input priority filter; policy drop; }'",
            "nft add rule ip6 filter input icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
            "nft add rule ip6 filter input tcp dport @open accept",
        ],
        "broken[firewall-requests]: The firewall drops requests to TCP [2001:db8::1]:80: chain input of table ip6 filter"
    ),
    breaks!(
        "drop-direct-invalid",
        "with conntrack, what is answered past the director is invalid",
        ONE_SEGMENT,
        &[
            "modprobe nf_conntrack",
            "sysctl -w net.ipv4.vs.conntrack=1",
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
        ],
        VIP,
        ["iptables -A INPUT -m conntrack --ctstate INVALID -j DROP",],
        "broken[firewall-requests]: The firewall drops all but the first packet of connections to TCP 192.0.2.1:80"
    ),
    breaks!(
        "drop-tunnel",
        "output drops the packets of the tunnels",
        TWO_SEGMENTS,
        IPIP,
        VIP,
        [
            "iptables -A OUTPUT -p tcp -j ACCEPT",
            "iptables -A OUTPUT -p udp -j ACCEPT",
            "iptables -A OUTPUT -j DROP",
        ],
        "broken[firewall-forwarded]: The firewall drops what IPVS sends to servers of TCP 192.0.2.1:80: chain OUTPUT of iptables's"
    ),
    breaks!(
        "drop-raw",
        "a rule in raw drops before anything else",
        ON_NAT,
        NAT,
        VIP,
        ["iptables -t raw -A PREROUTING -p tcp -m multiport --dports 80,443 -j DROP"],
        "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain PREROUTING of iptables's table raw"
    ),
    breaks!(
        "drop-counted",
        "a rule with a condition that cannot be worked out has dropped all there was",
        ON_NAT,
        NAT,
        VIP,
        [
            "nft add table inet filter",
            "nft 'add chain inet filter input { type filter hook input priority filter; }'",
            "nft add rule inet filter input tcp dport 80 ip ttl 60-70 counter reject with tcp reset",
        ],
        "broken[firewall-requests]: The firewall drops requests to TCP 192.0.2.1:80: chain input of table inet filter"
    ),
];
