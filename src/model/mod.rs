//! What IPVS holds: virtual services, their real servers, counters, timeouts and sync daemons.
//!
//! Configuration ([`Service`], [`RealServer`]) and observation ([`ServiceEntry`],
//! [`RealServerEntry`]) are different types: only the former can be sent to the kernel.

pub mod diff;
mod name;
pub mod order;
pub mod rates;
pub mod ruleset;
pub mod scheduler;
pub mod title;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

pub use name::Name;

/// A transport protocol that IPVS balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    pub const ALL: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

    /// The protocol's number in the IP header (`IPPROTO_*`).
    pub fn number(self) -> u8 {
        match self {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Sctp => 132,
        }
    }

    /// The protocol with this number in the IP header, where IPVS balances it.
    pub fn from_number(number: u16) -> Option<Protocol> {
        Protocol::ALL
            .into_iter()
            .find(|protocol| u16::from(protocol.number()) == number)
    }

    /// As listings show it: `TCP`, `UDP`, `SCTP`.
    pub fn title(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }

    /// As /etc/services and /etc/protocols spell it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        }
    }
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    /// The family that an address belongs to.
    pub fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        }
    }
}

/// An address and a port; port 0 means every port of a persistent service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    pub address: IpAddr,
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{address}:{}", self.port),
            IpAddr::V6(address) => write!(f, "[{address}]:{}", self.port),
        }
    }
}

/// What identifies a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceId {
    /// Packets to an address and port.
    Address {
        protocol: Protocol,
        endpoint: Endpoint,
    },
    /// Packets that the firewall has marked; `mark` is 1 to 4294967295.
    FirewallMark { mark: u32, family: Family },
}

impl ServiceId {
    /// The family of the packets that the service takes.
    pub fn family(&self) -> Family {
        match self {
            ServiceId::Address { endpoint, .. } => Family::of(endpoint.address),
            ServiceId::FirewallMark { family, .. } => *family,
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
    pub fn sort_key(&self) -> (u32, Family, u8, Option<Endpoint>) {
        match *self {
            ServiceId::Address { protocol, endpoint } => {
                (0, self.family(), protocol.number(), Some(endpoint))
            }
            ServiceId::FirewallMark { mark, family } => (mark, family, 0, None),
        }
    }
}

/// Which clients count as one for persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netmask {
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

/// The three flags whose meaning the scheduler gives (`IP_VS_SVC_F_SCHED1` to `..3`), as bits 0 to 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerFlags(pub u8);

/// Flags of a service that this program knows nothing of, of a newer kernel: as bits of `IP_VS_SVC_F_*`, within
/// [`OtherFlags::ALL`]. A request leaves those as they are that stand in neither field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherFlags {
    pub set: u32,
    /// Those to clear; of a service that the kernel reports there are none.
    pub clear: u32,
}

impl OtherFlags {
    /// All but those that were known when this program was written: persistence, hashed (the kernel's own),
    /// one-packet scheduling and the scheduler's three.
    pub const ALL: u32 = !0x3f;

    /// What of `self` remains after an edit with `new`.
    pub fn edited(self, new: OtherFlags) -> OtherFlags {
        OtherFlags {
            set: self.set & !new.clear | new.set,
            clear: 0,
        }
    }
}

/// The configuration of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    pub id: ServiceId,
    pub scheduler: Name,
    pub scheduler_flags: SchedulerFlags,
    pub other_flags: OtherFlags,
    /// Seconds for which a client stays with its server; `None` where the service is not persistent.
    pub persistence: Option<u32>,
    pub netmask: Netmask,
    pub persistence_engine: Option<Name>,
    /// Every packet is scheduled for itself (UDP and firewall marks only).
    pub one_packet: bool,
}

/// How a checksum travels in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelChecksum {
    Off,
    On,
    /// Remote checksum offload; GUE only.
    Remote,
}

impl TunnelChecksum {
    pub fn name(self) -> &'static str {
        match self {
            TunnelChecksum::Off => "off",
            TunnelChecksum::On => "on",
            TunnelChecksum::Remote => "remote",
        }
    }
}

/// The encapsulation of tunnelled packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tunnel {
    Ipip,
    Gue { port: u16, checksum: TunnelChecksum },
    Gre { checksum: TunnelChecksum },
}

/// How packets reach a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    Masquerading,
    /// The address is the director's own; only the kernel sets this.
    Local,
    Tunnel(Tunnel),
    DirectRouting,
    /// Only the kernel sets this, for cache clusters.
    Bypass,
}

impl Forwarding {
    pub fn name(self) -> &'static str {
        match self {
            Forwarding::Masquerading => "masquerading",
            Forwarding::Local => "local",
            Forwarding::Tunnel(_) => "tunnel",
            Forwarding::DirectRouting => "direct-routing",
            Forwarding::Bypass => "bypass",
        }
    }
}

/// The configuration of a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealServer {
    pub endpoint: Endpoint,
    pub forwarding: Forwarding,
    /// 0 to 2147483647; 0 takes no new connections.
    pub weight: i32,
    /// Connections from which on the server is closed to new ones; 0 for no limit.
    pub upper_threshold: u32,
    /// Connections below which the server opens again; 0 leaves that to the kernel.
    pub lower_threshold: u32,
}

/// Counters since the service was added or zeroed, and rates per second as the kernel averages them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub connections: u64,
    pub in_packets: u64,
    pub out_packets: u64,
    pub in_bytes: u64,
    pub out_bytes: u64,
    pub connection_rate: u64,
    pub in_packet_rate: u64,
    pub out_packet_rate: u64,
    pub in_byte_rate: u64,
    pub out_byte_rate: u64,
}

impl Stats {
    /// Connections, packets in and out, bytes in and out: the order of a listing.
    pub fn totals(&self) -> [u64; 5] {
        [
            self.connections,
            self.in_packets,
            self.out_packets,
            self.in_bytes,
            self.out_bytes,
        ]
    }

    /// The rates of the same.
    pub fn rates(&self) -> [u64; 5] {
        [
            self.connection_rate,
            self.in_packet_rate,
            self.out_packet_rate,
            self.in_byte_rate,
            self.out_byte_rate,
        ]
    }
}

/// A virtual service as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    pub service: Service,
    pub stats: Stats,
}

/// A real server as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealServerEntry {
    pub server: RealServer,
    pub active_connections: u32,
    pub inactive_connections: u32,
    pub persistent_connections: u32,
    pub stats: Stats,
}

/// A virtual service with its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceWithServers {
    pub entry: ServiceEntry,
    pub servers: Vec<RealServerEntry>,
}

/// Connection timeouts in seconds, 0 to 2678400; a 0 that is sent leaves that timeout as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    pub tcp: u32,
    pub tcp_fin: u32,
    pub udp: u32,
}

/// Which end of the connection synchronisation a daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DaemonRole {
    Master,
    Backup,
}

impl DaemonRole {
    pub fn name(self) -> &'static str {
        match self {
            DaemonRole::Master => "master",
            DaemonRole::Backup => "backup",
        }
    }
}

/// A sync daemon. What is `None` is left to the kernel, or was not given by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncDaemon {
    pub role: DaemonRole,
    pub interface: Name,
    /// 0 to 255; a backup takes only what carries its id, or everything where that is 0.
    pub sync_id: u8,
    /// The longest UDP payload in bytes, 1 to 65507.
    pub max_length: Option<u16>,
    pub group: Option<IpAddr>,
    pub port: Option<u16>,
    pub ttl: Option<u8>,
}

/// What the kernel says of its IPVS (`IPVS_CMD_GET_INFO`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Three bytes: major, minor, patch (`IP_VS_VERSION_CODE`).
    pub version: u32,
    /// Buckets of the connection table.
    pub connection_table_size: u32,
}

impl Info {
    /// The version with points: `1.2.1`.
    pub fn version_text(&self) -> String {
        let [_, major, minor, patch] = self.version.to_be_bytes();
        format!("{major}.{minor}.{patch}")
    }
}

/// One request that changes the kernel's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    AddService(Service),
    EditService(Service),
    DeleteService(ServiceId),
    AddServer(ServiceId, RealServer),
    EditServer(ServiceId, RealServer),
    DeleteServer(ServiceId, Endpoint),
    /// Delete every service and real server.
    Clear,
    /// Set the counters of one service, or of all, to zero.
    Zero(Option<ServiceId>),
    SetTimeouts(Timeouts),
    StartDaemon(SyncDaemon),
    StopDaemon {
        role: DaemonRole,
        sync_id: u8,
    },
}
