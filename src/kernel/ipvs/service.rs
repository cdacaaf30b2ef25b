//! Virtual services as attributes; no I/O.

use std::net::Ipv4Addr;

use super::message::{Attributes, DecodeError, address, each, required};
use super::stats::EncodedStats;
use super::uapi::{
    CommandAttribute, KernelEnum, SVC_F_KNOWN, SVC_F_ONEPACKET, SVC_F_PERSISTENT, SVC_F_SCHED_MASK,
    SVC_F_SCHED_SHIFT, ServiceAttribute as Attr,
};
use crate::model::{
    Endpoint, Family, Netmask, OtherFlags, Protocol, SchedulerFlags, Service, ServiceEntry,
    ServiceId,
};

fn identity(attributes: &mut Attributes, id: &ServiceId) {
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
pub fn encode_id(attributes: &mut Attributes, id: &ServiceId) {
    attributes.nest(CommandAttribute::Service, |inner| identity(inner, id));
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
    let mut family = None;
    let mut protocol = None;
    let mut raw_address = None;
    let mut port = 0;
    let mut mark = 0;
    let mut scheduler = None;
    let mut flags = 0;
    let mut timeout = 0;
    let mut netmask = None;
    let mut persistence_engine = None;
    let mut stats = EncodedStats::default();

    each("IPVS_CMD_ATTR_SERVICE", bytes, |received| {
        match received.kind {
            Attr::Af => family = Some(received.family()?),
            Attr::Protocol => {
                let number = received.u16()?;
                let known = Protocol::from_number(number);
                protocol = Some(known.ok_or_else(|| received.unknown(u64::from(number)))?);
            }
            Attr::Addr => raw_address = Some(received.address()?),
            Attr::Port => port = received.be16()?,
            Attr::Fwmark => mark = received.u32()?,
            Attr::SchedName => scheduler = Some(received.name()?),
            Attr::Flags => flags = received.flags()?,
            Attr::Timeout => timeout = received.u32()?,
            Attr::Netmask => netmask = Some((received.v4()?, received.u32()?)),
            Attr::Stats => stats.narrow = Some(received.nest()),
            Attr::PeName => persistence_engine = Some(received.name()?),
            Attr::Stats64 => stats.wide = Some(received.nest()),
        }
        Ok(())
    })?;

    let stats = stats.decode()?;
    let family = required(family, Attr::Af)?;
    let id = if mark != 0 {
        ServiceId::FirewallMark { mark, family }
    } else {
        ServiceId::Address {
            protocol: required(protocol, Attr::Protocol)?,
            endpoint: Endpoint {
                address: address(family, required(raw_address, Attr::Addr)?),
                port,
            },
        }
    };
    Ok(ServiceEntry {
        service: Service {
            id,
            scheduler: required(scheduler, Attr::SchedName)?,
            // Three bits: the mask leaves nothing that a byte could not hold.
            scheduler_flags: SchedulerFlags((flags >> SVC_F_SCHED_SHIFT & SVC_F_SCHED_MASK) as u8),
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

fn decode_netmask(
    family: Family,
    received: Option<(Ipv4Addr, u32)>,
) -> Result<Netmask, DecodeError> {
    let Some((mask, prefix)) = received else {
        return Ok(Netmask::whole(family));
    };
    match family {
        Family::V4 => Ok(Netmask::V4(mask)),
        Family::V6 => u8::try_from(prefix)
            .map(Netmask::V6)
            .map_err(|_| DecodeError::Value {
                attribute: Attr::Netmask.name(),
                value: u64::from(prefix),
            }),
    }
}
