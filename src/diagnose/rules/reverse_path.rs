//! The reverse path filter, which drops packets that come in where their answers would not go out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use super::network::by_address;
use super::{answers, counted, interface_parameter, listed, titles};
use crate::diagnose::facts::{Facts, Holder, Interface, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Forwarding, ServiceId};

/// `rp_filter` of 1: a packet must come in where its answer would go out.
const STRICT: u32 = 1;
/// `rp_filter` of 2: its answer must go out somewhere. The larger of two settings holds.
pub const LOOSE: u32 = 2;

/// Whether packets must come in on this interface only where their answers would go out.
pub fn is_strict(facts: &Facts, interface: &Interface) -> bool {
    facts.settings.rp_filter.max(interface.rp_filter) == STRICT
}

/// Requests that come in on another interface than that by which their clients are reached.
///
/// A service for the director's own networks looks the same, so this needs the traces: packets that
/// the filter dropped, and services that nobody has ever reached.
pub fn to_clients(facts: &Facts) -> Vec<Finding> {
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
    let holders = facts.holders();
    let find = |(address, ids): (IpAddr, Vec<ServiceId>)| {
        let Holder {
            name, interface, ..
        } = *holders.get(&address)?;
        let reply = match facts.replies.get(&address)? {
            Route::Direct(reply) | Route::Gateway(reply) => reply,
            Route::Local | Route::None => return None,
        };
        let crossed = address.is_ipv4()
            && !interface.loopback
            && name != reply
            && is_strict(facts, interface);
        if !crossed {
            return None;
        }
        let finding = Finding::new(
            Id::ReversePathClients,
            Grade::Broken,
            format!(
                "{} was never reached: it is on {name}, where the reverse path filter is strict, but clients are \
                 reached through {reply}",
                titles(&ids)
            ),
        );
        Some(
            drops_seen(facts, finding)
                .why("The kernel drops packets that come in where their answers would not go out.")
                .sysctl(&interface_parameter(name, "rp_filter"), LOOSE),
        )
    };
    silent.filter_map(find).collect()
}

/// Interfaces on which the answers of masqueraded servers come in, or may, and are dropped.
pub fn from_servers(facts: &Facts) -> Vec<Finding> {
    let attached = dropping_where_attached(facts);
    if attached.is_empty() {
        dropping_elsewhere(facts)
    } else {
        attached
    }
}

/// The server is in the network of an interface, but the way to it is through another.
fn dropping_where_attached(facts: &Facts) -> Vec<Finding> {
    let mut dropped = BTreeMap::<&str, BTreeMap<IpAddr, Vec<ServiceId>>>::new();
    for (service, entry) in facts.servers() {
        let address = entry.server.endpoint.address;
        let Some(way) = facts.way_to(address) else {
            continue;
        };
        let holds = |interface: &Interface| {
            let mut addresses = interface.addresses.iter();
            addresses.any(|own| own.prefix_len() < 32 && own.contains(&address))
        };
        if entry.server.forwarding != Forwarding::Masquerading
            || !address.is_ipv4()
            // Where the way is in the server's network as well, answers can be expected there.
            || facts.interfaces.get(way).is_some_and(holds)
        {
            continue;
        }
        for (name, interface) in strict_interfaces(facts) {
            if name != way && holds(interface) {
                let servers = dropped.entry(name).or_default();
                servers.entry(address).or_default().push(service.id);
            }
        }
    }
    let find = |(name, servers): (&str, BTreeMap<IpAddr, Vec<ServiceId>>)| {
        let (address, _) = servers.first_key_value()?;
        let way = facts.way_to(*address)?;
        let ids: Vec<ServiceId> = servers.values().flatten().copied().collect();
        let finding = Finding::new(
            Id::ReversePathServers,
            Grade::Broken,
            format!(
                "{address} is in the network of {name} but its route leads over {way}, and the reverse path filter of \
                 {name} is strict ({})",
                titles(&ids)
            ),
        )
        .seen_all(answers::losses(facts, |server| servers.contains_key(&server)));
        Some(
            drops_seen(facts, finding)
                .why(format!(
                    "What the server answers comes in on {name} and is dropped there."
                ))
                .sysctl(&interface_parameter(name, "rp_filter"), LOOSE),
        )
    };
    dropped.into_iter().filter_map(find).collect()
}

/// Answers are lost, the filter has dropped packets, and there are interfaces where it can have been these: others
/// than those to the servers and to the clients.
fn dropping_elsewhere(facts: &Facts) -> Vec<Finding> {
    let lost = answers::lost_servers(facts);
    let lost: Vec<(IpAddr, ServiceId)> = lost
        .into_iter()
        .filter(|(address, _)| address.is_ipv4())
        .collect();
    if facts.reverse_path_drops == 0 || lost.is_empty() {
        return Vec::new();
    }
    let ways: HashSet<&str> = lost
        .iter()
        .filter_map(|(address, _)| facts.way_to(*address))
        .collect();
    let to_clients: HashSet<&str> = facts
        .replies
        .values()
        .filter_map(Route::interface)
        .collect();
    let others = strict_interfaces(facts).filter(|(name, interface)| {
        let serves = interface
            .addresses
            .iter()
            .any(|own| facts.replies.contains_key(&own.addr()));
        let has_v4 = interface.addresses.iter().any(|own| own.addr().is_ipv4());
        has_v4 && !serves && !ways.contains(name) && !to_clients.contains(name)
    });
    let addresses: BTreeSet<IpAddr> = lost.iter().map(|(address, _)| *address).collect();
    let ids: Vec<ServiceId> = lost.iter().map(|(_, id)| *id).collect();
    let find = |(name, _): (&str, &Interface)| {
        let way = facts.way_to(*addresses.first()?)?;
        let finding = Finding::new(
            Id::ReversePathServers,
            Grade::Broken,
            format!(
                "The answers of {} do not come in on {way}, and the reverse path filter of {name} is strict ({})",
                listed(&addresses),
                titles(&ids)
            ),
        )
        .seen_all(answers::losses(facts, |server| addresses.contains(&server)));
        Some(drops_seen(facts, finding)
            .why(format!(
                "Answers that another router sends here come in on {name}, and are dropped there because the way to \
                 the servers is through {way}."
            ))
            .sysctl(&interface_parameter(name, "rp_filter"), LOOSE))
    };
    others.filter_map(find).collect()
}

/// The interfaces on which the filter is strict, and that are in use.
fn strict_interfaces(facts: &Facts) -> impl Iterator<Item = (&str, &Interface)> {
    let interfaces = facts.interfaces.iter();
    let interfaces = interfaces.map(|(name, interface)| (name.as_str(), interface));
    interfaces
        .filter(|(_, interface)| interface.up && !interface.loopback && is_strict(facts, interface))
}

fn drops_seen(facts: &Facts, finding: Finding) -> Finding {
    match facts.reverse_path_drops {
        0 => finding,
        drops => finding.seen(format!(
            "the reverse path filter has dropped {} so far, on all interfaces",
            counted(drops, "packet")
        )),
    }
}
