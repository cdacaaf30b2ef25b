//! Queries and counts of connections: over tables made at random they give what filtering and counting every line by
//! hand gives.

use std::collections::BTreeMap;

use ipvsadm::format::json::{connection, count};
use ipvsadm::kernel::proc::connections::TableFile;
use ipvsadm::model::connection::{
    Connection, ConnectionFilter, ConnectionQuery, CountBy, CountKey, ServerQuery, StateSet, Tally,
};
use ipvsadm::model::{Endpoint, Protocol, ServiceId};
use proptest::prelude::*;

use super::documents::assert_valid;

/// A line of the kernel's file with origins, of few values, so that some meet.
fn line() -> impl Strategy<Value = String> {
    let entry = prop_oneof![
        4 => "(TCP|UDP) 0A00000[1-3] (0000|D431) C0000201 (0050|01BB) 0A00010[1-3] (0050|1F90) \
            (ESTABLISHED|SYN_RECV|UDP|NONE|STRANGE) (LOCAL|SYNC) [0-9]{1,3}",
        1 => "IP  0A00000[12] 0000 0000000[56] 0000 0A00010[12] 0000 (NONE|ASSURED) LOCAL [0-9]{1,3}",
        1 => "TCP 2001:0db8:0000:0000:0000:0000:0000:000[12] D431 \
            2001:0db8:0000:0000:0000:0000:0000:0080 0050 0A000101 0050 FIN_WAIT SYNC [0-9]{1,3}",
    ];
    entry.boxed()
}

fn key() -> impl Strategy<Value = CountKey> {
    prop::sample::select(CountKey::ALL.to_vec())
}

fn query() -> impl Strategy<Value = ConnectionQuery> {
    let service = prop::option::of(prop::sample::select(vec![0, 80, 443]));
    let server = prop::option::of((1..=3_u8, prop::option::of(Just(80))));
    let client = prop::option::of(prop::sample::select(vec![
        "10.0.0.0/8",
        "10.0.0.2/32",
        "2001:db8::/32",
    ]));
    let states = prop::option::of(prop::sample::select(vec![
        "ESTABLISHED",
        "NONE",
        "FIN_WAIT",
    ]));
    let within = prop::option::of(0..1000_u32);
    (service, server, client, states, within).prop_map(
        |(service, server, client, states, expires_within)| ConnectionQuery {
            service: service.map(|port| ServiceId::Address {
                protocol: Protocol::Tcp,
                endpoint: Endpoint {
                    address: [192, 0, 2, 1].into(),
                    port,
                },
            }),
            server: server.map(|(last, port)| ServerQuery {
                address: [10, 0, 1, last].into(),
                port,
            }),
            client: client.map(|network| network.parse().unwrap()),
            states: states.map(|name| {
                let mut states = StateSet::default();
                states.add(name);
                states
            }),
            expires_within,
            ..ConnectionQuery::default()
        },
    )
}

/// Whether an entry is asked for, in the plainest words.
fn by_hand(query: &ConnectionQuery, entry: &Connection<'_>) -> bool {
    let service = match query.service {
        Some(ServiceId::Address { endpoint, .. }) => {
            entry.protocol == "TCP"
                && entry.service.address == endpoint.address
                && [0, entry.service.port].contains(&endpoint.port)
        }
        _ => true,
    };
    let server = match query.server {
        Some(ServerQuery { address, port }) => {
            entry.destination.address == address
                && port.unwrap_or(entry.destination.port) == entry.destination.port
        }
        None => true,
    };
    let client = match query.client {
        Some(network) => network.contains(&entry.source.address),
        None => true,
    };
    let state = match query.states {
        Some(states) => states.has(entry.state),
        None => true,
    };
    let time = u64::from(query.expires_within.unwrap_or(u32::MAX)) >= entry.expires;
    service && server && client && state && time
}

/// What an entry is counted under.
fn label(key: CountKey, entry: &Connection<'_>) -> String {
    match key {
        CountKey::Client => entry.source.address.to_string(),
        CountKey::Service => match entry.firewall_mark() {
            Some(mark) => format!("mark {mark}"),
            None => format!("{} {}", entry.protocol, entry.service),
        },
        CountKey::Server => entry.destination.to_string(),
        CountKey::State => entry.state.to_owned(),
        CountKey::Origin => entry.origin.unwrap().title().to_owned(),
    }
}

proptest! {
    #[test]
    fn a_filter_passes_what_is_asked_for(
        lines in prop::collection::vec(line(), 0..40),
        query in query(),
    ) {
        let filter = ConnectionFilter::new(&query, &[]);
        for line in &lines {
            let entry = TableFile::WithOrigin.parse(line).unwrap();
            prop_assert_eq!(filter.matches(&entry), by_hand(&query, &entry), "{}", line);
        }
    }

    #[test]
    fn counts_are_those_of_every_line(
        lines in prop::collection::vec(line(), 0..60),
        first in key(),
        second in prop::option::of(key()),
    ) {
        let by = CountBy { first, second: second.filter(|second| *second != first) };
        let mut tally = Tally::new(by);
        let mut naive = BTreeMap::<Vec<String>, (u64, u64)>::new();
        for line in &lines {
            let entry = TableFile::WithOrigin.parse(line).unwrap();
            tally.add(&entry);
            let labels = by.keys().map(|key| label(key, &entry)).collect();
            let count = naive.entry(labels).or_default();
            if entry.source.port == 0 && ["NONE", "ASSURED"].contains(&entry.state) {
                count.1 += 1;
            } else {
                count.0 += 1;
            }
        }
        let rows = tally.rows();
        let found: Vec<_> = rows.iter().map(|row| (row.connections, row.templates)).collect();
        let mut expected: Vec<_> = naive.values().copied().collect();
        expected.sort_unstable();
        expected.reverse();
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(tally.connections() + tally.templates(), lines.len() as u64);
        // A row and an entry stand for all of them.
        if let Some(row) = rows.first() {
            let mut text = Vec::new();
            count(&mut text, &tally, row).unwrap();
            connection(&mut text, &TableFile::WithOrigin.parse(&lines[0]).unwrap()).unwrap();
            let text = String::from_utf8(text).unwrap();
            text.split_inclusive('\n').for_each(assert_valid);
        }
    }
}
