//! Real servers (the kernel says destinations) as attributes; no I/O.

use super::message::{Attributes, DecodeError, Nested, Put, address};
use super::nest::{Decode, Nest, required, unknown};
use super::stats::{self, EncodedStats};
use super::uapi::{
    CONN_F_BYPASS, CONN_F_DROUTE, CONN_F_FWD_MASK, CONN_F_LOCALNODE, CONN_F_MASQ, CONN_F_TUNNEL,
    CommandAttribute, DestAttribute as Attr, TUNNEL_FLAG_CSUM, TUNNEL_FLAG_REMCSUM, TUNNEL_GRE,
    TUNNEL_GUE, TUNNEL_IPIP,
};
use crate::model::{
    Endpoint, Family, Forwarding, RealServer, RealServerEntry, Stats, Tunnel, TunnelChecksum,
};

/// Bytes of family, address and port.
const ENDPOINT: usize = 8 + 20 + 8;
/// Bytes of what every real server has besides: method, weight and two thresholds.
const NUMBERS: usize = 4 * 8;
/// Bytes of the type of a tunnel, its port and its flags.
const TUNNEL: usize = 3 * 8;

#[inline(always)]
fn identity(attributes: &mut impl Put, endpoint: &Endpoint) {
    attributes.family(Attr::AddrFamily, Family::of(endpoint.address));
    attributes.address(Attr::Addr, endpoint.address);
    attributes.be16(Attr::Port, endpoint.port);
}

/// Appends what names a real server.
pub fn encode_endpoint(attributes: &mut Attributes, endpoint: &Endpoint) {
    let mut nest = Nested::<{ 4 + ENDPOINT }>::new(CommandAttribute::Dest);
    identity(&mut nest, endpoint);
    attributes.nested(nest);
}

/// Appends what describes a real server whole.
#[inline(always)]
pub fn encode(attributes: &mut Attributes, server: &RealServer) {
    match server.forwarding {
        Forwarding::Tunnel(tunnel) => {
            let mut nest =
                Nested::<{ 4 + ENDPOINT + NUMBERS + TUNNEL }>::new(CommandAttribute::Dest);
            describe(&mut nest, server);
            encode_tunnel(&mut nest, tunnel);
            attributes.nested(nest);
        }
        _ => {
            let mut nest = Nested::<{ 4 + ENDPOINT + NUMBERS }>::new(CommandAttribute::Dest);
            describe(&mut nest, server);
            attributes.nested(nest);
        }
    }
}

#[inline(always)]
fn describe(attributes: &mut impl Put, server: &RealServer) {
    let method = match server.forwarding {
        Forwarding::Masquerading => CONN_F_MASQ,
        Forwarding::Local => CONN_F_LOCALNODE,
        Forwarding::Tunnel(_) => CONN_F_TUNNEL,
        Forwarding::DirectRouting => CONN_F_DROUTE,
        Forwarding::Bypass => CONN_F_BYPASS,
    };
    identity(attributes, &server.endpoint);
    attributes.u32(Attr::FwdMethod, method);
    attributes.u32(Attr::Weight, server.weight as u32);
    attributes.u32(Attr::UThresh, server.upper_threshold);
    attributes.u32(Attr::LThresh, server.lower_threshold);
}

#[inline(always)]
fn encode_tunnel(attributes: &mut impl Put, tunnel: Tunnel) {
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

/// A real server from the contents of an `IPVS_CMD_ATTR_DEST`. Without `counters`, which most listings do not show,
/// they stay 0.
///
/// `service_family` holds where the kernel is older than 3.18 and names no family.
pub fn decode(
    bytes: &[u8],
    service_family: Family,
    counters: bool,
) -> Result<RealServerEntry, DecodeError> {
    decode_then(bytes, service_family, counters, |entry| entry)
}

/// As [`decode`], and hands the real server on.
#[inline(always)]
pub fn decode_then<T>(
    bytes: &[u8],
    service_family: Family,
    counters: bool,
    then: impl FnOnce(RealServerEntry) -> T,
) -> Result<T, DecodeError> {
    let decoder = Decoder {
        service_family,
        counters,
    };
    Nest::decode_then("IPVS_CMD_ATTR_DEST", bytes, decoder, then)
}

/// The bytes that all attributes of a real server take since Linux 5.3: an address, twelve of up to four bytes, and both
/// kinds of statistics.
pub const LENGTH: usize = 20 + 12 * 8 + 4 + stats::NARROW + 4 + stats::WIDE;

/// Decodes real servers.
struct Decoder {
    service_family: Family,
    counters: bool,
}

impl Decode<'_, Attr> for Decoder {
    type Value = RealServerEntry;
    const LEAST: usize = LENGTH;

    #[inline(always)]
    fn decode(&self, found: &mut Nest<'_, '_, Attr>) -> Result<RealServerEntry, DecodeError> {
        // What an attribute holds is read where the value is made: read here, all of it would be written to memory and
        // read again, as there are more attributes than registers.
        let raw_address = found.fixed(Attr::Addr)?;
        let port = found.fixed(Attr::Port)?;
        let method = found.fixed(Attr::FwdMethod)?;
        let weight = found.fixed(Attr::Weight)?;
        let tunnel_type = found.fixed(Attr::TunType)?;
        let tunnel_port = found.fixed(Attr::TunPort)?;
        let tunnel_flags = found.fixed(Attr::TunFlags)?;
        let upper_threshold = found.fixed(Attr::UThresh)?;
        let lower_threshold = found.fixed(Attr::LThresh)?;
        let active_connections = found.fixed(Attr::ActiveConns)?;
        let inactive_connections = found.fixed(Attr::InactConns)?;
        let persistent_connections = found.fixed(Attr::PersistConns)?;
        let family = found
            .family(Attr::AddrFamily)?
            .unwrap_or(self.service_family);
        let stats = EncodedStats {
            narrow: found.mostly::<{ stats::NARROW }>(Attr::Stats),
            wide: found.mostly::<{ stats::WIDE }>(Attr::Stats64),
        };
        let stats = match self.counters {
            true => stats.decode()?,
            false => Stats::default(),
        };

        let raw_address = required(raw_address, Attr::Addr)?;
        let port = required(port, Attr::Port)?;
        let forwarding = match number(method) & CONN_F_FWD_MASK {
            CONN_F_MASQ => Forwarding::Masquerading,
            CONN_F_LOCALNODE => Forwarding::Local,
            CONN_F_TUNNEL => {
                let [kind] = tunnel_type.copied().unwrap_or_default();
                let port = u16::from_be_bytes(tunnel_port.copied().unwrap_or_default());
                let flags = u16::from_ne_bytes(tunnel_flags.copied().unwrap_or_default());
                Forwarding::Tunnel(decode_tunnel(kind, port, flags)?)
            }
            CONN_F_DROUTE => Forwarding::DirectRouting,
            CONN_F_BYPASS => Forwarding::Bypass,
            other => return Err(unknown(Attr::FwdMethod, u64::from(other))),
        };
        Ok(RealServerEntry {
            server: RealServer {
                endpoint: Endpoint {
                    address: address(family, *raw_address),
                    port: u16::from_be_bytes(*port),
                },
                forwarding,
                weight: number(weight) as i32,
                upper_threshold: number(upper_threshold),
                lower_threshold: number(lower_threshold),
            },
            active_connections: number(active_connections),
            inactive_connections: number(inactive_connections),
            persistent_connections: number(persistent_connections),
            stats,
        })
    }
}

/// A number of 32 bits, which is 0 where the kernel sends none.
#[inline(always)]
fn number(attribute: Option<&[u8; 4]>) -> u32 {
    attribute.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
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
        other => Err(unknown(Attr::TunType, u64::from(other))),
    }
}
