//! Partial edits of real servers.

use std::net::IpAddr;

use super::{PatchError, missing};
use crate::model::{
    Change, Endpoint, Family, Forwarding, RealServer, ServiceId, Tunnel, TunnelChecksum,
};

/// A partial edit of a real server; what is `None` keeps its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerPatch {
    /// The service of the server.
    pub service: ServiceId,
    pub address: IpAddr,
    /// Where it is `None`, the service must have only one server with the address.
    pub port: Option<u16>,
    pub forwarding: Option<ForwardingPatch>,
    pub tunnel: TunnelPatch,
    pub weight: Option<WeightPatch>,
    pub upper_threshold: Option<u32>,
    pub lower_threshold: Option<u32>,
}

/// A forwarding method; the details of a tunnel are in [`TunnelPatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardingPatch {
    Masquerading,
    DirectRouting,
    Tunnel,
}

/// The types of tunnels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelKind {
    Ipip,
    Gue,
    Gre,
}

/// A partial edit of a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TunnelPatch {
    pub kind: Option<TunnelKind>,
    /// The UDP port of the other end of a GUE tunnel, 1 to 65535.
    pub port: Option<u16>,
    pub checksum: Option<TunnelChecksum>,
}

/// A weight, or a way from the current one; the result is never below 0 nor above 2147483647.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightPatch {
    Exactly(i32),
    More(u32),
    Less(u32),
    /// Of the current weight, rounded up.
    Percent(u32),
}

impl WeightPatch {
    /// The weight to which it leads from `current`.
    pub fn from(self, current: i32) -> i32 {
        let current = i128::from(current);
        let weight = match self {
            WeightPatch::Exactly(weight) => return weight,
            WeightPatch::More(more) => current + i128::from(more),
            WeightPatch::Less(less) => current - i128::from(less),
            WeightPatch::Percent(percent) => (current * i128::from(percent) + 99).div_euclid(100),
        };
        weight.clamp(0, i128::from(i32::MAX)) as i32
    }
}

impl TunnelPatch {
    /// An option that it comes from.
    fn option(&self) -> Option<&'static str> {
        let TunnelPatch {
            kind,
            port,
            checksum,
        } = self;
        (kind.map(|_| "--tun-type"))
            .or(port.map(|_| "--tun-port"))
            .or(checksum.map(checksum_option))
    }

    /// The tunnel as it is to be.
    fn apply_to(&self, current: Tunnel) -> Result<Tunnel, PatchError> {
        let (kind, port, checksum) = match current {
            Tunnel::Ipip => (TunnelKind::Ipip, None, TunnelChecksum::Off),
            Tunnel::Gue { port, checksum } => (TunnelKind::Gue, Some(port), checksum),
            Tunnel::Gre { checksum } => (TunnelKind::Gre, None, checksum),
        };
        let refused = |option, why| Err(PatchError::Tunnel { option, why });
        let kept = self.checksum.unwrap_or(checksum);
        match self.kind.unwrap_or(kind) {
            TunnelKind::Ipip => {
                let port = self.port.map(|_| "--tun-port");
                match port.or(self.checksum.map(checksum_option)) {
                    Some(option) => refused(option, "is not possible with the tunnel type ipip"),
                    None => Ok(Tunnel::Ipip),
                }
            }
            TunnelKind::Gue => match self.port.or(port) {
                Some(port) => Ok(Tunnel::Gue {
                    port,
                    checksum: kept,
                }),
                None => refused(
                    "--tun-type",
                    "gue needs the tunnel's port (--tun-port), which this server does not have",
                ),
            },
            TunnelKind::Gre => {
                const WHY: &str = "is not possible with the tunnel type gre";
                match (self.port, self.checksum) {
                    (Some(_), _) => refused("--tun-port", WHY),
                    (_, Some(TunnelChecksum::Remote)) => refused("--tun-remcsum", WHY),
                    // It came from a tunnel of another type.
                    (None, None) if kept == TunnelChecksum::Remote => Ok(Tunnel::Gre {
                        checksum: TunnelChecksum::Off,
                    }),
                    (None, _) => Ok(Tunnel::Gre { checksum: kept }),
                }
            }
        }
    }
}

fn checksum_option(checksum: TunnelChecksum) -> &'static str {
    match checksum {
        TunnelChecksum::Off => "--tun-nocsum",
        TunnelChecksum::On => "--tun-csum",
        TunnelChecksum::Remote => "--tun-remcsum",
    }
}

impl ServerPatch {
    /// A patch that changes nothing.
    pub fn new(service: ServiceId, address: IpAddr, port: Option<u16>) -> ServerPatch {
        ServerPatch {
            service,
            address,
            port,
            forwarding: None,
            tunnel: TunnelPatch::default(),
            weight: None,
            upper_threshold: None,
            lower_threshold: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == ServerPatch::new(self.service, self.address, self.port)
    }

    pub(super) fn resolve<'a>(
        &self,
        has_service: bool,
        servers: impl Iterator<Item = &'a RealServer>,
        add: bool,
    ) -> Result<Option<Change>, PatchError> {
        if !has_service {
            let server = self.default_server();
            // The words for a missing service are the same whatever was asked of its servers.
            return Err(PatchError::Missing {
                change: Box::new(Change::EditServer(self.service, server)),
                errno: nix::libc::ESRCH,
            });
        }
        let mut found: Vec<&RealServer> = servers.filter(|server| self.matches(server)).collect();
        match found[..] {
            [] if add => {
                let server = self.apply_to(&self.default_server(), true)?;
                Ok(Some(Change::AddServer(self.service, server)))
            }
            [] => Err(missing(Change::EditServer(
                self.service,
                self.default_server(),
            ))),
            [current] => {
                let moved = self.forwarding.is_some();
                let edited = self.apply_to(current, moved)?;
                let change = Change::EditServer(self.service, edited);
                Ok((edited != *current).then_some(change))
            }
            _ => {
                found.sort_by_key(|server| server.endpoint);
                Err(PatchError::Ambiguous {
                    service: self.service,
                    found: found.iter().map(|server| server.endpoint).collect(),
                })
            }
        }
    }

    fn matches(&self, server: &RealServer) -> bool {
        server.endpoint.address == self.address
            && self.port.is_none_or(|port| server.endpoint.port == port)
    }

    /// The server as it is to be; `moved` where its method is another one, or it is new.
    fn apply_to(&self, current: &RealServer, moved: bool) -> Result<RealServer, PatchError> {
        let forwarding = self.forwarding(current.forwarding)?;
        let tunneled = matches!(forwarding, Forwarding::Tunnel(_));
        if Family::of(self.address) != self.service.family() && !tunneled {
            return Err(PatchError::FamiliesDiffer);
        }
        let service = self.service.endpoint();
        let other_port = service.is_some_and(|service| service.port != current.endpoint.port);
        if moved && other_port && forwarding != Forwarding::Masquerading {
            return Err(PatchError::OtherPort {
                server: current.endpoint,
            });
        }
        Ok(RealServer {
            endpoint: current.endpoint,
            forwarding,
            weight: match self.weight {
                Some(weight) => weight.from(current.weight),
                None => current.weight,
            },
            upper_threshold: self.upper_threshold.unwrap_or(current.upper_threshold),
            lower_threshold: self.lower_threshold.unwrap_or(current.lower_threshold),
        })
    }

    fn forwarding(&self, current: Forwarding) -> Result<Forwarding, PatchError> {
        let tunnel = match (self.forwarding, current) {
            (Some(ForwardingPatch::Tunnel) | None, Forwarding::Tunnel(tunnel)) => tunnel,
            (Some(ForwardingPatch::Tunnel), _) => Tunnel::Ipip,
            (named, _) => {
                if let Some(option) = self.tunnel.option() {
                    return Err(PatchError::Tunnel {
                        option,
                        why: "goes only with tunneling (-i)",
                    });
                }
                return Ok(match named {
                    Some(ForwardingPatch::Masquerading) => Forwarding::Masquerading,
                    // The kernel turned it into these by itself.
                    Some(_) if matches!(current, Forwarding::Local | Forwarding::Bypass) => current,
                    Some(_) => Forwarding::DirectRouting,
                    None => current,
                });
            }
        };
        Ok(Forwarding::Tunnel(self.tunnel.apply_to(tunnel)?))
    }

    /// A server for which nothing is named.
    fn default_server(&self) -> RealServer {
        let service_port = match self.service {
            ServiceId::Address { endpoint, .. } => endpoint.port,
            ServiceId::FirewallMark { .. } => 0,
        };
        RealServer {
            endpoint: Endpoint {
                address: self.address,
                port: self.port.unwrap_or(service_port),
            },
            forwarding: Forwarding::DirectRouting,
            weight: 1,
            upper_threshold: 0,
            lower_threshold: 0,
        }
    }
}
