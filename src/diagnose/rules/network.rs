//! The way of packets: to the services' addresses, through this host, and past its filters.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{KEEP_NETWORK, answers, interface_parameter, quote, slips, titles};
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Forwarding, ServiceId};

/// The services of each address.
pub fn by_address(facts: &Facts) -> BTreeMap<IpAddr, Vec<ServiceId>> {
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
    let foreign = by_address(facts).into_iter().filter(|(address, ids)| {
        !facts.is_own(*address) && !ids.iter().all(|id| slips::is_misread(facts, id))
    });
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
    let mut off = BTreeMap::<String, (BTreeSet<IpAddr>, Vec<ServiceId>)>::new();
    for (service, entry) in facts.servers() {
        let address = entry.server.endpoint.address;
        if entry.server.forwarding != Forwarding::Masquerading || facts.is_own(address) {
            continue;
        }
        if let Some(parameter) = switched_off(facts, address) {
            let (servers, ids) = off.entry(parameter).or_default();
            servers.insert(address);
            ids.push(service.id);
        }
    }
    let find = |(parameter, (servers, ids)): (String, (BTreeSet<IpAddr>, Vec<ServiceId>))| {
        let name = parameter.replace('\'', "");
        let mut why = "The answers of masqueraded servers go through this host, which drops them: clients never \
                       get one."
            .to_owned();
        if servers.iter().any(IpAddr::is_ipv6) {
            why += " Note that a host that forwards takes no router advertisements unless accept_ra is 2.";
        }
        Finding::new(
            Id::ForwardingOff,
            Grade::Broken,
            format!("{name} is 0, and {} masquerades", titles(&ids)),
        )
        .seen_all(answers::losses(facts, |server| servers.contains(&server)))
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
