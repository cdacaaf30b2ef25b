//! Virtual services.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use super::{Endpoint, Family, Name, OtherFlags, Protocol, RealServerEntry, SchedulerFlags, Stats};

/// What identifies a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceId {
    /// Packets to an address and port.
    Address {
        /// The transport protocol of the packets.
        protocol: Protocol,
        /// Where they are sent to.
        endpoint: Endpoint,
    },
    /// Packets that the firewall has marked.
    FirewallMark {
        /// 1 to 4294967295.
        mark: u32,
        /// A mark can have a service for each family.
        family: Family,
    },
}

impl ServiceId {
    /// The family of the packets that the service takes.
    pub fn family(&self) -> Family {
        match self {
            ServiceId::Address { endpoint, .. } => Family::of(endpoint.address),
            ServiceId::FirewallMark { family, .. } => *family,
        }
    }

    /// The address and port that packets are sent to, where these identify the service.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            ServiceId::Address { endpoint, .. } => Some(*endpoint),
            ServiceId::FirewallMark { .. } => None,
        }
    }

    /// The transport protocol, where the service is bound to one.
    pub fn protocol(&self) -> Option<Protocol> {
        match self {
            ServiceId::Address { protocol, .. } => Some(*protocol),
            ServiceId::FirewallMark { .. } => None,
        }
    }

    /// The order of listings: mark (none first), family, protocol, address, port.
    ///
    /// These are packed into numbers, from the highest bits down (32, 8, 8, 128 and 16 of them): a listing of 1,000
    /// services compares some 20,000 keys, and a comparison of the values themselves takes four times the instructions.
    pub fn sort_key(&self) -> (u64, u64, u64) {
        let (mark, protocol, address, port) = match *self {
            ServiceId::Address { protocol, endpoint } => {
                let address = match endpoint.address {
                    IpAddr::V4(address) => u128::from(address.to_bits()),
                    IpAddr::V6(address) => address.to_bits(),
                };
                (0, protocol.number(), address, endpoint.port)
            }
            ServiceId::FirewallMark { mark, .. } => (mark, 0, 0, 0),
        };
        let family = match self.family() {
            Family::V4 => 0,
            Family::V6 => 1_u64,
        };
        let first = u64::from(mark) << 32 | family << 24 | u64::from(protocol) << 16;
        (
            first | (address >> 112) as u64,
            (address >> 48) as u64,
            (address << 16) as u64 | u64::from(port),
        )
    }
}

/// Which clients count as one for persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netmask {
    /// Those whose addresses agree in these bits.
    V4(Ipv4Addr),
    /// A prefix length, 1 to 128.
    V6(u8),
}

impl Netmask {
    /// Every client for itself: /32 and /128.
    pub fn whole(family: Family) -> Netmask {
        match family {
            Family::V4 => Netmask::V4(Ipv4Addr::BROADCAST),
            Family::V6 => Netmask::V6(128),
        }
    }

    /// Whether it is that of [`Netmask::whole`].
    pub fn is_whole(self) -> bool {
        self == Netmask::whole(Family::V4) || self == Netmask::whole(Family::V6)
    }
}

impl fmt::Display for Netmask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Netmask::V4(mask) => mask.fmt(f),
            Netmask::V6(prefix) => prefix.fmt(f),
        }
    }
}

/// The configuration of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The packets that it takes.
    pub id: ServiceId,
    /// See [`SCHEDULERS`](super::scheduler::SCHEDULERS); a kernel may have others.
    pub scheduler: Name,
    /// What they mean depends on the scheduler.
    pub scheduler_flags: SchedulerFlags,
    /// What newer kernels have.
    pub other_flags: OtherFlags,
    /// Seconds for which a client stays with its server, 1 to 2678400; `None` where the service is not persistent.
    pub persistence: Option<u32>,
    /// Which clients stay together; only for persistent services.
    pub netmask: Netmask,
    /// What recognizes a client, such as `sip`, where that is not its address.
    pub persistence_engine: Option<Name>,
    /// Every packet is scheduled for itself (UDP and firewall marks only).
    pub one_packet: bool,
}

/// A virtual service as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its configuration.
    pub service: Service,
    /// Of all its real servers, those that were deleted included.
    pub stats: Stats,
}

/// A virtual service with its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceWithServers {
    /// The service itself.
    pub entry: ServiceEntry,
    /// In the kernel's order, unless they were sorted.
    pub servers: Vec<RealServerEntry>,
}
