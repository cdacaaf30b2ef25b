//! Queries and counts of connections: over tables made at random they give what filtering and counting the table by
//! hand gives. By hand means from the values that a table was made of: neither the reader of the kernel's lines nor
//! the filter has a part in what is expected.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use ipvsadm::format::json::{connection, count};
use ipvsadm::kernel::proc::connections::TableFile;
use ipvsadm::model::connection::{
    ConnectionFilter, ConnectionQuery, CountBy, CountKey, Group, MarkedService, ServerQuery,
    StateSet, TableProtocol, Tally,
};
use ipvsadm::model::{Endpoint, Family, Protocol, ServiceId};
use proptest::prelude::*;

use super::documents::assert_valid;

/// What a line of the kernel's table was made of.
#[derive(Clone, Debug)]
struct Entry {
    protocol: &'static str,
    client: (IpAddr, u16),
    /// A firewall mark's template has the mark here.
    service: (IpAddr, u16),
    mark: Option<u32>,
    server: (IpAddr, u16),
    state: &'static str,
    origin: &'static str,
    expires: u32,
}

impl Entry {
    fn line(&self, file: TableFile) -> String {
        let place = |(address, port): (IpAddr, u16)| match address {
            IpAddr::V4(address) => format!("{:08X} {port:04X}", u32::from(address)),
            IpAddr::V6(address) => {
                let groups = address.segments().map(|group| format!("{group:04x}"));
                format!("{} {port:04X}", groups.join(":"))
            }
        };
        let origin = match file {
            TableFile::Plain => String::new(),
            TableFile::WithOrigin => format!("{:6} ", self.origin),
        };
        format!(
            "{:3} {} {} {} {:11} {origin}{:7}",
            self.protocol,
            place(self.client),
            place(self.service),
            place(self.server),
            self.state,
            self.expires
        )
    }

    fn is_template(&self) -> bool {
        self.client.1 == 0 && ["NONE", "ASSURED"].contains(&self.state)
    }
}

fn address(six: bool, last: u8) -> IpAddr {
    match six {
        false => [10, 0, 0, last].into(),
        true => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()).into(),
    }
}

/// An entry of few values, so that some entries share each.
fn entry() -> impl Strategy<Value = Entry> {
    let states = prop::sample::select(vec![
        ("TCP", "ESTABLISHED"),
        ("TCP", "SYN_RECV"),
        ("TCP", "NONE"),
        ("UDP", "UDP"),
        ("UDP", "NONE"),
        ("SCTP", "ESTABLISHED"),
        ("TCP", "STRANGE"),
        ("IP", "NONE"),
        ("IP", "ASSURED"),
    ]);
    let client = (1..4_u8, prop::sample::select(vec![0, 54321_u16]));
    let service = (8..10_u8, prop::sample::select(vec![80, 443_u16]));
    let server = (11..14_u8, prop::sample::select(vec![80, 8080_u16]));
    let rest = (
        any::<bool>(),
        prop::sample::select(vec!["LOCAL", "SYNC"]),
        0..8_u32,
    );
    (states, client, service, server, rest).prop_map(
        |((protocol, state), client, service, server, (six, origin, expires))| {
            let mark = (protocol == "IP").then(|| u32::from(service.0));
            let place = |(last, port)| (address(six, last), port);
            Entry {
                protocol,
                client: match mark {
                    None => place(client),
                    Some(_) => place((client.0, 0)),
                },
                service: match mark {
                    None => place(service),
                    Some(mark) if six => ((u128::from(mark) << 96).to_be_bytes().into(), 0),
                    Some(mark) => (mark.to_be_bytes().into(), 0),
                },
                mark,
                server: place(server),
                state,
                origin,
                expires,
            }
        },
    )
}

/// A query as it is typed.
#[derive(Clone, Debug)]
struct Asked {
    service: Option<(Protocol, IpAddr, u16)>,
    mark: Option<(u32, bool)>,
    /// Of the mark's service.
    servers: Vec<(IpAddr, u16)>,
    is_persistent: bool,
    server: Option<(IpAddr, Option<u16>)>,
    /// An address, or all that share its first bits.
    client: Option<(&'static str, &'static [u8], bool)>,
    states: Option<Vec<&'static str>>,
    protocol: Option<(TableProtocol, &'static str)>,
    within: Option<u32>,
    after: Option<u32>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let six = any::<bool>;
    let kinds = vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let ports = prop::sample::select(vec![0, 80, 443_u16]);
    let service = (prop::sample::select(kinds), six(), 8..10_u8, ports)
        .prop_map(|(protocol, six, last, port)| (protocol, address(six, last), port));
    let place = (
        six(),
        11..14_u8,
        prop::sample::select(vec![0, 80, 8080_u16]),
    )
        .prop_map(|(six, last, port)| (address(six, last), port));
    let server = (six(), 11..14_u8, prop::option::of(Just(80_u16)))
        .prop_map(|(six, last, port)| (address(six, last), port));
    // Each with the last bytes that it holds of the clients 1 to 3, and whether they are IPv6.
    let clients: Vec<(&'static str, &'static [u8], bool)> = vec![
        ("10.0.0.2/32", &[2], false),
        ("10.0.0.2/31", &[2, 3], false),
        ("0.0.0.0/0", &[1, 2, 3], false),
        ("2001:db8::1/128", &[1], true),
        ("2001:db8::/32", &[1, 2, 3], true),
        ("192.0.2.0/24", &[], false),
    ];
    let names = vec!["ESTABLISHED", "SYN_RECV", "NONE", "UDP", "ASSURED"];
    let protocols = TableProtocol::ALL.map(|protocol| match protocol {
        TableProtocol::Transport(Protocol::Tcp) => (protocol, "TCP"),
        TableProtocol::Transport(Protocol::Udp) => (protocol, "UDP"),
        TableProtocol::Transport(Protocol::Sctp) => (protocol, "SCTP"),
        TableProtocol::Ip => (protocol, "IP"),
    });
    (
        prop::option::weighted(0.3, service),
        prop::option::weighted(0.3, (8..10_u32, six())),
        (prop::collection::vec(place, 0..3), any::<bool>()),
        prop::option::weighted(0.3, server),
        prop::option::weighted(0.3, prop::sample::select(clients)),
        prop::option::weighted(0.3, prop::sample::subsequence(names, 1..3)),
        prop::option::weighted(0.3, prop::sample::select(protocols.to_vec())),
        prop::option::weighted(0.3, 0..8_u32),
        prop::option::weighted(0.3, 0..8_u32),
    )
        .prop_map(
            |(service, mark, marked, server, client, states, protocol, within, after)| Asked {
                // A query has one service at most.
                mark: mark.filter(|_| service.is_none()),
                service,
                servers: marked.0,
                is_persistent: marked.1,
                server,
                client,
                states,
                protocol,
                within,
                after,
            },
        )
}

impl Asked {
    fn query(&self) -> ConnectionQuery {
        let service = self
            .service
            .map(|(protocol, address, port)| ServiceId::Address {
                protocol,
                endpoint: Endpoint { address, port },
            });
        let mark = self.mark.map(|(mark, six)| ServiceId::FirewallMark {
            mark,
            family: if six { Family::V6 } else { Family::V4 },
        });
        ConnectionQuery {
            service: service.or(mark),
            server: self
                .server
                .map(|(address, port)| ServerQuery { address, port }),
            client: self.client.map(|(network, ..)| network.parse().unwrap()),
            states: self.states.as_ref().map(|names| {
                let mut states = StateSet::default();
                names
                    .iter()
                    .for_each(|name| assert!(states.add(&name.to_lowercase())));
                states
            }),
            protocol: self.protocol.map(|(protocol, _)| protocol),
            expires_within: self.within,
            expires_after: self.after,
            ..ConnectionQuery::default()
        }
    }

    fn marked(&self) -> MarkedService {
        let servers = self.servers.iter();
        MarkedService {
            is_persistent: self.is_persistent,
            servers: servers
                .map(|&(address, port)| Endpoint { address, port })
                .collect(),
        }
    }

    /// Whether an entry is asked for.
    fn passes(&self, entry: &Entry) -> bool {
        let title = |protocol| match protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        };
        if let Some((protocol, address, port)) = self.service {
            let of = (entry.protocol, entry.service.0) == (title(protocol), address);
            if !of || (port != 0 && port != entry.service.1) {
                return false;
            }
        }
        if let Some((mark, six)) = self.mark {
            let mut servers = self.servers.iter();
            let own = match entry.mark {
                Some(other) => other == mark,
                None if entry.is_template() => false,
                None => servers.any(|&(address, port)| {
                    let any_port = port == 0 || self.is_persistent;
                    address == entry.server.0 && (any_port || port == entry.server.1)
                }),
            };
            if six != entry.client.0.is_ipv6() || !own {
                return false;
            }
        }
        if let Some((address, port)) = self.server {
            if address != entry.server.0 || port.is_some_and(|port| port != entry.server.1) {
                return false;
            }
        }
        if let Some((_, last, six)) = self.client {
            if !last
                .iter()
                .any(|last| address(six, *last) == entry.client.0)
            {
                return false;
            }
        }
        if self
            .states
            .as_ref()
            .is_some_and(|states| !states.contains(&entry.state))
        {
            return false;
        }
        if self
            .protocol
            .is_some_and(|(_, title)| title != entry.protocol)
        {
            return false;
        }
        if self.within.is_some_and(|most| entry.expires > most) {
            return false;
        }
        self.after.is_none_or(|least| entry.expires > least)
    }
}

fn place((address, port): (IpAddr, u16)) -> String {
    format!("{address} {port}")
}

/// What an entry is counted under.
fn expected_label(key: CountKey, entry: &Entry) -> String {
    match (key, entry.mark) {
        (CountKey::Client, _) => entry.client.0.to_string(),
        (CountKey::Service, Some(mark)) => format!("mark {mark} {}", entry.client.0.is_ipv6()),
        (CountKey::Service, None) => format!("{} {}", entry.protocol, place(entry.service)),
        (CountKey::Server, _) => place(entry.server),
        (CountKey::State, _) => entry.state.to_owned(),
        (CountKey::Origin, _) => entry.origin.to_owned(),
    }
}

/// What a row is counted under.
fn found_label(group: &Group<&str>) -> String {
    let endpoint = |endpoint: Endpoint| place((endpoint.address, endpoint.port));
    match *group {
        Group::Client(address) => address.to_string(),
        Group::Service {
            protocol,
            endpoint: service,
        } => {
            format!("{protocol} {}", endpoint(service))
        }
        Group::FirewallMark { mark, family } => format!("mark {mark} {}", family == Family::V6),
        Group::Server(server) => endpoint(server),
        Group::State(state) => state.to_owned(),
        Group::Origin(origin) => origin.title().to_owned(),
    }
}

proptest! {
    #[test]
    fn a_filter_passes_what_is_asked_for(
        entries in prop::collection::vec(entry(), 0..40),
        asked in asked(),
    ) {
        let query = asked.query();
        let filter = ConnectionFilter::new(&query, &asked.marked());
        for file in [TableFile::Plain, TableFile::WithOrigin] {
            for entry in &entries {
                let line = entry.line(file);
                let read = file.parse(&line).unwrap();
                prop_assert_eq!(filter.matches(&read), asked.passes(entry), "{}", line);
            }
        }
    }

    #[test]
    fn counts_are_those_of_every_line(
        entries in prop::collection::vec(entry(), 0..60),
        asked in asked(),
        keys in prop::sample::subsequence(CountKey::ALL.to_vec(), 1..=2).prop_shuffle(),
    ) {
        let by = CountBy { first: keys[0], second: keys.get(1).copied() };
        let query = asked.query();
        let filter = ConnectionFilter::new(&query, &asked.marked());
        let mut tally = Tally::new(by);
        for entry in &entries {
            let line = entry.line(TableFile::WithOrigin);
            let read = TableFile::WithOrigin.parse(&line).unwrap();
            if filter.matches(&read) {
                tally.add(&read);
            }
        }
        let mut naive = BTreeMap::<Vec<String>, (u64, u64)>::new();
        let (mut connections, mut templates) = (0, 0);
        for entry in entries.iter().filter(|entry| asked.passes(entry)) {
            let labels = keys.iter().map(|key| expected_label(*key, entry)).collect();
            let count = naive.entry(labels).or_default();
            match entry.is_template() {
                true => (count.1, templates) = (count.1 + 1, templates + 1),
                false => (count.0, connections) = (count.0 + 1, connections + 1),
            }
        }
        let rows = tally.rows();
        let found: BTreeMap<Vec<String>, _> = rows
            .iter()
            .map(|row| {
                let labels = row.groups.iter().map(found_label).collect();
                (labels, (row.connections, row.templates))
            })
            .collect();
        prop_assert_eq!(rows.len(), found.len(), "a group has two rows");
        prop_assert_eq!(&found, &naive);
        prop_assert_eq!((tally.connections(), tally.templates()), (connections, templates));
        for pair in rows.windows(2) {
            let size = |index: usize| (pair[index].connections, pair[index].templates);
            prop_assert!(size(0) >= size(1), "{:?}", pair);
        }
        let shares: f64 = rows.iter().map(|row| tally.share(row)).sum();
        prop_assert!((shares - f64::from(u8::from(connections != 0))).abs() < 1e-9, "{}", shares);
        for row in &rows {
            let mut text = Vec::new();
            count(&mut text, &tally, row).unwrap();
            assert_valid(&String::from_utf8(text).unwrap());
        }
    }

    #[test]
    fn an_entry_is_a_valid_document(entry in entry()) {
        for file in [TableFile::Plain, TableFile::WithOrigin] {
            let mut text = Vec::new();
            connection(&mut text, &file.parse(&entry.line(file)).unwrap()).unwrap();
            assert_valid(&String::from_utf8(text).unwrap());
        }
    }
}
