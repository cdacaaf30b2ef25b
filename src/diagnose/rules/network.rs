//! The way of packets: to the services' addresses, through this host, and past its filters.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use super::{KEEP_NETWORK, interface_parameter, quote, titles};
use crate::diagnose::facts::{Facts, Interface, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Family, Forwarding, ServiceId};

/// `rp_filter` of 1: a packet must come in where its answer would go out.
const STRICT: u32 = 1;
/// `rp_filter` of 2: its answer must go out somewhere. The larger of two settings holds.
const LOOSE: u32 = 2;

/// The services of each address.
fn by_address(facts: &Facts) -> BTreeMap<IpAddr, Vec<ServiceId>> {
    let mut services = BTreeMap::<IpAddr, Vec<ServiceId>>::new();
    for service in &facts.services {
        let id = service.entry.service.id;
        if let ServiceId::Address { endpoint, .. } = id {
            services.entry(endpoint.address).or_default().push(id);
        }
    }
    services
}

pub fn service_address(facts: &Facts) -> Vec<Finding> {
    if facts.is_standby() {
        return Vec::new();
    }
    let foreign = by_address(facts)
        .into_iter()
        .filter(|(address, _)| !facts.is_own(*address));
    let find = |(address, ids): (IpAddr, Vec<ServiceId>)| {
        let unseen = "Packets to it are not delivered to this host, so IPVS never sees them and clients get no answer.";
        let services = titles(&ids);
        let (length, flag) = if address.is_ipv4() {
            (32, "")
        } else {
            (128, " nodad")
        };
        let Some((name, interface, held)) = facts.holder(address) else {
            let name = quote(&place_for(facts, address));
            return Finding::new(Id::VipMissing, Grade::Broken, format!("{address}, the address of {services}, is on no interface")).why(format!(
                    "{unseen} A local route to it would do as well. (A standby director must not have it.)"
                )).run(format!("ip addr add {address}/{length} dev {name}{flag}")).why(KEEP_NETWORK);
        };
        let (quoted, prefix) = (quote(name), held.prefix_len());
        if interface.up {
            Finding::new(Id::VipTentative, Grade::Broken, format!("{address}, the address of {services}, is on {name} but not in use")).why(format!(
                    "{unseen} The kernel has not (or not yet) found that no other host has it, \
                         which two directors that share an address must not wait for."
                )).run(format!(
                    "ip addr del {address}/{prefix} dev {quoted} && ip addr add {address}/{prefix} dev {quoted}{flag}"
                ))
        } else {
            Finding::new(
                Id::VipDown,
                Grade::Broken,
                format!("{address}, the address of {services}, is on {name}, which is down"),
            )
            .why(unseen)
            .run(format!("ip link set {quoted} up"))
            .why(KEEP_NETWORK)
        }
    };
    foreign.map(find).collect()
}

/// Where an address belongs: on the way to its network, else on the first interface that serves.
fn place_for(facts: &Facts, address: IpAddr) -> String {
    let on_the_way = facts.way_to(address);
    let any = || {
        let mut usable = facts
            .interfaces
            .iter()
            .filter(|(_, interface)| interface.up && !interface.loopback);
        usable.next().map(|(name, _)| name.as_str())
    };
    on_the_way.or_else(any).unwrap_or("lo").to_owned()
}

/// Real servers answer through the director, which must forward what they send.
pub fn forwarding_off(facts: &Facts) -> Vec<Finding> {
    let mut off = BTreeMap::<String, (Family, Vec<ServiceId>)>::new();
    for (service, entry) in facts.servers() {
        let address = entry.server.endpoint.address;
        if entry.server.forwarding != Forwarding::Masquerading || facts.is_own(address) {
            continue;
        }
        if let Some(parameter) = switched_off(facts, address) {
            let (_, ids) = off
                .entry(parameter)
                .or_insert((Family::of(address), Vec::new()));
            ids.push(service.id);
        }
    }
    let find = |(parameter, (family, ids)): (String, (Family, Vec<ServiceId>))| {
        let name = parameter.replace('\'', "");
        let mut why = "The answers of masqueraded servers go through this host, which drops them: clients never \
                       get one."
            .to_owned();
        if family == Family::V6 {
            why += " Note that a host that forwards takes no router advertisements unless accept_ra is 2.";
        }
        Finding::new(
            Id::ForwardingOff,
            Grade::Broken,
            format!("{name} is 0, and {} masquerades", titles(&ids)),
        )
        .why(why)
        .sysctl(&parameter, 1)
    };
    off.into_iter().map(find).collect()
}

/// The parameter that keeps what a server sends from being forwarded.
fn switched_off(facts: &Facts, server: IpAddr) -> Option<String> {
    let name = facts.way_to(server);
    let interface = name.and_then(|name| facts.interfaces.get(name));
    let settings = &facts.settings;
    match server {
        IpAddr::V4(_) => {
            let everywhere = settings.ip_forward?;
            let here = interface
                .and_then(|interface| interface.forwarding)
                .unwrap_or(everywhere);
            match (here, everywhere, name) {
                (true, ..) => None,
                (false, true, Some(name)) => Some(interface_parameter(name, "forwarding")),
                (false, ..) => Some("net.ipv4.ip_forward".to_owned()),
            }
        }
        IpAddr::V6(_) => {
            let forced =
                interface.and_then(|interface| interface.force_forwarding_v6) == Some(true);
            (settings.ip6_forward == Some(false) && !forced)
                .then(|| "net.ipv6.conf.all.forwarding".to_owned())
        }
    }
}

fn is_strict(facts: &Facts, interface: &Interface) -> bool {
    facts.settings.rp_filter.max(interface.rp_filter) == STRICT
}

/// Requests that come in on another interface than that by which their clients are reached.
///
/// A service for the director's own networks looks the same, so this needs the traces: packets that
/// the filter dropped, and services that nobody has ever reached.
pub fn reverse_path_to_clients(facts: &Facts) -> Vec<Finding> {
    if facts.reverse_path_drops == 0 {
        return Vec::new();
    }
    let entries = facts.services.iter().map(|service| &service.entry);
    let reached: HashSet<ServiceId> = entries
        .filter(|entry| entry.stats.connections > 0)
        .map(|entry| entry.service.id)
        .collect();
    let services = by_address(facts).into_iter();
    let silent = services.filter(|(_, ids)| !ids.iter().any(|id| reached.contains(id)));
    let find = |(address, ids): (IpAddr, Vec<ServiceId>)| {
        let (name, interface, _) = facts.holder(address)?;
        let reply = match facts.replies.get(&address)? {
            Route::Direct(reply) | Route::Gateway(reply) => reply,
            Route::Local | Route::None => return None,
        };
        let crossed = address.is_ipv4()
            && !interface.loopback
            && name != reply
            && is_strict(facts, interface);
        crossed.then(|| {
            Finding::new(Id::ReversePathClients, Grade::Broken, format!(
                    "{} was never reached: it is on {name}, where the reverse path filter is strict, but clients are \
                     reached through {reply}",
                    titles(&ids)
                )).why(format!(
                    "The kernel drops packets that come in where their answers would not go out, {} so far.",
                    facts.reverse_path_drops
                )).sysctl(&interface_parameter(name, "rp_filter"), LOOSE)
        })
    };
    silent.filter_map(find).collect()
}

/// Answers of masqueraded servers that come in on another interface than that to the server.
pub fn reverse_path_from_servers(facts: &Facts) -> Vec<Finding> {
    let mut dropped = BTreeMap::<&str, (String, Vec<ServiceId>)>::new();
    for (service, entry) in facts.servers() {
        let address = entry.server.endpoint.address;
        let Some(way) = facts.way_to(address) else {
            continue;
        };
        if entry.server.forwarding != Forwarding::Masquerading || !address.is_ipv4() {
            continue;
        }
        let attached = facts.interfaces.iter().filter(|(name, interface)| {
            let mut addresses = interface.addresses.iter();
            *name != way
                && interface.up
                && !interface.loopback
                && addresses.any(|own| own.prefix_len() < 32 && own.contains(&address))
        });
        // Where the way is in the server's network as well, answers can be expected there.
        let expected = facts.interfaces.get(way).is_some_and(|interface| {
            let mut addresses = interface.addresses.iter();
            addresses.any(|own| own.contains(&address))
        });
        for (name, interface) in attached {
            if !expected && is_strict(facts, interface) {
                let (_, ids) = dropped.entry(name).or_insert_with(|| {
                    (
                        format!(
                            "{address} is in the network of {name} but its route leads over {way}"
                        ),
                        Vec::new(),
                    )
                });
                ids.push(service.id);
            }
        }
    }
    let find = |(name, (what, ids)): (&str, (String, Vec<ServiceId>))| {
        Finding::new(
            Id::ReversePathServers,
            Grade::Broken,
            format!(
                "{what}, and the reverse path filter of {name} is strict ({})",
                titles(&ids)
            ),
        )
        .why(format!(
            "What the server answers comes in on {name} and is dropped there."
        ))
        .sysctl(&interface_parameter(name, "rp_filter"), LOOSE)
    };
    dropped.into_iter().map(find).collect()
}
