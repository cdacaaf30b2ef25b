//! Tables arranged by what their servers carry.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::Arrangement;
use crate::cli::command::Order;
use crate::model::rates::Meter;
use crate::model::{
    Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer, RealServerEntry,
    SchedulerFlags, Service, ServiceEntry, ServiceId, ServiceWithServers, Stats,
};

fn endpoint(last: u8) -> Endpoint {
    Endpoint {
        address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
        port: 80,
    }
}

/// A server's last octet, active and inactive connections, connections per second, and weight.
type Server = (u8, u32, u32, u64, i32);

fn service(last: u8, servers: &[Server]) -> ServiceWithServers {
    let server = |(last, active, inactive, rate, weight): &Server| RealServerEntry {
        server: RealServer {
            endpoint: endpoint(*last),
            forwarding: Forwarding::Masquerading,
            weight: *weight,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: *active,
        inactive_connections: *inactive,
        persistent_connections: 0,
        stats: Stats {
            connection_rate: *rate,
            ..Stats::default()
        },
    };
    ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id: ServiceId::Address {
                    protocol: Protocol::Tcp,
                    endpoint: endpoint(last),
                },
                scheduler: Name::constant("rr"),
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: None,
                netmask: Netmask::whole(Family::V4),
                persistence_engine: None,
                one_packet: false,
            },
            stats: Stats::default(),
        },
        servers: servers.iter().map(server).collect(),
    }
}

/// As the kernel may tell it: in no order at all.
fn table() -> Vec<ServiceWithServers> {
    vec![
        service(3, &[]),
        service(1, &[(13, 1, 9, 1, 5), (11, 1, 0, 7, 5), (12, 2, 0, 0, 0)]),
        service(2, &[(22, 9, 0, 0, 1), (21, 0, 0, 3, 1), (23, 0, 0, 0, 1)]),
    ]
}

fn arranged(order: Order, only_active: bool, meter: Option<&Meter>) -> String {
    let mut table = table();
    let arrangement = Arrangement {
        order,
        only_active,
        meter,
    };
    arrangement.apply(&mut table);
    let last = |endpoint: Endpoint| match endpoint.address {
        IpAddr::V4(address) => address.octets()[3],
        IpAddr::V6(_) => 0,
    };
    let mut text = String::new();
    for service in table {
        let ServiceId::Address { endpoint, .. } = service.entry.service.id else {
            panic!("{service:?}");
        };
        text += &format!("{}:", last(endpoint));
        for entry in service.servers {
            text += &format!(" {}", last(entry.server.endpoint));
        }
        text += "; ";
    }
    text.trim_end_matches("; ").to_owned()
}

#[test]
fn the_largest_come_first() {
    for (order, expected) in [
        (Order::Kernel, "3:; 1: 13 11 12; 2: 22 21 23"),
        (Order::Address, "1: 11 12 13; 2: 21 22 23; 3:"),
        (Order::Connections, "2: 22 21 23; 1: 12 13 11; 3:"),
        (Order::Rate, "1: 11 13 12; 2: 21 22 23; 3:"),
        (Order::Weight, "1: 11 13 12; 2: 21 22 23; 3:"),
    ] {
        assert_eq!(arranged(order, false, None), expected, "{order:?}");
    }
}

#[test]
fn what_is_idle_can_be_left_out() {
    for (order, expected) in [
        (Order::Kernel, "1: 13 11 12; 2: 22 21"),
        (Order::Address, "1: 11 12 13; 2: 21 22"),
        (Order::Rate, "1: 11 13 12; 2: 21 22"),
    ] {
        assert_eq!(arranged(order, true, None), expected, "{order:?}");
    }
}

#[test]
fn measured_rates_come_before_averages() {
    let mut meter = Meter::default();
    let mut measured = table();
    meter.observe(Duration::ZERO, &measured);
    // .23 gets new connections, and three seconds without any tell that the others get none.
    measured[2].servers[2].stats.connections = 10;
    meter.observe(Duration::from_secs(3), &measured);
    assert_eq!(
        arranged(Order::Rate, false, Some(&meter)),
        "2: 23 21 22; 1: 11 12 13; 3:"
    );
    // .21 has no connection any more, whatever its average says.
    assert_eq!(
        arranged(Order::Address, true, Some(&meter)),
        "1: 11 12 13; 2: 22 23"
    );
}

#[test]
fn what_needs_the_whole_table() {
    for (order, in_parts, counters) in [
        (Order::Kernel, true, false),
        (Order::Address, true, false),
        (Order::Connections, false, false),
        (Order::Rate, false, true),
        (Order::Weight, false, false),
    ] {
        let mut arrangement = Arrangement {
            order,
            only_active: false,
            meter: None,
        };
        let found = (arrangement.in_parts(), arrangement.needs_counters());
        assert_eq!(found, (in_parts, counters), "{order:?}");
        arrangement.only_active = true;
        assert!(arrangement.needs_counters(), "{order:?}");
    }
}

/// Services that differ in one thing at a time, at the edges of each.
fn services_at_edges() -> Vec<ServiceId> {
    let addresses = [
        "0.0.0.0",
        "0.0.0.1",
        "127.255.255.255",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:0",
        "0:0:0:1::",
        "2001:db8::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ];
    let mut all = Vec::new();
    for address in addresses {
        let address: IpAddr = address.parse().unwrap();
        for port in [0, 1, 255, 256, u16::MAX] {
            let endpoint = Endpoint { address, port };
            all.extend(Protocol::ALL.map(|protocol| ServiceId::Address { protocol, endpoint }));
        }
    }
    for mark in [1, 255, 65_536, u32::MAX] {
        let of = |family| ServiceId::FirewallMark { mark, family };
        all.extend([Family::V4, Family::V6].map(of));
    }
    all
}

#[test]
fn services_in_order_of_mark_family_protocol_address_and_port() {
    let values = |id: &ServiceId| {
        let mark = match id {
            ServiceId::FirewallMark { mark, .. } => *mark,
            ServiceId::Address { .. } => 0,
        };
        let protocol = id.protocol().map_or(0, Protocol::number);
        (mark, id.family(), protocol, id.endpoint())
    };
    let all = services_at_edges();
    for one in &all {
        for other in &all {
            assert_eq!(
                one.sort_key().cmp(&other.sort_key()),
                values(one).cmp(&values(other)),
                "{one:?} {other:?}"
            );
        }
    }
}
