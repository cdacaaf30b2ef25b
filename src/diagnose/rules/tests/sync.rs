//! Sync daemons that reach each other, and those that do not.

use super::*;
use crate::diagnose::firewall::Firewall;
use crate::diagnose::rules::{firewall, sync};
use crate::diagnose::{Finding, Grade};

/// A healthy director with a daemon on eth1 that has joined its group.
fn synchronised(role: DaemonRole) -> Facts {
    let mut facts = healthy();
    facts.daemons = vec![daemon(role)];
    facts.sync.groups = Some([("eth1".to_owned(), address("224.0.0.81"))].into());
    facts.sync.received = (role == DaemonRole::Backup).then_some(true);
    facts
}

/// Changes the interface of the daemon.
fn set(facts: &mut Facts, change: impl FnOnce(&mut Interface)) {
    facts.interfaces.entry("eth1".to_owned()).and_modify(change);
}

/// Behind a chain of a hook with this policy and these rules.
fn behind(hook: &str, policy: &str, rules: &str, facts: Facts) -> Facts {
    let text = format!(
        "table ip f {{\n\tchain c {{\n\t\ttype filter hook {hook} priority 0; policy {policy};\n{rules}\n\t}}\n}}\n"
    );
    Facts {
        firewall: Some(Firewall::parse(text)),
        ..facts
    }
}

fn commands(findings: &[Finding]) -> Vec<String> {
    let fixes = findings.iter().flat_map(|finding| &finding.fixes);
    fixes.map(ToString::to_string).collect()
}

#[test]
fn nothing_where_daemons_reach_each_other() {
    for role in [DaemonRole::Master, DaemonRole::Backup] {
        assert_eq!(titles_of(&synchronised(role)), [""; 0]);
    }
}

#[test]
fn a_firewall_in_the_way_of_messages() {
    for (hook, role, rules, closed) in [
        ("input", DaemonRole::Backup, "", true),
        ("input", DaemonRole::Backup, "udp dport 8848 accept", false),
        ("input", DaemonRole::Backup, "udp dport 8849 accept", true),
        (
            "input",
            DaemonRole::Backup,
            "ip daddr 224.0.0.0/4 accept",
            false,
        ),
        (
            "input",
            DaemonRole::Backup,
            "meta pkttype multicast accept",
            false,
        ),
        (
            "input",
            DaemonRole::Backup,
            "iifname \"eth1\" accept",
            false,
        ),
        ("input", DaemonRole::Backup, "iifname \"eth0\" accept", true),
        (
            "input",
            DaemonRole::Backup,
            "ip saddr 10.0.0.2 accept",
            false,
        ),
        (
            "input",
            DaemonRole::Backup,
            "fib daddr type local accept",
            true,
        ),
        ("output", DaemonRole::Backup, "", false),
        ("output", DaemonRole::Master, "", true),
        (
            "output",
            DaemonRole::Master,
            "oifname \"eth1\" udp dport 8848 accept",
            false,
        ),
        ("input", DaemonRole::Master, "", false),
    ] {
        let facts = behind(hook, "drop", rules, synchronised(role));
        let found = firewall::sync_port(&facts);
        assert_eq!(!found.is_empty(), closed, "{hook} {rules}");
        if closed {
            let accept = "nft add rule ip f c ip daddr 224.0.0.81 udp dport 8848 accept";
            assert_eq!(commands(&found), [accept]);
        }
    }
    let mut other = behind("input", "drop", "", synchronised(DaemonRole::Backup));
    other.daemons[0].port = Some(9999);
    other.daemons[0].group = Some(address("239.1.1.1"));
    assert_eq!(
        commands(&firewall::sync_port(&other)),
        ["nft add rule ip f c ip daddr 239.1.1.1 udp dport 9999 accept"]
    );
    // The table gets IPv4 alone.
    other.daemons[0].group = Some(address("ff02::81"));
    assert_eq!(firewall::sync_port(&other), []);
}

#[test]
fn groups_are_joined_by_backups() {
    let mut facts = synchronised(DaemonRole::Backup);
    facts.sync.groups = Some([("eth0".to_owned(), address("224.0.0.81"))].into());
    assert_eq!(
        commands(&sync::group(&facts)),
        [
            "ipvsadm --stop-daemon backup --syncid 0",
            "ipvsadm --start-daemon backup --mcast-interface eth1 --syncid 0"
        ]
    );
    // It cannot be seen, or another rule says why.
    let mut unknown = facts.clone();
    unknown.sync.groups = None;
    assert_eq!(sync::group(&unknown), []);
    let mut down = facts.clone();
    down.interfaces
        .entry("eth1".to_owned())
        .and_modify(|interface| interface.up = false);
    assert_eq!(sync::group(&down), []);
    facts.daemons[0].role = DaemonRole::Master;
    assert_eq!(sync::group(&facts), []);
}

#[test]
fn what_may_be_wrong_is_a_note() {
    let mut facts = synchronised(DaemonRole::Backup);
    facts.sync.received = Some(false);
    set(&mut facts, |interface| interface.multicast = false);
    let grades: Vec<Grade> = examine(&facts)
        .iter()
        .map(|finding| finding.grade)
        .collect();
    assert_eq!(grades, [Grade::Note, Grade::Note]);
    facts.sync.received = None;
    set(&mut facts, |interface| interface.multicast = true);
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn messages_of_a_master_fit_into_a_packet() {
    let with = |role, group: &str, mtu, length| {
        let mut facts = synchronised(role);
        set(&mut facts, |interface| interface.mtu = mtu);
        facts.daemons[0].group = Some(address(group));
        facts.daemons[0].max_length = length;
        sync::message_length(&facts)
    };
    let found = with(DaemonRole::Master, "239.1.1.1", 1500, Some(1473));
    assert_eq!(
        commands(&found),
        [
            "ipvsadm --stop-daemon master --syncid 0",
            "ipvsadm --start-daemon master --mcast-interface eth1 --syncid 0 --sync-maxlen 1472 \
             --mcast-group 239.1.1.1"
        ]
    );
    assert_eq!(
        with(DaemonRole::Master, "ff02::81", 1500, Some(1453)).len(),
        1
    );
    for (role, group, mtu, length) in [
        (DaemonRole::Master, "239.1.1.1", 1500, Some(1472)),
        (DaemonRole::Master, "ff02::81", 1500, Some(1452)),
        (DaemonRole::Master, "239.1.1.1", 1500, None),
        // It is not known, or nothing fits.
        (DaemonRole::Master, "239.1.1.1", 0, Some(1472)),
        (DaemonRole::Master, "239.1.1.1", 28, Some(1472)),
        // What a backup takes says nothing about what it is sent.
        (DaemonRole::Backup, "239.1.1.1", 1500, Some(4000)),
        (DaemonRole::Master, "239.1.1.1", 100_000, Some(u16::MAX)),
    ] {
        assert_eq!(with(role, group, mtu, length), [], "{mtu} {length:?}");
    }
}
