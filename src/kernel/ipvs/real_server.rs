//! Real servers (the kernel says destinations) as attributes; no I/O.

use super::message::{Attributes, DecodeError, address, each, required};
use super::stats::EncodedStats;
use super::uapi::{
    CONN_F_BYPASS, CONN_F_DROUTE, CONN_F_FWD_MASK, CONN_F_LOCALNODE, CONN_F_MASQ, CONN_F_TUNNEL,
    CommandAttribute, DestAttribute as Attr, KernelEnum, TUNNEL_FLAG_CSUM, TUNNEL_FLAG_REMCSUM,
    TUNNEL_GRE, TUNNEL_GUE, TUNNEL_IPIP,
};
use crate::model::{
    Endpoint, Family, Forwarding, RealServer, RealServerEntry, Stats, Tunnel, TunnelChecksum,
};

fn identity(attributes: &mut Attributes, endpoint: &Endpoint) {
    attributes.family(Attr::AddrFamily, Family::of(endpoint.address));
    attributes.address(Attr::Addr, endpoint.address);
    attributes.be16(Attr::Port, endpoint.port);
}

/// Appends what names a real server.
pub fn encode_endpoint(attributes: &mut Attributes, endpoint: &Endpoint) {
    attributes.nest(CommandAttribute::Dest, |inner| identity(inner, endpoint));
}

/// Appends what describes a real server whole.
pub fn encode(attributes: &mut Attributes, server: &RealServer) {
    let method = match server.forwarding {
        Forwarding::Masquerading => CONN_F_MASQ,
        Forwarding::Local => CONN_F_LOCALNODE,
        Forwarding::Tunnel(_) => CONN_F_TUNNEL,
        Forwarding::DirectRouting => CONN_F_DROUTE,
        Forwarding::Bypass => CONN_F_BYPASS,
    };
    attributes.nest(CommandAttribute::Dest, |inner| {
        identity(inner, &server.endpoint);
        inner.u32(Attr::FwdMethod, method);
        inner.u32(Attr::Weight, server.weight as u32);
        inner.u32(Attr::UThresh, server.upper_threshold);
        inner.u32(Attr::LThresh, server.lower_threshold);
        if let Forwarding::Tunnel(tunnel) = server.forwarding {
            encode_tunnel(inner, tunnel);
        }
    });
}

fn encode_tunnel(attributes: &mut Attributes, tunnel: Tunnel) {
    let (kind, port, checksum) = match tunnel {
        Tunnel::Ipip => (TUNNEL_IPIP, 0, TunnelChecksum::Off),
        Tunnel::Gue { port, checksum } => (TUNNEL_GUE, port, checksum),
        Tunnel::Gre { checksum } => (TUNNEL_GRE, 0, checksum),
    };
    let flags = match checksum {
        TunnelChecksum::Off => 0,
        TunnelChecksum::On => TUNNEL_FLAG_CSUM,
        TunnelChecksum::Remote => TUNNEL_FLAG_REMCSUM,
    };
    attributes.u8(Attr::TunType, kind);
    attributes.be16(Attr::TunPort, port);
    attributes.u16(Attr::TunFlags, flags);
}

/// A real server from the contents of an `IPVS_CMD_ATTR_DEST`.
///
/// `service_family` holds where the kernel is older than 3.18 and names no family.
pub fn decode(bytes: &[u8], service_family: Family) -> Result<RealServerEntry, DecodeError> {
    decode_with(bytes, service_family, |stats| stats.decode())
}

/// As [`decode`], but skips the counters, which most listings do not show.
pub fn decode_without_stats(
    bytes: &[u8],
    service_family: Family,
) -> Result<RealServerEntry, DecodeError> {
    decode_with(bytes, service_family, |_| Ok(Stats::default()))
}

#[inline]
fn decode_with(
    bytes: &[u8],
    service_family: Family,
    stats_of: impl FnOnce(EncodedStats<'_>) -> Result<Stats, DecodeError>,
) -> Result<RealServerEntry, DecodeError> {
    let mut family = service_family;
    let mut raw_address = None;
    let mut port = None;
    let mut method = 0;
    let mut tunnel_type = 0;
    let mut tunnel_port = 0;
    let mut tunnel_flags = 0;
    let mut weight = 0;
    let mut upper_threshold = 0;
    let mut lower_threshold = 0;
    let mut active_connections = 0;
    let mut inactive_connections = 0;
    let mut persistent_connections = 0;
    let mut stats = EncodedStats::default();

    each("IPVS_CMD_ATTR_DEST", bytes, |received| {
        match received.kind {
            Attr::Addr => raw_address = Some(received.address()?),
            Attr::Port => port = Some(received.be16()?),
            Attr::FwdMethod => method = received.u32()?,
            Attr::Weight => weight = received.i32()?,
            Attr::UThresh => upper_threshold = received.u32()?,
            Attr::LThresh => lower_threshold = received.u32()?,
            Attr::ActiveConns => active_connections = received.u32()?,
            Attr::InactConns => inactive_connections = received.u32()?,
            Attr::PersistConns => persistent_connections = received.u32()?,
            Attr::Stats => stats.narrow = Some(received.nest()),
            Attr::AddrFamily => family = received.family()?,
            Attr::Stats64 => stats.wide = Some(received.nest()),
            Attr::TunType => tunnel_type = received.u8()?,
            Attr::TunPort => tunnel_port = received.be16()?,
            Attr::TunFlags => tunnel_flags = received.u16()?,
        }
        Ok(())
    })?;

    let stats = stats_of(stats)?;
    let raw_address = required(raw_address, Attr::Addr)?;
    let port = required(port, Attr::Port)?;
    let forwarding = match method & CONN_F_FWD_MASK {
        CONN_F_MASQ => Forwarding::Masquerading,
        CONN_F_LOCALNODE => Forwarding::Local,
        CONN_F_TUNNEL => Forwarding::Tunnel(decode_tunnel(tunnel_type, tunnel_port, tunnel_flags)?),
        CONN_F_DROUTE => Forwarding::DirectRouting,
        CONN_F_BYPASS => Forwarding::Bypass,
        other => {
            return Err(DecodeError::Value {
                attribute: Attr::FwdMethod.name(),
                value: u64::from(other),
            });
        }
    };
    Ok(RealServerEntry {
        server: RealServer {
            endpoint: Endpoint {
                address: address(family, raw_address),
                port,
            },
            forwarding,
            weight,
            upper_threshold,
            lower_threshold,
        },
        active_connections,
        inactive_connections,
        persistent_connections,
        stats,
    })
}

fn decode_tunnel(kind: u8, port: u16, flags: u16) -> Result<Tunnel, DecodeError> {
    let checksum = if flags & TUNNEL_FLAG_CSUM != 0 {
        TunnelChecksum::On
    } else if flags & TUNNEL_FLAG_REMCSUM != 0 {
        TunnelChecksum::Remote
    } else {
        TunnelChecksum::Off
    };
    match kind {
        TUNNEL_IPIP => Ok(Tunnel::Ipip),
        TUNNEL_GUE => Ok(Tunnel::Gue { port, checksum }),
        TUNNEL_GRE => Ok(Tunnel::Gre { checksum }),
        other => Err(DecodeError::Value {
            attribute: Attr::TunType.name(),
            value: u64::from(other),
        }),
    }
}
