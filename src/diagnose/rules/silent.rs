//! Directly routed and tunnelled servers whose clients get no answer: of their connections only the clients' packets are
//! seen here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{counted, direct, titles, waits};
use crate::diagnose::connections::{Counts, Stalled, TOLD_APART};
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::format::rules;
use crate::model::{Endpoint, Forwarding, RealServerEntry, ServiceId, ServiceWithServers};

/// Findings that explain why a server does not answer, if they are graded as broken.
pub const CAUSES: &[Id] = &[Id::FirewallForwarded, Id::PortNotTranslated, Id::OddMethod];

/// A server is reported from so many stalled connections on: a few may be half open for any reason.
const FEWEST_CONNECTIONS: u32 = 5;
/// They must come from so many clients: fewer may be a scan.
const FEWEST_CLIENTS: usize = 3;
const _: () = assert!(FEWEST_CLIENTS <= TOLD_APART);
/// A server works if it has answered at least so many times as many connections as wait. None does in a flood of forged
/// clients, of which every server gets its share.
const ANSWERED_OF_WAITING: u32 = 4;
/// Services that are named as evidence, each with its command.
const SHOWN: usize = 3;

/// A server whose clients wait in one service, and one whose clients do not.
struct Silent {
    id: ServiceId,
    server: Endpoint,
    forwarding: Forwarding,
    stalled: Stalled,
    waiting: u32,
    fellow: Endpoint,
    fellow_answered: u32,
}

/// Reports each directly routed or tunnelled server whose connections all wait while another server of the service works.
pub fn while_others_answer(facts: &Facts) -> Vec<Finding> {
    let mut silent = BTreeMap::<IpAddr, Vec<Silent>>::new();
    // What a standby director hears of are connections of the other.
    if !facts.is_standby() {
        for one in facts
            .services
            .iter()
            .flat_map(|service| in_service(facts, service))
        {
            silent.entry(one.server.address).or_default().push(one);
        }
    }
    silent.into_iter().map(found).collect()
}

fn in_service(facts: &Facts, service: &ServiceWithServers) -> Vec<Silent> {
    let id = service.entry.service.id;
    let tally = |entry: &RealServerEntry| facts.connections.to(&id, entry.server.endpoint);
    let suspects: Vec<_> = service
        .servers
        .iter()
        .filter(|entry| is_asked(facts, entry))
        .map(|entry| (entry.server, tally(entry)))
        .filter(|(_, tally)| only_waits(tally.all, tally.stalled))
        .collect();
    if suspects.is_empty() {
        return Vec::new();
    }
    let others = service
        .servers
        .iter()
        .map(|entry| (entry.server.endpoint, tally(entry).all))
        .filter(|(_, counts)| works(*counts));
    let Some((fellow, counts)) = others.max_by_key(|(_, counts)| counts.answered) else {
        return Vec::new();
    };
    let silent = suspects.into_iter().map(|(server, tally)| Silent {
        id,
        server: server.endpoint,
        forwarding: server.forwarding,
        stalled: tally.stalled,
        waiting: tally.all.waiting,
        fellow,
        fellow_answered: counts.answered,
    });
    silent.collect()
}

/// Whether it is sent the packets of new connections as they are, as far as the network shows.
fn is_asked(facts: &Facts, entry: &RealServerEntry) -> bool {
    let server = entry.server;
    let address = server.endpoint.address;
    let reached = match facts.routes.get(&address) {
        Some(Route::None) => false,
        Some(Route::Gateway(_)) => server.forwarding != Forwarding::DirectRouting,
        _ => true,
    };
    direct::passes_by(server.forwarding)
        && server.weight > 0
        && reached
        && !facts.is_own(address)
        && !facts.is_unanswered(address)
}

fn only_waits(all: Counts, stalled: Stalled) -> bool {
    all.answered == 0
        && all.reset == 0
        && stalled.connections >= FEWEST_CONNECTIONS
        && stalled.clients() >= FEWEST_CLIENTS
}

/// Whether nearly all of a server's connections were established.
fn works(counts: Counts) -> bool {
    counts.answered > 0 && counts.answered / ANSWERED_OF_WAITING >= counts.waiting
}

/// What is found of one server, in all its services.
fn found((address, services): (IpAddr, Vec<Silent>)) -> Finding {
    let ids: Vec<ServiceId> = services.iter().map(|silent| silent.id).collect();
    let mut finding = Finding::new(
        Id::ServerSilent,
        Grade::Broken,
        format!(
            "The clients of {} get no answer from {address}",
            titles(&ids)
        ),
    );
    for silent in services.iter().take(SHOWN) {
        let was = if silent.fellow_answered == 1 {
            "was"
        } else {
            "were"
        };
        finding = finding.seen(format!(
            "{} at {}, from at least {FEWEST_CLIENTS} clients, and none was established; at {} {} {was}",
            waits(silent.waiting),
            silent.server,
            silent.fellow,
            counted(silent.fellow_answered.into(), "connection"),
        ));
    }
    let tunnelled = services
        .iter()
        .any(|silent| matches!(silent.forwarding, Forwarding::Tunnel(_)));
    let (how, unpacked) = if tunnelled {
        ("A tunnelled", " does not unpack the tunnel,")
    } else {
        ("A directly routed", "")
    };
    finding = finding.why(format!(
        "{how} server answers its clients itself, so only the clients' packets are seen here, and none of them confirms \
         an answer. The server{unpacked} does not have the service's address, drops the packets or its answers, or \
         nothing listens there: this command, run on the server, says which. With the weight 0 it is given no new \
         connections until that is fixed."
    ));
    for command in services.iter().filter_map(examination).take(SHOWN) {
        finding = finding.run_on(address, command);
    }
    finding
}

/// The command that examines the server.
fn examination(silent: &Silent) -> Option<String> {
    let mut command = format!("ipvsadm --diagnose --as-server -t {}", silent.stalled.at?);
    match silent.forwarding {
        Forwarding::Tunnel(tunnel) => {
            command.push_str(" -i");
            rules::tunnel(&mut command, tunnel);
        }
        _ => command.push_str(" -g"),
    }
    Some(command)
}
