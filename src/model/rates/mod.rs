//! Rates of the last interval, from the counters of one listing to the next; no I/O.
//!
//! The kernel adds up its counters every two seconds (`IPVS_EST_NTICKS` ticks of its estimator), so
//! between two listings a second apart they do not move, or move by two seconds at once. A leap is
//! therefore spread over two seconds at least, and its rates stay until the next one is overdue.

#[cfg(test)]
mod tests;

use std::time::Duration;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::model::{Endpoint, RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers, Stats};

/// How often the kernel adds up its counters.
const STEP: Duration = Duration::from_secs(2);
/// From when on counters that do not move mean that nothing happens: a step, and half of one for a
/// kernel that is late.
const OVERDUE: Duration = Duration::from_secs(3);
/// What a rate of one a second is.
const UNIT: u64 = 1000;

/// Rates in thousandths per second, so that they can be compared, added and shown without fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    pub connections: u64,
    pub in_packets: u64,
    pub out_packets: u64,
    pub in_bytes: u64,
    pub out_bytes: u64,
}

impl Rates {
    /// The kernel's slow averages.
    pub fn average(stats: &Stats) -> Rates {
        let rate = |per_second: u64| per_second.saturating_mul(UNIT);
        Rates {
            connections: rate(stats.connection_rate),
            in_packets: rate(stats.in_packet_rate),
            out_packets: rate(stats.out_packet_rate),
            in_bytes: rate(stats.in_byte_rate),
            out_bytes: rate(stats.out_byte_rate),
        }
    }

    /// In the order of the columns, rounded to whole ones per second.
    pub fn per_second(&self) -> [u64; 5] {
        [
            self.connections,
            self.in_packets,
            self.out_packets,
            self.in_bytes,
            self.out_bytes,
        ]
        .map(|rate| rate / UNIT + u64::from(rate % UNIT >= UNIT / 2))
    }
}

/// Remembers the counters of the last listing, and what they say about the interval before it.
///
/// What it looks up was configured by the administrator, so the hash need not withstand strangers: with the standard
/// library's, two lookups for each server take a quarter of what an interval costs beside the kernel's work.
#[derive(Debug, Default)]
pub struct Meter {
    services: FxHashMap<ServiceId, ServiceGauge>,
    listings: u64,
}

#[derive(Debug)]
struct ServiceGauge {
    own: Gauge,
    servers: FxHashMap<Endpoint, Gauge>,
}

impl Meter {
    /// Records a listing; `now` is its time on a clock that never goes back.
    ///
    /// What is not in it is forgotten, so that a server that was removed and added starts over.
    pub fn observe(&mut self, now: Duration, table: &[ServiceWithServers]) {
        self.listings += 1;
        let listing = self.listings;
        for service in table {
            let ServiceEntry {
                service: own,
                stats,
            } = &service.entry;
            let gauge = self.services.entry(own.id);
            let gauge = gauge.or_insert_with(|| ServiceGauge {
                own: Gauge::new(now, stats),
                servers: FxHashMap::with_capacity_and_hasher(service.servers.len(), FxBuildHasher),
            });
            gauge.own.observe(now, listing, stats);
            for RealServerEntry { server, stats, .. } in &service.servers {
                let gauge = gauge.servers.entry(server.endpoint);
                let gauge = gauge.or_insert_with(|| Gauge::new(now, stats));
                gauge.observe(now, listing, stats);
            }
            gauge.servers.retain(|_, gauge| gauge.listing == listing);
        }
        self.services
            .retain(|_, gauge| gauge.own.listing == listing);
    }

    /// The rates of a service; `None` before there are two listings.
    pub fn service(&self, id: &ServiceId) -> Option<Rates> {
        self.services.get(id)?.own.rates
    }

    /// The rates of the real servers of a service.
    pub fn servers(&self, id: &ServiceId) -> ServerRates<'_> {
        ServerRates(self.services.get(id).map(|gauge| &gauge.servers))
    }
}

/// The rates of one service's real servers.
#[derive(Clone, Copy, Debug)]
pub struct ServerRates<'a>(Option<&'a FxHashMap<Endpoint, Gauge>>);

impl ServerRates<'_> {
    /// The rates of a real server; `None` before there are two listings.
    pub fn of(&self, endpoint: &Endpoint) -> Option<Rates> {
        self.0?.get(endpoint)?.rates
    }

    /// New connections of all of them.
    pub fn connections(&self) -> u64 {
        let gauges = self.0.into_iter().flat_map(FxHashMap::values);
        let rates = gauges.filter_map(|gauge| gauge.rates);
        rates.map(|rates| rates.connections).sum()
    }
}

/// The counters of one service or server.
#[derive(Debug)]
struct Gauge {
    counters: [u64; 5],
    rates: Option<Rates>,
    /// When it was last listed, and in which listing.
    seen: Duration,
    listing: u64,
    /// When its counters were last seen to change.
    changed: Duration,
}

impl Gauge {
    fn new(now: Duration, stats: &Stats) -> Gauge {
        Gauge {
            counters: counters(stats),
            rates: None,
            seen: now,
            listing: 0,
            changed: now,
        }
    }

    fn observe(&mut self, now: Duration, listing: u64, stats: &Stats) {
        let counters = counters(stats);
        let known = self.listing != 0;
        if counters != self.counters {
            // Where one went back, somebody set them to zero, or it is another server.
            let rises = self
                .counters
                .iter()
                .zip(counters)
                .all(|(old, new)| new >= *old);
            let interval = now.saturating_sub(self.seen).max(STEP);
            self.rates = rises.then(|| rates(&self.counters, &counters, interval));
            self.counters = counters;
            self.changed = now;
        } else if known && now.saturating_sub(self.changed) >= OVERDUE {
            self.rates = Some(Rates::default());
        }
        self.seen = now;
        self.listing = listing;
    }
}

fn counters(stats: &Stats) -> [u64; 5] {
    [
        stats.connections,
        stats.in_packets,
        stats.out_packets,
        stats.in_bytes,
        stats.out_bytes,
    ]
}

fn rates(old: &[u64; 5], new: &[u64; 5], interval: Duration) -> Rates {
    let nanoseconds = interval.as_nanos().max(1);
    let rate = |column: usize| {
        let more = u128::from(new[column].saturating_sub(old[column]));
        let rate = more * u128::from(UNIT) * 1_000_000_000 / nanoseconds;
        u64::try_from(rate).unwrap_or(u64::MAX)
    };
    Rates {
        connections: rate(0),
        in_packets: rate(1),
        out_packets: rate(2),
        in_bytes: rate(3),
        out_bytes: rate(4),
    }
}
