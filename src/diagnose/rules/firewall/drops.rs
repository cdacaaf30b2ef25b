//! What the firewall surely drops of the packets that services live on.

use std::collections::BTreeMap;

use super::flows::{Flow, Part, World, states_at};
use crate::diagnose::facts::Facts;
use crate::diagnose::firewall::{
    Base, Budget, ChainKind, Field, Firewall, Hook, Match, Outcome, Packet, Place, Rule, Table,
    evaluate,
};
use crate::model::{RealServer, Service, ServiceId, ServiceWithServers};

/// So many rules are looked at, which takes about half a second.
const BUDGET: u64 = 20_000_000;
/// So many packets of a kind are described.
pub const DESCRIBED: usize = 12;

/// What is dropped in one place.
#[derive(Debug)]
pub struct Loss<'a> {
    pub place: Place<'a>,
    pub part: Part,
    /// Whether the rules leave it open, and it is counters that show the loss.
    pub counted: bool,
    pub services: Vec<ServiceId>,
    /// Each kind of packet once, the first of them.
    pub packets: Vec<Dropped>,
    /// How many kinds there are.
    pub count: usize,
}

/// What tells the dropped packets of a flow from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    pub family: crate::model::Family,
    pub source: Option<std::net::IpAddr>,
    pub destination: Option<std::net::IpAddr>,
    pub protocol: Option<u8>,
    pub source_port: Option<u16>,
    pub destination_port: Option<u16>,
    pub mark: Option<u32>,
}

impl Dropped {
    pub fn of(packet: &Packet<'_>) -> Dropped {
        Dropped {
            family: packet.family,
            source: packet.source,
            destination: packet.destination,
            protocol: packet.protocol,
            source_port: packet.source_port,
            destination_port: packet.destination_port,
            mark: packet.mark,
        }
    }
}

/// All that is dropped.
#[derive(Debug, Default)]
pub struct Verdicts<'a> {
    pub drops: Vec<Loss<'a>>,
    /// Of how many packets it is not known whether they pass.
    pub unknown: usize,
}

/// A chain at a hook.
struct Entry<'a> {
    table: &'a Table,
    name: &'a str,
    base: &'a Base,
}

/// Sends the packets of all services through the firewall, with `net.ipv4.vs.conntrack` as it is or as it might be.
pub fn examine(facts: &Facts, conntrack: Option<bool>) -> Verdicts<'_> {
    let mut verdicts = Verdicts::default();
    let Some(firewall) = &facts.firewall else {
        return verdicts;
    };
    let entries = entries(firewall);
    if entries.is_empty() {
        return verdicts;
    }
    let world = World::new(facts, conntrack);
    let mut examiner = Examiner {
        counts: facts.counts(),
        entries,
        budget: Budget::new(BUDGET),
        found: BTreeMap::new(),
        verdicts: &mut verdicts,
    };
    for service in &facts.services {
        examiner.service(&world, service);
    }
    verdicts
}

/// The chains at hooks whose tables may drop something or translate destinations, in the order of priorities.
fn entries(firewall: &Firewall) -> Vec<Entry<'_>> {
    if !firewall.tables.iter().any(Table::may_drop) {
        return Vec::new();
    }
    let mut entries = Vec::new();
    for table in &firewall.tables {
        let may_drop = table.may_drop();
        for (name, chain) in &table.chains {
            let base = chain.base.as_ref();
            if let Some(base) = base.filter(|base| may_drop || base.kind == ChainKind::Nat) {
                entries.push(Entry { table, name, base });
            }
        }
    }
    entries.sort_by_key(|entry| entry.base.priority);
    entries
}

/// Where a packet surely is dropped at its hook.
pub fn first_drop<'a>(
    firewall: &'a Firewall,
    packet: &Packet<'_>,
    budget: &mut Budget,
) -> Option<Place<'a>> {
    entries(firewall)
        .iter()
        .filter(|entry| entry.base.hook == packet.hook && entry.table.family.has(packet.family))
        .find_map(|entry| {
            let packet = Packet {
                states: states_at(entry.base.priority, packet.states),
                ..*packet
            };
            match evaluate(entry.table, entry.name, &packet, budget) {
                Outcome::Dropped(places) => places.first().copied(),
                _ => None,
            }
        })
}

/// The address of a rule or policy, by which the same place is known.
type Key = (*const Base, *const Rule, Part);

struct Examiner<'a, 'v> {
    /// Whether counters can be believed.
    counts: bool,
    entries: Vec<Entry<'a>>,
    budget: Budget,
    /// The index of each drop.
    found: BTreeMap<Key, usize>,
    verdicts: &'v mut Verdicts<'a>,
}

impl<'a> Examiner<'a, '_> {
    fn service(&mut self, world: &World<'_>, with_servers: &ServiceWithServers) {
        let service: &Service = &with_servers.entry.service;
        let serving = with_servers.servers.iter();
        let serving: Vec<&RealServer> = serving
            .map(|entry| &entry.server)
            .filter(|server| server.weight > 0)
            .collect();
        if serving.is_empty() {
            return;
        }
        // What becomes of packets that are dropped or translated does not matter.
        let mut ended: Option<Part> = None;
        let mut translated = false;
        world.flows(service, &serving, |flow| {
            let request = matches!(flow.part, Part::Request | Part::LaterRequest);
            let follows = match flow.part {
                Part::LaterRequest => ended == Some(Part::Request),
                Part::LaterForwarded => ended == Some(Part::Forwarded),
                _ => false,
            };
            if follows || request && translated {
                return;
            }
            if !follows {
                ended = ended.filter(|part| *part == flow.part);
            }
            match self.flow(flow, with_servers) {
                Passage::Free => {}
                Passage::Translated => translated |= request,
                Passage::Dropped => ended = Some(flow.part),
            }
        });
    }

    fn flow(&mut self, flow: &Flow<'_>, service: &ServiceWithServers) -> Passage {
        let mut passage = Passage::Free;
        for index in 0..self.entries.len() {
            let Entry { table, name, base } = self.entries[index];
            let concerned = base.hook == flow.packet.hook
                && table.family.has(flow.packet.family)
                && flow.is_seen_at(base.priority);
            if !concerned {
                continue;
            }
            let packet = flow.at(base.priority);
            match evaluate(table, name, &packet, &mut self.budget) {
                Outcome::Passes => {}
                Outcome::Translated => return Passage::Translated,
                Outcome::Dropped(places) => {
                    if let Some(place) = places.first() {
                        self.add(*place, flow, &packet, false);
                    }
                    passage = Passage::Dropped;
                }
                Outcome::Unknown(places) => {
                    self.verdicts.unknown += 1;
                    let place = places.iter().find(|place| {
                        self.counts
                            && place.packets().is_some_and(|packets| packets > 0)
                            && is_lost(flow.part, &packet, place, service)
                    });
                    if let Some(place) = place {
                        self.add(*place, flow, &packet, true);
                        passage = Passage::Dropped;
                    } else if base.kind == ChainKind::Nat {
                        return Passage::Translated;
                    }
                }
            }
        }
        passage
    }

    fn add(&mut self, place: Place<'a>, flow: &Flow<'_>, packet: &Packet<'_>, counted: bool) {
        let rule = place
            .rule
            .map_or(std::ptr::null(), |(_, rule)| rule as *const Rule);
        // The later packets meet the same fate for the same reason.
        let key = (place.base as *const Base, rule, flow.part);
        let drops = &mut self.verdicts.drops;
        let index = *self.found.entry(key).or_insert(drops.len());
        if index == drops.len() {
            drops.push(Loss {
                place,
                part: flow.part,
                counted,
                services: Vec::new(),
                packets: Vec::new(),
                count: 0,
            });
        }
        let found = &mut drops[index];
        if found.services.last() != Some(&flow.service) {
            found.services.push(flow.service);
        }
        let dropped = Dropped::of(packet);
        if found.packets.last() != Some(&dropped) && !found.packets.contains(&dropped) {
            found.count += 1;
            if found.packets.len() < DESCRIBED {
                found.packets.push(dropped);
            }
        }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passage {
    Free,
    Translated,
    Dropped,
}

/// Whether counters leave no doubt that packets of the service are lost in a place where they may be dropped: a rule
/// that names what only they have has counted packets, and the service has seen none of what should come through.
fn is_lost(
    part: Part,
    packet: &Packet<'_>,
    place: &Place<'_>,
    service: &ServiceWithServers,
) -> bool {
    let stats = &service.entry.stats;
    let silent = match part {
        Part::Request => stats.in_packets == 0,
        Part::Reply => stats.in_packets > 0 && stats.out_packets == 0,
        _ => false,
    };
    let Some((_, rule)) = place.rule else {
        // The policy counts what anybody sends.
        return false;
    };
    let names = |condition: &Match| {
        let field = &condition.field;
        !condition.negated
            && matches!(
                (part, field),
                (
                    Part::Request,
                    Field::Destination(..) | Field::DestinationPort(_)
                ) | (Part::Reply, Field::Source(..) | Field::SourcePort(_))
            )
            && packet.is(field) == Some(true)
    };
    silent && packet.hook != Hook::Prerouting && rule.matches.iter().any(names)
}
