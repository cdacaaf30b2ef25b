//! A firewall that drops what a service needs.

use std::net::IpAddr;

use super::accept;
use super::drops::{self, Dropped, Loss};
use super::firewalld;
use super::flows::Part;
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::firewall::{Place, TableFamily, Tool};
use crate::diagnose::rules::{answers, titles};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Forwarding, ServiceId};
use crate::sys::words::counted;

/// The table that keepalived makes.
const KEEPALIVED: &str = "keepalived";
const CONNTRACK: &str = "net.ipv4.vs.conntrack";

/// Packets that services live on and that surely are dropped.
pub fn dropped(facts: &Facts) -> Vec<Finding> {
    let now = drops::examine(facts, facts.settings.conntrack);
    if now.drops.is_empty() {
        return Vec::new();
    }
    let tracked = tracked(facts, &now);
    let mut inserted: Vec<Place<'_>> = Vec::new();
    now.drops
        .iter()
        .map(|drop| {
            let finding = described(facts, drop);
            if tracked && is_of_untracked(drop) {
                return finding
                    .why(
                        "With net.ipv4.vs.conntrack 0, connection tracking does not know the connections of IPVS: \
                         their packets are untracked, new or invalid, never established.",
                    )
                    .sysctl(CONNTRACK, 1);
            }
            if drop.place.table.name == firewalld::TABLE {
                return by_firewalld(facts, drop, finding);
            }
            accepting(drop, finding, &mut inserted)
        })
        .collect()
}

/// Whether all would be well if IPVS let connection tracking know its connections.
fn tracked(facts: &Facts, now: &drops::Verdicts<'_>) -> bool {
    // Where servers answer past this host, connection tracking would take requests for invalid, and translate what
    // must keep its addresses.
    let masqueraded = facts.servers().all(|(_, entry)| {
        entry.server.forwarding == Forwarding::Masquerading
            || facts.is_own(entry.server.endpoint.address)
    });
    if facts.settings.conntrack != Some(false) || !masqueraded {
        return false;
    }
    let then = drops::examine(facts, Some(true));
    then.unknown <= now.unknown
        && !then.drops.iter().any(|drop| {
            is_of_untracked(drop) || now.drops.iter().all(|now| now.place != drop.place)
        })
}

/// Whether the packets may be dropped because they are not tracked.
fn is_of_untracked(drop: &Loss<'_>) -> bool {
    !matches!(drop.part, Part::Request)
}

fn described(facts: &Facts, drop: &Loss<'_>) -> Finding {
    let titles = titles(&drop.services);
    let (id, what, why) = match drop.part {
        Part::Request => (
            Id::FirewallRequests,
            format!("requests to {titles}"),
            "They never reach IPVS, which takes them after the chains of the hook input.",
        ),
        Part::LaterRequest => (
            Id::FirewallRequests,
            format!("all but the first packet of connections to {titles}"),
            "They never reach IPVS, which takes them after the chains of the hook input.",
        ),
        Part::Forwarded => (
            Id::FirewallForwarded,
            format!("what IPVS sends to servers of {titles}"),
            "IPVS sends packets to servers through the chains of the hook output.",
        ),
        Part::LaterForwarded => (
            Id::FirewallForwarded,
            format!("all but the first packet that IPVS sends to servers of {titles}"),
            "IPVS sends packets to servers through the chains of the hook output.",
        ),
        Part::Reply => (
            Id::FirewallReplies,
            format!("the answers of servers of {titles}"),
            "Masqueraded servers answer through this host and the chains of the hook forward.",
        ),
        Part::LocalReply => (
            Id::FirewallReplies,
            format!("what this host answers as a server of {titles}"),
            "Its own programs answer through the chains of the hook output.",
        ),
    };
    let title = format!("The firewall drops {what}: {}", chain(&drop.place));
    let finding = Finding::new(id, Grade::Broken, title).seen(evidence(&drop.place));
    let finding = match drop.part {
        Part::Reply | Part::Forwarded => losses(facts, drop, finding),
        _ => finding,
    };
    let finding = if drop.counted {
        finding.seen("it may let some pass, but the service has seen none")
    } else {
        finding
    };
    finding.why(why)
}

/// What counters show of the servers that are concerned.
fn losses(facts: &Facts, drop: &Loss<'_>, finding: Finding) -> Finding {
    let concerned = |server: IpAddr| {
        let mut packets = drop.packets.iter();
        packets.any(|packet| [packet.source, packet.destination].contains(&Some(server)))
    };
    answers::losses(facts, concerned)
        .into_iter()
        .fold(finding, Finding::seen)
}

/// The chain in which a packet is dropped.
pub fn chain(place: &Place<'_>) -> String {
    let table = place.table;
    let name = table.name.escape_debug();
    let chain = place.chain.escape_debug();
    match table.tool {
        Tool::Nft => {
            let family = match table.family {
                TableFamily::V4 => "ip",
                TableFamily::V6 => "ip6",
                TableFamily::Both => "inet",
            };
            format!("chain {chain} of table {family} {name}")
        }
        Tool::Iptables => format!("chain {chain} of {}'s table {name}", table.command),
    }
}

/// The rule or policy that a packet meets.
pub fn evidence(place: &Place<'_>) -> String {
    let what = match place.rule {
        Some((_, rule)) => format!("They meet the rule: {}", rule.text.escape_debug()),
        None => "No rule accepts them, and the policy of the chain is to drop".to_owned(),
    };
    match place.packets() {
        Some(packets) if packets > 0 => format!("{what} ({} so far)", counted(packets, "packet")),
        _ => what,
    }
}

/// firewalld undoes what others change in its table.
fn by_firewalld(facts: &Facts, drop: &Loss<'_>, finding: Finding) -> Finding {
    let mut finding = finding;
    if !matches!(drop.part, Part::Request | Part::LaterRequest) {
        return finding.why(
            "firewalld replaces what others change in its table: allow it in a policy of firewalld (man firewalld.policies).",
        );
    }
    for id in &drop.services {
        let ServiceId::Address { protocol, endpoint } = id else {
            continue;
        };
        let reply = facts.replies.get(&endpoint.address);
        let zone = firewalld::zone(drop.place.chain, reply.and_then(Route::interface));
        let port = match endpoint.port {
            0 => "1-65535".to_owned(),
            port => port.to_string(),
        };
        for permanent in ["", "--permanent "] {
            finding = finding.run(format!(
                "firewall-cmd {permanent}{zone}--add-port={port}/{}",
                protocol.name().to_lowercase()
            ));
        }
    }
    finding
}

/// Adds the commands that let the packets pass. `inserted` are the places in front of which rules were put before.
fn accepting<'a>(drop: &Loss<'a>, finding: Finding, inserted: &mut Vec<Place<'a>>) -> Finding {
    let place = drop.place;
    let mut finding = finding;
    for packet in &drop.packets {
        let packet = narrowed(packet);
        let shift = inserted
            .iter()
            .filter(|other| is_before(other, &place))
            .count();
        finding = finding.run(accept::command(&place, &packet, shift));
        inserted.push(place);
    }
    let more = drop.count - drop.packets.len();
    if more > 0 {
        finding = finding.why(format!(
            "{more} more commands of this kind are needed: diagnose again after these."
        ));
    }
    keep(finding, &place)
}

/// Says how what was changed in a table is kept.
pub fn keep(finding: Finding, place: &Place<'_>) -> Finding {
    finding.why(match place.table.tool {
        Tool::Nft if place.table.name == KEEPALIVED => {
            "keepalived makes this table where a vrrp_instance has vrrp_strict or no_accept: take that out of its \
             configuration, or the rule comes back."
        }
        Tool::Nft => "To keep it at the next start, write it to the rules that are loaded then (/etc/nftables.conf).",
        Tool::Iptables => {
            "To keep it at the next start, save the rules (iptables-save) where they are restored from, or change \
             the configuration of the program that makes them."
        }
    })
}

/// Whether a rule in front of the first place is in front of the second one too, and moves it on.
fn is_before(first: &Place<'_>, second: &Place<'_>) -> bool {
    let index = |place: &Place<'_>| place.rule.map(|(index, _)| index);
    std::ptr::eq(first.table, second.table)
        && first.chain == second.chain
        && match (index(first), index(second)) {
            // The one inserted last comes first: the place itself has moved, the position has not.
            (Some(first), Some(second)) => first < second,
            _ => false,
        }
}

/// What is needed to tell the packets from others.
fn narrowed(packet: &Dropped) -> Dropped {
    // A service's address says more than a mark.
    let mark = packet.mark.filter(|_| packet.destination.is_none());
    Dropped { mark, ..*packet }
}
