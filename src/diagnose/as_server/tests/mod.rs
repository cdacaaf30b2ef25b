//! Real servers as plain data: what must be found on them, and what must not.

mod address;
mod firewall;
mod tunnels;

use std::net::IpAddr;

use super::facts::{Address, Facts, Interface, NextHop, Settings};
use super::rules::examine;
use crate::cli::command::ServerRole;
use crate::diagnose::facts::{Listener, Route};
use crate::diagnose::firewall::Firewall;
use crate::diagnose::modules::Modules;
use crate::diagnose::{Finding, Grade, Id};
use crate::kernel::fou::FouPort;
use crate::kernel::interfaces::TunnelEnds;
use crate::model::{Endpoint, Forwarding, Protocol, Tunnel, TunnelChecksum};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn on(network: &str) -> Address {
    Address {
        network: network.parse().unwrap(),
        secondary: false,
        tentative: false,
        duplicate: false,
        host_scope: false,
    }
}

fn interface(name: &str, kind: &str, addresses: &[&str]) -> Interface {
    Interface {
        name: name.to_owned(),
        up: true,
        loopback: name == "lo",
        no_arp: !kind.is_empty(),
        kind: kind.to_owned(),
        addresses: addresses.iter().map(|network| on(network)).collect(),
        ..Interface::default()
    }
}

fn listener(place: &str) -> Listener {
    Listener {
        protocol: Protocol::Tcp,
        address: address(place),
        port: 80,
    }
}

/// A server of direct routing on which nothing is wrong.
fn direct() -> Facts {
    let silent = Settings {
        arp_ignore: 1,
        arp_announce: 2,
        ..Settings::default()
    };
    let hop = NextHop {
        interface: "eth0".to_owned(),
        gateway: Some(address("192.0.2.254")),
    };
    Facts {
        role: ServerRole {
            protocol: Protocol::Tcp,
            endpoint: Endpoint {
                address: address("192.0.2.1"),
                port: 80,
            },
            forwarding: Forwarding::DirectRouting,
            director: None,
        },
        modules: Modules::default(),
        interfaces: vec![
            interface("lo", "", &["127.0.0.1/8", "192.0.2.1/32"]),
            interface("eth0", "", &["192.0.2.11/24"]),
        ],
        settings: [("all".to_owned(), silent)].into(),
        vip: Route::Local,
        answer: Some(hop),
        has_gateway: true,
        director: None,
        tables: [253, 254, 255].into(),
        listeners: [listener("0.0.0.0")].into(),
        fou_ports: Some(Vec::new()),
        firewall: Some(Firewall::default()),
        old_arp_tables: false,
        is_director: false,
        reverse_path_drops: 0,
    }
}

/// A server behind a tunnel on which nothing is wrong.
fn tunneled(tunnel: Tunnel) -> Facts {
    let kind = match tunnel {
        Tunnel::Gre { .. } => ("gre1", "gre"),
        _ => ("tunl0", "ipip"),
    };
    let mut facts = direct();
    facts.role.forwarding = Forwarding::Tunnel(tunnel);
    facts.interfaces[1].addresses = vec![on("203.0.113.11/24")];
    let mut end = interface(kind.0, kind.1, &[]);
    end.tunnel = Some(TunnelEnds::default());
    facts.interfaces.push(end);
    facts
}

fn masqueraded() -> Facts {
    let mut facts = direct();
    facts.role.forwarding = Forwarding::Masquerading;
    facts.role.director = Some(address("10.0.0.1"));
    facts.interfaces = vec![
        interface("lo", "", &["127.0.0.1/8"]),
        interface("eth0", "", &["10.0.0.11/24"]),
    ];
    facts.vip = Route::Gateway("eth0".to_owned());
    facts.director = Some(Route::Direct("eth0".to_owned()));
    facts.answer = Some(NextHop {
        interface: "eth0".to_owned(),
        gateway: Some(address("10.0.0.1")),
    });
    facts
}

/// What is found that is worse than a note.
fn found(facts: &Facts) -> Vec<Finding> {
    let all = examine(facts).into_iter();
    all.filter(|finding| finding.grade != Grade::Note).collect()
}

#[track_caller]
fn finds(facts: &Facts, id: Id, commands: &[&str]) {
    let found = found(facts);
    let ids: Vec<Id> = found.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, [id], "{found:#?}");
    let printed: Vec<&str> = found[0]
        .fixes
        .iter()
        .map(|fix| fix.command.as_str())
        .collect();
    assert_eq!(printed, commands);
}

#[track_caller]
fn finds_nothing(facts: &Facts) {
    assert_eq!(found(facts), []);
}

const SILENT: [&str; 2] = [
    "sysctl -w net.ipv4.conf.all.arp_ignore=1",
    "sysctl -w net.ipv4.conf.all.arp_announce=2",
];

#[test]
fn healthy_servers() {
    finds_nothing(&direct());
    finds_nothing(&masqueraded());
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Off,
    };
    let gre = Tunnel::Gre {
        checksum: TunnelChecksum::Off,
    };
    finds_nothing(&tunneled(Tunnel::Ipip));
    finds_nothing(&tunneled(gre));
    let mut facts = tunneled(gue);
    facts.fou_ports = Some(vec![FouPort {
        port: 6080,
        ipv6: false,
        gue: true,
    }]);
    finds_nothing(&facts);
}

#[test]
fn the_state_is_a_note() {
    let notes = examine(&direct());
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (notes[0].id, notes[0].grade),
        (Id::ServerState, Grade::Note)
    );
    assert_eq!(
        notes[0].evidence,
        [
            "192.0.2.1/32 is on lo",
            "on eth0 arp_ignore is 1, arp_announce 2, rp_filter 0",
            "answers to clients far away leave by eth0 over 192.0.2.254",
            "programs listen at 0.0.0.0:80",
        ]
    );
}

#[test]
fn answers_past_the_director() {
    let mut facts = masqueraded();
    facts.answer.as_mut().unwrap().gateway = Some(address("10.0.0.254"));
    facts.tables.insert(100);
    let expected = [
        "ip route replace default via 10.0.0.1 dev eth0 table 101",
        "ip rule add from 10.0.0.11 ipproto tcp sport 80 table 101",
    ];
    finds(&facts, Id::ServerWayBack, &expected);
    // Where the director is not a neighbour, this may be the way to it.
    facts.director = Some(Route::Gateway("eth0".to_owned()));
    finds_nothing(&facts);
    facts.role.director = None;
    facts.director = None;
    finds_nothing(&facts);
    facts.answer = None;
    finds_nothing(&facts);
    facts.has_gateway = false;
    finds(
        &facts,
        Id::ServerWayBack,
        &["ip route add default via DIRECTOR"],
    );
}

#[test]
fn programs_that_do_not_hear() {
    let mut facts = direct();
    facts.listeners = [listener("192.0.2.11")].into();
    finds(&facts, Id::ServerNotListening, &[]);
    assert_eq!(
        found(&facts)[0].evidence,
        ["one listens at 192.0.2.11:80 only"]
    );
    for place in ["192.0.2.1", "::", "::ffff:192.0.2.1"] {
        facts.listeners = [listener(place)].into();
        finds_nothing(&facts);
    }
    let mut facts = masqueraded();
    facts.listeners = [listener("127.0.0.1")].into();
    finds(&facts, Id::ServerNotListening, &[]);
    facts.listeners = [listener("10.0.0.11")].into();
    finds_nothing(&facts);
}

#[test]
fn a_udp_program_that_listens_everywhere() {
    let mut facts = direct();
    facts.role.protocol = Protocol::Udp;
    let udp = |place| Listener {
        protocol: Protocol::Udp,
        ..listener(place)
    };
    facts.listeners = [udp("0.0.0.0")].into();
    let ids: Vec<Id> = examine(&facts).iter().map(|finding| finding.id).collect();
    assert_eq!(ids, [Id::ServerUdpSource, Id::ServerState]);
    facts.listeners = [udp("0.0.0.0"), udp("192.0.2.1")].into();
    assert_eq!(examine(&facts).len(), 1);
}
