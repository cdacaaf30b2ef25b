//! The model as text, compared whole: no blank is trimmed, no line sorted.

mod json;
mod lines;
mod metrics;
mod numbers;
mod palette;
mod rate_columns;
mod rules;
mod status;
mod table_limits;
mod tables;

use std::net::IpAddr;

use super::labels::Labels;
use crate::cli::Lookup;
use crate::cli::command::Command;
use crate::cli::parse::parse;
use crate::model::order::{sort_servers, sort_services};
use crate::model::{
    Change, Protocol, RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers, Stats,
};

/// A world without names.
struct Nameless;

impl Lookup for Nameless {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

fn change(rule: &str) -> Change {
    match parse(rule.split_whitespace(), &Nameless) {
        Ok(Command::Change(change)) => change,
        other => panic!("{rule}: {other:?}"),
    }
}

fn service_id(rule: &str) -> ServiceId {
    match change(rule) {
        Change::AddService(service) => service.id,
        other => panic!("{rule}: {other:?}"),
    }
}

/// A table in which nothing was counted, from the rules that make it.
fn table(rules: &str) -> Vec<ServiceWithServers> {
    let mut table: Vec<ServiceWithServers> = Vec::new();
    for rule in rules.lines().filter(|line| !line.trim().is_empty()) {
        match change(rule) {
            Change::AddService(service) => table.push(ServiceWithServers {
                entry: ServiceEntry {
                    service,
                    stats: Stats::default(),
                },
                servers: Vec::new(),
            }),
            Change::AddServer(id, server) => {
                let service = table
                    .iter_mut()
                    .find(|service| service.entry.service.id == id);
                service.unwrap().servers.push(RealServerEntry {
                    server,
                    active_connections: 0,
                    inactive_connections: 0,
                    persistent_connections: 0,
                    stats: Stats::default(),
                });
            }
            other => panic!("{other:?}"),
        }
    }
    table
}

/// Puts a table into listing order, as a listing does in two steps.
fn sort(table: &mut [ServiceWithServers]) {
    let mut services: Vec<ServiceEntry> = table.iter().map(|listed| listed.entry).collect();
    sort_services(&mut services);
    table.sort_by_key(|listed| services.iter().position(|entry| *entry == listed.entry));
    sort_servers(table);
}

/// Labels with the names of some addresses and ports.
fn labels(hosts: &[(&str, &str)], ports: &[(Protocol, u16, &str)]) -> Labels {
    let host = |(address, name): &(&str, &str)| (address.parse().unwrap(), (*name).to_owned());
    let port =
        |(protocol, port, name): &(Protocol, u16, &str)| ((*protocol, *port), (*name).to_owned());
    Labels {
        hosts: hosts.iter().map(host).collect(),
        ports: ports.iter().map(port).collect(),
    }
}

/// The names under which the reference was measured.
fn measured_labels() -> Labels {
    labels(
        &[
            ("127.0.0.1", "localhost"),
            ("1.1.1.1", "vip.example.com"),
            (
                "1.2.3.4",
                "a-very-long-host-name-that-does-not-fit.example.com",
            ),
            ("2.2.2.2", "rs.example.com"),
            (
                "3.3.3.3",
                "a-very-long-host-name-of-a-server-that-does-not-fit.example.com",
            ),
            ("2001:db8::1", "vip6.example.com"),
            (
                "2001:db8::2",
                "rs6-with-a-very-long-host-name-indeed.example.com",
            ),
            ("0.0.0.0", "zero.example"),
        ],
        &[
            (Protocol::Tcp, 80, "http"),
            (Protocol::Tcp, 53, "domain"),
            (Protocol::Udp, 53, "domain"),
            (Protocol::Udp, 5060, "sip"),
        ],
    )
}

/// The table with which the reference was measured.
const MEASURED: &str = "
    -A -u 1.1.1.1:53 -s rr -p 5
    -A -t 1.2.3.4:80 -p -M 255.255.255.0
    -a -t 1.2.3.4:80 -r 3.3.3.3:80 -i
    -A -t [2001:db8::1]:80 -s mh -b mh-port,mh-fallback -p
    -a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -i
    -A -f 5
    -a -f 5 -r 3.3.3.3:80 -g
    -a -f 5 -r 3.3.3.3:53
    -A -f 6 -6 -s sh -b sh-port
    -a -f 6 -6 -r [2001:db8::2]:80
    -A --sctp-service 1.1.1.1:80
    -A -u 1.1.1.1:5060 -p --pe sip -o -b flag-3
    -A -t 0.0.0.0:0 -p
    -A -t 192.168.1.1:80
    -A -t 10.0.0.1:80
    -A -t 200.1.1.1:80
    -a -u 1.1.1.1:53 -r 100.100.100.100:65535 -m
    -a -u 1.1.1.1:53 -r 2.2.2.2:53 -m
    -a -u 1.1.1.1:53 -r 200.200.200.200:65535 -m
    -a -u 1.1.1.1:53 -r 127.0.0.1:65535 -m
    -a -u 1.1.1.1:53 -r 10.9.9.9:65535 -m
    -A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -p
    -a -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -r [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -m
";
