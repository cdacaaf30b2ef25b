//! What was typed and surely not meant.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{counted, title, waits};
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{
    Change, Endpoint, Forwarding, Netmask, RealServer, RealServerEntry, Service, ServiceId,
    ServiceWithServers,
};

/// A server beside others that is forwarded to in another way: an edit sets direct routing unless it names the method.
///
/// Methods are mixed on purpose, too, but rarely in one network, and what answers its clients was.
pub fn odd_method(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in &facts.services {
        let mut networks = BTreeMap::<IpNet, Vec<&RealServerEntry>>::new();
        for entry in &service.servers {
            let address = entry.server.endpoint.address;
            if let Some(own) = facts.beside(address).filter(|_| entry.server.weight > 0) {
                networks.entry(own.trunc()).or_default().push(entry);
            }
        }
        for (network, servers) in networks {
            findings.extend(odd_one(facts, service, network, &servers));
        }
    }
    findings
}

fn odd_one(
    facts: &Facts,
    service: &ServiceWithServers,
    network: IpNet,
    servers: &[&RealServerEntry],
) -> Option<Finding> {
    let id = service.entry.service.id;
    let alike =
        |a: Forwarding, b: Forwarding| std::mem::discriminant(&a) == std::mem::discriminant(&b);
    // There are few methods, however many servers there are.
    let mut counts = Vec::<(Forwarding, usize)>::new();
    for entry in servers {
        let method = entry.server.forwarding;
        match counts.iter_mut().find(|(other, _)| alike(*other, method)) {
            Some((_, count)) => *count += 1,
            None => counts.push((method, 1)),
        }
    }
    let count = |forwarding| {
        let mut counts = counts.iter();
        counts.find_map(|(other, count)| alike(*other, forwarding).then_some(*count))
    };
    // The default of an edit is the slip where there are as many of one kind as of the other.
    let rank = |entry: &&&RealServerEntry| {
        let forwarding = entry.server.forwarding;
        (count(forwarding), forwarding != Forwarding::DirectRouting)
    };
    let odd = servers.iter().min_by_key(rank)?;
    let fellow = servers.iter().max_by_key(rank)?;
    if alike(odd.server.forwarding, fellow.server.forwarding)
        || count(odd.server.forwarding) > Some(1)
    {
        return None;
    }
    let counts = facts.connections.to(&id, odd.server.endpoint).all;
    // Only masquerading translates ports: a server with another one was not meant to be like its fellows.
    let port = odd.server.endpoint.port;
    let comparable = match id.endpoint() {
        Some(endpoint) => {
            fellow.server.forwarding == Forwarding::Masquerading || endpoint.port == port
        }
        None => fellow.server.endpoint.port == port,
    };
    // What a server of direct routing has returned through here, it returned while it was masqueraded.
    let changed = odd.server.forwarding != Forwarding::Masquerading && odd.stats.out_packets > 0;
    if counts.work() || counts.answered > 0 && !changed || !comparable {
        return None;
    }
    let mended = RealServer {
        forwarding: fellow.server.forwarding,
        ..odd.server
    };
    let grade = if counts.waiting > 0 {
        Grade::Broken
    } else {
        Grade::Trap
    };
    let mut finding = Finding::new(
        Id::OddMethod,
        grade,
        format!(
            "{} of {} is {}, but {} in {network} is {}",
            odd.server.endpoint,
            title(&id),
            method(odd.server.forwarding),
            fellow.server.endpoint,
            method(fellow.server.forwarding)
        ),
    );
    if counts.waiting > 0 {
        finding = finding.seen(format!(
            "{}, and none was established since",
            waits(counts.waiting)
        ));
    }
    Some(
        finding
            .why(
                "An edit (-e) without -g, -i or -m sets -g, whatever there was before. A server that is set up for \
                 one method does not answer to another.",
            )
            .change(&Change::EditServer(id, mended)),
    )
}

/// What a method is called, with its option.
fn method(forwarding: Forwarding) -> &'static str {
    match forwarding {
        Forwarding::Masquerading => "masqueraded (-m)",
        Forwarding::DirectRouting => "directly routed (-g)",
        Forwarding::Tunnel(_) => "tunnelled to (-i)",
        Forwarding::Local => "local",
        Forwarding::Bypass => "bypassed",
    }
}

/// A netmask whose ones are not all in front of its zeros.
pub fn mask_with_holes(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let service = service.entry.service;
        let Netmask::V4(mask) = service.netmask else {
            return None;
        };
        service.persistence?;
        let bits = u32::from(mask);
        let filled = match bits {
            0 => 0,
            bits => u32::MAX << bits.trailing_zeros(),
        };
        if filled == bits {
            return None;
        }
        let meant = Ipv4Addr::from(filled);
        let mended = Service {
            netmask: Netmask::V4(meant),
            ..service
        };
        Some(
            Finding::new(
                Id::MaskHoles,
                Grade::Trap,
                format!("{} is persistent by the netmask {mask}, which has holes", title(&service.id)),
            )
            .why(
                "Clients from networks that have nothing to do with each other are kept on the same server, and \
                 clients of one network are not.",
            )
            .change(&Change::EditService(mended)),
        )
    };
    facts.services.iter().filter_map(find).collect()
}

/// The address without its last group, where that reads as a port: `2001:db8::1:80` is also `2001:db8::1` and 80.
fn split_port(address: IpAddr) -> Option<Endpoint> {
    let IpAddr::V6(v6) = address else { return None };
    let text = v6.to_string();
    let (head, port) = text.rsplit_once(':')?;
    let head: Ipv6Addr = head.parse().ok()?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    Some(Endpoint {
        address: head.into(),
        port,
    })
}

/// The endpoint that was meant by a service whose address nobody here has.
fn meant_service(facts: &Facts, id: &ServiceId) -> Option<Endpoint> {
    let endpoint = id.endpoint().filter(|endpoint| endpoint.port == 0)?;
    let meant = split_port(endpoint.address)?;
    (!facts.is_own(endpoint.address) && facts.has_address(meant.address)).then_some(meant)
}

/// Whether this address of a service has swallowed its port.
pub fn is_misread(facts: &Facts, id: &ServiceId) -> bool {
    meant_service(facts, id).is_some()
}

pub fn port_in_service_address(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let meant = meant_service(facts, &id)?;
        let new = ServiceId::Address {
            protocol: id.protocol()?,
            endpoint: meant,
        };
        let mut finding = Finding::new(
            Id::PortInAddress,
            Grade::Broken,
            format!(
                "The address of {} ends in what looks like a port: {} is an address of this host",
                title(&id),
                meant.address
            ),
        )
        .why(format!(
            "Without brackets all of it is the address, which nobody has; with a port it is written {meant}."
        ));
        let existing = facts.service(&new);
        if existing.is_none() {
            finding = finding.change(&Change::AddService(Service {
                id: new,
                ..service.entry.service
            }));
        }
        for entry in &service.servers {
            let mut server = entry.server;
            if server.endpoint.port == 0 {
                server.endpoint.port = meant.port;
            }
            let is_there = existing.is_some_and(|existing| {
                let mut servers = existing.servers.iter();
                servers.any(|other| other.server.endpoint == server.endpoint)
            });
            if !is_there {
                finding = finding.change(&Change::AddServer(new, server));
            }
        }
        Some(finding.change(&Change::DeleteService(id)))
    };
    facts.services.iter().filter_map(find).collect()
}

/// The endpoint that was meant by a server that nobody has.
pub fn meant_server(facts: &Facts, service: &Service, server: &RealServer) -> Option<Endpoint> {
    let Endpoint { address, port } = server.endpoint;
    let meant = split_port(address)?;
    let nobody = facts.is_unanswered(address) || facts.routes.get(&address) == Some(&Route::None);
    let expected = service.id.endpoint().map_or(port, |endpoint| endpoint.port);
    let reads_as_port = meant.port.to_string().ends_with(&expected.to_string());
    (nobody && reads_as_port).then_some(meant)
}

pub fn port_in_server_address(facts: &Facts) -> Vec<Finding> {
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let server = entry.server;
        let meant = meant_server(facts, service, &server)?;
        let mut finding = Finding::new(
            Id::PortInAddress,
            Grade::Broken,
            format!(
                "The address of {}, a server of {}, ends in what looks like a port",
                server.endpoint.address,
                title(&service.id)
            ),
        )
        .seen(format!(
            "nobody has the address {}",
            server.endpoint.address
        ));
        let waiting = facts
            .connections
            .to(&service.id, server.endpoint)
            .all
            .waiting;
        if waiting > 0 {
            finding = finding.seen(waits(waiting));
        }
        finding = finding.why(format!(
            "Without brackets all of it is the address; with a port it is written {meant}."
        ));
        if !facts.has_server(&service.id, meant) {
            let mended = RealServer {
                endpoint: meant,
                ..server
            };
            finding = finding.change(&Change::AddServer(service.id, mended));
        }
        Some(finding.change(&Change::DeleteServer(service.id, server.endpoint)))
    };
    facts.servers().filter_map(find).collect()
}

/// A packet with a mark that has a service never gets to a service by address.
pub fn mark_takes_packets(facts: &Facts) -> Vec<Finding> {
    if facts.is_standby() {
        return Vec::new();
    }
    let marked = facts.services.iter().find(|service| {
        let is_mark = service.entry.service.id.endpoint().is_none();
        is_mark && service.entry.stats.connections > 0
    });
    let Some(marked) = marked else {
        return Vec::new();
    };
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let made = facts.connections.at(&id);
        let stats = service.entry.stats;
        if made == 0 || stats.connections > 0 || stats.in_packets > 0 {
            return None;
        }
        let by = title(&marked.entry.service.id);
        Some(
            Finding::new(
                Id::MarkTakesPackets,
                Grade::Trap,
                format!("{} gets nothing: its packets are marked for {by}", title(&id)),
            )
            .seen(format!(
                "{} to its address and port, none of them its own",
                counted(made.into(), "connection")
            ))
            .why(
                "A service by mark comes first. The servers and settings of the service by address count for nothing.",
            )
            .change(&Change::DeleteService(id)),
        )
    };
    facts.services.iter().filter_map(find).collect()
}
