//! The service and the real server that were typed: defaults, and what one option means to another.

use std::net::IpAddr;

use super::{TunnelType, Typed, bad, named};
use crate::cli::address::{self, HostPort, UnsettledHostPort, UnsettledPort};
use crate::cli::flags::Flag;
use crate::cli::usage::{MistakeKind, Problem, UsageError};
use crate::cli::{Lookup, values};
use crate::model::{
    Endpoint, Family, Forwarding, Netmask, Protocol, RealServer, Service, ServiceId, Tunnel,
    TunnelChecksum, scheduler,
};

impl Typed<'_> {
    pub(super) fn optional_service_id(&self) -> Option<ServiceId> {
        if let Some((protocol, place)) = self.service {
            return Some(ServiceId::Address {
                protocol,
                endpoint: place.with_port(0),
            });
        }
        (self.mark != 0).then(|| ServiceId::FirewallMark {
            mark: self.mark,
            family: if self.seen.has(Flag::Ipv6) {
                Family::V6
            } else {
                Family::V4
            },
        })
    }

    /// The service; the table of legality guarantees that one was given.
    pub(super) fn service_id(&self) -> ServiceId {
        self.optional_service_id()
            .unwrap_or(ServiceId::FirewallMark {
                mark: self.mark,
                family: Family::V4,
            })
    }

    /// The service's family, as far as it is known from the words so far.
    pub(super) fn family_so_far(&self) -> Family {
        match self.service {
            Some((_, place)) => Family::of(place.address),
            None if self.seen.has(Flag::Ipv6) => Family::V6,
            None => Family::V4,
        }
    }

    pub(super) fn service_port(&self) -> u16 {
        self.service.and_then(|(_, place)| place.port).unwrap_or(0)
    }

    pub(super) fn service_options(&self) -> Result<Service, UsageError> {
        let id = self.service_id();
        let named_scheduler = named(Flag::Scheduler, self.scheduler);
        let known_scheduler = named_scheduler.clone().ok().flatten();
        let known_scheduler = known_scheduler.unwrap_or(scheduler::DEFAULT);
        let (scheduler_flags, other_flags) = match self.scheduler_flags {
            None => Default::default(),
            Some(word) => values::service_flags(word, &known_scheduler)
                .map_err(bad(Flag::SchedulerFlags, word))?,
        };
        // As ipvsadm 1.31: before an IPv6 service, -M is read as an IPv4 mask and then dropped.
        let netmask = match self.netmask {
            Some((netmask, family)) if family == id.family() => netmask,
            _ => Netmask::whole(id.family()),
        };
        let one_packet = self.one_packet()?;
        if self.lacks_port() && self.persistence.is_none() {
            return Err(self.no_port());
        }
        Ok(Service {
            id,
            scheduler: named_scheduler?.unwrap_or(scheduler::DEFAULT),
            scheduler_flags,
            other_flags,
            persistence: self.persistence,
            netmask,
            persistence_engine: named(Flag::PersistenceEngine, self.engine)?,
            one_packet,
        })
    }

    pub(super) fn one_packet(&self) -> Result<bool, UsageError> {
        let one_packet = self.seen.has(Flag::OnePacket);
        if one_packet && !matches!(self.service_id().protocol(), None | Some(Protocol::Udp)) {
            return Err(UsageError::Unsuitable {
                flag: Flag::OnePacket,
                why: "is only for UDP virtual services and firewall marks",
            });
        }
        Ok(one_packet)
    }

    /// Whether the service is one for all ports, which must be persistent.
    pub(super) fn lacks_port(&self) -> bool {
        self.service_id().protocol().is_some() && self.service_port() == 0
    }

    pub(super) fn no_port(&self) -> UsageError {
        let six = self.service_id().family() == Family::V6;
        match self.service_word.filter(|_| six) {
            Some(word) if !word.starts_with('[') => UsageError::NoPortOfV6(
                address::bracketed(word).unwrap_or_else(|| format!("[{word}]:80")),
            ),
            _ => UsageError::NoPort,
        }
    }

    pub(super) fn server_host_port(&self, names: &dyn Lookup) -> Result<HostPort, UsageError> {
        // The table of legality guarantees that one was given.
        let Some((place, word)) = self.real_server else {
            return Err(UsageError::Needed {
                command: self.command.unwrap_or(Flag::AddServer),
                what: "a real server (-r)",
            });
        };
        let protocols = match &self.service {
            Some((protocol, _)) => std::slice::from_ref(protocol),
            // A firewall mark has no protocol: service names are looked up as TCP's, then as UDP's.
            None => &[Protocol::Tcp, Protocol::Udp],
        };
        let place = place.settled(protocols, names);
        place.map_err(bad(Flag::RealServer, word))
    }

    /// The place of a real server, as far as the words so far settle it.
    pub(super) fn server_place_so_far<'w>(
        &mut self,
        word: &'w str,
        names: &dyn Lookup,
    ) -> Result<UnsettledHostPort<'w>, Problem> {
        if let Some((protocol, _)) = self.service {
            let place = address::host_port(word, protocol, names).map_err(of_server)?;
            return Ok(place.into());
        }
        let place = address::unsettled_host_port(word, names).map_err(of_server)?;
        if self.mark == 0 && matches!(place.port, UnsettledPort::Name(_)) {
            self.refuse(MistakeKind::Meaning);
        }
        Ok(place)
    }

    /// Notes that ipvsadm 1.31 finds no IPv6 address under a name.
    pub(super) fn refuse_name_of_v6(&mut self, word: &str, address: IpAddr) {
        if address.is_ipv6() && !address::is_literal_v6(word) {
            self.refuse(MistakeKind::Meaning);
        }
    }

    pub(super) fn server_endpoint(&self, names: &dyn Lookup) -> Result<Endpoint, UsageError> {
        Ok(self.server_host_port(names)?.with_port(self.default_port))
    }

    pub(super) fn server(&self, names: &dyn Lookup) -> Result<RealServer, UsageError> {
        let place = self.server_host_port(names)?;
        let forwarding = self.forwarding()?;
        let id = self.service_id();
        let tunneled = matches!(forwarding, Forwarding::Tunnel(_));
        if Family::of(place.address) != id.family() && !tunneled {
            return Err(UsageError::FamiliesDiffer);
        }
        let mut endpoint = place.with_port(self.default_port);
        // Only masquerading rewrites packets: otherwise they arrive at the port they were sent to.
        if forwarding != Forwarding::Masquerading && id.protocol().is_some() {
            endpoint.port = self.service_port();
        }
        Ok(RealServer {
            endpoint,
            forwarding,
            weight: self.weight.unwrap_or(1) as i32,
            upper_threshold: self.upper_threshold,
            lower_threshold: self.lower_threshold,
        })
    }

    pub(super) fn forwarding(&self) -> Result<Forwarding, UsageError> {
        if self.seen.has(Flag::Tunneling) {
            return Ok(Forwarding::Tunnel(self.tunnel()?));
        }
        self.no_tunnel_options()?;
        Ok(if self.seen.has(Flag::Masquerading) {
            Forwarding::Masquerading
        } else {
            Forwarding::DirectRouting
        })
    }

    /// # Errors
    /// An option of tunnels was given.
    pub(super) fn no_tunnel_options(&self) -> Result<(), UsageError> {
        const TUNNEL_OPTIONS: [Flag; 5] = [
            Flag::TunnelType,
            Flag::TunnelPort,
            Flag::TunnelNoChecksum,
            Flag::TunnelChecksum,
            Flag::TunnelRemoteChecksum,
        ];
        match TUNNEL_OPTIONS.into_iter().find(|flag| self.seen.has(*flag)) {
            None => Ok(()),
            Some(flag) => Err(UsageError::Unsuitable {
                flag,
                why: "goes only with tunneling (-i)",
            }),
        }
    }

    /// # Errors
    /// An option was given that this type of tunnel does not have.
    pub(super) fn options_suit_tunnel(&self, tunnel_type: TunnelType) -> Result<(), UsageError> {
        let refused: &[Flag] = match tunnel_type {
            TunnelType::Ipip => &[
                Flag::TunnelPort,
                Flag::TunnelNoChecksum,
                Flag::TunnelChecksum,
                Flag::TunnelRemoteChecksum,
            ],
            TunnelType::Gue => &[],
            TunnelType::Gre => &[Flag::TunnelPort, Flag::TunnelRemoteChecksum],
        };
        if let Some(&flag) = refused.iter().find(|flag| self.seen.has(**flag)) {
            let why = match tunnel_type {
                TunnelType::Ipip => "is not possible with the tunnel type ipip",
                TunnelType::Gue | TunnelType::Gre => "is not possible with the tunnel type gre",
            };
            return Err(UsageError::Unsuitable { flag, why });
        }
        Ok(())
    }

    fn tunnel(&self) -> Result<Tunnel, UsageError> {
        self.options_suit_tunnel(self.tunnel_type)?;
        let checksum = if self.seen.has(Flag::TunnelChecksum) {
            TunnelChecksum::On
        } else if self.seen.has(Flag::TunnelRemoteChecksum) {
            TunnelChecksum::Remote
        } else {
            TunnelChecksum::Off
        };
        match self.tunnel_type {
            TunnelType::Ipip => Ok(Tunnel::Ipip),
            TunnelType::Gre => Ok(Tunnel::Gre { checksum }),
            TunnelType::Gue if self.tunnel_port == 0 => Err(UsageError::Unsuitable {
                flag: Flag::TunnelType,
                why: "gue needs the tunnel's port (--tun-port)",
            }),
            TunnelType::Gue => Ok(Tunnel::Gue {
                port: self.tunnel_port,
                checksum,
            }),
        }
    }
}

/// What is wrong with a server's address, where it would be said of a service that marks help.
fn of_server(problem: Problem) -> Problem {
    match problem {
        Problem::ManyPorts => Problem::NotAPort,
        problem => problem,
    }
}
