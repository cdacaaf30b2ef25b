//! Servers that are not there, or do not want to: what the network says of them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{counted, direct, slips, title, titles};
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{
    Change, Family, Forwarding, Protocol, RealServer, RealServerEntry, Service, ServiceId,
};

/// The length of a TCP packet with neither options nor data, in bytes: what a refusal is. The first answer of a server
/// that accepts always has an option.
const RESET_V4: u64 = 40;
const RESET_V6: u64 = 60;

/// Nobody on the link has the address.
pub fn unanswered(facts: &Facts) -> Vec<Finding> {
    let mut silent = BTreeMap::<IpAddr, Vec<(&Service, &RealServerEntry)>>::new();
    for (service, entry) in facts.servers() {
        let address = entry.server.endpoint.address;
        // A server of direct routing ignores questions in the name of an address that it has too, which are this host's
        // own as a client.
        let own = facts.connections.to(&service.id, entry.server.endpoint).own;
        let ignored = direct::passes_by(entry.server.forwarding) && own.waiting > 0;
        let misread = slips::meant_server(facts, service, &entry.server).is_some();
        if entry.server.weight > 0 && !misread && !ignored && facts.is_unanswered(address) {
            silent.entry(address).or_default().push((service, entry));
        }
    }
    let find = |(address, servers): (IpAddr, Vec<(&Service, &RealServerEntry)>)| {
        let ids: Vec<ServiceId> = servers.iter().map(|(service, _)| service.id).collect();
        let link = facts
            .neighbour(address)?
            .interface
            .escape_debug()
            .to_string();
        let asked = match Family::of(address) {
            Family::V4 => "ARP",
            Family::V6 => "neighbour discovery",
        };
        let finding = Finding::new(
            Id::ServerUnanswered,
            Grade::Broken,
            format!(
                "Nobody on {link} has the address {address}, a server of {}",
                titles(&ids)
            ),
        )
        .seen(format!("{asked} for {address} was not answered"))
        .why(
            "The host is down, in another network, or the address is not its own: the connections that it is given \
             fail. With the weight 0 it is given none until it is back.",
        );
        Some(take_out(facts, finding, &servers))
    };
    silent.into_iter().filter_map(find).collect()
}

/// All that a server has ever returned are refusals.
pub fn refused(facts: &Facts) -> Vec<Finding> {
    let refuses = |(service, entry): &(&Service, &RealServerEntry)| {
        let length = match Family::of(entry.server.endpoint.address) {
            Family::V4 => RESET_V4,
            Family::V6 => RESET_V6,
        };
        let stats = entry.stats;
        let tally = facts.connections.to(&service.id, entry.server.endpoint);
        // Of a service by mark it is the connections that show the protocol.
        let is_tcp = match service.id.protocol() {
            Some(protocol) => protocol == Protocol::Tcp,
            None => tally.all.reset > 0,
        };
        is_tcp
            && entry.server.forwarding == Forwarding::Masquerading
            && entry.server.weight > 0
            && stats.connections > 0
            && stats.out_packets > 0
            && stats.out_bytes == stats.out_packets.saturating_mul(length)
            && tally.all.answered == 0
    };
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let place = entry.server.endpoint;
        let finding = Finding::new(
            Id::ServerRefuses,
            Grade::Broken,
            format!("{place} of {} refuses every connection", title(&service.id)),
        )
        .seen(format!(
            "for {} it returned {}, all of them resets",
            counted(entry.stats.connections, "connection"),
            counted(entry.stats.out_packets, "packet")
        ))
        .why(
            "No program listens there on that port, or a firewall of the server refuses. With the weight 0 the server \
             is given no connections until that is changed.",
        );
        take_out(facts, finding, &[(service, entry)])
    };
    facts.servers().filter(refuses).map(find).collect()
}

/// Adds the commands that give a server no new connections, where a service has another one for them.
fn take_out(
    facts: &Facts,
    mut finding: Finding,
    servers: &[(&Service, &RealServerEntry)],
) -> Finding {
    let mut alone = false;
    let mut keeps_clients = false;
    for (service, entry) in servers {
        let has_others = facts.service(&service.id).is_some_and(|service| {
            service.servers.iter().any(|other| {
                let address = other.server.endpoint.address;
                other.server.weight > 0 && address != entry.server.endpoint.address
            })
        });
        if !has_others {
            alone = true;
            continue;
        }
        let weightless = RealServer {
            weight: 0,
            ..entry.server
        };
        finding = finding.change(&Change::EditServer(service.id, weightless));
        keeps_clients |= service.persistence.is_some() && entry.persistent_connections > 0;
    }
    if keeps_clients && facts.settings.expire_quiescent_template == Some(false) {
        finding = finding
            .why("Its persistent clients must be given up as well.")
            .sysctl("net.ipv4.vs.expire_quiescent_template", 1);
    }
    if alone {
        finding =
            finding.why("Where it is the only server that is left, it has to be put right itself.");
    }
    finding
}
