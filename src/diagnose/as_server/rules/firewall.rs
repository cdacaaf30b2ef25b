//! A firewall on the server that drops requests, what a tunnel carries them in, or the answers.

use std::net::IpAddr;

use super::is_redirected;
use crate::diagnose::as_server::facts::Facts;
use crate::diagnose::firewall::{Budget, Hook, Interfaces, Packet, Place, States};
use crate::diagnose::rules::firewall::{
    Dropped, accept, chain, evidence, firewalld, first_drop, keep,
};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Family, Forwarding, Protocol, Tunnel};

const TCP: u8 = 6;
const UDP: u8 = 17;
/// IP in IP (`IPPROTO_IPIP`), and generic routing encapsulation.
const IPIP: u8 = 4;
const GRE: u8 = 47;
const SYN: u8 = 0x02;
const SYN_ACK: u8 = 0x12;
/// So many rules are looked at for each packet.
const BUDGET: u64 = 1_000_000;

/// A packet that the service lives on.
struct Need<'a> {
    what: String,
    hooks: [Hook; 2],
    /// At the first of the hooks; the other one is the same.
    packet: Packet<'a>,
    /// What firewalld is told to let it pass.
    option: String,
}

/// The first packets of a connection that surely are dropped.
pub fn dropped(facts: &Facts) -> Vec<Finding> {
    let Some(firewall) = facts.firewall.as_ref().filter(|_| !is_redirected(facts)) else {
        return Vec::new();
    };
    let states = |state: States| match firewall.has_notrack() {
        true => state.with(States::UNTRACKED),
        false => state,
    };
    let translated = (!firewall.translates_destinations()).then_some(false);
    let segments: Vec<&str> = facts.segments().map(|one| one.name.as_str()).collect();
    let tunnels: Vec<&str> = facts
        .interfaces
        .iter()
        .filter(|one| one.up && one.tunnel.is_some())
        .map(|one| one.name.as_str())
        .collect();
    let out: Vec<&str> = facts
        .answer
        .iter()
        .map(|hop| hop.interface.as_str())
        .collect();
    let tunnel = match facts.role.forwarding {
        Forwarding::Tunnel(tunnel) => Some(tunnel),
        _ => None,
    };
    let inside: &[&str] = if tunnel.is_some() {
        &tunnels
    } else {
        &segments
    };
    let mut needs = Vec::new();
    if let Some(tunnel) = tunnel {
        needs.push(carrier(tunnel, &segments, states(States::NEW)));
    }
    needs.push(request(facts, inside, states(States::NEW)));
    needs.push(answer(facts, &out, states(States::ESTABLISHED)));
    let find = |need: Need<'_>| {
        let mut budget = Budget::new(BUDGET);
        let (place, packet) = need.hooks.into_iter().find_map(|hook| {
            let packet = Packet {
                hook,
                translated,
                ..need.packet
            };
            Some((first_drop(firewall, &packet, &mut budget)?, packet))
        })?;
        let title = format!("The firewall drops {}: {}", need.what, chain(&place));
        let finding = Finding::new(Id::ServerFirewall, Grade::Broken, title)
            .seen(evidence(&place))
            .why("Clients of the director get no answer from this server.");
        Some(allow(facts, finding, &place, &packet, &need.option))
    };
    needs.into_iter().filter_map(find).collect()
}

fn allow(
    facts: &Facts,
    finding: Finding,
    place: &Place<'_>,
    packet: &Packet<'_>,
    option: &str,
) -> Finding {
    if place.table.name != firewalld::TABLE {
        return keep(
            finding.run(accept::command(place, &Dropped::of(packet), 0)),
            place,
        );
    }
    let Some(interface) = facts.segments().next().filter(|_| !option.is_empty()) else {
        return finding.why(
            "firewalld replaces what others change in its table: allow it in its configuration.",
        );
    };
    let zone = firewalld::zone(place.chain, Some(&interface.name));
    ["", "--permanent "]
        .into_iter()
        .fold(finding, |finding, kept| {
            finding.run(format!("firewall-cmd {kept}{zone}{option}"))
        })
}

/// What all packets of the service have in common.
fn packet<'a>(family: Family, protocol: u8, states: States) -> Packet<'a> {
    Packet {
        hook: Hook::Input,
        family,
        input: Interfaces::None,
        output: Interfaces::None,
        source: None,
        destination: None,
        to_us: None,
        protocol: Some(protocol),
        source_port: None,
        destination_port: None,
        states,
        flags: None,
        mark: None,
        translated: None,
    }
}

/// The address at which the server takes requests, where there is only one that it can be.
fn own(facts: &Facts) -> Option<IpAddr> {
    if facts.serves_vip() || facts.has_vip() {
        Some(facts.address())
    } else {
        facts.director_side()
    }
}

fn request<'a>(facts: &Facts, input: &'a [&'a str], states: States) -> Need<'a> {
    let role = &facts.role;
    let protocol = role.protocol;
    Need {
        what: format!("requests to {}", facts.service()),
        hooks: [Hook::Prerouting, Hook::Input],
        packet: Packet {
            input: Interfaces::AnyOf(input),
            destination: own(facts),
            to_us: Some(true),
            destination_port: Some(role.endpoint.port),
            flags: (protocol == Protocol::Tcp).then_some(SYN),
            ..packet(Family::of(facts.address()), protocol.number(), states)
        },
        option: format!("--add-port={}/{}", role.endpoint.port, protocol.name()),
    }
}

fn answer<'a>(facts: &Facts, output: &'a [&'a str], states: States) -> Need<'a> {
    let role = &facts.role;
    let protocol = role.protocol.number();
    Need {
        what: format!("what this server answers for {}", facts.service()),
        hooks: [Hook::Output, Hook::Postrouting],
        packet: Packet {
            output: Interfaces::AnyOf(output),
            source: own(facts),
            source_port: Some(role.endpoint.port),
            flags: (protocol == TCP).then_some(SYN_ACK),
            ..packet(Family::of(facts.address()), protocol, states)
        },
        option: String::new(),
    }
}

/// What the director sends a tunnel's packets in. That they come by IPv4 is what is most likely, and nearly all rules
/// that look no further are for both families.
fn carrier<'a>(tunnel: Tunnel, input: &'a [&'a str], states: States) -> Need<'a> {
    let (protocol, port, option) = match tunnel {
        Tunnel::Ipip => (IPIP, None, "--add-protocol=ipencap".to_owned()),
        Tunnel::Gre { .. } => (GRE, None, "--add-protocol=gre".to_owned()),
        Tunnel::Gue { port, .. } => (UDP, Some(port), format!("--add-port={port}/udp")),
    };
    Need {
        what: "the packets of the tunnel".to_owned(),
        hooks: [Hook::Prerouting, Hook::Input],
        packet: Packet {
            input: Interfaces::AnyOf(input),
            to_us: Some(true),
            destination_port: port,
            ..packet(Family::V4, protocol, states)
        },
        option,
    }
}
