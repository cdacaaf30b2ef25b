//! Large tables: what a rule does for a service or a server may not grow with their number.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::*;
use crate::diagnose::firewall::Firewall;

const SERVICES: u32 = 10_000;
const SERVERS: u32 = 5;
/// A debug build takes a second for each; with work that grows with the square of the table, minutes.
const PATIENCE: Duration = Duration::from_secs(30);

fn place(network: u32, number: u32, port: u16) -> String {
    format!("{}:{port}", Ipv4Addr::from_bits(network + number))
}

/// Services with an address of their own in this network, each with some of the servers in the other.
fn table(vips: u32, servers: u32) -> Vec<ServiceWithServers> {
    let servers_of = |number: u32| {
        let ports = (number * SERVERS..).take(SERVERS as usize);
        ports
            .map(|other| server(&place(servers, other, 80), Forwarding::Masquerading))
            .collect()
    };
    (0..SERVICES)
        .map(|number| service(tcp(&place(vips, number, 80)), servers_of(number)))
        .collect()
}

fn examined_in_time(facts: &Facts) -> Vec<Finding> {
    let begun = Instant::now();
    let findings = examine(facts);
    let took = begun.elapsed();
    assert!(took < PATIENCE, "{took:?}");
    findings
}

const VIPS: u32 = Ipv4Addr::new(172, 16, 0, 0).to_bits();
const RIPS: u32 = Ipv4Addr::new(10, 0, 0, 0).to_bits();
const LOOPBACK: u32 = Ipv4Addr::new(127, 0, 0, 1).to_bits();

#[test]
fn many_addresses_that_are_missing() {
    let facts = Facts {
        services: table(VIPS, RIPS),
        ..healthy()
    };
    let found = examined_in_time(&facts);
    let missing = found.iter().filter(|one| one.id == Id::VipMissing);
    assert_eq!(missing.count(), SERVICES as usize);
}

/// As kube-proxy has them, with connections tracked and a firewall that has as many rules.
#[test]
fn many_addresses_of_one_interface() {
    let mut facts = Facts {
        services: table(VIPS, RIPS),
        ..healthy()
    };
    let own: Vec<IpNet> = (0..SERVICES)
        .map(|number| IpNet::from(IpAddr::from(Ipv4Addr::from_bits(VIPS + number))))
        .collect();
    for held in &own {
        facts.routes.insert(held.addr(), Route::Local);
        let reply = Route::Gateway("eth0".to_owned());
        facts.replies.insert(held.addr(), reply);
    }
    let kube = Interface {
        no_arp: true,
        addresses: own,
        ..Interface::default()
    };
    facts.interfaces.insert("kube-ipvs0".to_owned(), kube);
    let rules: String = (0..SERVICES)
        .map(|number| format!("\t\tip daddr {} masquerade\n", Ipv4Addr::from_bits(number)))
        .collect();
    let text = format!(
        "table ip n {{\n\tchain c {{\n\t\ttype nat hook postrouting priority 100;\n{rules}\t}}\n}}\n"
    );
    facts.firewall = Some(Firewall::parse(text));
    for conntrack in [true, false] {
        facts.settings.conntrack = Some(conntrack);
        let found = examined_in_time(&facts);
        assert_eq!(found, [], "{}", found.len());
    }
}

#[test]
fn many_services_on_loopback_and_many_servers_that_nobody_has() {
    let mut facts = Facts {
        services: table(LOOPBACK, RIPS),
        ..healthy()
    };
    for number in 0..SERVICES {
        let vip = IpAddr::from(Ipv4Addr::from_bits(LOOPBACK + number));
        facts.routes.insert(vip, Route::Local);
        let address = IpAddr::from(Ipv4Addr::from_bits(RIPS + number));
        let neighbour = Neighbour {
            interface: "eth1".to_owned(),
            address,
            reachability: Reachability::Failed,
        };
        facts.neighbours.insert(address, vec![neighbour]);
    }
    let found = examined_in_time(&facts);
    let with = |id| found.iter().filter(|one| one.id == id).count();
    assert_eq!(with(Id::ServiceOnLoopback), SERVICES as usize);
    assert_eq!(with(Id::ServerUnanswered), SERVICES as usize);
}

/// One service with all the servers.
#[test]
fn many_servers_of_one_service() {
    let mut facts = healthy();
    facts.services[0].servers = (0..SERVICES * SERVERS)
        .map(|number| {
            let method = match number % 2 {
                0 => Forwarding::Masquerading,
                _ => Forwarding::DirectRouting,
            };
            server(&place(RIPS, number, 80), method)
        })
        .collect();
    for entry in &facts.services[0].servers {
        let route = Route::Direct("eth1".to_owned());
        facts.routes.insert(entry.server.endpoint.address, route);
    }
    examined_in_time(&facts);
}
