//! What was seen on a real server, as plain data: all that the rules know.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use crate::cli::command::ServerRole;
use crate::diagnose::facts::{Listener, Route};
use crate::diagnose::firewall::Firewall;
use crate::diagnose::modules::Modules;
use crate::kernel::fou::FouPort;
pub use crate::kernel::interfaces::{Address, Interface};
pub use crate::kernel::route::NextHop;
use crate::model::{Endpoint, Forwarding, ServiceId, Tunnel, title};

/// The state of a real server, at about one time.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it is a server of.
    pub role: ServerRole,
    pub modules: Modules,
    pub interfaces: Vec<Interface>,
    /// IPv4 parameters by the name of the interface; those of `all` hold for each where they are larger.
    pub settings: BTreeMap<String, Settings>,
    /// Where the kernel sends a packet to the VIP.
    pub vip: Route,
    /// Where the kernel sends an answer to a client far away; `None` where it cannot send one.
    pub answer: Option<NextHop>,
    /// Whether any route leads to a router.
    pub has_gateway: bool,
    /// Where the kernel sends a packet to the director, where its address is known.
    pub director: Option<Route>,
    /// The numbers of the routing tables that rules lead to.
    pub tables: BTreeSet<u32>,
    pub listeners: HashSet<Listener>,
    /// Where UDP tunnels are unpacked; `None` where that could not be asked.
    pub fou_ports: Option<Vec<FouPort>>,
    /// The firewall's rules; `None` where they could not be read whole.
    pub firewall: Option<Firewall>,
    /// Whether iptables' twin for ARP is in use in its old make, whose rules nft does not print.
    pub old_arp_tables: bool,
    /// Whether IPVS on this host has services for the VIP, or for marks: it is a director too.
    pub is_director: bool,
    /// Packets dropped by the reverse path filter since the namespace exists.
    pub reverse_path_drops: u64,
}

/// IPv4 parameters of an interface (`net.ipv4.conf.NAME`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub arp_ignore: u32,
    pub arp_announce: u32,
    pub rp_filter: u32,
    pub promote_secondaries: u32,
}

/// The name of the parameters that hold for each interface where they are larger than its own.
pub const ALL: &str = "all";

impl Facts {
    /// The address of the virtual service.
    pub fn address(&self) -> IpAddr {
        self.role.endpoint.address
    }

    /// The service as listings show it.
    pub fn service(&self) -> String {
        title::service_title(&ServiceId::Address {
            protocol: self.role.protocol,
            endpoint: self.role.endpoint,
        })
    }

    /// The forwarding method as it is called in sentences.
    pub fn method(&self) -> &'static str {
        match self.role.forwarding {
            Forwarding::Masquerading => "masquerading (-m)",
            Forwarding::Tunnel(Tunnel::Ipip) => "an ipip tunnel (-i)",
            Forwarding::Tunnel(Tunnel::Gue { .. }) => "a gue tunnel (-i)",
            Forwarding::Tunnel(Tunnel::Gre { .. }) => "a gre tunnel (-i)",
            _ => "direct routing (-g)",
        }
    }

    /// Whether the program that serves must answer at the VIP: with masquerading it knows only its own address.
    pub fn serves_vip(&self) -> bool {
        self.role.forwarding != Forwarding::Masquerading
    }

    /// Whether packets to the VIP are for this host.
    pub fn has_vip(&self) -> bool {
        self.vip == Route::Local
    }

    /// The interfaces that have the VIP.
    pub fn holders(&self) -> impl Iterator<Item = (&Interface, &Address)> {
        self.interfaces.iter().filter_map(|interface| {
            let mut addresses = interface.addresses.iter();
            let held = addresses.find(|address| address.network.addr() == self.address())?;
            Some((interface, held))
        })
    }

    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces
            .iter()
            .find(|interface| interface.name == name)
    }

    /// The interfaces that a request for a hardware address can come in by.
    pub fn segments(&self) -> impl Iterator<Item = &Interface> {
        let is_segment = |one: &&Interface| one.up && !one.loopback && !one.no_arp;
        self.interfaces.iter().filter(is_segment)
    }

    /// Whether the VIP is in a network of the interface, of which that is not itself the address.
    pub fn is_on_segment(&self, interface: &Interface) -> bool {
        let mut addresses = interface.addresses.iter();
        addresses.any(|address| {
            address.network.addr() != self.address() && address.network.contains(&self.address())
        })
    }

    /// The larger of the setting of `all` and the interface's own.
    pub fn setting(&self, interface: &str, which: fn(&Settings) -> u32) -> u32 {
        let of = |name: &str| self.settings.get(name).map_or(0, which);
        of(ALL).max(of(interface))
    }

    /// This host's own address in the network that it shares with the director.
    pub fn director_side(&self) -> Option<IpAddr> {
        let director = self.role.director?;
        let mut own = self.segments().flat_map(|one| one.addresses.iter());
        let own = own.find(|own| own.network.contains(&director))?;
        Some(own.network.addr())
    }

    /// Who waits for packets at the service's port.
    pub fn listening(&self) -> impl Iterator<Item = &Listener> {
        let role = self.role;
        self.listeners.iter().filter(move |listener| {
            listener.protocol == role.protocol && listener.port == role.endpoint.port
        })
    }
}

/// An address and port as a program would be told.
pub fn endpoint(listener: &Listener) -> Endpoint {
    Endpoint {
        address: listener.address,
        port: listener.port,
    }
}

/// Whether what is sent to `address` comes to a program that listens there.
pub fn hears(listener: &Listener, address: IpAddr) -> bool {
    match listener.address {
        // That of IPv6 mostly takes IPv4 as well.
        IpAddr::V6(own) if own.is_unspecified() => true,
        IpAddr::V4(own) if own.is_unspecified() => address.is_ipv4(),
        IpAddr::V6(own) => own.to_ipv4_mapped().map_or(IpAddr::V6(own), IpAddr::V4) == address,
        own => own == address,
    }
}
