//! The connection table in brief: how the connections to each server fare; no I/O.
//!
//! The table can have millions of entries. It is summarised while it is read, so that what is kept grows with
//! the number of servers alone.

mod stalled;
#[cfg(test)]
mod tests;

pub use stalled::{Stalled, TOLD_APART};

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::connection::Connection;
use crate::model::{Endpoint, Protocol, RealServerEntry, ServiceId, ServiceWithServers, Timeouts};

/// So many servers that are no longer there are told apart; a service may have had any number.
const MOST_GONE: usize = 1000;

/// Seconds for which a connection in SYN_RECV is kept; nothing changes that.
const TCP_SYN_RECV: u64 = 60;
/// A connection that has waited for so many seconds was not opened just now.
const NOT_JUST_NOW: u64 = 2;

/// Seconds for which a TCP connection is kept in a state, after its last packet.
fn kept(state: &str, timeouts: Timeouts) -> Option<u64> {
    Some(match state {
        "SYN_RECV" => TCP_SYN_RECV,
        "ESTABLISHED" => timeouts.tcp.into(),
        "FIN_WAIT" => timeouts.tcp_fin.into(),
        "TIME_WAIT" => 120,
        "CLOSE_WAIT" => 60,
        "LAST_ACK" => 30,
        _ => return None,
    })
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// The client's first packet was passed on, and the client has not confirmed an answer.
    Waiting,
    /// Client and server talked to each other.
    Answered,
    /// It was refused or broken off.
    Reset,
    /// Nothing can be said, as with protocols that know no connections.
    Unknown,
}

impl Progress {
    /// From the kernel's word for the state of a connection.
    fn of(protocol: Protocol, state: &str) -> Progress {
        match (protocol, state) {
            (Protocol::Tcp, "SYN_RECV") | (Protocol::Sctp, "INIT1" | "INIT") => Progress::Waiting,
            (Protocol::Tcp, "CLOSE") | (Protocol::Sctp, "REJECTED" | "CLOSED") => Progress::Reset,
            (_, "NONE") | (Protocol::Udp, _) => Progress::Unknown,
            (Protocol::Tcp | Protocol::Sctp, _) => Progress::Answered,
        }
    }
}

/// How many connections have come how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Without an answer that the client has confirmed (SYN_RECV).
    pub waiting: u32,
    /// With one.
    pub answered: u32,
    /// Refused or broken off (CLOSE).
    pub reset: u32,
    /// For how many seconds the longest of those without an answer has waited; 0 where that is not known.
    pub waited: u64,
    /// How many seconds ago one of them that was not opened just now got its last packet, where that is known.
    pub waiting_ago: Option<u64>,
    /// How many seconds ago one with an answer got its last packet, where that is known.
    pub answered_ago: Option<u64>,
}

impl Counts {
    /// `ago` is the age of the connection's last packet in seconds.
    fn add(&mut self, progress: Progress, ago: Option<u64>) {
        let earliest = |seen: Option<u64>, ago: u64| Some(seen.map_or(ago, |seen| seen.min(ago)));
        let count = match progress {
            Progress::Waiting => &mut self.waiting,
            Progress::Answered => &mut self.answered,
            Progress::Reset => &mut self.reset,
            Progress::Unknown => return,
        };
        *count = count.saturating_add(1);
        match (progress, ago) {
            (Progress::Waiting, Some(ago)) => {
                self.waited = self.waited.max(ago);
                if ago >= NOT_JUST_NOW {
                    self.waiting_ago = earliest(self.waiting_ago, ago);
                }
            }
            (Progress::Answered, Some(ago)) => self.answered_ago = earliest(self.answered_ago, ago),
            _ => {}
        }
    }

    /// Connections wait, and none was answered after these had begun to.
    pub fn only_wait(&self) -> bool {
        let later = matches!(
            (self.answered_ago, self.waiting_ago),
            (Some(answered), Some(waiting)) if answered >= waiting
        );
        self.waiting > 0 && (self.answered == 0 || later)
    }

    /// Connections are answered.
    pub fn work(&self) -> bool {
        self.answered > 0 && !self.only_wait()
    }
}

/// The connections to one server of a service, without the templates of persistent clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Of all clients.
    pub all: Counts,
    /// Of clients in the server's own network, the director left out.
    pub beside: Counts,
    /// Of the director itself.
    pub own: Counts,
    /// The client of a connection that waits, from the server's own network.
    pub beside_client: Option<IpAddr>,
    /// Where the client of a connection that waits has sent its packets.
    pub waiting_at: Option<Endpoint>,
    /// Those of TCP, the director's own left out, that have waited for some seconds.
    pub stalled: Stalled,
}

/// The connection table, in brief.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    tallies: HashMap<(ServiceId, Endpoint), Tally>,
    gone: HashMap<(ServiceId, Endpoint), u32>,
    /// Connections at services by address, by whatever service they were taken.
    at: HashMap<ServiceId, u32>,
    /// Seconds that have passed since the table was read.
    age: u64,
}

impl Connections {
    /// What there is to one server of a service.
    pub fn to(&self, service: &ServiceId, server: Endpoint) -> Tally {
        let tally = self.tallies.get(&(*service, server));
        let mut tally = tally.copied().unwrap_or_default();
        for counts in [&mut tally.all, &mut tally.beside, &mut tally.own] {
            if counts.waiting > 0 {
                counts.waited = counts.waited.saturating_add(self.age);
            }
        }
        tally
    }

    /// How many connections were made to the address and port of a service, also where another service has taken them.
    pub fn at(&self, service: &ServiceId) -> u32 {
        self.at.get(service).copied().unwrap_or_default()
    }

    /// Notes that seconds have passed since the table was read.
    pub fn pass(&mut self, seconds: u64) {
        self.age = self.age.saturating_add(seconds);
    }

    /// Open connections of a service by address to a server that it does not have (any more): the service, the
    /// server, and how many there are; in listing order.
    pub fn gone(&self) -> Vec<(ServiceId, Endpoint, u32)> {
        let entries = self.gone.iter();
        let mut gone: Vec<_> = entries
            .map(|((service, server), count)| (*service, *server, *count))
            .collect();
        gone.sort_by_key(|(service, server, _)| (service.sort_key(), *server));
        gone
    }
}

/// Summarises a connection table, entry by entry.
pub struct Summary<'a> {
    services: &'a [ServiceWithServers],
    /// The services by mark that have a server.
    marked: HashMap<Endpoint, &'a ServiceWithServers>,
    own: HashSet<IpAddr>,
    networks: Vec<IpNet>,
    timeouts: Timeouts,
    connections: Connections,
}

impl<'a> Summary<'a> {
    /// Of the connections of these services, in listing order with their servers, on a host that has these addresses
    /// and is on these networks.
    pub fn new(
        services: &'a [ServiceWithServers],
        own: HashSet<IpAddr>,
        networks: Vec<IpNet>,
        timeouts: Timeouts,
    ) -> Summary<'a> {
        let of_mark = |service: &&ServiceWithServers| {
            matches!(service.entry.service.id, ServiceId::FirewallMark { .. })
        };
        let marked = services.iter().filter(of_mark).flat_map(|service| {
            let servers = service.servers.iter();
            servers.map(move |entry| (entry.server.endpoint, service))
        });
        Summary {
            services,
            marked: marked.collect(),
            own,
            networks,
            timeouts,
            connections: Connections::default(),
        }
    }

    /// Adds an entry of the table.
    pub fn add(&mut self, connection: &Connection<'_>) {
        // A template of a persistent client has no port.
        let Some(protocol) = connection
            .transport()
            .filter(|_| connection.source.port != 0)
        else {
            return;
        };
        let progress = Progress::of(protocol, connection.state);
        let Some(key) = self.key(protocol, connection) else {
            return;
        };
        let ago = kept(connection.state, self.timeouts)
            .filter(|_| protocol == Protocol::Tcp)
            .map(|kept| kept.saturating_sub(connection.expires));
        let client = connection.source.address;
        let own = self.own.contains(&client);
        let beside = !own
            && self.networks.iter().any(|network| {
                network.contains(&client) && network.contains(&connection.destination.address)
            });
        let tally = self.connections.tallies.entry(key).or_default();
        tally.all.add(progress, ago);
        if own {
            tally.own.add(progress, ago);
        }
        if beside {
            tally.beside.add(progress, ago);
        }
        if progress == Progress::Waiting {
            tally.waiting_at = Some(connection.service);
            if beside {
                tally.beside_client = Some(client);
            }
            // Of TCP alone it is known for how long.
            if !own && ago.is_some_and(|ago| ago >= NOT_JUST_NOW) {
                tally.stalled.add(client, connection.service);
            }
        }
    }

    /// The table, once all of it was added.
    pub fn finish(self) -> Connections {
        self.connections
    }

    /// The service and the server that a connection belongs to; notes it where that is no longer there.
    fn key(
        &mut self,
        protocol: Protocol,
        connection: &Connection<'_>,
    ) -> Option<(ServiceId, Endpoint)> {
        let Endpoint { address, port } = connection.service;
        let mut known = None;
        for port in [port, 0] {
            let id = ServiceId::Address {
                protocol,
                endpoint: Endpoint { address, port },
            };
            if let Some(service) = self.service(&id) {
                if known.is_none() {
                    let count = self.connections.at.entry(id).or_insert(0);
                    *count = count.saturating_add(1);
                }
                if let Some(server) = server_of(service, connection.destination) {
                    return Some((id, server));
                }
                known.get_or_insert(id);
            }
        }
        for server in [connection.destination, any_port(connection.destination)] {
            if let Some(service) = self.marked.get(&server) {
                return Some((service.entry.service.id, server));
            }
        }
        // What has ended is only waiting to be forgotten.
        if protocol == Protocol::Tcp && connection.state != "ESTABLISHED" {
            return None;
        }
        let gone = &mut self.connections.gone;
        let key = (known?, connection.destination);
        if gone.len() < MOST_GONE || gone.contains_key(&key) {
            let count = gone.entry(key).or_insert(0);
            *count = count.saturating_add(1);
        }
        None
    }

    fn service(&self, id: &ServiceId) -> Option<&'a ServiceWithServers> {
        let key = id.sort_key();
        let found = self
            .services
            .binary_search_by_key(&key, |service| service.entry.service.id.sort_key());
        Some(&self.services[found.ok()?])
    }
}

/// The server with this endpoint, or for every port of its address.
fn server_of(service: &ServiceWithServers, endpoint: Endpoint) -> Option<Endpoint> {
    let endpoint_of = |entry: &RealServerEntry| entry.server.endpoint;
    let find = |wanted| {
        let found = service.servers.binary_search_by_key(&wanted, endpoint_of);
        found.is_ok().then_some(wanted)
    };
    find(endpoint).or_else(|| find(any_port(endpoint)))
}

fn any_port(endpoint: Endpoint) -> Endpoint {
    Endpoint {
        port: 0,
        ..endpoint
    }
}
