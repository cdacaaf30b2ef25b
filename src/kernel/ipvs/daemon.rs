//! Sync daemons as attributes; no I/O.

use std::net::IpAddr;

use super::message::{Attributes, DecodeError, Put, address};
use super::nest::{Nest, required, unknown};
use super::uapi::{CommandAttribute, DaemonAttribute as Attr, STATE_BACKUP, STATE_MASTER};
use crate::model::{DaemonRole, Family, SyncDaemon};

fn identity(attributes: &mut Attributes, role: DaemonRole) {
    let state = match role {
        DaemonRole::Master => STATE_MASTER,
        DaemonRole::Backup => STATE_BACKUP,
    };
    attributes.u32(Attr::State, state);
}

/// Appends the attributes that identify the daemon to stop.
pub fn encode_stop(attributes: &mut Attributes, role: DaemonRole, sync_id: u8) {
    attributes.nest(CommandAttribute::Daemon, |inner| {
        identity(inner, role);
        inner.u32(Attr::SyncId, u32::from(sync_id));
    });
}

/// Appends the attributes of the daemon to start.
pub fn encode(attributes: &mut Attributes, daemon: &SyncDaemon) {
    attributes.nest(CommandAttribute::Daemon, |inner| {
        identity(inner, daemon.role);
        inner.name(Attr::McastIfn, &daemon.interface);
        inner.u32(Attr::SyncId, u32::from(daemon.sync_id));
        if let Some(length) = daemon.max_length {
            inner.u16(Attr::SyncMaxlen, length);
        }
        match daemon.group {
            Some(IpAddr::V4(group)) => inner.v4(Attr::McastGroup, group),
            Some(group @ IpAddr::V6(_)) => inner.address(Attr::McastGroup6, group),
            None => {}
        }
        if let Some(port) = daemon.port {
            inner.u16(Attr::McastPort, port);
        }
        if let Some(ttl) = daemon.ttl {
            inner.u8(Attr::McastTtl, ttl);
        }
    });
}

/// A sync daemon from the contents of an `IPVS_CMD_ATTR_DAEMON`.
pub fn decode(bytes: &[u8]) -> Result<SyncDaemon, DecodeError> {
    Nest::decode("IPVS_CMD_ATTR_DAEMON", bytes, entry)
}

fn entry(found: &mut Nest<'_, '_, Attr>) -> Result<SyncDaemon, DecodeError> {
    let role = found.u32(Attr::State)?;
    let interface = found.name(Attr::McastIfn)?;
    let sync_id = found.u32(Attr::SyncId)?;
    let max_length = found.u16(Attr::SyncMaxlen)?;
    let v4 = found.v4(Attr::McastGroup)?.map(IpAddr::V4);
    let v6 = found.address(Attr::McastGroup6)?;
    let port = found.u16(Attr::McastPort)?;
    let ttl = found.u8(Attr::McastTtl)?;

    let sync_id = required(sync_id, Attr::SyncId)?;
    Ok(SyncDaemon {
        role: match required(role, Attr::State)? {
            STATE_MASTER => DaemonRole::Master,
            STATE_BACKUP => DaemonRole::Backup,
            other => return Err(unknown(Attr::State, u64::from(other))),
        },
        interface: required(interface, Attr::McastIfn)?,
        sync_id: u8::try_from(sync_id).map_err(|_| unknown(Attr::SyncId, u64::from(sync_id)))?,
        max_length,
        group: v4.or(v6.map(|bytes| address(Family::V6, bytes))),
        port,
        ttl,
    })
}
