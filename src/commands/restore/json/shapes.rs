//! The form of a document: its members and their types. Whether a value makes sense the reader of
//! command lines says.
//!
//! What is observed, and not configured, is passed over, so that a listing can be restored too. Any
//! other member that is unknown is an error: it is more likely a slip than meant.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::cli::flags::Flag;
use crate::cli::usage::Problem;
use crate::model::{Endpoint, Family};

/// An object: the derived readers alone would take a list of its values too.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(OfMap(std::marker::PhantomData))
    }
}

/// A document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    #[serde(rename = "schema")]
    _schema: IgnoredAny,
    #[serde(rename = "ipvs")]
    _ipvs: Option<IgnoredAny>,
    pub services: Option<Vec<Service>>,
    pub timeouts: Option<Object<Timeouts>>,
    pub daemons: Option<Vec<Object<Daemon>>>,
}

/// A service, with the option that selects it and that option's value.
pub struct Service {
    pub selector: Flag,
    pub name: String,
    /// The packets of its firewall mark are IPv6.
    pub ipv6_mark: bool,
    pub scheduler: Option<String>,
    pub scheduler_flags: Vec<String>,
    pub other_flags: Option<u32>,
    pub persistence: Option<i64>,
    pub netmask: Option<String>,
    pub persistence_engine: Option<String>,
    pub one_packet: bool,
    pub servers: Vec<Object<Server>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceMembers {
    protocol: Option<Transport>,
    address: Option<IpAddr>,
    #[serde(default, deserialize_with = "port")]
    port: Option<u16>,
    firewall_mark: Option<i64>,
    family: Option<MarkFamily>,
    #[serde(default, deserialize_with = "name")]
    scheduler: Option<String>,
    #[serde(default)]
    scheduler_flags: Vec<String>,
    other_flags: Option<u32>,
    persistence: Option<i64>,
    netmask: Option<Mask>,
    #[serde(default, deserialize_with = "name")]
    persistence_engine: Option<String>,
    #[serde(default)]
    one_packet: bool,
    #[serde(default)]
    servers: Vec<Object<Server>>,
    #[serde(rename = "stats")]
    _stats: Option<IgnoredAny>,
    #[serde(rename = "rates")]
    _rates: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Tcp,
    Udp,
    Sctp,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MarkFamily {
    Ipv4,
    Ipv6,
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(members): Object<ServiceMembers> = Object::deserialize(deserializer)?;
        Service::of(members).map_err(D::Error::custom)
    }
}

impl Service {
    fn of(members: ServiceMembers) -> Result<Service, String> {
        let (selector, name, family) = match members {
            ServiceMembers {
                protocol: Some(protocol),
                address: Some(address),
                firewall_mark: None,
                family: None,
                port,
                ..
            } => {
                let port = port.unwrap_or(0);
                let selector = match protocol {
                    Transport::Tcp => Flag::TcpService,
                    Transport::Udp => Flag::UdpService,
                    Transport::Sctp => Flag::SctpService,
                };
                let endpoint = Endpoint { address, port };
                (selector, endpoint.to_string(), Family::of(address))
            }
            ServiceMembers {
                firewall_mark: Some(mark),
                family,
                protocol: None,
                address: None,
                port: None,
                ..
            } => {
                let family = match family {
                    Some(MarkFamily::Ipv6) => Family::V6,
                    Some(MarkFamily::Ipv4) | None => Family::V4,
                };
                (Flag::FirewallMark, mark.to_string(), family)
            }
            _ => {
                return Err(
                    "a service has a protocol and an address, with or without a port, \
                     or else a firewall_mark, with or without a family"
                        .to_owned(),
                );
            }
        };
        let netmask = members.netmask.map(|mask| mask.of(family)).transpose();
        Ok(Service {
            selector,
            name,
            ipv6_mark: selector == Flag::FirewallMark && family == Family::V6,
            scheduler: members.scheduler,
            scheduler_flags: members.scheduler_flags,
            other_flags: members.other_flags,
            persistence: members.persistence,
            netmask: netmask.map_err(|problem| format!("netmask: {problem}"))?,
            persistence_engine: members.persistence_engine,
            one_packet: members.one_packet,
            servers: members.servers,
        })
    }
}

/// A netmask: of which form it must be, the service's family says.
enum Mask {
    V4(Ipv4Addr),
    V6(i64),
}

impl Mask {
    fn of(self, family: Family) -> Result<String, Problem> {
        match (self, family) {
            (Mask::V4(mask), Family::V4) => Ok(mask.to_string()),
            (Mask::V6(prefix), Family::V6) => Ok(prefix.to_string()),
            (Mask::V6(_), Family::V4) => Err(Problem::NotAMask),
            (Mask::V4(_), Family::V6) => Err(Problem::NotAPrefix),
        }
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MaskVisitor;

        impl Visitor<'_> for MaskVisitor {
            type Value = Mask;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a mask such as \"255.255.255.0\", or the length of an IPv6 prefix")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Mask, E> {
                let mask = text.parse().map(Mask::V4);
                mask.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_i64<E: serde::de::Error>(self, prefix: i64) -> Result<Mask, E> {
                Ok(Mask::V6(prefix))
            }

            fn visit_u64<E: serde::de::Error>(self, prefix: u64) -> Result<Mask, E> {
                let number = i64::try_from(prefix).map(Mask::V6);
                number.map_err(|_| E::invalid_value(Unexpected::Unsigned(prefix), &self))
            }
        }

        deserializer.deserialize_any(MaskVisitor)
    }
}

/// A real server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    address: IpAddr,
    #[serde(default, deserialize_with = "port")]
    port: Option<u16>,
    pub forwarding: Option<Method>,
    pub tunnel: Option<Object<Tunnel>>,
    pub weight: Option<i64>,
    pub upper_threshold: Option<i64>,
    pub lower_threshold: Option<i64>,
    #[serde(rename = "active_connections")]
    _active_connections: Option<IgnoredAny>,
    #[serde(rename = "inactive_connections")]
    _inactive_connections: Option<IgnoredAny>,
    #[serde(rename = "persistent_connections")]
    _persistent_connections: Option<IgnoredAny>,
    #[serde(rename = "stats")]
    _stats: Option<IgnoredAny>,
    #[serde(rename = "rates")]
    _rates: Option<IgnoredAny>,
}

impl Server {
    /// Its address, and its port where it has one.
    pub fn name(&self) -> String {
        let address = self.address;
        match self.port {
            Some(port) => Endpoint { address, port }.to_string(),
            None => address.to_string(),
        }
    }
}

/// How packets reach a server.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Masquerading,
    DirectRouting,
    Tunnel,
    Local,
    Bypass,
}

impl Method {
    pub fn flag(self) -> Flag {
        match self {
            Method::Masquerading => Flag::Masquerading,
            Method::Tunnel => Flag::Tunneling,
            // The kernel sets the others by itself where direct routing was asked for.
            Method::DirectRouting | Method::Local | Method::Bypass => Flag::Gatewaying,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnel {
    pub r#type: String,
    pub port: Option<i64>,
    pub checksum: Option<Checksum>,
}

/// How a checksum travels in a tunnel.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    Off,
    On,
    Remote,
}

impl Checksum {
    pub fn flag(self) -> Flag {
        match self {
            Checksum::Off => Flag::TunnelNoChecksum,
            Checksum::On => Flag::TunnelChecksum,
            Checksum::Remote => Flag::TunnelRemoteChecksum,
        }
    }
}

/// The timeouts; 0 keeps one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    #[serde(default)]
    pub tcp: i64,
    #[serde(default)]
    pub tcp_fin: i64,
    #[serde(default)]
    pub udp: i64,
}

/// A sync daemon.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Daemon {
    pub role: String,
    #[serde(default, deserialize_with = "name")]
    pub interface: Option<String>,
    pub sync_id: Option<i64>,
    pub max_length: Option<i64>,
    pub group: Option<IpAddr>,
    pub port: Option<i64>,
    pub ttl: Option<i64>,
}

/// A name, which an empty word of a command line would leave at its default.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name.is_empty() {
        return Err(D::Error::invalid_value(Unexpected::Str(""), &"a name"));
    }
    Ok(Some(name))
}

fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let port = u16::try_from(number);
    let wrong = || D::Error::invalid_value(Unexpected::Signed(number), &"a port from 0 to 65535");
    port.map(Some).map_err(|_| wrong())
}
