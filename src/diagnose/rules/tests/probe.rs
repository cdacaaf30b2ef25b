//! What a network said that was asked.

use std::net::SocketAddr;

use super::super::probe::{claimed, dead_servers, everything};
use super::*;
use crate::diagnose::facts::{Claimant, Probe};
use crate::diagnose::finding::Grade;
use crate::kernel::probe::HardwareAddress;
use crate::kernel::probe::ports::{Outcome, Port};

/// A healthy director whose only server said this.
fn probed(forwarding: Forwarding, weight: i32, outcome: Outcome) -> Facts {
    let mut facts = healthy();
    let entry = &mut facts.services[0].servers[0];
    entry.server.forwarding = forwarding;
    entry.server.weight = weight;
    let endpoint = entry.server.endpoint;
    let port = Port {
        protocol: Protocol::Tcp,
        address: SocketAddr::new(endpoint.address, endpoint.port),
    };
    facts.probe = Some(Probe {
        ports: [(port, outcome)].into(),
        ..Probe::default()
    });
    facts
}

fn of_probe(facts: &Facts) -> Vec<(Id, Grade)> {
    let found = claimed(facts).into_iter().chain(dead_servers(facts));
    found.map(|finding| (finding.id, finding.grade)).collect()
}

#[test]
fn only_masqueraded_servers_that_are_in_use_can_be_dead() {
    let masqueraded = Forwarding::Masquerading;
    let direct = Forwarding::DirectRouting;
    for (forwarding, weight, outcome, expected) in [
        (masqueraded, 1, Outcome::Answers, None),
        (masqueraded, 1, Outcome::NotAsked, None),
        (masqueraded, 1, Outcome::Refused, Some(Id::ProbeRefused)),
        (masqueraded, 1, Outcome::Silent, Some(Id::ProbeSilent)),
        (
            masqueraded,
            1,
            Outcome::Unreachable,
            Some(Id::ProbeUnreachable),
        ),
        (masqueraded, 0, Outcome::Refused, None),
        (masqueraded, 0, Outcome::Silent, None),
        (direct, 1, Outcome::Refused, None),
        (direct, 1, Outcome::Silent, None),
    ] {
        let found = of_probe(&probed(forwarding, weight, outcome));
        let expected: Vec<_> = expected.map(|id| (id, Grade::Broken)).into_iter().collect();
        assert_eq!(found, expected, "{forwarding:?} {weight} {outcome:?}");
    }
}

#[test]
fn udp_need_not_answer() {
    let mut facts = probed(Forwarding::Masquerading, 1, Outcome::Silent);
    let ServiceId::Address { protocol, .. } = &mut facts.services[0].entry.service.id else {
        panic!("a service by address");
    };
    *protocol = Protocol::Udp;
    let ports = &mut facts.probe.as_mut().unwrap().ports;
    *ports = ports
        .drain()
        .map(|(port, outcome)| {
            let protocol = Protocol::Udp;
            (Port { protocol, ..port }, outcome)
        })
        .collect();
    assert_eq!(of_probe(&facts), []);
    let all = everything(&facts);
    assert!(all[0].evidence[0].ends_with("does not refuse"), "{all:?}");
}

#[test]
fn one_finding_for_each_host_that_claims_addresses() {
    let claim = |vip: &str, last: u8, host: Option<&str>| Claimant {
        address: address(vip),
        interface: "eth0".to_owned(),
        hardware: HardwareAddress([2, 0, 0, 0, 0, last]),
        host: host.map(address),
        is_server: last == 11,
    };
    let mut facts = healthy();
    facts.probe = Some(Probe {
        claimants: vec![
            claim("192.0.2.1", 11, Some("192.0.2.11")),
            claim("192.0.2.2", 11, Some("192.0.2.11")),
            claim("192.0.2.1", 99, None),
        ],
        ..Probe::default()
    });
    let found = claimed(&facts);
    assert_eq!(found.len(), 2, "{found:#?}");
    let commands: Vec<String> = found[0].fixes.iter().map(ToString::to_string).collect();
    assert_eq!(
        commands,
        [
            "sysctl -w net.ipv4.conf.all.arp_ignore=1 # on 192.0.2.11",
            "sysctl -w net.ipv4.conf.all.arp_announce=2 # on 192.0.2.11",
        ]
    );
    assert_eq!(found[0].evidence.len(), 2);
    // Whoever that is, no command can be for it.
    let unknown = "A host with the hardware address 02:00:00:00:00:63 ";
    assert!(found[1].title.starts_with(unknown), "{}", found[1].title);
    assert!(found[1].fixes.is_empty());
}

#[test]
fn a_long_list_is_cut() {
    let mut facts = probed(Forwarding::Masquerading, 1, Outcome::Refused);
    let first = facts.services[0].servers[0];
    for number in 1001..=1030 {
        let mut entry = first;
        entry.server.endpoint.port = number;
        let address = SocketAddr::new(first.server.endpoint.address, number);
        let protocol = Protocol::Tcp;
        let ports = &mut facts.probe.as_mut().unwrap().ports;
        ports.insert(Port { protocol, address }, Outcome::Refused);
        facts.services[0].servers.push(entry);
    }
    let found = dead_servers(&facts);
    assert_eq!(found.len(), 1);
    let end = "refuses connections, as do 30 more";
    assert!(found[0].title.ends_with(end), "{}", found[0].title);
    assert_eq!(found[0].evidence.len(), 21);
    assert_eq!(found[0].evidence[20], "11 more");
}

#[test]
fn what_was_asked_is_counted_in_words() {
    let facts = probed(Forwarding::Masquerading, 1, Outcome::Answers);
    let mut probe = facts.probe.unwrap();
    for (addresses, asked) in [(1, "1 address"), (2, "2 addresses")] {
        probe.addresses = addresses;
        assert_eq!(
            probe.summary(),
            format!("; of 1 port 1 answered and 0 refused; asked who has {asked}")
        );
    }
}
