//! The addresses of services: that this host has them, and packets to them come in.

use std::collections::HashMap;
use std::net::IpAddr;

use super::network::by_address;
use super::{KEEP_NETWORK, counted, quote, slips, titles};
use crate::diagnose::facts::{Facts, Holder, Interface, Reachability, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::ServiceId;

/// Said where packets do not get to IPVS.
const UNSEEN: &str = "Packets to it are not delivered to this host, so IPVS never sees them and clients get no answer.";

/// A namespace begins with `lo` down.
pub fn loopback_down(facts: &Facts) -> Vec<Finding> {
    let down = facts
        .interfaces
        .iter()
        .find(|(_, interface)| interface.loopback && !interface.up);
    let Some((name, _)) = down.filter(|_| facts.ipvs_loaded && !facts.services.is_empty()) else {
        return Vec::new();
    };
    // What cannot be added is missing.
    let fails = facts
        .services
        .iter()
        .any(|service| service.servers.is_empty())
        || facts
            .servers()
            .any(|(_, entry)| entry.server.endpoint.address.is_loopback());
    let grade = if fails { Grade::Broken } else { Grade::Trap };
    vec![
        Finding::new(Id::LoopbackDown, grade, format!("{name} is down"))
            .why(
                "Where it was never up, servers cannot be added (ipvsadm -a fails), and what this host sends to its own \
                 addresses is not delivered.",
            )
            .run(format!("ip link set {} up", quote(name)))
            .why(KEEP_NETWORK),
    ]
}

/// The addresses of services that this host does not have, or does not use.
pub fn of_services(facts: &Facts) -> Vec<Finding> {
    if facts.is_standby() {
        return Vec::new();
    }
    let holders = facts.holders();
    let mut packets = HashMap::<IpAddr, u64>::new();
    for service in &facts.services {
        if let Some(endpoint) = service.entry.service.id.endpoint() {
            let count = packets.entry(endpoint.address).or_default();
            *count = count.saturating_add(service.entry.stats.in_packets);
        }
    }
    let find = |(address, ids): (IpAddr, Vec<ServiceId>)| {
        let holder = holders.get(&address);
        if facts.is_own(address) {
            return behind_interface_down(facts, holder?, &ids);
        }
        if ids.iter().all(|id| slips::is_misread(facts, id)) {
            return None;
        }
        Some(match holder {
            Some(holder) if !holder.interface.up => {
                down(holder.name, address, &ids, Grade::Broken).why(UNSEEN)
            }
            Some(holder) => tentative(holder, &ids),
            None => elsewhere(facts, address, &ids).unwrap_or_else(|| {
                let packets = packets.get(&address).copied().unwrap_or_default();
                missing(facts, address, &ids, packets)
            }),
        })
    };
    by_address(facts).into_iter().filter_map(find).collect()
}

/// `packets` have come to it so far.
fn missing(facts: &Facts, address: IpAddr, ids: &[ServiceId], packets: u64) -> Finding {
    let services = titles(ids);
    let name = quote(&place_for(facts, address));
    let (length, flag) = if address.is_ipv4() {
        (32, "")
    } else {
        (128, " nodad")
    };
    let finding = Finding::new(
        Id::VipMissing,
        Grade::Broken,
        format!("{address}, the address of {services}, is on no interface"),
    );
    let finding = match packets {
        0 => finding.seen("no packet has come to it"),
        packets => finding.seen(format!(
            "{} have come to it, when it was there",
            counted(packets, "packet")
        )),
    };
    finding
        .why(format!(
            "{UNSEEN} A local route to it would do as well. (A standby director must not have it.)"
        ))
        .run(format!("ip addr add {address}/{length} dev {name}{flag}"))
        .why(KEEP_NETWORK)
}

/// The address is that of a neighbour: this host is a standby, or the other has taken it.
fn elsewhere(facts: &Facts, address: IpAddr, ids: &[ServiceId]) -> Option<Finding> {
    let neighbour = facts.neighbour(address)?;
    let Reachability::Known(link_address) = &neighbour.reachability else {
        return None;
    };
    let bytes: Vec<String> = link_address
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let link = neighbour.interface.escape_debug();
    Some(
        Finding::new(
            Id::VipElsewhere,
            Grade::Note,
            format!(
                "{address}, the address of {}, is another host's",
                titles(ids)
            ),
        )
        .seen(format!("{} on {link} has answered for it", bytes.join(":")))
        .why(
            "All is well if this is a standby director. If it is to serve now, the other host has to give the address \
             up first: two that have it take turns in getting clients' packets.",
        ),
    )
}

fn tentative(holder: &Holder<'_>, ids: &[ServiceId]) -> Finding {
    let Holder { name, held, .. } = holder;
    let (address, prefix) = (held.addr(), held.prefix_len());
    let services = titles(ids);
    let quoted = quote(name);
    let flag = if address.is_ipv4() { "" } else { " nodad" };
    Finding::new(
        Id::VipTentative,
        Grade::Broken,
        format!("{address}, the address of {services}, is on {name} but not in use"),
    )
    .why(format!(
        "{UNSEEN} The kernel has not (or not yet) found that no other host has it, which two directors that share an \
         address must not wait for."
    ))
    .run(format!(
        "ip addr del {address}/{prefix} dev {quoted} && ip addr add {address}/{prefix} dev {quoted}{flag}"
    ))
}

fn down(name: &str, address: IpAddr, ids: &[ServiceId], grade: Grade) -> Finding {
    Finding::new(
        Id::VipDown,
        grade,
        format!(
            "{address}, the address of {}, is on {name}, which is down",
            titles(ids)
        ),
    )
    .run(format!("ip link set {} up", quote(name)))
    .why(KEEP_NETWORK)
}

/// An IPv4 address stays this host's while its interface is down. That matters where clients come in by it: not on a
/// dummy interface, nor with an address that has no network of its own.
fn behind_interface_down(facts: &Facts, holder: &Holder<'_>, ids: &[ServiceId]) -> Option<Finding> {
    let Holder {
        name,
        interface,
        held,
    } = holder;
    let address = held.addr();
    let matters = |interface: &Interface| !interface.up && !interface.loopback && !interface.no_arp;
    if !matters(interface) || held.prefix_len() == held.max_prefix_len() {
        return None;
    }
    let reply = facts.replies.get(&address);
    let grade = match reply {
        Some(Route::None) | None => Grade::Broken,
        Some(_) => Grade::Trap,
    };
    Some(down(name, address, ids, grade).why(
        "Clients do not get to it through that interface, and a route that was lost with it may have to be added again.",
    ))
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
