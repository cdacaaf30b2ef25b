//! Virtual services as attributes; no I/O.

use std::net::Ipv4Addr;

use super::message::{Attributes, DecodeError, Nested, Put, address};
use super::nest::{Decode, Nest, required, unknown};
use super::stats::{self, EncodedStats};
use super::uapi::{
    CommandAttribute, SVC_F_KNOWN, SVC_F_ONEPACKET, SVC_F_PERSISTENT, SVC_F_SCHED_MASK,
    SVC_F_SCHED_SHIFT, ServiceAttribute as Attr,
};
use crate::model::{
    Endpoint, Family, Netmask, OtherFlags, Protocol, SchedulerFlags, Service, ServiceEntry,
    ServiceId,
};

#[inline(always)]
fn identity(attributes: &mut impl Put, id: &ServiceId) {
    attributes.family(Attr::Af, id.family());
    match *id {
        ServiceId::Address { protocol, endpoint } => {
            attributes.u16(Attr::Protocol, u16::from(protocol.number()));
            attributes.address(Attr::Addr, endpoint.address);
            attributes.be16(Attr::Port, endpoint.port);
        }
        ServiceId::FirewallMark { mark, .. } => attributes.u32(Attr::Fwmark, mark),
    }
}

/// Appends the attributes that identify a service, for requests about it or its servers.
#[inline(always)]
pub fn encode_id(attributes: &mut Attributes, id: &ServiceId) {
    match id {
        ServiceId::Address { .. } => {
            // Family, protocol, address and port.
            let mut nest = Nested::<{ 4 + 8 + 8 + 20 + 8 }>::new(CommandAttribute::Service);
            identity(&mut nest, id);
            attributes.nested(nest);
        }
        ServiceId::FirewallMark { .. } => {
            // Family and mark.
            let mut nest = Nested::<{ 4 + 8 + 8 }>::new(CommandAttribute::Service);
            identity(&mut nest, id);
            attributes.nested(nest);
        }
    }
}

/// Appends all attributes of a service.
pub fn encode(attributes: &mut Attributes, service: &Service) {
    attributes.nest(CommandAttribute::Service, |inner| {
        identity(inner, &service.id);
        inner.name(Attr::SchedName, &service.scheduler);
        if let Some(engine) = &service.persistence_engine {
            inner.name(Attr::PeName, engine);
        }
        let OtherFlags { set, clear } = service.other_flags;
        inner.flags(Attr::Flags, flags(service), SVC_F_KNOWN | set | clear);
        inner.u32(Attr::Timeout, service.persistence.unwrap_or(0));
        match service.netmask {
            Netmask::V4(mask) => inner.v4(Attr::Netmask, mask),
            Netmask::V6(prefix) => inner.u32(Attr::Netmask, u32::from(prefix)),
        }
    });
}

fn flags(service: &Service) -> u32 {
    let mut flags = u32::from(service.scheduler_flags.0) << SVC_F_SCHED_SHIFT;
    flags |= service.other_flags.set;
    if service.persistence.is_some() {
        flags |= SVC_F_PERSISTENT;
    }
    if service.one_packet {
        flags |= SVC_F_ONEPACKET;
    }
    flags
}

/// A service from the contents of an `IPVS_CMD_ATTR_SERVICE`.
pub fn decode(bytes: &[u8]) -> Result<ServiceEntry, DecodeError> {
    decode_then(bytes, |entry| entry)
}

/// As [`decode`], and hands the service on.
#[inline(always)]
pub fn decode_then<T>(
    bytes: &[u8],
    then: impl FnOnce(ServiceEntry) -> T,
) -> Result<T, DecodeError> {
    Nest::decode_then("IPVS_CMD_ATTR_SERVICE", bytes, Decoder, then)
}

/// Decodes services.
struct Decoder;

impl Decode<'_, Attr> for Decoder {
    type Value = ServiceEntry;

    #[inline(always)]
    fn decode(&self, found: &mut Nest<'_, '_, Attr>) -> Result<ServiceEntry, DecodeError> {
        let family = found.family(Attr::Af)?;
        let mark = found.rare_u32(Attr::Fwmark)?.unwrap_or(0);
        let protocol = found.u16(Attr::Protocol)?;
        let raw_address = found.address(Attr::Addr)?;
        let port = found.be16(Attr::Port)?.unwrap_or(0);
        let scheduler = found.name(Attr::SchedName)?;
        let persistence_engine = found.name(Attr::PeName)?;
        let flags = found.flags(Attr::Flags)?.unwrap_or(0);
        let timeout = found.u32(Attr::Timeout)?.unwrap_or(0);
        let netmask = found.u32(Attr::Netmask)?;
        let stats = EncodedStats {
            narrow: found.mostly::<{ stats::NARROW }>(Attr::Stats),
            wide: found.mostly::<{ stats::WIDE }>(Attr::Stats64),
        };
        let stats = stats.decode()?;

        let family = required(family, Attr::Af)?;
        let id = match mark {
            0 => ServiceId::Address {
                protocol: decode_protocol(required(protocol, Attr::Protocol)?)?,
                endpoint: Endpoint {
                    address: address(family, required(raw_address, Attr::Addr)?),
                    port,
                },
            },
            mark => ServiceId::FirewallMark { mark, family },
        };
        Ok(ServiceEntry {
            service: Service {
                id,
                scheduler: required(scheduler, Attr::SchedName)?,
                // Three bits: the mask leaves nothing that a byte could not hold.
                scheduler_flags: SchedulerFlags(
                    (flags >> SVC_F_SCHED_SHIFT & SVC_F_SCHED_MASK) as u8,
                ),
                other_flags: OtherFlags {
                    set: flags & OtherFlags::ALL,
                    clear: 0,
                },
                persistence: (flags & SVC_F_PERSISTENT != 0).then_some(timeout),
                netmask: decode_netmask(family, netmask)?,
                persistence_engine,
                one_packet: flags & SVC_F_ONEPACKET != 0,
            },
            stats,
        })
    }
}

fn decode_protocol(number: u16) -> Result<Protocol, DecodeError> {
    Protocol::from_number(number).ok_or_else(|| unknown(Attr::Protocol, u64::from(number)))
}

fn decode_netmask(family: Family, received: Option<u32>) -> Result<Netmask, DecodeError> {
    match (family, received) {
        // The bytes of a mask, as they are in memory, or the length of a prefix.
        (Family::V4, Some(mask)) => Ok(Netmask::V4(Ipv4Addr::from(mask.to_ne_bytes()))),
        (Family::V6, Some(prefix)) => u8::try_from(prefix)
            .map(Netmask::V6)
            .map_err(|_| unknown(Attr::Netmask, u64::from(prefix))),
        _ => Ok(Netmask::whole(family)),
    }
}
