//! This host as a server, and services for this host alone.

use std::net::IpAddr;

use super::{counted, title, waits};
use crate::diagnose::facts::{Facts, Listener};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{
    Change, Endpoint, Family, Forwarding, Protocol, RealServer, RealServerEntry, Service,
    ServiceId, ServiceWithServers,
};

/// The kernel delivers packets for a server that is this host to its own programs.
pub fn ourselves(facts: &Facts) -> Vec<Finding> {
    let own = facts.servers().filter(|(_, entry)| {
        entry.server.weight > 0 && facts.is_own(entry.server.endpoint.address)
    });
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let place = entry.server.endpoint;
        let masqueraded = entry.server.forwarding == Forwarding::Masquerading;
        if masqueraded && place.address.is_loopback() && !is_on_loopback(&service.id) {
            return Some(masqueraded_to_loopback(facts, service, entry));
        }
        let target = if masqueraded {
            Some(place)
        } else {
            service.id.endpoint()
        };
        let protocol = service.id.protocol();
        let target =
            target.filter(|target| target.port != 0 && !listens(facts, protocol, *target))?;
        let mut finding = Finding::new(
            Id::LocalNotListening,
            Grade::Broken,
            format!(
                "{place} of {} is this host, where nothing listens on {target}",
                title(&service.id)
            ),
        );
        let refused = facts.connections.to(&service.id, place).all.reset;
        if refused > 0 {
            let connections = counted(refused.into(), "connection");
            finding = finding.seen(format!("{connections} ended in CLOSE"));
        }
        Some(
            finding
                .why("What it is given is delivered here and refused.")
                .change(&Change::DeleteServer(service.id, place)),
        )
    };
    own.filter_map(find).collect()
}

/// Another address of this host does what the loopback address cannot.
fn masqueraded_to_loopback(facts: &Facts, service: &Service, entry: &RealServerEntry) -> Finding {
    let place = entry.server.endpoint;
    let mut finding = Finding::new(
        Id::LoopbackMasqueraded,
        Grade::Broken,
        format!(
            "{place} of {} is masqueraded to the loopback address",
            title(&service.id)
        ),
    );
    let waiting = facts.connections.to(&service.id, place).all.waiting;
    if waiting > 0 {
        finding = finding.seen(waits(waiting));
    }
    finding = finding.why(
        "The kernel drops what would come to loopback from elsewhere; only clients on this host itself are served.",
    );
    let protocol = service.id.protocol();
    let other = other_addresses(facts, Family::of(place.address))
        .map(|address| Endpoint { address, ..place })
        .find(|other| listens(facts, protocol, *other));
    let Some(other) = other else {
        return finding.why(
            "The server has to be another address of this host, and a program has to listen there; \
             now none does on that port.",
        );
    };
    if !facts.has_server(&service.id, other) {
        let server = RealServer {
            endpoint: other,
            ..entry.server
        };
        finding = finding.change(&Change::AddServer(service.id, server));
    }
    finding
        .why(format!(
            "The program that is meant listens on {other} as well."
        ))
        .change(&Change::DeleteServer(service.id, place))
}

/// A service on a loopback address has only clients on this host, whose packets carry that address: no other host
/// answers to it.
pub fn service_on_loopback(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let endpoint = id.endpoint().filter(|_| is_on_loopback(&id))?;
        let is_remote = |entry: &&RealServerEntry| {
            entry.server.weight > 0 && !facts.is_own(entry.server.endpoint.address)
        };
        let mut remote = service.servers.iter().filter(is_remote).peekable();
        let first = remote.peek()?.server.endpoint;
        let mut finding = Finding::new(
            Id::ServiceOnLoopback,
            Grade::Broken,
            format!(
                "{} is on the loopback address, but {first} is on another host",
                title(&id)
            ),
        );
        let waiting = facts.connections.to(&id, first).all.waiting;
        if waiting > 0 {
            finding = finding.seen(waits(waiting));
        }
        finding = finding.why(
            "Packets to other hosts may not carry a loopback address, neither as source nor as destination: they are \
             dropped. Another address of this host serves its own clients as well, which must then use that; it can \
             also be reached from elsewhere.",
        );
        let beside = facts.beside(first.address).map(|own| own.addr());
        let mut places = beside
            .into_iter()
            .chain(other_addresses(facts, Family::of(endpoint.address)))
            .map(|address| Endpoint {
                address,
                ..endpoint
            });
        let free = |place: &Endpoint| {
            let mut protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
            let is_taken = protocols.any(|protocol| {
                let endpoint = *place;
                facts
                    .service(&ServiceId::Address { protocol, endpoint })
                    .is_some()
            });
            !is_taken && !listens_known(facts, id.protocol(), *place)
        };
        let Some(place) = places.find(free) else {
            return Some(finding.why("All of them are taken on that port."));
        };
        let new = ServiceId::Address {
            protocol: id.protocol()?,
            endpoint: place,
        };
        finding = finding.change(&Change::AddService(Service {
            id: new,
            ..service.entry.service
        }));
        let mut stays = service.servers.len();
        let mut deletions = Vec::new();
        for entry in remote {
            // The packets of this host's own clients carry the service's address: a server that has it too would
            // take its answers for its own.
            let server = RealServer {
                forwarding: Forwarding::Masquerading,
                ..entry.server
            };
            finding = finding.change(&Change::AddServer(new, server));
            deletions.push(Change::DeleteServer(id, entry.server.endpoint));
            stays -= 1;
        }
        if stays == 0 {
            deletions = vec![Change::DeleteService(id)];
        }
        Some(deletions.iter().fold(finding, Finding::change))
    };
    facts.services.iter().filter_map(find).collect()
}

fn is_on_loopback(id: &ServiceId) -> bool {
    id.endpoint()
        .is_some_and(|endpoint| endpoint.address.is_loopback())
}

/// The addresses of this host that others reach: first those that are no service's.
fn other_addresses(facts: &Facts, family: Family) -> impl Iterator<Item = IpAddr> {
    let is_service = |address: &IpAddr| facts.replies.contains_key(address);
    let usable = |address: &IpAddr| {
        let link_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
        Family::of(*address) == family && !address.is_loopback() && !link_local
    };
    let links = facts.interfaces.values().filter(|interface| interface.up);
    let held = links.flat_map(|interface| interface.addresses.iter().map(|own| own.addr()));
    let (services, others): (Vec<IpAddr>, Vec<IpAddr>) = held.filter(usable).partition(is_service);
    others.into_iter().chain(services)
}

/// Whether a program waits for packets to a place; true for what cannot be known.
fn listens(facts: &Facts, protocol: Option<Protocol>, place: Endpoint) -> bool {
    protocol == Some(Protocol::Sctp) || listens_known(facts, protocol, place)
}

/// The same; false for what cannot be known.
fn listens_known(facts: &Facts, protocol: Option<Protocol>, place: Endpoint) -> bool {
    let protocols = match protocol {
        Some(protocol) => vec![protocol],
        None => vec![Protocol::Tcp, Protocol::Udp],
    };
    let found = facts
        .listeners
        .iter()
        .filter(|listener| listener.port == place.port);
    let fits = |listener: &Listener| match (listener.address, place.address) {
        (IpAddr::V4(own), IpAddr::V4(wanted)) => own.is_unspecified() || own == wanted,
        (IpAddr::V6(own), IpAddr::V6(wanted)) => own.is_unspecified() || own == wanted,
        (IpAddr::V6(own), IpAddr::V4(wanted)) => {
            own.is_unspecified() || own == wanted.to_ipv6_mapped()
        }
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
    };
    found
        .into_iter()
        .any(|listener| protocols.contains(&listener.protocol) && fits(listener))
}
