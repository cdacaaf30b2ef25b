//! Servers that answer past this host, as their clients' packets show them.

use super::*;
use crate::diagnose::{Grade, Id};
use crate::model::{Tunnel, TunnelChecksum};

const SILENT: &str = "192.0.2.12:80";
const FELLOW: &str = "192.0.2.11:80";

/// A director of two servers, neither of which answers through it.
fn director() -> Facts {
    let mut facts = healthy();
    facts.services[0].servers = [FELLOW, SILENT]
        .map(|place| server(place, Forwarding::DirectRouting))
        .into();
    for place in [FELLOW, SILENT] {
        let route = Route::Direct("eth0".to_owned());
        facts.routes.insert(endpoint(place).address, route);
    }
    facts
}

/// Connections of so many clients, each of which has so many, that have been in a state for this long.
fn connections(server: &str, clients: u32, each: u32, state: &str, expires: u64) -> Vec<String> {
    let pairs = (1..=clients).flat_map(|client| (1..=each).map(move |port| (client, port)));
    pairs
        .map(|(client, port)| {
            line(
                &format!("198.51.100.{client}:{port}"),
                80,
                server,
                state,
                expires,
            )
        })
        .collect()
}

/// Six connections of three clients that have waited for ten seconds.
fn waiting() -> Vec<String> {
    connections(SILENT, 3, 2, "SYN_RECV", 50)
}

fn established() -> Vec<String> {
    connections(FELLOW, 3, 2, "ESTABLISHED", 890)
}

/// What is found with these connections.
fn found(facts: &mut Facts, lines: &[Vec<String>]) -> Vec<Id> {
    connect(facts, &lines.concat());
    examine(facts).iter().map(|finding| finding.id).collect()
}

#[test]
fn a_server_whose_clients_all_wait_while_its_fellow_answers() {
    let mut facts = director();
    connect(&mut facts, &[waiting(), established()].concat());
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (
            findings[0].id,
            findings[0].grade,
            findings[0].title.as_str()
        ),
        (
            Id::ServerSilent,
            Grade::Broken,
            "The clients of TCP 192.0.2.1:80 get no answer from 192.0.2.12"
        )
    );
    assert_eq!(
        findings[0].evidence,
        [
            "6 connections wait in SYN_RECV at 192.0.2.12:80, from at least 3 clients, and none was established; \
             at 192.0.2.11:80 6 connections were"
        ]
    );
    assert_eq!(
        fixes_of(&facts),
        ["ipvsadm --diagnose --as-server -t 192.0.2.1:80 -g # on 192.0.2.12"]
    );
}

#[test]
fn the_tunnel_is_named_as_the_server_is_to_know_it() {
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Off,
    };
    for (tunnel, options) in [
        (Tunnel::Ipip, "ipip"),
        (gue, "gue --tun-port 6080 --tun-nocsum"),
    ] {
        let mut facts = director();
        for entry in &mut facts.services[0].servers {
            entry.server.forwarding = Forwarding::Tunnel(tunnel);
        }
        // A tunnel gets behind routers.
        let behind = Route::Gateway("eth0".to_owned());
        facts.routes.insert(endpoint(SILENT).address, behind);
        connect(&mut facts, &[waiting(), established()].concat());
        assert_eq!(
            fixes_of(&facts),
            [format!(
                "ipvsadm --diagnose --as-server -t 192.0.2.1:80 -i --tun-type {options} # on 192.0.2.12"
            )]
        );
        assert!(examine(&facts)[0].why.contains("unpack the tunnel"));
    }
}

#[test]
fn a_server_of_several_services_is_one_finding() {
    let mut facts = director();
    let mut tls = facts.services[0].clone();
    tls.entry.service.id = tcp("192.0.2.1:443");
    for entry in &mut tls.servers {
        entry.server.endpoint.port = 443;
    }
    facts.services.push(tls);
    let web: Vec<String> = [waiting(), established()].concat();
    let at_443 = web.iter().map(|line| line.replace(" 0050", " 01BB"));
    let both = [web.clone(), at_443.collect()];
    assert_eq!(found(&mut facts, &both), [Id::ServerSilent]);
    assert_eq!(
        fixes_of(&facts),
        [
            "ipvsadm --diagnose --as-server -t 192.0.2.1:80 -g # on 192.0.2.12\n\
             ipvsadm --diagnose --as-server -t 192.0.2.1:443 -g # on 192.0.2.12"
        ]
    );
}

/// Each differs in one thing from what is found.
#[test]
fn half_open_connections_that_show_nothing() {
    let state = |state| connections(SILENT, 1, 1, state, 50);
    let nothing: [(&str, Vec<Vec<String>>); 11] = [
        ("no connection", vec![]),
        ("nobody is answered", vec![waiting()]),
        ("nobody waits", vec![established()]),
        (
            "a scan from one client",
            vec![connections(SILENT, 1, 500, "SYN_RECV", 50), established()],
        ),
        (
            "a scan from two",
            vec![connections(SILENT, 2, 250, "SYN_RECV", 50), established()],
        ),
        (
            "four connections",
            vec![connections(SILENT, 4, 1, "SYN_RECV", 50), established()],
        ),
        (
            "opened just now",
            vec![connections(SILENT, 200, 5, "SYN_RECV", 59), established()],
        ),
        (
            "one is answered",
            vec![waiting(), established(), state("ESTABLISHED")],
        ),
        (
            "one has ended",
            vec![waiting(), established(), state("TIME_WAIT")],
        ),
        (
            "one was broken off",
            vec![waiting(), established(), state("CLOSE")],
        ),
        (
            "a flood of forged clients, on both servers",
            vec![
                connections(SILENT, 200, 2, "SYN_RECV", 50),
                connections(FELLOW, 2, 1, "SYN_RECV", 50),
                established(),
            ],
        ),
    ];
    for (what, lines) in nothing {
        assert_eq!(found(&mut director(), &lines), [], "{what}");
    }
}

#[test]
fn an_ipv6_host_has_many_addresses() {
    let mut summary = crate::diagnose::connections::Stalled::default();
    for (client, clients) in [
        ("2001:db8::1", 1),
        ("2001:db8::2", 1),
        ("2001:db8::ffff:0:0:1", 1),
        ("2001:db8:0:1::1", 2),
        ("192.0.2.1", 3),
        ("192.0.2.2", 3),
    ] {
        summary.add(address(client), endpoint("192.0.2.1:80"));
        assert_eq!(summary.clients(), clients, "{client}");
    }
    assert_eq!(summary.connections, 6);
}

#[test]
fn servers_of_which_something_else_is_known() {
    let quiet = |expected: &[Id], change: fn(&mut Facts)| {
        let mut facts = director();
        change(&mut facts);
        assert_eq!(found(&mut facts, &[waiting(), established()]), expected);
    };
    quiet(&[], |facts| facts.services[0].servers[1].server.weight = 0);
    quiet(&[], |facts| {
        facts.daemons = vec![daemon(DaemonRole::Backup)]
    });
    quiet(&[Id::ServerUnanswered], |facts| {
        neighbour(facts, "192.0.2.12", Reachability::Failed);
    });
    quiet(&[Id::NoRoute], |facts| {
        facts.routes.insert(address("192.0.2.12"), Route::None);
    });
    quiet(&[Id::DirectBehindRouter], |facts| {
        let behind = Route::Gateway("eth0".to_owned());
        facts.routes.insert(address("192.0.2.12"), behind);
    });
    quiet(&[Id::OddMethod], |facts| {
        facts.services[0].servers[0].server.forwarding = Forwarding::Tunnel(Tunnel::Ipip);
        let third = server("192.0.2.13:80", Forwarding::Tunnel(Tunnel::Ipip));
        let direct = Route::Direct("eth0".to_owned());
        facts.routes.insert(address("192.0.2.13"), direct);
        facts.services[0].servers.push(third);
    });
    // Of masqueraded servers the counters say what they return.
    quiet(&[], |facts| {
        for entry in &mut facts.services[0].servers {
            entry.server.forwarding = Forwarding::Masquerading;
            entry.stats.out_packets = 100;
        }
    });
}

#[test]
fn the_directors_own_connections_have_their_own_finding() {
    let mut facts = director();
    let own = (1..9).map(|port| line(&format!("192.0.2.1:{port}"), 80, SILENT, "SYN_RECV", 50));
    assert_eq!(
        found(&mut facts, &[own.collect(), established()]),
        [Id::OwnClient]
    );
}
