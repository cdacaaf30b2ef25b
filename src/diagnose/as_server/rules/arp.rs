//! Who asks for the VIP's hardware address must hear of the director's alone.

use super::quiet::{add_quietly, answers_with, silenced, take_away};
use crate::diagnose::as_server::facts::{ALL, Address, Facts, Interface, Settings};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::Forwarding;

/// What a server that answers does.
const STOLEN: &str = "Whoever asks for the VIP's hardware address and hears this server first sends it all its packets, past \
                      the director: nothing is balanced, and connections break when that changes.";

/// An interface that answers those who ask for the VIP.
pub fn answers(facts: &Facts) -> Vec<Finding> {
    let Some(grade) = grade(facts, |interface| answers_on(facts, interface)) else {
        return Vec::new();
    };
    let vip = facts.address();
    let answering = || facts.segments().filter(|one| answers_on(facts, one));
    let names: Vec<&str> = answering().map(|one| one.name.as_str()).collect();
    let asked = if vip.is_ipv4() {
        "ARP requests"
    } else {
        "neighbour solicitations"
    };
    let title = format!(
        "This server answers {asked} for {vip} on {}",
        names.join(", ")
    );
    let mut finding = Finding::new(Id::ServerAnswersArp, grade, title);
    for (interface, held) in facts.holders() {
        finding = finding.seen(format!("{} is on {}", held.network, interface.name));
    }
    if vip.is_ipv4() {
        for interface in answering() {
            finding = finding.seen(seen(facts, interface, "arp_ignore", |one| one.arp_ignore));
        }
    }
    finding = finding.why(STOLEN);
    if vip.is_ipv4() {
        finding = silenced(facts, finding);
    }
    let on_segments: Vec<(&Interface, &Address)> = facts
        .holders()
        .filter(|(holder, _)| names.contains(&holder.name.as_str()))
        .collect();
    let elsewhere = facts
        .holders()
        .any(|(holder, _)| !names.contains(&holder.name.as_str()));
    if !on_segments.is_empty() && !elsewhere {
        finding = add_quietly(facts, finding);
    }
    for (interface, held) in on_segments {
        finding = take_away(facts, finding, interface, held);
    }
    vec![finding]
}

/// An interface that answers nobody but names the VIP itself where it asks for others.
pub fn announces(facts: &Facts) -> Vec<Finding> {
    if facts
        .segments()
        .any(|interface| answers_on(facts, interface))
    {
        return Vec::new();
    }
    let announcing = |interface: &Interface| announces_on(facts, interface);
    let Some(grade) = grade(facts, announcing) else {
        return Vec::new();
    };
    let names: Vec<&str> = facts
        .segments()
        .filter(|one| announcing(one))
        .map(|one| one.name.as_str())
        .collect();
    let title = format!(
        "This server names {} in its own ARP requests on {}",
        facts.address(),
        names.join(", ")
    );
    let mut finding = Finding::new(Id::ServerAnnouncesVip, grade, title);
    for interface in facts.segments().filter(|one| announcing(one)) {
        finding = finding.seen(seen(facts, interface, "arp_announce", |one| {
            one.arp_announce
        }));
    }
    finding = finding.why(format!(
        "To answer a client it asks for the hardware address of the client or the router, as coming from the VIP; these learn \
         its own hardware address for the VIP from that. {STOLEN}"
    ));
    vec![silenced(facts, finding)]
}

/// How bad it is that some interfaces do it; `None` where none does, or where it does not matter.
fn grade(facts: &Facts, does: impl Fn(&Interface) -> bool) -> Option<Grade> {
    if !facts.has_vip() || facts.is_director {
        return None;
    }
    let mut doing = facts.segments().filter(|one| does(one)).peekable();
    doing.peek()?;
    if filters_arp(facts) {
        return Some(Grade::Note);
    }
    if doing.any(|one| facts.is_on_segment(one)) {
        return Some(Grade::Trap);
    }
    // Only the director's segment is asked for the VIP, and that may be another one.
    (facts.role.forwarding == Forwarding::DirectRouting).then_some(Grade::Note)
}

/// Rules that drop ARP are another way to the same end, and are not read here.
fn filters_arp(facts: &Facts) -> bool {
    let rules = facts
        .firewall
        .as_ref()
        .map_or("", |firewall| &firewall.text);
    facts.old_arp_tables
        || rules.lines().any(|line| {
            let line = line.trim_start();
            ["table arp ", "table netdev ", "table bridge "]
                .iter()
                .any(|start| line.starts_with(start))
        })
}

fn seen(facts: &Facts, interface: &Interface, name: &str, which: fn(&Settings) -> u32) -> String {
    let own = |interface: &str| facts.settings.get(interface).map_or(0, which);
    format!(
        "{name} is {} on {} (all {}, its own {})",
        facts.setting(&interface.name, which),
        interface.name,
        own(ALL),
        own(&interface.name),
    )
}

fn answers_on(facts: &Facts, interface: &Interface) -> bool {
    let mut holders = facts.holders();
    let held = holders.find(|(holder, _)| holder.name == interface.name);
    let held = held.map(|(_, held)| held);
    // To a neighbour solicitation an interface answers for its own addresses only.
    if facts.address().is_ipv6() {
        return held.is_some_and(|held| !held.tentative && !held.duplicate);
    }
    let ignore = facts.setting(&interface.name, |one| one.arp_ignore);
    answers_with(facts, ignore, held)
}

fn announces_on(facts: &Facts, interface: &Interface) -> bool {
    // It asks where answers leave, and for those alone does it name the VIP.
    let leaves = facts
        .answer
        .as_ref()
        .is_none_or(|hop| hop.interface == interface.name);
    facts.address().is_ipv4()
        && leaves
        && match facts.setting(&interface.name, |one| one.arp_announce) {
            2 => false,
            // It may name an address of the network in which it asks.
            1 => facts.holders().any(|(holder, held)| {
                holder.name == interface.name && held.network.prefix_len() < 32
            }),
            _ => true,
        }
}
