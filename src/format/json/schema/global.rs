//! The members of a document besides its services: the kernel's IPVS, the timeouts and the sync daemons.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::values;
use crate::cli::flags::Flag;
use crate::format::json::words::Words;
use crate::model::{self, Info, SyncDaemon};

/// What the kernel reports about its IPVS.
#[derive(Serialize)]
pub struct Ipvs {
    version: String,
    /// In buckets.
    connection_table_size: u32,
}

impl From<&Info> for Ipvs {
    fn from(info: &Info) -> Ipvs {
        Ipvs {
            version: info.version_text(),
            connection_table_size: info.connection_table_size,
        }
    }
}

/// The timeouts in seconds; a 0 that is read keeps one.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    #[serde(default)]
    tcp: i64,
    #[serde(default)]
    tcp_fin: i64,
    #[serde(default)]
    udp: i64,
}

impl From<&model::Timeouts> for Timeouts {
    fn from(timeouts: &model::Timeouts) -> Timeouts {
        Timeouts {
            tcp: timeouts.tcp.into(),
            tcp_fin: timeouts.tcp_fin.into(),
            udp: timeouts.udp.into(),
        }
    }
}

impl Timeouts {
    /// The command line that sets the timeouts.
    pub fn words(&self) -> Words {
        let Timeouts { tcp, tcp_fin, udp } = self;
        let mut words = Words::of(Flag::SetTimeouts);
        for seconds in [tcp, tcp_fin, udp] {
            words.value(seconds);
        }
        words
    }
}

/// A sync daemon.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Daemon {
    role: Cow<'static, str>,
    #[serde(
        default,
        deserialize_with = "values::name",
        skip_serializing_if = "Option::is_none"
    )]
    interface: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl From<&SyncDaemon> for Daemon {
    fn from(daemon: &SyncDaemon) -> Daemon {
        Daemon {
            role: Cow::Borrowed(daemon.role.name()),
            interface: Some(values::text(&daemon.interface)),
            sync_id: Some(daemon.sync_id.into()),
            max_length: daemon.max_length.map(i64::from),
            group: daemon.group,
            port: daemon.port.map(i64::from),
            ttl: daemon.ttl.map(i64::from),
        }
    }
}

impl Daemon {
    /// The command line that starts the daemon.
    pub fn words(&self) -> Words {
        let mut words = Words::default();
        words.option(Flag::StartDaemon, name!(Daemon.role), Some(&self.role));
        words.option(
            Flag::MulticastInterface,
            name!(Daemon.interface),
            self.interface.as_ref(),
        );
        words.option(Flag::SyncId, name!(Daemon.sync_id), self.sync_id);
        words.option(
            Flag::SyncMaxLength,
            name!(Daemon.max_length),
            self.max_length,
        );
        words.option(Flag::MulticastGroup, name!(Daemon.group), self.group);
        words.option(Flag::MulticastPort, name!(Daemon.port), self.port);
        words.option(Flag::MulticastTtl, name!(Daemon.ttl), self.ttl);
        words
    }
}
