//! Timeouts and general information as attributes; no I/O.

use super::message::{Attributes, DecodeError, Put};
use super::nest::{Nest, required};
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
    Nest::decode(
        "IPVS_CMD_SET_CONFIG",
        bytes,
        |found: &mut Nest<'_, '_, CommandAttribute>| {
            let tcp = found.u32(CommandAttribute::TimeoutTcp)?;
            let tcp_fin = found.u32(CommandAttribute::TimeoutTcpFin)?;
            let udp = found.u32(CommandAttribute::TimeoutUdp)?;
            required(tcp.or(tcp_fin).or(udp), CommandAttribute::TimeoutTcp)?;
            Ok(Timeouts {
                tcp: tcp.unwrap_or(0),
                tcp_fin: tcp_fin.unwrap_or(0),
                udp: udp.unwrap_or(0),
            })
        },
    )
}

/// Version and size from the attributes of the answer to `IPVS_CMD_GET_INFO`.
pub fn decode_info(bytes: &[u8]) -> Result<Info, DecodeError> {
    Nest::decode(
        "IPVS_CMD_SET_INFO",
        bytes,
        |found: &mut Nest<'_, '_, InfoAttribute>| {
            let version = found.u32(InfoAttribute::Version)?;
            let size = found.u32(InfoAttribute::ConnTabSize)?;
            Ok(Info {
                version: required(version, InfoAttribute::Version)?,
                connection_table_size: required(size, InfoAttribute::ConnTabSize)?,
            })
        },
    )
}
