//! Timeouts and general information as attributes; pure.

use super::message::{Attributes, DecodeError, each};
use super::uapi::{CommandAttribute, InfoAttribute};
use crate::model::{Info, Timeouts};

/// Appends what sets the timeouts.
pub fn encode_timeouts(attributes: &mut Attributes, timeouts: &Timeouts) {
    attributes.u32(CommandAttribute::TimeoutTcp, timeouts.tcp);
    attributes.u32(CommandAttribute::TimeoutTcpFin, timeouts.tcp_fin);
    attributes.u32(CommandAttribute::TimeoutUdp, timeouts.udp);
}

/// The timeouts from the attributes of the answer to `IPVS_CMD_GET_CONFIG`.
///
/// A protocol that the kernel is built without sends none: its timeout stays 0.
pub fn decode_timeouts(bytes: &[u8]) -> Result<Timeouts, DecodeError> {
    let mut timeouts = Timeouts::default();
    each("IPVS_CMD_SET_CONFIG", bytes, |received| {
        match received.kind {
            CommandAttribute::TimeoutTcp => timeouts.tcp = received.u32()?,
            CommandAttribute::TimeoutTcpFin => timeouts.tcp_fin = received.u32()?,
            CommandAttribute::TimeoutUdp => timeouts.udp = received.u32()?,
            CommandAttribute::Service | CommandAttribute::Dest | CommandAttribute::Daemon => {}
        }
        Ok(())
    })?;
    Ok(timeouts)
}

/// Version and size from the attributes of the answer to `IPVS_CMD_GET_INFO`.
pub fn decode_info(bytes: &[u8]) -> Result<Info, DecodeError> {
    let mut info = Info {
        version: 0,
        connection_table_size: 0,
    };
    each("IPVS_CMD_SET_INFO", bytes, |received| {
        match received.kind {
            InfoAttribute::Version => info.version = received.u32()?,
            InfoAttribute::ConnTabSize => info.connection_table_size = received.u32()?,
        }
        Ok(())
    })?;
    Ok(info)
}
