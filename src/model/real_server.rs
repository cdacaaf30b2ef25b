//! Real servers, and how packets reach them.

use super::{Endpoint, Stats};

/// How a checksum travels in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelChecksum {
    /// There is none.
    Off,
    /// It is computed and checked.
    On,
    /// Remote checksum offload; GUE only.
    Remote,
}

impl TunnelChecksum {
    /// `off`, `on` or `remote`.
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
    /// IP in IP.
    Ipip,
    /// Generic UDP encapsulation.
    Gue {
        /// The UDP port of the other end, 1 to 65535.
        port: u16,
        /// Of the UDP header.
        checksum: TunnelChecksum,
    },
    /// Generic routing encapsulation.
    Gre {
        /// Of the GRE header; never [`TunnelChecksum::Remote`].
        checksum: TunnelChecksum,
    },
}

/// How packets reach a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// NAT: replies come back through the director.
    Masquerading,
    /// The address is the director's own; only the kernel sets this.
    Local,
    /// In a tunnel; the server replies to the client itself.
    Tunnel(Tunnel),
    /// In a frame to the server's link-layer address; the server replies to the client itself.
    DirectRouting,
    /// Only the kernel sets this, for cache clusters.
    Bypass,
}

impl Forwarding {
    /// As JSON spells it, such as `direct-routing`.
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
    /// Its port is the service's, unless it masquerades.
    pub endpoint: Endpoint,
    /// How packets reach it.
    pub forwarding: Forwarding,
    /// 0 to 2147483647; 0 takes no new connections.
    pub weight: i32,
    /// Connections from which on the server is closed to new ones; 0 for no limit.
    pub upper_threshold: u32,
    /// Connections below which the server opens again; 0 leaves that to the kernel.
    pub lower_threshold: u32,
}

/// A real server as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealServerEntry {
    /// Its configuration.
    pub server: RealServer,
    /// Connections in a state that counts as active, such as ESTABLISHED.
    pub active_connections: u32,
    /// All others, such as those in TIME_WAIT.
    pub inactive_connections: u32,
    /// Templates of persistent clients.
    pub persistent_connections: u32,
    /// Of this server.
    pub stats: Stats,
}
