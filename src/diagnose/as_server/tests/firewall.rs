//! Firewalls of real servers.

use super::*;

fn with_rules(facts: &Facts, rules: &str) -> Facts {
    Facts {
        firewall: Some(Firewall::parse(rules.to_owned())),
        ..facts.clone()
    }
}

/// A table of nft with one chain, and these rules in it.
fn chain(hook: &str, policy: &str, rules: &str) -> String {
    format!(
        "table inet lab {{\n\tchain c {{\n\t\ttype filter hook {hook} priority 0; policy {policy};\n\t\t{rules}\n\t}}\n}}\n"
    )
}

#[test]
fn a_firewall_that_surely_drops() {
    let facts = direct();
    for (hook, policy, rules) in [
        ("input", "drop", ""),
        ("input", "accept", "tcp dport 80 drop"),
        ("input", "accept", "ip daddr 192.0.2.1 reject"),
        ("prerouting", "accept", "iifname \"eth0\" drop"),
        ("output", "accept", "tcp sport 80 drop"),
        ("output", "accept", "ip saddr 192.0.2.1 drop"),
    ] {
        let found = found(&with_rules(&facts, &chain(hook, policy, rules)));
        let ids: Vec<Id> = found.iter().map(|finding| finding.id).collect();
        assert_eq!(ids, [Id::ServerFirewall], "{hook} {policy} {rules}");
        assert_eq!(found[0].fixes.len(), 1);
    }
}

#[test]
fn a_firewall_that_lets_the_service_pass() {
    let facts = direct();
    for (hook, policy, rules) in [
        ("input", "drop", "tcp dport 80 accept"),
        ("input", "drop", "iifname \"eth0\" accept"),
        ("input", "accept", "tcp dport 81 drop"),
        ("input", "accept", "ip daddr 192.0.2.11 drop"),
        ("input", "accept", "ct state invalid drop"),
        ("output", "drop", "ct state established,related accept"),
        // What depends on the client is not known.
        ("input", "accept", "ip saddr 10.0.0.0/8 drop"),
        ("forward", "drop", ""),
    ] {
        let facts = with_rules(&facts, &chain(hook, policy, rules));
        assert_eq!(found(&facts), [], "{hook} {policy} {rules}");
    }
}
