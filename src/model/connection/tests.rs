//! Which entries pass a filter, and what counts say.

use super::*;
use crate::model::{Family, ServiceId};

fn endpoint(text: &str) -> Endpoint {
    let socket: std::net::SocketAddr = text.parse().unwrap();
    Endpoint {
        address: socket.ip(),
        port: socket.port(),
    }
}

fn entry<'a>(
    protocol: &'a str,
    [source, service, destination]: [&str; 3],
    state: &'a str,
    expires: u64,
) -> Connection<'a> {
    Connection {
        protocol,
        source: endpoint(source),
        service: endpoint(service),
        destination: endpoint(destination),
        state,
        origin: None,
        expires,
        engine: None,
    }
}

/// A service at port 80, one of all ports, a mark's template, and IPv6.
fn table() -> [Connection<'static>; 7] {
    [
        entry(
            "TCP",
            ["10.1.0.1:1", "192.0.2.1:80", "10.0.0.11:8080"],
            "ESTABLISHED",
            900,
        ),
        entry(
            "TCP",
            ["10.1.0.1:0", "192.0.2.1:80", "10.0.0.11:8080"],
            "NONE",
            300,
        ),
        entry(
            "TCP",
            ["10.1.0.2:1", "192.0.2.1:443", "10.0.0.12:443"],
            "SYN_RECV",
            60,
        ),
        entry(
            "UDP",
            ["10.2.0.1:1", "192.0.2.1:80", "10.0.0.11:53"],
            "UDP",
            0,
        ),
        entry(
            "IP",
            ["10.1.0.1:0", "0.0.0.5:0", "10.0.0.12:0"],
            "ASSURED",
            300,
        ),
        entry(
            "TCP",
            ["[fd00::1]:1", "[fd00::80]:80", "10.0.0.12:443"],
            "FIN_WAIT",
            61,
        ),
        // It waits for its client's port.
        entry(
            "TCP",
            ["10.1.0.1:0", "192.0.2.1:20", "10.0.0.11:20"],
            "LISTEN",
            60,
        ),
    ]
}

/// The places in [`table`] of what a query asks for.
fn found(query: ConnectionQuery, servers: &[&str]) -> Vec<usize> {
    found_of(query, false, servers)
}

fn found_of(query: ConnectionQuery, is_persistent: bool, servers: &[&str]) -> Vec<usize> {
    let marked = MarkedService {
        is_persistent,
        servers: servers.iter().map(|server| endpoint(server)).collect(),
    };
    let filter = ConnectionFilter::new(&query, &marked);
    let table = table();
    let numbers = 0..table.len();
    numbers
        .filter(|number| filter.matches(&table[*number]))
        .collect()
}

fn service(protocol: Protocol, text: &str) -> ConnectionQuery {
    ConnectionQuery {
        service: Some(ServiceId::Address {
            protocol,
            endpoint: endpoint(text),
        }),
        ..ConnectionQuery::default()
    }
}

fn marked(mark: u32, family: Family) -> ConnectionQuery {
    ConnectionQuery {
        service: Some(ServiceId::FirewallMark { mark, family }),
        ..ConnectionQuery::default()
    }
}

#[test]
fn no_filter_passes_everything() {
    assert_eq!(
        found(ConnectionQuery::default(), &[]),
        [0, 1, 2, 3, 4, 5, 6]
    );
}

#[test]
fn services() {
    use Protocol::{Sctp, Tcp, Udp};
    for (protocol, text, expected) in [
        (Tcp, "192.0.2.1:80", &[0usize, 1] as &[usize]),
        (Tcp, "192.0.2.1:443", &[2]),
        // Every port of the address.
        (Tcp, "192.0.2.1:0", &[0, 1, 2, 6]),
        (Udp, "192.0.2.1:80", &[3]),
        (Sctp, "192.0.2.1:80", &[]),
        (Tcp, "[fd00::80]:80", &[5]),
        // The mark is no address.
        (Tcp, "0.0.0.5:0", &[]),
    ] {
        assert_eq!(found(service(protocol, text), &[]), expected, "{text}");
    }
}

#[test]
fn marks() {
    let of = |mark, family, servers: &[&str]| found(marked(mark, family), servers);
    // Templates are named in the table, connections are known by the service's servers.
    assert_eq!(of(5, Family::V4, &[]), [4]);
    assert_eq!(of(5, Family::V4, &["10.0.0.12:0"]), [2, 4]);
    assert_eq!(of(5, Family::V4, &["10.0.0.12:443"]), [2, 4]);
    assert_eq!(of(5, Family::V4, &["10.0.0.12:80"]), [4]);
    // The kernel does not take the ports of a persistent mark's servers.
    let persistent = |servers: &[&str]| found_of(marked(5, Family::V4), true, servers);
    assert_eq!(persistent(&["10.0.0.12:80"]), [2, 4]);
    assert_eq!(persistent(&["10.0.0.13:443"]), [4]);
    // Neither another mark's templates nor those of addresses.
    assert_eq!(
        of(6, Family::V4, &["10.0.0.12:0", "10.0.0.11:0"]),
        [0, 2, 3, 6]
    );
    // A server of the other family, through a tunnel.
    assert_eq!(of(5, Family::V6, &["10.0.0.12:0"]), [5]);
}

#[test]
fn other_filters() {
    let query = ConnectionQuery::default();
    let server = |address: [u8; 4], port| ConnectionQuery {
        server: Some(ServerQuery {
            address: address.into(),
            port,
        }),
        ..query
    };
    assert_eq!(found(server([10, 0, 0, 11], None), &[]), [0, 1, 3, 6]);
    assert_eq!(found(server([10, 0, 0, 11], Some(53)), &[]), [3]);
    assert_eq!(found(server([10, 0, 0, 12], Some(0)), &[]), [4]);
    for (network, expected) in [
        ("10.1.0.0/16", &[0usize, 1, 2, 4, 6] as &[usize]),
        ("10.1.0.2/32", &[2]),
        ("0.0.0.0/0", &[0, 1, 2, 3, 4, 6]),
        ("::/0", &[5]),
        ("fd00::/64", &[5]),
        ("10.3.0.0/16", &[]),
    ] {
        let client = Some(network.parse().unwrap());
        assert_eq!(
            found(ConnectionQuery { client, ..query }, &[]),
            expected,
            "{network}"
        );
    }
    for (names, expected) in [
        (&["NONE"] as &[&str], &[1usize] as &[usize]),
        (&["syn_recv", "Udp"], &[2, 3]),
        (&["CLOSE"], &[]),
    ] {
        let mut states = StateSet::default();
        assert!(names.iter().all(|name| states.add(name)));
        let states = Some(states);
        assert_eq!(found(ConnectionQuery { states, ..query }, &[]), expected);
    }
    for (protocol, expected) in [
        (
            TableProtocol::Transport(Protocol::Tcp),
            &[0usize, 1, 2, 5, 6] as &[usize],
        ),
        (TableProtocol::Transport(Protocol::Sctp), &[]),
        (TableProtocol::Ip, &[4]),
    ] {
        let protocol = Some(protocol);
        assert_eq!(found(ConnectionQuery { protocol, ..query }, &[]), expected);
    }
    // Every entry is on one side of a number of seconds.
    for (seconds, within) in [
        (0, &[3usize] as &[usize]),
        (60, &[2, 3, 6]),
        (61, &[2, 3, 5, 6]),
    ] {
        let expires_within = Some(seconds);
        let expires_after = Some(seconds);
        assert_eq!(
            found(
                ConnectionQuery {
                    expires_within,
                    ..query
                },
                &[]
            ),
            within
        );
        let after: Vec<usize> = (0..7).filter(|number| !within.contains(number)).collect();
        assert_eq!(
            found(
                ConnectionQuery {
                    expires_after,
                    ..query
                },
                &[]
            ),
            after
        );
    }
}

#[test]
fn filters_combine() {
    let query = ConnectionQuery {
        client: Some("10.1.0.1/32".parse().unwrap()),
        expires_within: Some(300),
        ..service(Protocol::Tcp, "192.0.2.1:80")
    };
    assert_eq!(found(query, &[]), [1]);
}

#[test]
fn states_and_their_protocols() {
    let mut states = StateSet::default();
    assert!(!states.add("SYN-RECV"));
    assert!(!states.add(""));
    assert_eq!(states, StateSet::default());
    assert!(states.add("None") && states.add("cookie"));
    assert_eq!(
        states.foreign_to(TableProtocol::Transport(Protocol::Sctp)),
        None
    );
    for protocol in [TableProtocol::Transport(Protocol::Tcp), TableProtocol::Ip] {
        assert_eq!(states.foreign_to(protocol), Some("COOKIE"));
    }
    // Each name stands once, and has a protocol.
    for (index, (name, protocols)) in STATES.iter().enumerate() {
        assert!(!protocols.is_empty());
        assert!(STATES[..index].iter().all(|(other, _)| other != name));
    }
}

#[test]
fn templates_are_counted_apart() {
    let mut tally = Tally::new(CountBy {
        first: CountKey::Server,
        second: Some(CountKey::State),
    });
    for connection in table() {
        tally.add(&connection);
    }
    assert_eq!((tally.connections(), tally.templates()), (5, 2));
    let row = |server, state, connections, templates| CountRow {
        groups: vec![Group::Server(endpoint(server)), Group::State(state)],
        connections,
        templates,
    };
    let expected = [
        row("10.0.0.11:20", "LISTEN", 1, 0),
        row("10.0.0.11:53", "UDP", 1, 0),
        row("10.0.0.11:8080", "ESTABLISHED", 1, 0),
        row("10.0.0.12:443", "FIN_WAIT", 1, 0),
        row("10.0.0.12:443", "SYN_RECV", 1, 0),
        row("10.0.0.11:8080", "NONE", 0, 1),
        row("10.0.0.12:0", "ASSURED", 0, 1),
    ];
    assert_eq!(tally.rows(), expected);
    assert_eq!(tally.share(&expected[0]), 0.2);
}

#[test]
fn the_largest_count_comes_first() {
    let mut tally = Tally::new(CountBy {
        first: CountKey::Client,
        second: None,
    });
    for connection in table() {
        tally.add(&connection);
    }
    let row = |client: &str, connections, templates| CountRow {
        groups: vec![Group::Client(client.parse().unwrap())],
        connections,
        templates,
    };
    let expected = [
        row("10.1.0.1", 2, 2),
        row("10.1.0.2", 1, 0),
        row("10.2.0.1", 1, 0),
        row("fd00::1", 1, 0),
    ];
    assert_eq!(tally.rows(), expected);
}

#[test]
fn nothing_has_no_share() {
    let by = CountBy {
        first: CountKey::Origin,
        second: None,
    };
    let mut tally = Tally::new(by);
    assert_eq!(tally.rows(), []);
    tally.add(&table()[1]);
    let rows = tally.rows();
    assert_eq!((rows[0].templates, tally.share(&rows[0])), (1, 0.0));
    assert_eq!(rows[0].groups, [Group::Origin(Origin::Local)]);
}
