//! A connection or a count of them, each of which is a document by itself and is only written.

use std::net::IpAddr;

use serde::Serialize;

use super::VERSION;
use crate::model;
use crate::model::connection::{Connection, CountRow, Group, Origin, Tally};

/// A connection.
#[derive(Serialize)]
pub struct ConnectionDocument<'a> {
    schema: u32,
    protocol: String,
    state: &'a str,
    /// In seconds from now.
    expires: u64,
    source: Endpoint,
    r#virtual: Destination,
    destination: Endpoint,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persistence_engine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persistence_data: Option<&'a str>,
}

impl<'a> From<&Connection<'a>> for ConnectionDocument<'a> {
    fn from(connection: &Connection<'a>) -> ConnectionDocument<'a> {
        ConnectionDocument {
            schema: VERSION,
            protocol: connection.protocol.to_ascii_lowercase(),
            state: connection.state,
            expires: connection.expires,
            source: connection.source.into(),
            r#virtual: match connection.firewall_mark() {
                Some(firewall_mark) => Destination::Mark { firewall_mark },
                None => Destination::Endpoint(connection.service.into()),
            },
            destination: connection.destination.into(),
            origin: connection.origin.map(OriginWord::from),
            persistence_engine: connection.engine.map(|engine| engine.name),
            persistence_data: connection.engine.map(|engine| engine.data),
        }
    }
}

/// Who made the entry.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum OriginWord {
    Local,
    Sync,
}

impl From<Origin> for OriginWord {
    fn from(origin: Origin) -> OriginWord {
        match origin {
            Origin::Local => OriginWord::Local,
            Origin::Synced => OriginWord::Sync,
        }
    }
}

/// A count of connections, which is a document by itself too.
#[derive(Serialize)]
pub struct CountDocument<'a> {
    schema: u32,
    connections: u64,
    templates: u64,
    /// The part of all connections, 0 to 1.
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<CountedService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Endpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginWord>,
}

/// A service that connections are counted by.
#[derive(Serialize)]
#[serde(untagged)]
enum CountedService {
    Endpoint {
        protocol: String,
        #[serde(flatten)]
        endpoint: Endpoint,
    },
    Mark {
        firewall_mark: u32,
        family: &'static str,
    },
}

impl<'a> CountDocument<'a> {
    /// The document of a row.
    pub fn new(tally: &Tally, row: &CountRow<'a>) -> CountDocument<'a> {
        let mut document = CountDocument {
            schema: VERSION,
            connections: row.connections,
            templates: row.templates,
            // To the tenth of a thousandth: the rest is noise.
            share: (tally.share(row) * 10_000.0).round() / 10_000.0,
            client: None,
            service: None,
            server: None,
            state: None,
            origin: None,
        };
        for group in &row.groups {
            match *group {
                Group::Client(address) => document.client = Some(address),
                Group::Service { protocol, endpoint } => {
                    document.service = Some(CountedService::Endpoint {
                        protocol: protocol.to_ascii_lowercase(),
                        endpoint: endpoint.into(),
                    });
                }
                Group::FirewallMark { mark, family } => {
                    document.service = Some(CountedService::Mark {
                        firewall_mark: mark,
                        family: family.name(),
                    });
                }
                Group::Server(endpoint) => document.server = Some(endpoint.into()),
                Group::State(state) => document.state = Some(state),
                Group::Origin(origin) => document.origin = Some(origin.into()),
            }
        }
        document
    }
}

/// Where the client sent its packets to.
#[derive(Serialize)]
#[serde(untagged)]
enum Destination {
    Endpoint(Endpoint),
    Mark { firewall_mark: u32 },
}

#[derive(Serialize)]
struct Endpoint {
    address: IpAddr,
    port: u16,
}

impl From<model::Endpoint> for Endpoint {
    fn from(endpoint: model::Endpoint) -> Endpoint {
        let model::Endpoint { address, port } = endpoint;
        Endpoint { address, port }
    }
}
