//! Sync daemons as attributes; no I/O.

use std::net::IpAddr;

use super::message::{Attributes, DecodeError, address, each, required};
use super::uapi::{CommandAttribute, DaemonAttribute as Attr, STATE_BACKUP, STATE_MASTER};
use crate::model::{DaemonRole, Family, Name, SyncDaemon};

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
    let mut role = None;
    let mut interface: Option<Name> = None;
    let mut sync_id = None;
    let mut max_length = None;
    let mut group = None;
    let mut port = None;
    let mut ttl = None;

    each("IPVS_CMD_ATTR_DAEMON", bytes, |received| {
        match received.kind {
            Attr::State => {
                role = Some(match received.u32()? {
                    STATE_MASTER => DaemonRole::Master,
                    STATE_BACKUP => DaemonRole::Backup,
                    other => return Err(received.unknown(u64::from(other))),
                });
            }
            Attr::McastIfn => interface = Some(received.name()?),
            Attr::SyncId => {
                let id = received.u32()?;
                let narrow = u8::try_from(id);
                sync_id = Some(narrow.map_err(|_| received.unknown(u64::from(id)))?);
            }
            Attr::SyncMaxlen => max_length = Some(received.u16()?),
            Attr::McastGroup => group = Some(IpAddr::V4(received.v4()?)),
            Attr::McastGroup6 => group = Some(address(Family::V6, received.address()?)),
            Attr::McastPort => port = Some(received.u16()?),
            Attr::McastTtl => ttl = Some(received.u8()?),
        }
        Ok(())
    })?;

    Ok(SyncDaemon {
        role: required(role, Attr::State)?,
        interface: required(interface, Attr::McastIfn)?,
        sync_id: required(sync_id, Attr::SyncId)?,
        max_length,
        group,
        port,
        ttl,
    })
}
