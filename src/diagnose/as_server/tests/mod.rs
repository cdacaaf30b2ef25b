//! Real servers as plain data: what must be found on them, and what must not.

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
fn without_the_vip_the_segment_is_silenced_first() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    facts.vip = Route::Direct("eth0".to_owned());
    finds(&facts, Id::VipMissing, &["ip addr add 192.0.2.1/32 dev lo"]);
    facts.settings.clear();
    let add = ["ip addr add 192.0.2.1/32 dev lo"];
    finds(&facts, Id::VipMissing, &[&SILENT[..], &add].concat());
    // A rule that redirects the packets is another way to serve them.
    facts.firewall = Some(Firewall::parse(
        "-A PREROUTING -d 192.0.2.1/32 -p tcp -j REDIRECT".to_owned(),
    ));
    finds_nothing(&facts);
    facts.firewall = Some(Firewall::parse(
        "-A PREROUTING -d 192.0.2.9/32 -p tcp -j REDIRECT".to_owned(),
    ));
    assert_eq!(found(&facts).len(), 1);
}

#[test]
fn a_local_route_is_as_good_as_an_address() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    finds_nothing(&facts);
}

#[test]
fn the_larger_of_two_settings_holds() {
    let answering = |all: u32, own: u32| {
        let mut facts = direct();
        let set = |arp_ignore| Settings {
            arp_ignore,
            arp_announce: 2,
            ..Settings::default()
        };
        facts.settings = [("all".to_owned(), set(all)), ("eth0".to_owned(), set(own))].into();
        let found = found(&facts);
        let commands = found.first().map(|finding| {
            let commands = finding.fixes.iter().map(|fix| fix.command.clone());
            commands.collect::<Vec<String>>()
        });
        commands.unwrap_or_default()
    };
    let all = "sysctl -w net.ipv4.conf.all.arp_ignore=1";
    let own = "sysctl -w net.ipv4.conf.eth0.arp_ignore=1";
    for (settings, expected) in [
        ((0, 0), &[all][..]),
        ((1, 0), &[]),
        ((0, 1), &[]),
        ((2, 1), &[]),
        ((8, 0), &[]),
        // 3 is silent only for addresses of scope host.
        ((3, 1), &[all]),
        ((1, 4), &[own]),
        ((0, 4), &[all, own]),
    ] {
        assert_eq!(answering(settings.0, settings.1), expected, "{settings:?}");
    }
}

#[test]
fn silence_where_nobody_asks_or_something_else_keeps_it() {
    let mut facts = direct();
    facts.settings.clear();
    finds(&facts, Id::ServerAnswersArp, &SILENT);
    // A host that balances the service has the VIP by right.
    let director = Facts {
        is_director: true,
        ..facts.clone()
    };
    finds_nothing(&director);
    let mut filtered = facts.clone();
    filtered.firewall = Some(Firewall::parse(
        "table arp filter {\n\tchain IN {\n".to_owned(),
    ));
    finds_nothing(&filtered);
    filtered.firewall = Some(Firewall::default());
    filtered.old_arp_tables = true;
    finds_nothing(&filtered);
    // Perhaps the VIP's requests do not come to this segment.
    facts.interfaces[1].addresses = vec![on("10.0.0.11/24")];
    finds_nothing(&facts);
}

#[test]
fn announcing_alone() {
    let mut facts = direct();
    facts.settings.get_mut("all").unwrap().arp_announce = 0;
    finds(&facts, Id::ServerAnnouncesVip, &SILENT[1..]);
    // 1 is enough: the VIP is in no network of the interface itself.
    facts.settings.get_mut("all").unwrap().arp_announce = 1;
    finds_nothing(&facts);
}

#[test]
fn the_vip_on_the_segment_is_moved_without_what_it_holds_up() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    let mut own = on("192.0.2.11/24");
    own.secondary = true;
    facts.interfaces[1].addresses = vec![on("192.0.2.1/24"), own];
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "sysctl -w net.ipv4.conf.eth0.promote_secondaries=1",
        "ip addr del 192.0.2.1/24 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
    facts.interfaces[1].addresses[1] = on("10.0.0.11/24");
    facts.interfaces[1].addresses.push(on("192.0.3.11/16"));
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "ip addr del 192.0.2.1/24 dev eth0",
        "ip route replace 192.0.2.0/24 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
}

#[test]
fn ipv6_on_the_segment() {
    let mut facts = direct();
    facts.role.endpoint.address = address("2001:db8::1");
    facts.listeners = [listener("::")].into();
    facts.interfaces[0].addresses = vec![on("2001:db8::1/128")];
    facts.interfaces[1].addresses = vec![on("2001:db8::11/64")];
    facts.settings.clear();
    finds_nothing(&facts);
    facts.interfaces[0].addresses.clear();
    facts.interfaces[1].addresses.push(on("2001:db8::1/128"));
    let expected = [
        "ip addr add 2001:db8::1/128 dev lo nodad",
        "ip addr del 2001:db8::1/128 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
    facts.interfaces[1].addresses[1].duplicate = true;
    facts.vip = Route::Direct("eth0".to_owned());
    finds(&facts, Id::VipTentative, &expected);
}

#[test]
fn a_whole_network_on_loopback() {
    let mut facts = direct();
    facts.interfaces[0].addresses[1] = on("192.0.2.1/24");
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "ip addr del 192.0.2.1/24 dev lo",
    ];
    finds(&facts, Id::ServerVipPrefix, &expected);
    // All of a network that nobody else is in may be meant.
    facts.interfaces[1].addresses = vec![on("10.0.0.11/24")];
    finds_nothing(&facts);
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
