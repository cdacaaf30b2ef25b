//! Looks at a real server: the only part of its diagnosis, with what it calls, that reads the system.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::net::IpAddr;
use std::path::Path;

use super::facts::{ALL, Facts, Settings};
use super::tables;
use crate::cli::command::ServerRole;
use crate::diagnose::facts::{Listener, Route};
use crate::diagnose::gather as common;
use crate::diagnose::modules::Modules;
use crate::kernel::fou;
use crate::kernel::interfaces::{self, Interface};
use crate::kernel::netlink::SocketError;
use crate::kernel::proc::table;
use crate::kernel::route::{Packet, Routes};
use crate::model::Protocol;

/// Gathers everything that the rules want to know.
///
/// # Errors
/// Where the kernel does not answer.
pub fn gather(role: ServerRole) -> Result<Facts, SocketError> {
    let modules = common::modules(&common::release());
    let interfaces = interfaces::list()?;
    let mut routes = Routes::open()?;
    let vip = routes.lookup(role.endpoint.address, None)?;
    let director = role.director.map(|director| routes.lookup(director, None));
    let from = source(&role, &interfaces, &vip);
    let flow = match role.protocol {
        Protocol::Sctp => None,
        protocol => Some((protocol.number(), role.endpoint.port)),
    };
    let answer = from.map(|from| Packet {
        from: Some(from),
        to: common::far(from),
        flow,
    });
    let answer = match answer {
        Some(packet) => routes.next_hop(&packet)?,
        None => None,
    };
    Ok(Facts {
        role,
        settings: settings(&interfaces),
        vip,
        answer,
        has_gateway: has_gateway(role.endpoint.address.is_ipv6()),
        director: director.transpose()?,
        tables: routes.tables_in_use()?,
        listeners: listeners(role.protocol),
        fou_ports: fou_ports(&modules),
        firewall: common::firewall(&modules),
        old_arp_tables: modules.is_loaded("arptable_filter"),
        is_director: services().is_ok_and(|text| tables::balances(&text, role.endpoint.address)),
        reverse_path_drops: common::traffic::counter("netstat", "TcpExt:", "IPReversePathFilter"),
        interfaces,
        modules,
    })
}

/// The table of services, where IPVS is there.
fn services() -> io::Result<String> {
    let text = table::file::read(&File::open(table::PATH)?)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The address that answers come from.
fn source(role: &ServerRole, interfaces: &[Interface], vip: &Route) -> Option<IpAddr> {
    let address = role.endpoint.address;
    if *vip == Route::Local {
        return Some(address);
    }
    let addresses = interfaces
        .iter()
        .filter(|interface| interface.up && !interface.loopback)
        .flat_map(|interface| interface.addresses.iter())
        .filter(|own| !own.tentative && !own.duplicate)
        .map(|own| own.network);
    let usable: Vec<_> = addresses
        .filter(|network| network.addr().is_ipv4() == address.is_ipv4())
        .filter(|network| !is_link_local(network.addr()))
        .collect();
    let shared = |other: IpAddr| usable.iter().find(|network| network.contains(&other));
    let found = role.director.and_then(shared).or_else(|| usable.first());
    found.map(ipnet::IpNet::addr)
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn settings(interfaces: &[Interface]) -> BTreeMap<String, Settings> {
    let names = interfaces.iter().map(|interface| interface.name.as_str());
    let of = |name: &str| {
        let setting = |which| {
            let path = format!("net/ipv4/conf/{name}/{which}");
            common::setting(&path).unwrap_or_default()
        };
        Settings {
            arp_ignore: setting("arp_ignore"),
            arp_announce: setting("arp_announce"),
            rp_filter: setting("rp_filter"),
            promote_secondaries: setting("promote_secondaries"),
        }
    };
    names
        .chain([ALL])
        .map(|name| (name.to_owned(), of(name)))
        .collect()
}

fn has_gateway(ipv6: bool) -> bool {
    let file = if ipv6 { "ipv6_route" } else { "route" };
    fs::read_to_string(Path::new("/proc/net").join(file))
        .is_ok_and(|text| tables::has_gateway(&text, ipv6))
}

fn listeners(protocol: Protocol) -> HashSet<Listener> {
    if protocol != Protocol::Sctp {
        return common::listening();
    }
    let text = fs::read_to_string("/proc/net/sctp/eps").unwrap_or_default();
    text.lines().flat_map(tables::sctp_listeners).collect()
}

/// Asking for the family would load the module, so that is done only where it is there.
fn fou_ports(modules: &Modules) -> Option<Vec<fou::FouPort>> {
    if modules.is_loaded("fou") {
        return fou::ports().ok();
    }
    // Without a module tree it is not known what is built in.
    modules.is_available("fou").map(|_| Vec::new())
}
