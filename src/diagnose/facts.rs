//! What was seen on the director, as plain data: all that the rules know.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::connections::Connections;
use super::firewall::Firewall;
use super::modules::Modules;
pub use crate::kernel::neighbours::{Neighbour, Reachability};
use crate::kernel::probe::HardwareAddress;
use crate::kernel::probe::ports::{Outcome, Port};
pub use crate::kernel::proc::sysctls::Sysctls;
pub use crate::kernel::route::Route;
use crate::model::sysctl::RUN_ESTIMATION;
use crate::model::{
    DaemonRole, Endpoint, Protocol, RealServer, RealServerEntry, Service, ServiceId,
    ServiceWithServers, Stats, SyncDaemon, Timeouts,
};
use crate::sys::words::counted;

/// The state of one network namespace, at about one time.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The kernel's release, as `uname -r` prints it.
    pub release: String,
    pub modules: Modules,
    /// Whether IPVS is in the running kernel; where it is not, everything from it is empty.
    pub ipvs_loaded: bool,
    /// In listing order.
    pub services: Vec<ServiceWithServers>,
    pub timeouts: Timeouts,
    pub daemons: Vec<SyncDaemon>,
    /// By name.
    pub interfaces: BTreeMap<String, Interface>,
    /// Where the kernel sends a packet to this address: services' and servers' addresses.
    pub routes: HashMap<IpAddr, Route>,
    /// Where the kernel sends a packet from this address, a service's, to a client far away.
    pub replies: HashMap<IpAddr, Route>,
    pub settings: Settings,
    /// Who listens for connections here; only looked at where a server is this host itself.
    pub listeners: HashSet<Listener>,
    /// Packets dropped by the reverse path filter since the namespace exists
    /// (`IPReversePathFilter` in /proc/net/netstat).
    pub reverse_path_drops: u64,
    /// ICMP redirects sent since the namespace exists (`OutRedirects` in /proc/net/snmp).
    pub redirects_sent: u64,
    /// The connection table in brief.
    pub connections: Connections,
    /// What servers had counted some seconds before, of which it was in doubt whether they answer.
    pub earlier: HashMap<(ServiceId, Endpoint), Stats>,
    /// Services' and servers' addresses in the neighbour tables.
    pub neighbours: HashMap<IpAddr, Vec<Neighbour>>,
    /// What the sync daemons depend on.
    pub sync: Sync,
    /// What the network said; `None` where it was not asked.
    pub probe: Option<Probe>,
    /// The settings of IPVS.
    pub sysctls: Sysctls,
    /// Buckets of the connection table.
    pub connection_table_size: u32,
    /// The programs that manage the table.
    pub keepers: Vec<Keeper>,
    /// Which programs are there to change the firewall's rules with.
    pub tools: Tools,
    /// The firewall's rules; `None` where there is no service, or where they could not be read whole.
    pub firewall: Option<Firewall>,
}

impl Facts {
    /// Every server with its service.
    pub fn servers(&self) -> impl Iterator<Item = (&Service, &RealServerEntry)> {
        self.services.iter().flat_map(|service| {
            let servers = service.servers.iter();
            servers.map(move |server| (&service.entry.service, server))
        })
    }

    /// The service with this id; `services` are in listing order.
    pub fn service(&self, id: &ServiceId) -> Option<&ServiceWithServers> {
        let key = id.sort_key();
        let found = self
            .services
            .binary_search_by_key(&key, |service| service.entry.service.id.sort_key());
        self.services.get(found.ok()?)
    }

    /// Whether a service has a server at this endpoint.
    pub fn has_server(&self, id: &ServiceId, endpoint: Endpoint) -> bool {
        self.service(id).is_some_and(|service| {
            let mut servers = service.servers.iter();
            servers.any(|entry| entry.server.endpoint == endpoint)
        })
    }

    /// Whether the kernel adds up the counters of IPVS; else they stand still.
    pub fn counts(&self) -> bool {
        self.sysctls.number(RUN_ESTIMATION) != Some(0)
    }

    /// Whether packets to this address stay on this host.
    pub fn is_own(&self, address: IpAddr) -> bool {
        self.routes.get(&address) == Some(&Route::Local)
    }

    /// The interface through which packets to this address leave.
    pub fn way_to(&self, address: IpAddr) -> Option<&str> {
        self.routes.get(&address)?.interface()
    }

    /// The entry of a service's or server's address in the table of neighbours; that of the interface through which
    /// packets to it leave, if there are several.
    pub fn neighbour(&self, address: IpAddr) -> Option<&Neighbour> {
        let entries = self.neighbours.get(&address)?;
        let way = self.way_to(address);
        let on_the_way = entries
            .iter()
            .find(|entry| way == Some(entry.interface.as_str()));
        on_the_way.or_else(|| entries.first())
    }

    /// Whether the kernel looked for the host with this address on its link, and nobody answered.
    pub fn is_unanswered(&self, address: IpAddr) -> bool {
        self.neighbour(address)
            .is_some_and(|neighbour| match neighbour.reachability {
                Reachability::Failed => true,
                // The first answer may be on its way.
                Reachability::Asked(times) => times >= 2,
                Reachability::Known(_) => false,
            })
    }

    /// The address of this host, and its network, on the link on which a server is; `None` behind a router.
    pub fn beside(&self, server: IpAddr) -> Option<&IpNet> {
        let Some(Route::Direct(name)) = self.routes.get(&server) else {
            return None;
        };
        let mut held = self.interfaces.get(name)?.addresses.iter();
        held.find(|own| own.prefix_len() < own.max_prefix_len() && own.contains(&server))
    }

    /// A standby director gets the addresses only when it takes over; it is known by its sync daemon.
    pub fn is_standby(&self) -> bool {
        let mut daemons = self.daemons.iter();
        !self.daemons.is_empty() && daemons.all(|daemon| daemon.role == DaemonRole::Backup)
    }

    /// The networks on the links of this host, each with its own address there.
    pub fn attached(&self) -> impl Iterator<Item = &IpNet> {
        let links = self.interfaces.values();
        let links = links.filter(|interface| interface.up && !interface.loopback);
        let held = links.flat_map(|interface| &interface.addresses);
        held.filter(|own| own.prefix_len() < own.max_prefix_len())
    }

    /// Whether some interface has exactly this address.
    pub fn has_address(&self, address: IpAddr) -> bool {
        let links = self.interfaces.values();
        let mut held = links.flat_map(|interface| &interface.addresses);
        held.any(|own| own.addr() == address)
    }

    /// The interfaces by the addresses that they have: of one that several have, the first.
    pub fn holders(&self) -> HashMap<IpAddr, Holder<'_>> {
        let mut holders = HashMap::new();
        for (name, interface) in &self.interfaces {
            for held in &interface.addresses {
                let holder = Holder {
                    name,
                    interface,
                    held,
                };
                holders.entry(held.addr()).or_insert(holder);
            }
        }
        holders
    }
}

/// An interface that has an address.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    pub name: &'a str,
    pub interface: &'a Interface,
    /// The address with its prefix.
    pub held: &'a IpNet,
}

/// What the network said when it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// How many addresses were asked for on the segments.
    pub addresses: usize,
    /// Why that could not be done.
    pub failure: Option<String>,
    pub claimants: Vec<Claimant>,
    /// What came of connecting to the servers.
    pub ports: HashMap<Port, Outcome>,
}

/// Another host that has the address of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant {
    /// The service's.
    pub address: IpAddr,
    /// Where it was asked for.
    pub interface: String,
    pub hardware: HardwareAddress,
    /// An address under which the host is known otherwise.
    pub host: Option<IpAddr>,
    /// Whether that is a real server's.
    pub is_server: bool,
}

impl Probe {
    /// The port that a server is asked at; a service of a mark or of every port may have none that is known.
    pub fn port(service: &ServiceId, server: &RealServer) -> Option<Port> {
        let endpoint = server.endpoint;
        Some(Port {
            protocol: service.protocol()?,
            address: SocketAddr::new(endpoint.address, endpoint.port),
        })
        .filter(|port| port.address.port() != 0)
    }

    /// What was asked, as the end of a sentence.
    pub fn summary(&self) -> String {
        let with = |wanted| self.ports.values().filter(|one| **one == wanted).count();
        let mut text = format!(
            "; of {} {} answered and {} refused",
            counted(self.ports.len() as u64, "port"),
            with(Outcome::Answers),
            with(Outcome::Refused)
        );
        match &self.failure {
            None if self.addresses == 1 => text += "; asked who has 1 address",
            None => text += &format!("; asked who has {} addresses", self.addresses),
            Some(failure) => text += &format!("; could not ask who has the addresses ({failure})"),
        }
        text
    }
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Whether it was set up (`IFF_UP`).
    pub up: bool,
    pub loopback: bool,
    /// Whether it knows no link-layer addresses (`IFF_NOARP`), as dummy interfaces and tunnels.
    pub no_arp: bool,
    /// Whether it takes part in multicast (`IFF_MULTICAST`).
    pub multicast: bool,
    /// The longest packet that it sends, in bytes; 0 where it is not known.
    pub mtu: u32,
    /// Each with the length of its network's prefix.
    pub addresses: Vec<IpNet>,
    /// `net.ipv4.conf.NAME.forwarding`: whether packets that come in here are forwarded.
    pub forwarding: Option<bool>,
    /// `net.ipv6.conf.NAME.force_forwarding`, of Linux 6.17.
    pub force_forwarding_v6: Option<bool>,
    /// `net.ipv4.conf.NAME.rp_filter`.
    pub rp_filter: u32,
    /// `net.ipv4.conf.NAME.send_redirects`.
    pub send_redirects: bool,
}

/// A program that manages the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeper {
    pub name: &'static str,
    /// What shows it; a sentence without its full stop.
    pub seen: String,
}

/// What the sync daemons depend on; empty where none runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sync {
    /// The multicast groups that this host has joined, each with the interface; `None` where that cannot be seen.
    pub groups: Option<HashSet<(String, IpAddr)>>,
    /// Whether some connection here came from another director; `None` where that cannot be seen, or no backup
    /// daemon runs.
    pub received: Option<bool>,
}

/// Kernel parameters; `None` where the kernel has no such parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `net.ipv4.ip_forward`.
    pub ip_forward: Option<bool>,
    /// `net.ipv6.conf.all.forwarding`.
    pub ip6_forward: Option<bool>,
    /// `net.ipv4.conf.all.rp_filter`; the larger of this and the interface's own holds.
    pub rp_filter: u32,
    /// `net.ipv4.conf.all.send_redirects`; they are sent if this or the interface's own says so.
    pub send_redirects: bool,
    /// `net.ipv4.vs.conntrack`.
    pub conntrack: Option<bool>,
    /// `net.ipv4.vs.expire_quiescent_template`.
    pub expire_quiescent_template: Option<bool>,
    /// `net.netfilter.nf_conntrack_tcp_loose`: whether connection tracking takes the middle of a connection for new.
    pub tcp_loose: Option<bool>,
    /// `net.netfilter.nf_conntrack_tcp_be_liberal`.
    pub tcp_be_liberal: Option<bool>,
}

/// A socket that takes what comes to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Unspecified for every address; that of IPv6 mostly takes IPv4 as well.
    pub address: IpAddr,
    pub port: u16,
}

/// Programs that change the firewall's rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tools {
    pub nft: bool,
    /// With its twin for IPv6.
    pub iptables: bool,
}
