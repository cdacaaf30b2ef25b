//! The way of packets through this host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{answers, interface_parameter, titles};
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
