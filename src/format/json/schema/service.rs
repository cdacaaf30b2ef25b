//! A service.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Extent;
use super::server::{Counters, Server};
use super::values::{self, Known, Mask, Object, Observed};
use crate::cli::flags::Flag;
use crate::format::json::fast::{FastJson, append_list, fast_object, fast_word};
use crate::format::json::words::Words;
use crate::format::rules::scheduler_flag_names;
use crate::format::sheet::Sheet;
use crate::model::visible::VisibleTable;
use crate::model::{
    self, Endpoint, Family, Protocol, RealServerEntry, ServiceId, ServiceWithServers,
};

/// A service. `Servers` are those that were read, or those of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service<Servers = Vec<Object<Server>>> {
    protocol: Option<Transport>,
    address: Option<IpAddr>,
    #[serde(default, deserialize_with = "values::port")]
    port: Option<u16>,
    firewall_mark: Option<i64>,
    family: Option<MarkFamily>,
    #[serde(default, deserialize_with = "values::name")]
    scheduler: Option<String>,
    #[serde(default)]
    scheduler_flags: Known<Vec<Cow<'static, str>>>,
    other_flags: Option<u32>,
    persistence: Option<i64>,
    netmask: Option<Mask>,
    #[serde(default, deserialize_with = "values::name")]
    persistence_engine: Option<String>,
    #[serde(default)]
    one_packet: Known<bool>,
    #[serde(default)]
    pub servers: Servers,
    #[serde(default)]
    stats: Observed<Counters>,
    #[serde(default)]
    rates: Observed<Counters>,
}

fast_object!(Service<Servers> {
    [protocol, address, port, firewall_mark, family] scheduler;
    [] scheduler_flags;
    [other_flags, persistence, netmask] persistence_engine;
    [one_packet, stats, rates] servers
});

/// The servers of a table. Each becomes a [`Server`] when it is written, not all of them before.
pub struct TableServers<'a> {
    entries: &'a [RealServerEntry],
    extent: Extent,
}

impl FastJson for TableServers<'_> {
    fn append(&self, text: &mut Sheet) {
        append_list(text, self.entries.iter(), |entry, text| {
            FastJson::append(&Server::of(entry, self.extent), text);
        });
    }
}

impl<'a> Service<TableServers<'a>> {
    /// The service with its servers as it is written.
    pub fn of(listed: &'a ServiceWithServers, extent: Extent) -> Self {
        let service = &listed.entry.service;
        let (stats, rates) = Counters::of(&listed.entry.stats, extent);
        let (mut protocol, mut address, mut port) = (None, None, None);
        let (mut firewall_mark, mut family) = (None, None);
        match &service.id {
            ServiceId::Address {
                protocol: transport,
                endpoint,
            } => {
                protocol = Some((*transport).into());
                address = Some(endpoint.address);
                port = Some(endpoint.port);
            }
            ServiceId::FirewallMark { mark, family: of } => {
                firewall_mark = Some(i64::from(*mark));
                family = Some((*of).into());
            }
        }
        let flags = || scheduler_flag_names(service).map(Cow::Borrowed).collect();
        let other_flags = service.other_flags.set;
        Service {
            protocol,
            address,
            port,
            firewall_mark,
            family,
            scheduler: Some(values::text(&service.scheduler)),
            scheduler_flags: Known((extent != Extent::Visible).then(flags)),
            other_flags: (other_flags != 0).then_some(other_flags),
            persistence: service.persistence.map(i64::from),
            // It means nothing where nothing persists.
            netmask: service.persistence.map(|_| service.netmask.into()),
            persistence_engine: service.persistence_engine.as_ref().map(values::text),
            one_packet: Known(
                (extent != Extent::Visible || !VisibleTable::hides_one_packet(&service.id))
                    .then_some(service.one_packet),
            ),
            stats,
            rates,
            servers: TableServers {
                entries: &listed.servers,
                extent,
            },
        }
    }

    /// The service without what is not known of a firewall mark.
    pub fn without_family(self) -> Self {
        Service {
            family: None,
            netmask: None,
            ..self
        }
    }
}

impl Service {
    /// What identifies the service: the flag that selects it, that flag's value, and the family.
    fn identity(&self) -> Result<(Flag, String, Family), &'static str> {
        match *self {
            Service {
                protocol: Some(protocol),
                address: Some(address),
                firewall_mark: None,
                family: None,
                port,
                ..
            } => {
                let port = port.unwrap_or(0);
                let flag = match protocol {
                    Transport::Tcp => Flag::TcpService,
                    Transport::Udp => Flag::UdpService,
                    Transport::Sctp => Flag::SctpService,
                };
                let endpoint = Endpoint { address, port };
                Ok((flag, endpoint.to_string(), Family::of(address)))
            }
            Service {
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
                Ok((Flag::FirewallMark, mark.to_string(), family))
            }
            _ => Err(
                "a service has a protocol and an address, with or without a port, \
                 or else a firewall_mark, with or without a family",
            ),
        }
    }
}

/// A service that was read, with what its members mean together.
pub struct IdentifiedService {
    pub service: Service,
    /// The flag that selects it, and that flag's value.
    flag: Flag,
    value: String,
    family: Family,
    netmask: Option<String>,
}

impl<'de> Deserialize<'de> for IdentifiedService {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(service): Object<Service> = Object::deserialize(deserializer)?;
        let (flag, value, family) = service.identity().map_err(D::Error::custom)?;
        let netmask = service.netmask.as_ref().map(|mask| mask.word(family));
        let netmask = netmask
            .transpose()
            .map_err(|problem| D::Error::custom(format!("netmask: {problem}")))?;
        Ok(IdentifiedService {
            service,
            flag,
            value,
            family,
            netmask,
        })
    }
}

impl IdentifiedService {
    /// The command line that adds the service.
    pub fn words(&self) -> Words {
        let service = &self.service;
        let mut words = Words::of(Flag::AddService);
        self.select(&mut words);
        words.option(
            Flag::Scheduler,
            name!(Service.scheduler),
            service.scheduler.as_ref(),
        );
        let mut flags = service.scheduler_flags.0.clone().unwrap_or_default();
        flags.extend(
            service
                .other_flags
                .map(|bits| Cow::Owned(format!("{bits:#x}"))),
        );
        let flags = flags.join(",");
        words.option(
            Flag::SchedulerFlags,
            name!(Service.scheduler_flags),
            (!flags.is_empty()).then_some(flags),
        );
        words.option(
            Flag::Persistent,
            name!(Service.persistence),
            service.persistence,
        );
        words.option(Flag::Netmask, name!(Service.netmask), self.netmask.as_ref());
        words.option(
            Flag::PersistenceEngine,
            name!(Service.persistence_engine),
            service.persistence_engine.as_ref(),
        );
        if service.one_packet.0 == Some(true) {
            words.flag(Flag::OnePacket, name!(Service.one_packet));
        }
        words
    }

    /// The command line that adds a server to the service.
    pub fn server_words(&self, server: &Server) -> Words {
        let mut words = Words::of(Flag::AddServer);
        self.select(&mut words);
        server.append(&mut words);
        words
    }

    /// Appends the words that select the service.
    fn select(&self, words: &mut Words) {
        if self.flag == Flag::FirewallMark {
            words.option(self.flag, name!(Service.firewall_mark), Some(&self.value));
            if self.family == Family::V6 {
                words.bare(Flag::Ipv6);
            }
        } else {
            words.bare_option(self.flag, &self.value);
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    Tcp,
    Udp,
    Sctp,
}

fast_word!(Transport { Tcp = "tcp", Udp = "udp", Sctp = "sctp" });

impl From<Protocol> for Transport {
    fn from(protocol: Protocol) -> Transport {
        match protocol {
            Protocol::Tcp => Transport::Tcp,
            Protocol::Udp => Transport::Udp,
            Protocol::Sctp => Transport::Sctp,
        }
    }
}

/// The family of the packets of a firewall mark.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkFamily {
    Ipv4,
    Ipv6,
}

fast_word!(MarkFamily { Ipv4 = "ipv4", Ipv6 = "ipv6" });

impl From<model::Family> for MarkFamily {
    fn from(family: model::Family) -> MarkFamily {
        match family {
            Family::V4 => MarkFamily::Ipv4,
            Family::V6 => MarkFamily::Ipv6,
        }
    }
}
