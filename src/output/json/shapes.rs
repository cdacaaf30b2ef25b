//! How each part of the model looks in JSON. What a part does not have is left out.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Extent, SCHEMA};
use crate::connections::Connection;
use crate::model::{
    Endpoint, Forwarding, Info, Name, Netmask, RealServerEntry, Service, ServiceId,
    ServiceWithServers, Stats, SyncDaemon, Timeouts, Tunnel,
};
use crate::output::rules::scheduler_flag_names;

/// A service with its servers.
pub struct ServiceShape<'a> {
    pub listed: &'a ServiceWithServers,
    pub extent: Extent,
}

impl Serialize for ServiceShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ServiceWithServers { entry, servers } = self.listed;
        let service = &entry.service;
        let mut map = serializer.serialize_map(None)?;
        identity(&mut map, &service.id)?;
        map.serialize_entry("scheduler", &Text(&service.scheduler))?;
        map.serialize_entry("scheduler_flags", &Flags(service))?;
        if let Some(seconds) = service.persistence {
            map.serialize_entry("persistence", &seconds)?;
            // It means nothing where nothing persists.
            match service.netmask {
                Netmask::V4(mask) => map.serialize_entry("netmask", &mask)?,
                Netmask::V6(prefix) => map.serialize_entry("netmask", &prefix)?,
            }
        }
        if let Some(engine) = &service.persistence_engine {
            map.serialize_entry("persistence_engine", &Text(engine))?;
        }
        map.serialize_entry("one_packet", &service.one_packet)?;
        if self.extent == Extent::Everything {
            counters(&mut map, &entry.stats)?;
        }
        map.serialize_entry(
            "servers",
            &Servers {
                entries: servers,
                extent: self.extent,
            },
        )?;
        map.end()
    }
}

fn identity<M: SerializeMap>(map: &mut M, id: &ServiceId) -> Result<(), M::Error> {
    match id {
        ServiceId::Address { protocol, endpoint } => {
            map.serialize_entry("protocol", protocol.name())?;
            place(map, endpoint)
        }
        ServiceId::FirewallMark { mark, family } => {
            map.serialize_entry("firewall_mark", mark)?;
            map.serialize_entry("family", family.name())
        }
    }
}

fn place<M: SerializeMap>(map: &mut M, endpoint: &Endpoint) -> Result<(), M::Error> {
    map.serialize_entry("address", &endpoint.address)?;
    map.serialize_entry("port", &endpoint.port)
}

fn counters<M: SerializeMap>(map: &mut M, stats: &Stats) -> Result<(), M::Error> {
    let totals = Counters {
        connections: stats.connections,
        in_packets: stats.in_packets,
        out_packets: stats.out_packets,
        in_bytes: stats.in_bytes,
        out_bytes: stats.out_bytes,
    };
    let rates = Counters {
        connections: stats.connection_rate,
        in_packets: stats.in_packet_rate,
        out_packets: stats.out_packet_rate,
        in_bytes: stats.in_byte_rate,
        out_bytes: stats.out_byte_rate,
    };
    map.serialize_entry("stats", &totals)?;
    map.serialize_entry("rates", &rates)
}

/// Totals, or rates per second.
#[derive(Serialize)]
struct Counters {
    connections: u64,
    in_packets: u64,
    out_packets: u64,
    in_bytes: u64,
    out_bytes: u64,
}

struct Servers<'a> {
    entries: &'a [RealServerEntry],
    extent: Extent,
}

impl Serialize for Servers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let extent = self.extent;
        serializer.collect_seq(self.entries.iter().map(|entry| Server { entry, extent }))
    }
}

struct Server<'a> {
    entry: &'a RealServerEntry,
    extent: Extent,
}

impl Serialize for Server<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RealServerEntry { server, stats, .. } = self.entry;
        let mut map = serializer.serialize_map(None)?;
        place(&mut map, &server.endpoint)?;
        map.serialize_entry("forwarding", server.forwarding.name())?;
        if let Forwarding::Tunnel(tunnel) = &server.forwarding {
            map.serialize_entry("tunnel", &TunnelShape::of(tunnel))?;
        }
        map.serialize_entry("weight", &server.weight)?;
        map.serialize_entry("upper_threshold", &server.upper_threshold)?;
        map.serialize_entry("lower_threshold", &server.lower_threshold)?;
        if self.extent == Extent::Everything {
            map.serialize_entry("active_connections", &self.entry.active_connections)?;
            map.serialize_entry("inactive_connections", &self.entry.inactive_connections)?;
            map.serialize_entry("persistent_connections", &self.entry.persistent_connections)?;
            counters(&mut map, stats)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct TunnelShape {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<&'static str>,
}

impl TunnelShape {
    fn of(tunnel: &Tunnel) -> TunnelShape {
        let (r#type, port, checksum) = match tunnel {
            Tunnel::Ipip => ("ipip", None, None),
            Tunnel::Gue { port, checksum } => ("gue", Some(*port), Some(checksum.name())),
            Tunnel::Gre { checksum } => ("gre", None, Some(checksum.name())),
        };
        TunnelShape {
            r#type,
            port,
            checksum,
        }
    }
}

/// A name from the kernel. Bytes that are no text are replaced: JSON has no form for them.
struct Text<'a>(&'a Name);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(self.0.as_bytes()))
    }
}

/// The names of a service's scheduler flags.
struct Flags<'a>(&'a Service);

impl Serialize for Flags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(scheduler_flag_names(self.0))
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
