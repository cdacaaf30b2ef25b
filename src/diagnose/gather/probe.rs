//! Asks the network, where that was asked for: who else has the services' addresses, and which servers' ports answer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::diagnose::facts::{Claimant, Facts, Interface, Probe, Reachability, Route};
use crate::kernel::neighbours::{self, Neighbour};
use crate::kernel::netlink::SocketError;
use crate::kernel::probe::HardwareAddress;
use crate::kernel::probe::ports::{Attempt, Outcome, Port, connect_to_all};
use crate::kernel::probe::segment::{self, Answer, Question};
use crate::model::{Forwarding, Protocol, RealServerEntry, Service, ServiceId};

/// How long answers about hardware addresses are waited for; on a segment they take a millisecond.
const SEGMENT_PATIENCE: Duration = Duration::from_millis(500);
/// How long ports may take, all together: enough for a second attempt, which TCP makes after a second.
const PORT_PATIENCE: Duration = Duration::from_millis(2300);

/// Asks, and waits for the answers.
///
/// # Errors
/// Where the kernel does not say which neighbours it has.
pub fn probe(facts: &Facts) -> Result<Probe, SocketError> {
    let questions = questions(facts);
    let (answers, failure) = match segment::ask(&questions, SEGMENT_PATIENCE) {
        Ok(answers) => (answers, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let ports: Vec<Port> = ports(facts).into_iter().collect();
    let asked: Vec<Port> = ports
        .iter()
        .copied()
        // A socket of that protocol would load its module.
        .filter(|port| port.protocol != Protocol::Sctp || facts.modules.is_loaded("sctp"))
        .collect();
    let vips = vips(facts);
    let attempt = |port: &Port| Attempt {
        port: *port,
        from: source(facts, port.address.ip(), &vips),
    };
    let attempts: Vec<Attempt> = asked.iter().map(attempt).collect();
    let outcomes = connect_to_all(&attempts, PORT_PATIENCE);
    // Connecting has filled the table of neighbours.
    let neighbours = if answers.is_empty() {
        Vec::new()
    } else {
        neighbours::neighbours()?
    };
    let addresses: BTreeSet<IpAddr> = questions
        .into_iter()
        .flat_map(|one| one.addresses)
        .collect();
    Ok(Probe {
        addresses: if failure.is_none() {
            addresses.len()
        } else {
            0
        },
        failure,
        claimants: claimants(facts, &answers, &neighbours),
        ports: ports
            .into_iter()
            .map(|port| (port, Outcome::NotAsked))
            .chain(asked.into_iter().zip(outcomes))
            .collect(),
    })
}

/// The addresses of services that this host has, each to be asked for on every segment on which it can be.
fn questions(facts: &Facts) -> Vec<Question> {
    let mut wanted = BTreeMap::<&str, BTreeSet<IpAddr>>::new();
    for service in &facts.services {
        let ServiceId::Address { endpoint, .. } = service.entry.service.id else {
            continue;
        };
        let vip = endpoint.address;
        if !facts.is_own(vip) || vip.is_loopback() {
            continue;
        }
        let reply = facts.replies.get(&vip).and_then(Route::interface);
        let direct: Vec<&str> = service
            .servers
            .iter()
            .filter(|entry| entry.server.forwarding == Forwarding::DirectRouting)
            .filter_map(
                |entry| match facts.routes.get(&entry.server.endpoint.address) {
                    Some(Route::Direct(name)) => Some(name.as_str()),
                    _ => None,
                },
            )
            .collect();
        for (name, interface) in &facts.interfaces {
            let leads_there = reply == Some(name.as_str()) || direct.contains(&name.as_str());
            if is_segment(interface) && (leads_there || is_on(interface, vip)) {
                wanted.entry(name).or_default().insert(vip);
            }
        }
    }
    let question = |(interface, addresses): (&str, BTreeSet<IpAddr>)| Question {
        interface: interface.to_owned(),
        addresses: addresses.into_iter().collect(),
    };
    wanted.into_iter().map(question).collect()
}

fn is_segment(interface: &Interface) -> bool {
    interface.up && !interface.loopback && !interface.no_arp
}

fn is_on(interface: &Interface, vip: IpAddr) -> bool {
    interface.addresses.iter().any(|own| own.contains(&vip))
}

fn vips(facts: &Facts) -> BTreeSet<IpAddr> {
    let ids = facts
        .services
        .iter()
        .map(|service| service.entry.service.id);
    ids.filter_map(|id| match id {
        ServiceId::Address { endpoint, .. } => Some(endpoint.address),
        ServiceId::FirewallMark { .. } => None,
    })
    .collect()
}

/// The address to ask a server from: not a service's, which the server may have too, and then never answers.
fn source(facts: &Facts, server: IpAddr, vips: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let Some(Route::Direct(name)) = facts.routes.get(&server) else {
        return None;
    };
    let own = facts.interfaces.get(name)?.addresses.iter();
    own.filter(|own| own.contains(&server))
        .map(ipnet::IpNet::addr)
        .find(|own| !vips.contains(own))
}

/// The ports of all servers, each once. A service of a mark or of every port may have none that is known.
fn ports(facts: &Facts) -> BTreeSet<Port> {
    let port =
        |(service, entry): (&Service, &RealServerEntry)| Probe::port(&service.id, &entry.server);
    facts.servers().filter_map(port).collect()
}

/// Who claims addresses, with the address under which the host is known, a server's if it is one.
fn claimants(facts: &Facts, answers: &[Answer], neighbours: &[Neighbour]) -> Vec<Claimant> {
    let servers: BTreeSet<IpAddr> = facts
        .servers()
        .map(|(_, entry)| entry.server.endpoint.address)
        .collect();
    let known = |hardware: HardwareAddress, interface: &str| {
        let same = neighbours.iter().filter(|neighbour| {
            neighbour.interface == interface
                && neighbour.reachability == Reachability::Known(hardware.0.to_vec())
        });
        let addresses = same.map(|neighbour| neighbour.address);
        addresses.min_by_key(|address| {
            let is_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
            (!servers.contains(address), is_local, *address)
        })
    };
    let claimant = |answer: &Answer| {
        let host = known(answer.claim.hardware, &answer.interface);
        Claimant {
            address: answer.claim.address,
            interface: answer.interface.clone(),
            hardware: answer.claim.hardware,
            host,
            is_server: host.is_some_and(|host| servers.contains(&host)),
        }
    };
    answers.iter().map(claimant).collect()
}
