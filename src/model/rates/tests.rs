//! What a meter makes of the counters of one listing after the other.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::model::rates::{Meter, Rates};
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

fn id() -> ServiceId {
    ServiceId::Address {
        protocol: Protocol::Tcp,
        endpoint: endpoint(1),
    }
}

fn stats(connections: u64) -> Stats {
    Stats {
        connections,
        in_packets: connections * 6,
        out_packets: connections * 5,
        in_bytes: connections * 400,
        out_bytes: connections * 500,
        ..Stats::default()
    }
}

/// A service whose servers, .11 and up, have had so many connections.
fn table(servers: &[u64]) -> Vec<ServiceWithServers> {
    let server = |(index, connections): (usize, &u64)| RealServerEntry {
        server: RealServer {
            endpoint: endpoint(11 + index as u8),
            forwarding: Forwarding::Masquerading,
            weight: 1,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: 0,
        inactive_connections: 0,
        persistent_connections: 0,
        stats: stats(*connections),
    };
    vec![ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id: id(),
                scheduler: Name::constant("rr"),
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: None,
                netmask: Netmask::whole(Family::V4),
                persistence_engine: None,
                one_packet: false,
            },
            stats: stats(servers.iter().sum()),
        },
        servers: servers.iter().enumerate().map(server).collect(),
    }]
}

/// Shows a meter listings of one server, at so many milliseconds, and gives the rates of connections
/// after each.
fn connections(listings: &[(u64, u64)]) -> Vec<Option<u64>> {
    let mut meter = Meter::default();
    let mut rates = Vec::new();
    for (milliseconds, connections) in listings {
        meter.observe(
            Duration::from_millis(*milliseconds),
            &table(&[*connections]),
        );
        let rate = meter.servers(&id()).of(&endpoint(11));
        assert_eq!(
            meter.service(&id()),
            rate,
            "one server is the whole service"
        );
        rates.push(rate.map(|rates| rates.connections));
    }
    rates
}

#[test]
fn counters_that_leap_every_two_seconds_give_a_steady_rate() {
    // Once a second, of 10 connections a second that the kernel adds up at odd seconds.
    let listings = [(0, 100), (1000, 120), (2000, 120), (3000, 140), (4000, 140)];
    let steady = Some(10_000);
    assert_eq!(
        connections(&listings),
        [None, steady, steady, steady, steady]
    );
    // The kernel a little late: its leap shows in the listing after next.
    let late = [
        (0, 0),
        (1000, 20),
        (2000, 20),
        (3000, 20),
        (4000, 40),
        (5000, 40),
    ];
    assert_eq!(connections(&late)[1..], [steady; 5]);
    // A little early: two leaps in a row.
    let early = [(0, 0), (1000, 20), (2000, 40)];
    assert_eq!(connections(&early)[1..], [steady, steady]);
    // Five times a second.
    let often: Vec<(u64, u64)> = (0..30).map(|tick| (tick * 200, tick / 10 * 20)).collect();
    let rates = connections(&often);
    assert!(rates[..10].iter().all(Option::is_none), "{rates:?}");
    assert!(rates[10..].iter().all(|rate| *rate == steady), "{rates:?}");
}

#[test]
fn longer_intervals_are_measured_as_they_are() {
    let listings = [(0, 7), (5000, 57), (10_000, 57), (20_500, 60), (23_500, 60)];
    assert_eq!(
        connections(&listings),
        [None, Some(10_000), Some(0), Some(285), Some(0)]
    );
}

#[test]
fn every_column_has_its_rate() {
    let mut meter = Meter::default();
    meter.observe(Duration::ZERO, &table(&[10]));
    meter.observe(Duration::from_secs(4), &table(&[30]));
    let rates = Rates {
        connections: 5000,
        in_packets: 30_000,
        out_packets: 25_000,
        in_bytes: 2_000_000,
        out_bytes: 2_500_000,
    };
    assert_eq!(meter.service(&id()), Some(rates));
    assert_eq!(rates.per_second(), [5, 30, 25, 2000, 2500]);
}

#[test]
fn counters_that_go_back_have_no_rate_until_they_rise() {
    // -Z between the second and the third listing.
    let listings = [
        (0, 100),
        (2000, 120),
        (4000, 3),
        (6000, 13),
        (8000, 13),
        (9000, 13),
    ];
    let rates = connections(&listings);
    assert_eq!(rates[1..4], [Some(10_000), None, Some(5000)]);
    assert_eq!(rates[5], Some(0));
    // From zero to zero, and idle from then on.
    let idle = connections(&[(0, 100), (2000, 0), (4000, 0), (6000, 0)]);
    assert_eq!(idle, [None, None, None, Some(0)]);
}

#[test]
fn what_was_removed_begins_anew() {
    let mut meter = Meter::default();
    let at = Duration::from_secs;
    meter.observe(at(0), &table(&[5, 5]));
    meter.observe(at(2), &table(&[15, 15]));
    assert!(meter.servers(&id()).of(&endpoint(12)).is_some());
    // The second server is gone, and comes back with other counters.
    meter.observe(at(4), &table(&[25]));
    assert_eq!(meter.servers(&id()).of(&endpoint(12)), None);
    assert_eq!(meter.servers(&id()).connections(), 5000);
    meter.observe(at(6), &table(&[35, 1_000_000]));
    assert_eq!(meter.servers(&id()).of(&endpoint(12)), None);
    meter.observe(at(8), &table(&[45, 1_000_002]));
    let rates = meter.servers(&id()).of(&endpoint(12)).unwrap();
    assert_eq!(rates.connections, 1000);
    // So does a whole table that is cleared.
    meter.observe(at(10), &[]);
    assert_eq!(meter.service(&id()), None);
    meter.observe(at(12), &table(&[1_000_000]));
    assert_eq!(meter.service(&id()), None);
    assert_eq!(meter.servers(&id()).of(&endpoint(11)), None);
}

#[test]
fn the_largest_counters_overflow_nothing() {
    let mut meter = Meter::default();
    let full = |connections| {
        let mut table = table(&[0]);
        table[0].entry.stats.connections = connections;
        table
    };
    meter.observe(Duration::ZERO, &full(0));
    // No time at all between two listings.
    meter.observe(Duration::ZERO, &full(u64::MAX));
    let rates = meter.service(&id()).unwrap();
    assert_eq!(rates.connections, u64::MAX);
    assert!(rates.per_second()[0] >= u64::MAX / 1000);
    let average = Stats {
        connection_rate: u64::MAX,
        ..Stats::default()
    };
    assert_eq!(Rates::average(&average).connections, u64::MAX);
}

#[test]
fn rates_are_rounded_to_whole_ones() {
    for (connections, shown) in [(0, 0), (499, 0), (500, 1), (1499, 1), (1500, 2)] {
        let rates = Rates {
            connections,
            ..Rates::default()
        };
        assert_eq!(rates.per_second()[0], shown, "{connections}");
    }
}
