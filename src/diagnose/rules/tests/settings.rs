//! Settings and limits that do harm, and the same ones where they do none.

use super::*;
use crate::diagnose::facts::{Keeper, Sysctls};
use crate::diagnose::rules::settings;
use crate::diagnose::{Finding, Grade};

/// The healthy director with these settings of IPVS.
fn with(sysctls: &[(&str, &str)]) -> Facts {
    Facts {
        sysctls: Sysctls::of(sysctls, true),
        ..healthy()
    }
}

fn commands(findings: &[Finding]) -> Vec<String> {
    let fixes = findings.iter().flat_map(|finding| &finding.fixes);
    fixes.map(ToString::to_string).collect()
}

#[test]
fn ports_that_are_used_again() {
    let facts = |weight, connections, reuse| {
        let mut facts = with(&[("conn_reuse_mode", reuse)]);
        let server = &mut facts.services[0].servers[0];
        server.server.weight = weight;
        server.inactive_connections = connections;
        facts
    };
    assert_eq!(settings::reused_ports(&facts(0, 1, "0")).len(), 1);
    for facts in [facts(1, 1, "0"), facts(0, 0, "0"), facts(0, 1, "1")] {
        assert_eq!(settings::reused_ports(&facts), []);
    }
}

#[test]
fn limits() {
    let grade = |connections, limit: &str| {
        let mut facts = with(&[("conn_max", limit)]);
        facts.services[0].servers[0].active_connections = connections;
        let found = settings::connection_limit(&facts);
        found.first().map(|finding| finding.grade)
    };
    assert_eq!(grade(899, "1000"), None);
    assert_eq!(grade(900, "1000"), Some(Grade::Trap));
    assert_eq!(grade(1000, "1000"), Some(Grade::Broken));
    assert_eq!(grade(1, "2"), None);
    assert_eq!(grade(1, "1073741824"), None);
    for strange in ["0", "-1", "many"] {
        assert_eq!(grade(1000, strange), None, "{strange}");
    }
    let mut facts = with(&[("conn_max", "1000")]);
    facts.services[0].servers[0].persistent_connections = 1000;
    assert_eq!(
        commands(&settings::connection_limit(&facts)),
        ["sysctl -w net.ipv4.vs.conn_max=2000"]
    );
}

#[test]
fn tables_that_do_not_grow() {
    let found = |connections, buckets, settings: &[(&str, &str)]| {
        let mut facts = with(settings);
        facts.connection_table_size = buckets;
        facts.services[0].servers[0].active_connections = connections;
        commands(&settings::crowded_table(&facts))
    };
    let command =
        |bits| format!("echo 'options ip_vs conn_tab_bits={bits}' > /etc/modprobe.d/ip_vs.conf");
    assert_eq!(found(8 * 4096, 4096, &[]), [command(16)]);
    assert_eq!(found(u32::MAX, 4096, &[]), [command(20)]);
    for nothing in [
        found(8 * 4096 - 1, 4096, &[]),
        found(u32::MAX, 1 << 20, &[]),
        found(u32::MAX, 0, &[]),
        found(8 * 4096, 4096, &[("conn_lfactor", "-4")]),
    ] {
        assert_eq!(nothing, [""; 0]);
    }
}

#[test]
fn the_defence_where_it_is_active() {
    for value in ["0", "1"] {
        let settings = ["drop_packet", "drop_entry", "secure_tcp"].map(|name| (name, value));
        assert_eq!(settings::defence(&with(&settings)), []);
    }
    let found = settings::defence(&with(&[("drop_entry", "3"), ("secure_tcp", "3")]));
    let grades: Vec<Grade> = found.iter().map(|finding| finding.grade).collect();
    assert_eq!(grades, [Grade::Trap, Grade::Note]);
    assert_eq!(commands(&found)[0], "sysctl -w net.ipv4.vs.drop_entry=1");
    // Memory is short: there is nothing to be set, unless somebody has said what short is.
    let short = [("drop_packet", "2"), ("amemthresh", "1024")];
    let found = settings::defence(&with(&short));
    assert_eq!((found[0].grade, commands(&found).len()), (Grade::Broken, 0));
    let found = settings::defence(&with(&[("drop_packet", "2"), ("amemthresh", "99999")]));
    assert_eq!(commands(&found), ["sysctl -w net.ipv4.vs.amemthresh=1024"]);
}

/// Counters that stand still show nothing.
#[test]
fn without_estimation() {
    assert_eq!(
        settings::estimation_off(&with(&[("run_estimation", "1")])),
        []
    );
    assert_eq!(settings::estimation_off(&with(&[])), []);
    let mut facts = with(&[("run_estimation", "0")]);
    assert_eq!(settings::estimation_off(&facts)[0].grade, Grade::Note);
    facts.firewall = Some(crate::diagnose::firewall::Firewall::default());
    facts.services[0].entry.service.id = ServiceId::FirewallMark {
        mark: 5,
        family: crate::model::Family::V4,
    };
    assert_eq!(crate::diagnose::rules::firewall::no_mark(&facts), []);
}

#[test]
fn programs_that_manage_the_table_are_notes() {
    let mut facts = healthy();
    facts.keepers.push(Keeper {
        name: "keepalived",
        seen: "Process 7 is keepalived".to_owned(),
    });
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].grade, Grade::Note);
    assert_eq!(findings[0].title, "keepalived manages this table");
}
