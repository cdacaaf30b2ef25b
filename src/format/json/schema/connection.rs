//! A connection, which is a document by itself and is only written.

use std::net::IpAddr;

use serde::Serialize;

use super::VERSION;
use crate::kernel::proc::connections::Connection;
use crate::model;

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
            persistence_engine: connection.engine.map(|engine| engine.name),
            persistence_data: connection.engine.map(|engine| engine.data),
        }
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
