//! How each part of the model but the table looks in JSON. What a part does not have is left out.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::SCHEMA;
use crate::kernel::proc::connections::Connection;
use crate::model::{Endpoint, Info, Name, SyncDaemon, Timeouts};

/// A name from the kernel. Bytes that are no text are replaced: JSON has no form for them.
struct Text<'a>(&'a Name);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(self.0.as_bytes()))
    }
}

/// What the kernel says of its IPVS.
pub struct InfoShape<'a>(pub &'a Info);

impl Serialize for InfoShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Info {
            connection_table_size,
            ..
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &self.0.version_text())?;
        map.serialize_entry("connection_table_size", connection_table_size)?;
        map.end()
    }
}

/// The timeouts.
pub struct TimeoutsShape<'a>(pub &'a Timeouts);

impl Serialize for TimeoutsShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Timeouts { tcp, tcp_fin, udp } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tcp", tcp)?;
        map.serialize_entry("tcp_fin", tcp_fin)?;
        map.serialize_entry("udp", udp)?;
        map.end()
    }
}

/// A sync daemon.
pub struct DaemonShape<'a>(pub &'a SyncDaemon);

impl Serialize for DaemonShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let daemon = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", daemon.role.name())?;
        map.serialize_entry("interface", &Text(&daemon.interface))?;
        map.serialize_entry("sync_id", &daemon.sync_id)?;
        optional(&mut map, "max_length", daemon.max_length)?;
        optional(&mut map, "group", daemon.group)?;
        optional(&mut map, "port", daemon.port)?;
        optional(&mut map, "ttl", daemon.ttl)?;
        map.end()
    }
}

fn place<M: SerializeMap>(map: &mut M, endpoint: &Endpoint) -> Result<(), M::Error> {
    map.serialize_entry("address", &endpoint.address)?;
    map.serialize_entry("port", &endpoint.port)
}

fn optional<M: SerializeMap>(
    map: &mut M,
    name: &str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, &value),
        None => Ok(()),
    }
}

/// A connection, which is a document by itself.
pub struct ConnectionShape<'a>(pub &'a Connection<'a>);

impl Serialize for ConnectionShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let connection = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", &SCHEMA)?;
        map.serialize_entry("protocol", &connection.protocol.to_ascii_lowercase())?;
        map.serialize_entry("state", connection.state)?;
        map.serialize_entry("expires", &connection.expires)?;
        map.serialize_entry("source", &EndpointShape(connection.source))?;
        map.serialize_entry("virtual", &VirtualShape(connection))?;
        map.serialize_entry("destination", &EndpointShape(connection.destination))?;
        if let Some(engine) = connection.engine {
            map.serialize_entry("persistence_engine", engine.name)?;
            map.serialize_entry("persistence_data", engine.data)?;
        }
        map.end()
    }
}

struct EndpointShape(Endpoint);

impl Serialize for EndpointShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        place(&mut map, &self.0)?;
        map.end()
    }
}

/// Where the client sent its packets to.
struct VirtualShape<'a>(&'a Connection<'a>);

impl Serialize for VirtualShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(mark) = self.0.firewall_mark() else {
            return EndpointShape(self.0.service).serialize(serializer);
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("firewall_mark", &mark)?;
        map.end()
    }
}
