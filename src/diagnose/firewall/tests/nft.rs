//! Rules as nft prints them.

use super::*;

/// The fate of a request where the chain input has this policy and these rules.
pub(super) fn nft(policy: &str, rules: &str) -> String {
    fate(&nft_input("inet", policy, rules), &request())
}

pub(super) fn nft_input(family: &str, policy: &str, rules: &str) -> Firewall {
    Firewall::parse(format!(
        "table {family} f {{ # handle 1\n\tset ports {{ # handle 2\n\t\ttype inet_service\n\t\tflags interval\n\
         \t\telements = {{ 79-81, 443,\n\t\t\t     8000-8100 }}\n\t}}\n\n\tset moving {{ # handle 3\n\
         \t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t}}\n\n\tmap m {{\n\t\ttype inet_service : verdict\n\
         \t\telements = {{ 80 : jump sub, 81 : accept }}\n\t}}\n\n\tchain sub {{ # handle 4\n\t\ttcp dport 80 drop\n\
         \t}}\n\n\tchain back {{\n\t\treturn\n\t}}\n\n\tchain input {{ # handle 7\n\
         \t\ttype filter hook input priority 0; policy {policy};\n{rules}\n\t}}\n}}\n"
    ))
}

/// Firewalls let pass what they have translated, which a packet may be known not to be.
#[test]
fn rules_about_translation() {
    let plain = Packet {
        translated: Some(false),
        ..request()
    };
    let untracked = Packet {
        states: States::INVALID.with(States::UNTRACKED),
        ..request()
    };
    for (rules, of_plain, of_any) in [
        ("ct status dnat accept", "dropped policy", "unknown"),
        ("ct status 0x20 accept", "dropped policy", "unknown"),
        ("ct status snat,dnat accept", "dropped policy", "unknown"),
        ("ct status != dnat accept", "passes", "unknown"),
        ("ct status assured accept", "unknown", "unknown"),
        ("ct status 0x24 accept", "unknown", "unknown"),
    ] {
        let firewall = nft_input("inet", "drop", rules);
        assert_eq!(fate(&firewall, &plain), of_plain, "{rules}");
        assert_eq!(fate(&firewall, &request()), of_any, "{rules}");
        assert_eq!(fate(&firewall, &untracked), "dropped policy", "{rules}");
    }
    for (rule, of_plain) in [
        ("--ctstate RELATED,ESTABLISHED,DNAT", "dropped policy"),
        ("--ctstatus DNAT", "dropped policy"),
        ("! --ctstatus SNAT,DNAT", "passes"),
        ("--ctstatus ASSURED", "unknown"),
    ] {
        let firewall = iptables("DROP", &format!("-A INPUT -m conntrack {rule} -j ACCEPT"));
        assert_eq!(fate(&firewall, &plain), of_plain, "{rule}");
        assert_eq!(fate(&firewall, &request()), "unknown", "{rule}");
    }
}

#[test]
fn rules_of_nft() {
    for (rules, expected) in [
        ("", "dropped policy"),
        ("tcp dport 80 accept", "passes"),
        ("tcp dport 80 accept # handle 9", "passes"),
        (
            "tcp dport { 22, 79-81 } counter packets 0 bytes 0 accept",
            "passes",
        ),
        ("tcp dport 22 accept", "dropped policy"),
        ("tcp dport != 80 accept", "dropped policy"),
        ("tcp dport >= 80 accept", "passes"),
        ("tcp dport < 80 accept", "dropped policy"),
        ("tcp dport @ports accept", "passes"),
        ("tcp sport 1024-65535 tcp dport 80 accept", "unknown"),
        ("udp dport 80 accept", "dropped policy"),
        ("udp dport != 53 accept", "dropped policy"),
        ("th dport 80 accept", "passes"),
        (
            "meta l4proto { 6, 17 } th dport { 53, 80 } accept",
            "passes",
        ),
        ("ip protocol 6 accept", "passes"),
        ("ip6 nexthdr 6 accept", "dropped policy"),
        ("meta nfproto ipv4 accept", "passes"),
        ("meta nfproto 10 accept", "dropped policy"),
        ("meta protocol 0x0800 accept", "passes"),
        ("ip daddr 192.0.2.0/24 accept", "passes"),
        (
            "ip daddr { 192.0.2.2-192.0.2.9, 10.0.0.0/8 } accept",
            "dropped policy",
        ),
        ("ip daddr != 10.0.0.0/8 accept", "passes"),
        ("ip6 daddr != 2001:db8::/32 accept", "dropped policy"),
        ("ip saddr 10.0.0.0/8 accept", "unknown"),
        ("ip saddr 0.0.0.0/0 accept", "passes"),
        ("ip saddr @moving accept", "unknown"),
        ("ct state 0x2,0x4 accept", "dropped policy"),
        ("ct state { new, untracked } accept", "passes"),
        ("ct state != 0x1 accept", "passes"),
        ("ct state vmap { 0x1 : drop, 0x8 : accept }", "passes"),
        (
            "ct state vmap { established : accept, new : jump back }\ntcp dport 80 accept",
            "passes",
        ),
        (
            "ct state vmap { new : drop }\ntcp dport 80 accept",
            "dropped 0",
        ),
        ("tcp dport vmap @m\ntcp dport 80 accept", "dropped 0"),
        (
            "tcp dport vmap { 80 : goto back }\ntcp dport 80 accept",
            "dropped policy",
        ),
        ("jump back\ntcp dport 80 accept", "passes"),
        ("jump nowhere", "unknown"),
        ("iifname \"lo\" accept", "dropped policy"),
        ("iif \"eth0\" accept", "unknown"),
        ("iifname { \"eth*\", \"ppp0\" } accept", "passes"),
        ("iifname != \"lo\" accept", "passes"),
        ("oifname \"eth0\" accept", "dropped policy"),
        ("tcp flags 0x2 / 0x1,0x2,0x4,0x10 accept", "passes"),
        (
            "tcp flags & (fin | syn | rst | ack) == syn accept",
            "passes",
        ),
        ("tcp flags != 0x2 / 0x2,0x10 accept", "dropped policy"),
        ("tcp flags 0x2 accept", "passes"),
        ("tcp flags 0x10 accept", "dropped policy"),
        ("meta mark 0x00000005 accept", "unknown"),
        ("meta mark set 0x00000005\ntcp dport 80 accept", "passes"),
        ("fib daddr type 2 accept", "passes"),
        ("meta pkttype 2 accept", "dropped policy"),
        ("icmp type 8 accept", "dropped policy"),
        ("icmpv6 type { 134, 135 } accept", "dropped policy"),
        ("limit rate 5/minute accept", "unknown"),
        (
            "tcp dport 80 limit rate over 5/second drop\ntcp dport 80 accept",
            "unknown",
        ),
        ("tcp dport 80 ct count over 5 drop", "dropped 0"),
        ("ip daddr . tcp dport { 192.0.2.1 . 80 } accept", "unknown"),
        ("log prefix \"drop { me } \" accept", "passes"),
        (
            "log prefix \"x\" level info counter packets 5 bytes 300 reject with tcp reset",
            "dropped 0",
        ),
        ("tcp dport 80 accept comment \"drop # handle 3\"", "passes"),
        ("queue to 1", "unknown"),
        ("counter packets 0 bytes 0 xt target \"TARPIT\"", "unknown"),
        ("xt match ipvs counter packets 0 bytes 0 accept", "unknown"),
        ("notrack\ntcp dport 80 accept", "passes"),
        ("tcp dport {\n80, 81 } accept", "passes"),
    ] {
        assert_eq!(nft("drop", rules), expected, "{rules}");
    }
    assert_eq!(nft("accept", ""), "passes");
    assert_eq!(nft("accept", "ip saddr 10.0.0.0/8 drop"), "unknown");
    assert_eq!(nft("accept", "tcp dport @nothing drop"), "unknown");
}

/// Without a connection nothing of it can be compared, and its addresses are not translated.
#[test]
fn what_belongs_to_no_connection() {
    let untracked = |firewall: &Firewall| {
        let states = States::INVALID.with(States::UNTRACKED);
        fate(
            firewall,
            &Packet {
                states,
                ..request()
            },
        )
    };
    for (rules, expected) in [
        ("ct status 0x20 accept", "dropped policy"),
        ("ct status != dnat accept", "dropped policy"),
        ("ct state 0x2 accept", "dropped policy"),
        ("ct state 0x1,0x40 accept", "passes"),
        ("ct state 0x1 accept", "unknown"),
    ] {
        assert_eq!(
            untracked(&nft_input("inet", "drop", rules)),
            expected,
            "{rules}"
        );
    }
    assert_eq!(nft("drop", "ct status 0x20 accept"), "unknown");
    let rule = "-A INPUT -m conntrack --ctstate ESTABLISHED,DNAT -j ACCEPT";
    assert_eq!(untracked(&iptables("DROP", rule)), "dropped policy");
}

#[test]
fn packets_of_the_other_family() {
    let firewall = nft_input("ip6", "drop", "tcp dport @ports accept");
    assert_eq!(fate(&firewall, &request_v6()), "passes");
    assert_eq!(fate(&firewall, &request()), "");
    let rules = "icmpv6 type { 135, 136 } accept\nip6 daddr 2001:db8::/64 tcp dport 22 accept";
    let firewall = nft_input("ip6", "drop", rules);
    assert_eq!(fate(&firewall, &request_v6()), "dropped policy");
    let firewall = nft_input("inet", "drop", "ip6 daddr != fd00::/8 accept");
    assert_eq!(fate(&firewall, &request_v6()), "passes");
}

#[test]
fn tables_that_concern_nobody() {
    for text in [
        "table bridge b {\n\tchain i {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n",
        "table inet d {\n\tflags dormant\n\n\tchain i {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n",
        // Cut off.
        "table inet d {\n\tchain i {\n\t\ttype filter hook input priority 0; policy drop;\n",
    ] {
        assert_eq!(Firewall::parse(text.to_owned()).tables, [], "{text}");
    }
}

#[test]
fn priorities_by_name_and_number() {
    for (text, expected) in [
        ("0", Some(0)),
        ("-150", Some(-150)),
        ("filter", Some(0)),
        ("filter + 10", Some(10)),
        ("dstnat - 5", Some(-105)),
        ("strange", None),
    ] {
        let text = format!(
            "table ip t {{\n chain c {{\n type filter hook input priority {text}; policy drop;\n }}\n}}"
        );
        let firewall = Firewall::parse(text);
        let base = firewall.tables[0].chains["c"].base;
        assert_eq!(base.map(|base| base.priority), expected);
    }
}
