//! The service and the real server that were typed: defaults, and what one option means to another.

use std::net::IpAddr;

use super::{TunnelType, Typed, bad, named};
use crate::cli::address::{self, HostPort, UnsettledHostPort, UnsettledPort};
use crate::cli::flags::Flag;
use crate::cli::usage::{MistakeKind, Problem, UsageError};
use crate::cli::{Lookup, limits, values};
use crate::model::{
    Endpoint, Family, Forwarding, Netmask, Protocol, RealServer, Service, ServiceId, Tunnel,
    TunnelChecksum,
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
        let scheduler = named(Flag::Scheduler, self.scheduler);
        let known_scheduler = scheduler.clone().ok().flatten();
        let known_scheduler = known_scheduler.unwrap_or(limits::DEFAULT_SCHEDULER);
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
        let one_packet = self.seen.has(Flag::OnePacket);
        if one_packet && !matches!(id.protocol(), None | Some(Protocol::Udp)) {
            return Err(UsageError::Unsuitable {
                flag: Flag::OnePacket,
                why: "is only for UDP virtual services and firewall marks",
            });
        }
        if id.protocol().is_some() && self.service_port() == 0 && self.persistence.is_none() {
            return Err(
                match self.service_word.filter(|_| id.family() == Family::V6) {
                    Some(word) if !word.starts_with('[') => UsageError::NoPortOfV6(
                        address::bracketed(word).unwrap_or_else(|| format!("[{word}]:80")),
                    ),
                    _ => UsageError::NoPort,
                },
            );
        }
        Ok(Service {
            id,
            scheduler: scheduler?.unwrap_or(limits::DEFAULT_SCHEDULER),
            scheduler_flags,
            other_flags,
            persistence: self.persistence,
            netmask,
            persistence_engine: named(Flag::PersistenceEngine, self.engine)?,
            one_packet,
        })
    }

    fn server_host_port(&self, names: &dyn Lookup) -> Result<HostPort, UsageError> {
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

    fn forwarding(&self) -> Result<Forwarding, UsageError> {
        const TUNNEL_OPTIONS: [Flag; 5] = [
            Flag::TunnelType,
            Flag::TunnelPort,
            Flag::TunnelNoChecksum,
            Flag::TunnelChecksum,
            Flag::TunnelRemoteChecksum,
        ];
        if self.seen.has(Flag::Tunneling) {
            return Ok(Forwarding::Tunnel(self.tunnel()?));
        }
        if let Some(flag) = TUNNEL_OPTIONS.into_iter().find(|flag| self.seen.has(*flag)) {
            return Err(UsageError::Unsuitable {
                flag,
                why: "goes only with tunneling (-i)",
            });
        }
        Ok(if self.seen.has(Flag::Masquerading) {
            Forwarding::Masquerading
        } else {
            Forwarding::DirectRouting
        })
    }

    fn tunnel(&self) -> Result<Tunnel, UsageError> {
        let refused: &[Flag] = match self.tunnel_type {
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
            let why = match self.tunnel_type {
                TunnelType::Ipip => "is not possible with the tunnel type ipip",
                TunnelType::Gue | TunnelType::Gre => "is not possible with the tunnel type gre",
            };
            return Err(UsageError::Unsuitable { flag, why });
        }
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
