//! Which connections are asked for.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Connection, CountBy, CountKey, StateSet, TableProtocol};
use crate::model::{Endpoint, Family, ServiceId, ServiceWithServers};

/// What is asked about the connection table; by default, all of it. Filters combine: an entry must pass each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionQuery {
    /// Entries of one virtual service; with port 0, of all ports of its address.
    pub service: Option<ServiceId>,
    /// Entries of one real server.
    pub server: Option<ServerQuery>,
    /// Entries of clients within a network.
    pub client: Option<IpNet>,
    /// Entries in one of some states.
    pub states: Option<StateSet>,
    /// Entries of one protocol.
    pub protocol: Option<TableProtocol>,
    /// Entries with at most so many seconds left.
    pub expires_within: Option<u32>,
    /// Entries with more than so many seconds left.
    pub expires_after: Option<u32>,
    /// Whether to show where each entry came from.
    pub origin: bool,
    /// Counts instead of the entries.
    pub count: Option<Counting>,
}

/// What to count, and how much of it to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// What makes one entry count together with another.
    pub by: CountBy,
    /// Only so many of the largest counts; else all.
    pub top: Option<u32>,
}

/// A real server, or all ports of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerQuery {
    /// Its address.
    pub address: IpAddr,
    /// Its port; `None` for any.
    pub port: Option<u16>,
}

impl ServerQuery {
    fn has(&self, endpoint: &Endpoint) -> bool {
        self.address == endpoint.address && self.port.is_none_or(|port| port == endpoint.port)
    }
}

impl ConnectionQuery {
    /// Whether the entries' origin has to be known.
    pub fn needs_origin(&self) -> bool {
        let counted = self
            .count
            .is_some_and(|count| count.by.has(CountKey::Origin));
        self.origin || counted
    }

    /// The firewall mark's service whose real servers [`ConnectionFilter::new`] needs.
    pub fn marked_service(&self) -> Option<&ServiceId> {
        let service = self.service.as_ref();
        service.filter(|service| service.protocol().is_none())
    }
}

/// What is known of the connections of a firewall mark's service: the table names no marks, except in templates.
#[derive(Clone, Debug, Default)]
pub struct MarkedService {
    /// Whether it is persistent.
    pub is_persistent: bool,
    /// Its real servers.
    pub servers: Vec<Endpoint>,
}

impl MarkedService {
    /// Of a service and its real servers.
    pub fn of(listed: &ServiceWithServers) -> MarkedService {
        let servers = listed.servers.iter().map(|entry| entry.server.endpoint);
        MarkedService {
            is_persistent: listed.entry.service.persistence.is_some(),
            servers: servers.collect(),
        }
    }

    /// Where its connections go.
    fn destinations(&self) -> Vec<ServerQuery> {
        let destination = |server: &Endpoint| ServerQuery {
            address: server.address,
            // A server without a port gets packets at the port that they were sent to. So does any server of a
            // persistent mark: the kernel takes the server's port only where packets were sent to that of the service,
            // and a mark has none.
            port: (server.port != 0 && !self.is_persistent).then_some(server.port),
        };
        self.servers.iter().map(destination).collect()
    }
}

/// Tells the entries that a query asks for.
#[derive(Clone, Debug)]
pub struct ConnectionFilter<'a> {
    query: &'a ConnectionQuery,
    servers: Vec<ServerQuery>,
}

impl<'a> ConnectionFilter<'a> {
    /// The filter of a query. `marked` is [`ConnectionQuery::marked_service`], where it has one.
    pub fn new(query: &'a ConnectionQuery, marked: &MarkedService) -> ConnectionFilter<'a> {
        let servers = marked.destinations();
        ConnectionFilter { query, servers }
    }

    /// Whether an entry passes every filter; those that cost least come first.
    pub fn matches(&self, connection: &Connection<'_>) -> bool {
        let query = self.query;
        let expires = connection.expires;
        query
            .expires_within
            .is_none_or(|most| expires <= u64::from(most))
            && query
                .expires_after
                .is_none_or(|least| expires > u64::from(least))
            && query
                .server
                .is_none_or(|server| server.has(&connection.destination))
            && query
                .client
                .is_none_or(|client| client.contains(&connection.source.address))
            && query
                .protocol
                .is_none_or(|protocol| protocol.title() == connection.protocol)
            && query
                .states
                .is_none_or(|states| states.has(connection.state))
            && query
                .service
                .is_none_or(|service| self.is_of(&service, connection))
    }

    fn is_of(&self, service: &ServiceId, connection: &Connection<'_>) -> bool {
        match service {
            ServiceId::Address { protocol, endpoint } => {
                endpoint.address == connection.service.address
                    && (endpoint.port == 0 || endpoint.port == connection.service.port)
                    && protocol.title() == connection.protocol
            }
            ServiceId::FirewallMark { mark, family } => {
                *family == Family::of(connection.source.address)
                    && match connection.firewall_mark() {
                        Some(other) => *mark == other,
                        None => !connection.is_template() && self.is_marked(connection),
                    }
            }
        }
    }

    /// Whether a connection's real server is one of the firewall mark's service.
    fn is_marked(&self, connection: &Connection<'_>) -> bool {
        self.servers
            .iter()
            .any(|server| server.has(&connection.destination))
    }
}
