//! What may have been meant.

use super::*;
use crate::diagnose::Grade;
use crate::diagnose::facts::{Neighbour, Reachability};
use crate::model::Tunnel;

/// Servers with these methods, in one network or in several.
fn mixed(servers: &[(&str, Forwarding)]) -> Facts {
    let mut facts = healthy();
    facts.services[0].servers = servers
        .iter()
        .map(|(place, forwarding)| server(place, *forwarding))
        .collect();
    for (place, _) in servers {
        let address = endpoint(place).address;
        let near = "10.0.0.0/24".parse::<IpNet>().unwrap();
        let route = if near.contains(&address) {
            Route::Direct("eth1".to_owned())
        } else {
            Route::Gateway("eth1".to_owned())
        };
        facts.routes.insert(address, route);
    }
    facts
}

#[test]
fn the_odd_one_is_the_one_that_an_edit_makes() {
    const M: Forwarding = Forwarding::Masquerading;
    const G: Forwarding = Forwarding::DirectRouting;
    const I: Forwarding = Forwarding::Tunnel(Tunnel::Ipip);
    let fix = |server: &str, option: &str| {
        format!("ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.{server}:80 {option}")
    };
    for (methods, expected) in [
        (vec![M, M, G], Some(fix("13", "-m -w 1"))),
        (vec![M, G], Some(fix("12", "-m -w 1"))),
        (vec![G, M], Some(fix("11", "-m -w 1"))),
        (vec![G, G, M], Some(fix("13", "-g -w 1"))),
        (vec![I, I, G], Some(fix("13", "-i -w 1 --tun-type ipip"))),
        (vec![M, M], None),
        (vec![G, G, M, M], None),
        (vec![M], None),
    ] {
        let places: Vec<String> = (11..)
            .take(methods.len())
            .map(|last| format!("10.0.0.{last}:80"))
            .collect();
        let servers: Vec<(&str, Forwarding)> = places
            .iter()
            .map(String::as_str)
            .zip(methods.iter().copied())
            .collect();
        let facts = mixed(&servers);
        let findings = examine(&facts);
        assert!(
            findings
                .iter()
                .all(|finding| finding.id == Id::OddMethod && finding.grade == Grade::Trap)
        );
        assert_eq!(fixes_of(&facts), Vec::from_iter(expected), "{methods:?}");
    }
}

#[test]
fn an_edit_of_a_server_that_had_answered() {
    let mut facts = mixed(&[
        ("10.0.0.11:80", Forwarding::Masquerading),
        ("10.0.0.12:80", Forwarding::DirectRouting),
    ]);
    let lines = [
        line("198.51.100.7:1", 80, "10.0.0.12:80", "TIME_WAIT", 90),
        line("198.51.100.7:2", 80, "10.0.0.12:80", "SYN_RECV", 50),
    ];
    connect(&mut facts, &lines);
    // It works, and somebody is half open.
    assert_eq!(titles_of(&facts), [""; 0]);
    // It was masqueraded when it answered.
    facts.services[0].servers[1].stats.out_packets = 9;
    let findings = examine(&facts);
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::OddMethod, Grade::Broken)
    );
}

#[test]
fn methods_that_are_mixed_on_purpose() {
    // In another network, out of service, with a port that only masquerading translates, or this host itself.
    let far = mixed(&[
        ("10.0.0.11:80", Forwarding::Masquerading),
        ("203.0.113.11:80", Forwarding::Tunnel(Tunnel::Ipip)),
    ]);
    assert_eq!(titles_of(&far), [""; 0]);
    let mut out = mixed(&[
        ("10.0.0.11:80", Forwarding::Masquerading),
        ("10.0.0.12:80", Forwarding::DirectRouting),
    ]);
    out.services[0].servers[1].server.weight = 0;
    assert_eq!(titles_of(&out), [""; 0]);
    let port = mixed(&[
        ("10.0.0.11:80", Forwarding::DirectRouting),
        ("10.0.0.12:80", Forwarding::DirectRouting),
        ("10.0.0.13:8080", Forwarding::Masquerading),
    ]);
    assert_eq!(titles_of(&port), [""; 0]);
}

#[test]
fn netmasks() {
    for (mask, meant) in [
        ("255.255.255.255", None),
        ("255.255.255.0", None),
        ("255.255.255.252", None),
        ("128.0.0.0", None),
        ("0.0.0.0", None),
        ("255.0.255.0", Some("255.255.255.0")),
        ("0.0.0.255", Some("255.255.255.255")),
        ("255.255.253.0", Some("255.255.255.0")),
    ] {
        let mut facts = healthy();
        let service = &mut facts.services[0].entry.service;
        service.netmask = Netmask::V4(mask.parse().unwrap());
        // Without persistence it means nothing.
        let without = examine(&facts);
        assert_eq!(without, [], "{mask}");
        facts.services[0].entry.service.persistence = Some(300);
        let expected = meant.map(|meant| match meant {
            "255.255.255.255" => "ipvsadm -E -t 192.0.2.1:80 -s wlc -p 300".to_owned(),
            meant => format!("ipvsadm -E -t 192.0.2.1:80 -s wlc -p 300 -M {meant}"),
        });
        assert_eq!(fixes_of(&facts), Vec::from_iter(expected), "{mask}");
    }
}

/// A director of IPv6 with one server.
fn v6(service_place: &str, server_place: &str) -> Facts {
    let mut facts = healthy();
    facts.settings.ip6_forward = Some(true);
    facts.interfaces = [
        ("eth0".to_owned(), interface("2001:db8::1", 64)),
        ("eth1".to_owned(), interface("fd00::1", 64)),
    ]
    .into();
    let servers = vec![server(server_place, Forwarding::Masquerading)];
    facts.services = vec![service(tcp(service_place), servers)];
    let direct = Route::Direct("eth1".to_owned());
    facts.routes = [
        (address("2001:db8::1"), Route::Local),
        (endpoint(server_place).address, direct),
    ]
    .into();
    facts
}

#[test]
fn a_server_whose_port_became_part_of_its_address() {
    let absent = |facts: &mut Facts, held: &str| {
        let entry = Neighbour {
            address: address(held),
            interface: "eth1".to_owned(),
            reachability: Reachability::Failed,
        };
        facts.neighbours.insert(entry.address, vec![entry]);
    };
    let mut facts = v6("[2001:db8::1]:80", "[fd00::11:80]:80");
    assert_eq!(titles_of(&facts), [""; 0], "an address like others");
    absent(&mut facts, "fd00::11:80");
    assert_eq!(
        fixes_of(&facts),
        [
            "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m -w 1\nipvsadm -d -t [2001:db8::1]:80 -r [fd00::11:80]:80"
        ]
    );
    // With another port than the service's it is only a server that is not there.
    let mut facts = v6("[2001:db8::1]:80", "[fd00::11:12]:80");
    absent(&mut facts, "fd00::11:12");
    assert_eq!(examine(&facts)[0].id, Id::ServerUnanswered);
    let mut facts = v6("[2001:db8::1]:80", "[fd00::80]:80");
    absent(&mut facts, "fd00::80");
    assert_eq!(examine(&facts)[0].id, Id::ServerUnanswered);
}

#[test]
fn a_service_whose_port_became_part_of_its_address() {
    let mut facts = v6("[2001:db8::1:80]:0", "[fd00::11]:0");
    facts.services[0].entry.service.persistence = Some(60);
    assert_eq!(
        fixes_of(&facts),
        [
            "ipvsadm -A -t [2001:db8::1]:80 -s wlc -p 60\nipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m -w 1\n\
          ipvsadm -D -t [2001:db8::1:80]:0"
        ]
    );
    // What is an address here is meant, and what would not be one is something else.
    facts.routes.insert(address("2001:db8::1:80"), Route::Local);
    assert_eq!(titles_of(&facts), [""; 0]);
    let mut facts = v6("[2001:db8::7:80]:0", "[fd00::11]:0");
    facts.services[0].entry.service.persistence = Some(60);
    assert_eq!(examine(&facts)[0].id, Id::VipMissing);
}
