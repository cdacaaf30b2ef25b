//! Looks at the director: the only part of a diagnosis, with what it calls, that reads the system.

mod keepers;
mod probe;
mod sync;
pub(super) mod traffic;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::thread;

use nix::sys::utsname::uname;

use super::facts::{Facts, Interface, Listener, Route, Settings, Sysctls};
use super::firewall::Firewall;
use super::modules::Modules;
use super::{listeners, programs};
use crate::kernel::interfaces;
use crate::kernel::ipvs::{Error, Ipvs};
use crate::kernel::netlink::SocketError;
use crate::kernel::route::Routes;
use crate::model::order;
use crate::model::{ServiceId, ServiceWithServers};

/// It exists where IPVS does, loaded or built in, and reading it loads nothing.
const TABLE: &str = "/proc/net/ip_vs";
/// Addresses far away on any network; nothing is sent to them.
const FAR_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));
const FAR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2600, 0, 0, 0, 0, 0, 0, 1));

/// Gathers everything that the rules want to know; `probe` sends questions to the network as well.
///
/// Where IPVS is missing it is not loaded: this is to change nothing. `ipvs` is called where it is there.
///
/// # Errors
/// Where the kernel does not answer, in the same words as for a listing.
pub fn gather<'a>(
    probe: bool,
    ipvs: impl FnOnce() -> Result<&'a mut Ipvs, Error>,
) -> Result<Facts, Error> {
    let mut facts = system()?;
    if !Path::new(TABLE).exists() {
        return Ok(facts);
    }
    facts.ipvs_loaded = true;
    let ipvs = ipvs()?;
    facts.services = table(ipvs)?;
    facts.timeouts = ipvs.timeouts()?;
    facts.daemons = ipvs.daemons()?;
    facts.connections = traffic::connections(&facts, ipvs)?;
    facts.earlier = traffic::doubtful(&facts);
    if let Some(time) = traffic::second_look(&facts) {
        thread::sleep(time);
        facts.services = table(ipvs)?;
        // The connection table is not read again: what it showed then, the counters now have.
        facts.connections.pass(time.as_secs());
    }
    ask_for_routes(&mut facts)?;
    facts.neighbours = traffic::neighbours(&facts)?;
    let on_loopback = |id: ServiceId| {
        id.endpoint()
            .is_some_and(|place| place.address.is_loopback())
    };
    if facts.servers().any(|(service, entry)| {
        facts.is_own(entry.server.endpoint.address) || on_loopback(service.id)
    }) {
        facts.listeners = listening();
    }
    facts.sysctls = Sysctls::read();
    facts.connection_table_size = ipvs.info()?.connection_table_size;
    facts.sync = sync::sync(&facts);
    facts.tools = programs::tools();
    if probe {
        facts.probe = Some(probe::probe(&facts)?);
    }
    // Printing the rules can take long, so it is not done in vain.
    if !facts.services.is_empty() || !facts.daemons.is_empty() {
        facts.firewall = firewall(&facts.modules);
    }
    facts.keepers = keepers::keepers(&facts);
    Ok(facts)
}

/// The services with their servers, in listing order.
fn table(ipvs: &mut Ipvs) -> Result<Vec<ServiceWithServers>, Error> {
    let mut services = ipvs.services()?;
    order::sort_services(&mut services);
    let mut table = ipvs.with_servers(&services, true)?;
    order::sort_servers(&mut table);
    Ok(table)
}

/// What does not depend on IPVS.
fn system() -> Result<Facts, SocketError> {
    let release = release();
    Ok(Facts {
        modules: modules(&release),
        release,
        interfaces: interfaces()?,
        settings: Settings {
            ip_forward: switch("net/ipv4/ip_forward"),
            ip6_forward: switch("net/ipv6/conf/all/forwarding"),
            rp_filter: setting("net/ipv4/conf/all/rp_filter").unwrap_or_default(),
            send_redirects: switch("net/ipv4/conf/all/send_redirects").unwrap_or_default(),
            conntrack: switch("net/ipv4/vs/conntrack"),
            expire_quiescent_template: switch("net/ipv4/vs/expire_quiescent_template"),
            tcp_loose: switch("net/netfilter/nf_conntrack_tcp_loose"),
            tcp_be_liberal: switch("net/netfilter/nf_conntrack_tcp_be_liberal"),
        },
        reverse_path_drops: traffic::counter("netstat", "TcpExt:", "IPReversePathFilter"),
        redirects_sent: traffic::counter("snmp", "Icmp:", "OutRedirects"),
        ..Facts::default()
    })
}

/// The kernel's release, as `uname -r` prints it.
pub(super) fn release() -> String {
    let release = uname().map(|names| names.release().to_string_lossy().into_owned());
    release.unwrap_or_default()
}

pub(super) fn modules(release: &str) -> Modules {
    let tree = |file| fs::read_to_string(format!("/lib/modules/{release}/{file}")).ok();
    let loaded = fs::read_to_string("/proc/modules").ok();
    Modules::parse(
        loaded.as_deref(),
        tree("modules.builtin").as_deref(),
        tree("modules.dep").as_deref(),
    )
}

/// An address far away, of the same family.
pub(super) fn far(address: IpAddr) -> IpAddr {
    if address.is_ipv4() { FAR_V4 } else { FAR_V6 }
}

pub(super) fn setting(path: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/sys/{path}")).ok()?;
    text.trim().parse().ok()
}

fn switch(path: &str) -> Option<bool> {
    setting(path).map(|value| value != 0)
}

/// The interfaces with their addresses, by name.
fn interfaces() -> Result<BTreeMap<String, Interface>, SocketError> {
    let known = interfaces::list()?.into_iter().map(|found| {
        let name = found.name;
        let interface = Interface {
            up: found.up,
            loopback: found.loopback,
            no_arp: found.no_arp,
            multicast: found.multicast,
            mtu: found.mtu,
            addresses: found.addresses.iter().map(|held| held.network).collect(),
            forwarding: switch(&format!("net/ipv4/conf/{name}/forwarding")),
            force_forwarding_v6: switch(&format!("net/ipv6/conf/{name}/force_forwarding")),
            rp_filter: setting(&format!("net/ipv4/conf/{name}/rp_filter")).unwrap_or_default(),
            send_redirects: switch(&format!("net/ipv4/conf/{name}/send_redirects"))
                .unwrap_or_default(),
        };
        (name, interface)
    });
    Ok(known.collect())
}

/// Asks once for each address, however many services share it.
fn ask_for_routes(facts: &mut Facts) -> Result<(), SocketError> {
    let ids = facts
        .services
        .iter()
        .map(|service| service.entry.service.id);
    let services: BTreeSet<IpAddr> = ids
        .filter_map(|id| match id {
            ServiceId::Address { endpoint, .. } => Some(endpoint.address),
            ServiceId::FirewallMark { .. } => None,
        })
        .collect();
    let servers = facts
        .servers()
        .map(|(_, entry)| entry.server.endpoint.address);
    let all: BTreeSet<IpAddr> = services.iter().copied().chain(servers).collect();
    let mut socket = Routes::open()?;
    let mut routes = HashMap::with_capacity(all.len());
    for address in all {
        routes.insert(address, socket.lookup(address, None)?);
    }
    for address in services {
        if routes.get(&address) == Some(&Route::Local) {
            let reply = socket.lookup(far(address), Some(address))?;
            facts.replies.insert(address, reply);
        }
    }
    facts.routes = routes;
    Ok(())
}

/// The sockets that wait for packets; none where the system does not say.
pub(super) fn listening() -> HashSet<Listener> {
    let mut found = HashSet::new();
    for &(path, protocol) in listeners::FILES {
        let Ok(file) = File::open(path) else { continue };
        let lines = BufReader::new(file).lines().skip(1).map_while(Result::ok);
        found.extend(lines.filter_map(|line| listeners::parse(&line, protocol)));
    }
    found
}

/// The firewall's rules. Where the kernel can have none, asking would load the modules for them.
pub(super) fn firewall(modules: &Modules) -> Option<Firewall> {
    let names = ["nf_tables", "ip_tables", "ip6_tables"];
    if names.iter().any(|name| modules.is_loaded(name)) {
        return programs::firewall().map(Firewall::parse);
    }
    // Without a module tree it is not known what is built in.
    modules.is_available("ip_vs").map(|_| Firewall::default())
}
