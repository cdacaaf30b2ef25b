//! Timeouts and general information as attributes; no I/O.

use super::message::{Attributes, DecodeError, each, required};
use super::uapi::{CommandAttribute, InfoAttribute};
use crate::model::{Info, Timeouts};

/// Appends the attributes that set the timeouts.
pub fn encode_timeouts(attributes: &mut Attributes, timeouts: &Timeouts) {
    attributes.u32(CommandAttribute::TimeoutTcp, timeouts.tcp);
    attributes.u32(CommandAttribute::TimeoutTcpFin, timeouts.tcp_fin);
    attributes.u32(CommandAttribute::TimeoutUdp, timeouts.udp);
}

/// The timeouts from the attributes of the answer to `IPVS_CMD_GET_CONFIG`.
///
/// A kernel that is built without one of the protocols sends none for that: it stays 0.
///
/// # Errors
/// An attribute that cannot be read, or none at all.
pub fn decode_timeouts(bytes: &[u8]) -> Result<Timeouts, DecodeError> {
    let mut timeouts = Timeouts::default();
    let mut any = None;
    each("IPVS_CMD_SET_CONFIG", bytes, |received| {
        any = Some(());
        match received.kind {
            CommandAttribute::TimeoutTcp => timeouts.tcp = received.u32()?,
            CommandAttribute::TimeoutTcpFin => timeouts.tcp_fin = received.u32()?,
            CommandAttribute::TimeoutUdp => timeouts.udp = received.u32()?,
            CommandAttribute::Service | CommandAttribute::Dest | CommandAttribute::Daemon => {}
        }
        Ok(())
    })?;
    required(any, CommandAttribute::TimeoutTcp)?;
    Ok(timeouts)
}

/// Version and size from the attributes of the answer to `IPVS_CMD_GET_INFO`.
pub fn decode_info(bytes: &[u8]) -> Result<Info, DecodeError> {
    let mut version = None;
    let mut size = None;
    each("IPVS_CMD_SET_INFO", bytes, |received| {
        match received.kind {
            InfoAttribute::Version => version = Some(received.u32()?),
            InfoAttribute::ConnTabSize => size = Some(received.u32()?),
        }
        Ok(())
    })?;
    Ok(Info {
        version: required(version, InfoAttribute::Version)?,
        connection_table_size: required(size, InfoAttribute::ConnTabSize)?,
    })
}
