//! Servers that get the packets of clients as they are: by direct routing and through tunnels.

use std::collections::HashMap;
use std::net::IpAddr;

use super::reverse_path::{self, LOOSE};
use super::translation::KEEP_FIREWALL;
use super::{KEEP_NETWORK, interface_parameter, quote, title, waits};
use crate::diagnose::connections::Counts;
use crate::diagnose::facts::{Facts, Holder, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{
    Change, Endpoint, Family, Forwarding, Protocol, RealServer, RealServerEntry, Service,
    ServiceId, ServiceWithServers, Tunnel,
};

/// Direct routing changes nothing but the hardware address, so there may be no router in between.
pub fn behind_router(facts: &Facts) -> Vec<Finding> {
    let behind = facts.servers().filter(|(service, entry)| {
        let place = entry.server.endpoint;
        let route = facts.routes.get(&place.address);
        entry.server.forwarding == Forwarding::DirectRouting
            && entry.server.weight > 0
            && matches!(route, Some(Route::Gateway(_)))
            && !facts.connections.to(&service.id, place).all.work()
    });
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let server = entry.server;
        let address = server.endpoint.address;
        let counts = facts.connections.to(&service.id, server.endpoint).all;
        let finding = Finding::new(
            Id::DirectBehindRouter,
            Grade::Broken,
            format!(
                "{} of {} is directly routed (-g), but behind a router",
                server.endpoint,
                title(&service.id)
            ),
        );
        let finding = waiting_seen(finding, counts).why(
            "The packets still carry the service's address, so the router sends them back here.",
        );
        if let Some(link) = link_of(facts, address) {
            return finding
                .why(format!(
                    "The server is on the link of {link} as well: the route to it needs no router."
                ))
                .run(format!("ip route replace {address} dev {}", quote(link)))
                .why(KEEP_NETWORK);
        }
        let (module, device) = match Family::of(address) {
            Family::V4 => ("ipip", "tunl0"),
            Family::V6 => ("ip6_tunnel", "ip6tnl0"),
        };
        let mended = RealServer {
            forwarding: Forwarding::Tunnel(Tunnel::Ipip),
            ..server
        };
        let mut finding = finding
            .why(
                "A tunnel gets there; the server needs an end of it, and has the service's address already as a server \
                 of direct routing.",
            )
            .run_on(address, format!("modprobe {module}"))
            .run_on(address, format!("ip link set {device} up"));
        if address.is_ipv4() {
            finding = finding.sysctl_on(address, "net.ipv4.conf.tunl0.rp_filter", LOOSE);
        }
        finding.change(&Change::EditServer(service.id, mended))
    };
    behind.map(find).collect()
}

/// The interface on whose link an address is, whatever the routes say.
fn link_of(facts: &Facts, address: IpAddr) -> Option<&str> {
    let attached = facts.interfaces.iter().find(|(_, interface)| {
        let mut networks = interface.addresses.iter();
        interface.up
            && !interface.loopback
            && networks.any(|own| own.prefix_len() < own.max_prefix_len() && own.contains(&address))
    });
    Some(attached?.0.as_str())
}

fn waiting_seen(finding: Finding, counts: Counts) -> Finding {
    match counts.waiting {
        0 => finding,
        waiting => finding.seen(format!(
            "{}, and none was established since",
            waits(waiting)
        )),
    }
}

/// Only masquerading changes ports.
pub fn port_not_translated(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let passed_on = |entry: &&RealServerEntry| {
            passes_by(entry.server.forwarding)
                && entry.server.endpoint.port != 0
                && !facts.is_own(entry.server.endpoint.address)
        };
        // A mark can be set on any port; but the same packets cannot arrive at two.
        let first = service.servers.iter().find(passed_on)?.server.endpoint.port;
        let expected = |entry: &RealServerEntry| match id.endpoint() {
            Some(endpoint) => endpoint.port,
            None => {
                let tally = facts.connections.to(&id, entry.server.endpoint);
                tally.waiting_at.map_or(first, |place| place.port)
            }
        };
        let mut servers = service.servers.iter().filter(passed_on);
        let other = servers.find(|entry| {
            let expected = expected(entry);
            expected != 0 && entry.server.endpoint.port != expected
        })?;
        Some(with_other_port(
            facts,
            service,
            other.server,
            expected(other),
        ))
    };
    facts.services.iter().filter_map(find).collect()
}

fn with_other_port(
    facts: &Facts,
    service: &ServiceWithServers,
    server: RealServer,
    expected: u16,
) -> Finding {
    let id = service.entry.service.id;
    let place = server.endpoint;
    let tally = facts.connections.to(&id, place);
    let grade = match tally.all {
        counts if counts.answered > 0 => Grade::Note,
        counts if counts.waiting > 0 => Grade::Broken,
        _ => Grade::Trap,
    };
    let finding = Finding::new(
        Id::PortNotTranslated,
        grade,
        format!(
            "{place} of {} has another port than {expected}, but is not masqueraded",
            title(&id)
        ),
    )
    .why(
        "Packets keep the port to which the client sent them unless they are masqueraded (-m): the server's port means \
         nothing here.",
    );
    if let (Grade::Broken, Some(at)) = (grade, tally.waiting_at) {
        let program = match Family::of(place.address) {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        };
        let protocol = id.protocol().unwrap_or(Protocol::Tcp).name();
        let command = format!(
            "{program} -t nat -A PREROUTING -d {} -p {protocol} --dport {} -j DNAT --to-destination {place}",
            at.address, at.port
        );
        return waiting_seen(finding, tally.all)
            .why("The server itself can translate it.")
            .run_on(place.address, command)
            .why(KEEP_FIREWALL);
    }
    let mended = RealServer {
        endpoint: Endpoint {
            port: expected,
            ..place
        },
        ..server
    };
    let exists = service
        .servers
        .iter()
        .any(|entry| entry.server.endpoint == mended.endpoint);
    let finding = finding.why(format!(
        "With {expected} the table says what happens; a program there has to listen on {expected}."
    ));
    let finding = if exists {
        finding
    } else {
        finding.change(&Change::AddServer(id, mended))
    };
    finding.change(&Change::DeleteServer(id, place))
}

/// The packets of this host's own clients carry the service's address, which the server takes for its own.
pub fn own_clients(facts: &Facts) -> Vec<Finding> {
    let holders = facts.holders();
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let endpoint = id
            .endpoint()
            .filter(|endpoint| !endpoint.address.is_loopback())?;
        let mut own = Counts::default();
        let mut first = None;
        let (mut waiting, mut working) = (false, false);
        for entry in &service.servers {
            if passes_by(entry.server.forwarding) && !facts.is_own(entry.server.endpoint.address) {
                let counts = facts.connections.to(&id, entry.server.endpoint).own;
                waiting |= counts.only_wait();
                working |= counts.work();
                own.waiting = own.waiting.saturating_add(counts.waiting);
                first.get_or_insert(entry.server.endpoint.address);
            }
        }
        (waiting && !working)
            .then(|| own_client(facts, &holders, &id, endpoint.address, first, own))
    };
    facts.services.iter().filter_map(find).collect()
}

/// Whether servers that are reached by this method answer their clients past this host.
pub fn passes_by(forwarding: Forwarding) -> bool {
    matches!(
        forwarding,
        Forwarding::DirectRouting | Forwarding::Tunnel(_)
    )
}

fn own_client(
    facts: &Facts,
    holders: &HashMap<IpAddr, Holder<'_>>,
    id: &ServiceId,
    vip: IpAddr,
    server: Option<IpAddr>,
    own: Counts,
) -> Finding {
    let finding = |grade| {
        Finding::new(
            Id::OwnClient,
            grade,
            format!("This host is itself a client of {}", title(id)),
        )
        .seen(format!("{}, and none of its own was established", waits(own.waiting)))
        .why(format!(
            "Its packets carry {vip} as their source, too, which a server that has that address takes for its own and \
             drops."
        ))
    };
    let other = || {
        let own = facts.beside(server?)?.addr();
        let link = facts.way_to(server?)?;
        let holder = holders.get(&vip)?;
        (vip.is_ipv4() && own != vip && holder.name == link).then_some((
            own,
            link,
            holder.interface,
        ))
    };
    let Some((own, link, interface)) = other() else {
        return finding(Grade::Note).why("Ask a server by its own address instead.");
    };
    let mut finding = finding(Grade::Broken)
        .why(format!(
            "With {own} as their source they are answered, by {vip}: a packet from an address of this host itself, \
             which it takes only where accept_local is set."
        ))
        .run(format!(
            "ip route replace table local local {vip} dev {} proto kernel scope host src {own}",
            quote(link)
        ))
        .why(KEEP_NETWORK)
        .sysctl(&interface_parameter(link, "accept_local"), 1);
    if reverse_path::is_strict(facts, interface) {
        finding = finding.sysctl(&interface_parameter(link, "rp_filter"), LOOSE);
    }
    finding
}
