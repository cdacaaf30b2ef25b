//! Masqueraded servers whose answers do not come back through this host, as counters and connections show.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::translation::{self, Flow};
use super::{KEEP_NETWORK, counted, interface_parameter, listed, titles, waits};
use crate::diagnose::connections::{Counts, Tally};
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::firewall::nat::nat_rules;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Forwarding, Protocol, RealServerEntry, Service, ServiceId, Stats};

/// What explains lost answers better than that they are lost.
pub const CAUSES: &[Id] = &[
    Id::ForwardingOff,
    Id::ReversePathServers,
    Id::FirewallForwarded,
    Id::FirewallReplies,
];

/// A server of masquerading, and what is known of its connections.
struct Masqueraded<'a> {
    service: &'a Service,
    entry: &'a RealServerEntry,
    tally: Tally,
    /// What had been counted some seconds before, where it was in doubt whether it answers.
    earlier: Option<&'a Stats>,
}

impl Masqueraded<'_> {
    fn address(&self) -> IpAddr {
        self.entry.server.endpoint.address
    }

    /// It was sent packets, and no answer came back through this host; of a protocol whose servers always answer.
    ///
    /// A packet may have been sent just now, so one alone must have waited. A server that did answer in the past is known by its rates,
    /// which are rounded to whole packets a second.
    fn answers_are_lost(&self) -> bool {
        let stats = self.entry.stats;
        let answers_always = match self.service.id.protocol() {
            Some(Protocol::Tcp | Protocol::Sctp) => true,
            Some(Protocol::Udp) => false,
            None => self.tally.all.waiting > 0,
        };
        let never = stats.out_packets == 0 && self.has_waited(self.tally.all);
        answers_always && (never || self.answers_are_lost_now() || self.lately().is_some())
    }

    /// It was sent several packets, or one some time ago.
    fn has_waited(&self, counts: Counts) -> bool {
        let stats = self.entry.stats;
        stats.connections > 0
            && (stats.in_packets > 1 || stats.in_packets == 1 && counts.waited > 1)
    }

    fn answers_are_lost_now(&self) -> bool {
        let stats = self.entry.stats;
        self.tally.all.waiting > 0 && stats.in_packet_rate > 1 && stats.out_packet_rate == 0
    }

    /// How many packets it was sent between two looks, where it returned none in that time. One may be the end of a
    /// connection that was answered before.
    fn lately(&self) -> Option<u64> {
        let (earlier, now) = (self.earlier?, self.entry.stats);
        let sent = now.in_packets.checked_sub(earlier.in_packets)?;
        let silent = earlier.out_packets == now.out_packets && self.tally.all.only_wait();
        (silent && sent > 1).then_some(sent)
    }

    /// Nobody was sent to it yet, or those who came last wait.
    fn has_answered_nobody_lately(&self) -> bool {
        self.entry.stats.connections == 0 || self.tally.all.only_wait()
    }

    /// What was seen of that.
    fn seen(&self) -> String {
        let (address, stats) = (self.address(), self.entry.stats);
        let sent = if stats.out_packets == 0 {
            let sent = counted(stats.in_packets, "packet");
            format!("{address} was sent {sent} and returned none through here")
        } else if let Some(sent) = self.lately() {
            let sent = counted(sent, "packet");
            format!("in four seconds {address} was sent {sent} more and returned none through here")
        } else {
            let sent = counted(stats.in_packet_rate, "packet");
            format!("{address} is sent {sent} a second and returns none through here")
        };
        match self.tally.all.waiting {
            0 => sent,
            waiting => format!("{}, {sent}", waits(waiting)),
        }
    }
}

/// The masqueraded servers on other hosts that take new connections and are on the network.
fn masqueraded(facts: &Facts) -> impl Iterator<Item = Masqueraded<'_>> {
    let standby = facts.is_standby();
    let concerned = facts.servers().filter(move |(service, entry)| {
        let address = entry.server.endpoint.address;
        // A service on a loopback address has no other clients than this host.
        let loopback = service
            .id
            .endpoint()
            .is_some_and(|place| place.address.is_loopback());
        !standby
            && entry.server.forwarding == Forwarding::Masquerading
            && entry.server.weight > 0
            && !loopback
            && !facts.is_own(address)
            && !facts.is_unanswered(address)
    });
    concerned.map(|(service, entry)| Masqueraded {
        service,
        entry,
        tally: facts.connections.to(&service.id, entry.server.endpoint),
        earlier: facts.earlier.get(&(service.id, entry.server.endpoint)),
    })
}

/// What was seen of answers that are lost: a sentence for each of the first few servers at these addresses, or for
/// all servers.
pub fn losses(facts: &Facts, concerned: impl Fn(IpAddr) -> bool) -> Vec<String> {
    const SHOWN: usize = 3;
    let lost = masqueraded(facts);
    lost.filter(|server| concerned(server.address()) && server.answers_are_lost())
        .take(SHOWN)
        .map(|server| server.seen())
        .collect()
}

/// The masqueraded servers whose answers are lost, each with a service that has it.
pub fn lost_servers(facts: &Facts) -> Vec<(IpAddr, ServiceId)> {
    let lost = masqueraded(facts);
    lost.filter(Masqueraded::answers_are_lost)
        .map(|server| (server.address(), server.service.id))
        .collect()
}

/// Other servers of the same services: what is wrong with one is mostly wrong with all that were set up in the same
/// way, and shows only once a client is sent there.
fn fellows<'a>(
    facts: &'a Facts,
    lost: &[Masqueraded<'_>],
    is_alike: impl Fn(&Masqueraded<'a>) -> bool,
) -> Vec<Masqueraded<'a>> {
    let ids: HashSet<ServiceId> = lost.iter().map(|server| server.service.id).collect();
    masqueraded(facts)
        .filter(|server| ids.contains(&server.service.id) && is_alike(server))
        .collect()
}

/// Answers that take another way, or none: this host must be on the way to the clients.
pub fn lost(facts: &Facts) -> Vec<Finding> {
    // Those of clients beside the server have their own finding.
    let lost = masqueraded(facts).filter(|server| {
        server.answers_are_lost()
            && (server.tally.all.waiting == 0
                || server.tally.all.waiting > server.tally.beside.waiting)
    });
    let (beside, behind): (Vec<_>, Vec<_>) =
        lost.partition(|server| facts.beside(server.address()).is_some());
    let found = |servers: &[Masqueraded<'_>]| {
        let addresses: BTreeSet<IpAddr> = servers.iter().map(Masqueraded::address).collect();
        let ids: Vec<ServiceId> = servers.iter().map(|server| server.service.id).collect();
        let finding = Finding::new(
            Id::AnswersLost,
            Grade::Broken,
            format!(
                "The answers of {} to the clients of {} do not come back through this host",
                listed(&addresses),
                titles(&ids)
            ),
        );
        let seen = losses(facts, |address| addresses.contains(&address));
        finding.seen_all(seen).why(
            "Only this host can give the answers of masqueraded servers the service's address: clients drop what \
             comes from another.",
        )
    };
    let mut findings = Vec::new();
    if !beside.is_empty() {
        let mut finding = found(&beside).why(
            "The server has no way to the clients, or one through another router, or a firewall of its own that \
             drops what they send.",
        );
        let untried = fellows(facts, &beside, |server| {
            server.has_answered_nobody_lately() && facts.beside(server.address()).is_some()
        });
        let ways: BTreeMap<IpAddr, IpAddr> = beside
            .iter()
            .chain(&untried)
            .filter_map(|server| {
                let address = server.address();
                Some((address, facts.beside(address)?.addr()))
            })
            .collect();
        for (server, director) in ways {
            finding = finding.run_on(server, format!("ip route replace default via {director}"));
        }
        findings.push(finding.why(KEEP_NETWORK));
    }
    if !behind.is_empty() {
        let finding = found(&behind).why(
            "The server is behind a router, which sends the answers another way. With the address of this host \
             as their source, requests are answered to this host; the server then sees that in place of the \
             clients' addresses.",
        );
        let untried = fellows(facts, &behind, |server| {
            server.has_answered_nobody_lately() && facts.beside(server.address()).is_none()
        });
        let flows = behind
            .iter()
            .chain(&untried)
            .map(|server| Flow::to(server.service, server.entry));
        findings.push(translation::masquerade(facts, finding, flows));
    }
    findings
}

/// Whether some rule may give packets of IPVS another source.
fn sources_are_translated(facts: &Facts) -> bool {
    let rules = facts.firewall.as_ref();
    let rules = rules.map_or("", |firewall| firewall.text.as_str());
    facts.settings.conntrack == Some(true) && nat_rules(rules).any(|rule| rule.source)
}

/// A client on the server's own link gets the answers directly, with the server's address.
pub fn client_beside_server(facts: &Facts) -> Vec<Finding> {
    let mut networks = BTreeMap::<IpNet, Vec<Masqueraded<'_>>>::new();
    let translated = sources_are_translated(facts);
    for server in masqueraded(facts) {
        let beside = server.tally.beside;
        // Where sources are translated, half-open connections are another matter.
        let seen = beside.waiting > 0
            && beside.answered == 0
            && beside.reset == 0
            && server.has_waited(beside);
        let explained = translated && server.entry.stats.out_packets > 0;
        if !seen || explained {
            continue;
        }
        if let Some(own) = facts.beside(server.address()) {
            networks.entry(own.trunc()).or_default().push(server);
        }
    }
    let find = |(network, servers): (IpNet, Vec<Masqueraded<'_>>)| {
        let addresses: BTreeSet<IpAddr> = servers.iter().map(Masqueraded::address).collect();
        let ids: Vec<ServiceId> = servers.iter().map(|server| server.service.id).collect();
        let client = servers.iter().find_map(|server| server.tally.beside_client);
        let client = client.map_or_else(|| network.to_string(), |client| client.to_string());
        let waiting = servers
            .iter()
            .map(|server| server.tally.beside.waiting)
            .sum();
        let finding = Finding::new(
            Id::ClientBesideServer,
            Grade::Broken,
            format!(
                "Clients of {} are in {network}, the network of {}",
                titles(&ids),
                listed(&addresses)
            ),
        )
        .seen(format!(
            "{}, as of {client}, and none of that network was answered through here",
            waits(waiting)
        ))
        .why(
            "The server answers a client on its own link directly, with its own address, and the client drops what \
             comes from another than the service's. With the address of this host as their source, the requests of \
             these clients are answered to this host.",
        );
        let untried = fellows(facts, &servers, |server| {
            network.contains(&server.address()) && server.tally.beside.answered == 0
        });
        let flows = servers
            .iter()
            .chain(&untried)
            .map(|server| Flow::to(server.service, server.entry).from(network));
        translation::masquerade(facts, finding, flows)
    };
    networks.into_iter().map(find).collect()
}

/// A host that forwards a packet through the interface on which it came tells its sender the direct way.
///
/// A server that believes it sends the rest of its answer past this host.
pub fn one_card(facts: &Facts) -> Vec<Finding> {
    let mut cards = BTreeMap::<&str, (BTreeSet<IpAddr>, Vec<ServiceId>)>::new();
    if sources_are_translated(facts) {
        return Vec::new();
    }
    let holders = facts.holders();
    for server in masqueraded(facts) {
        let address = server.address();
        let (Some(Route::Direct(name)), IpAddr::V4(_)) = (facts.routes.get(&address), address)
        else {
            continue;
        };
        let ServiceId::Address { endpoint, .. } = server.service.id else {
            continue;
        };
        // Where the address is on the link of another interface, clients may come from there.
        let elsewhere = holders.get(&endpoint.address).is_some_and(|holder| {
            holder.name != name && !holder.interface.loopback && !holder.interface.no_arp
        });
        let replies = facts.replies.get(&endpoint.address).filter(|_| !elsewhere);
        let to_clients = replies.and_then(Route::interface);
        let redirects = facts.settings.send_redirects
            || facts
                .interfaces
                .get(name)
                .is_some_and(|card| card.send_redirects);
        if to_clients == Some(name) && redirects {
            let (addresses, ids) = cards.entry(name).or_default();
            addresses.insert(address);
            ids.push(server.service.id);
        }
    }
    let find = |(name, (addresses, ids)): (&str, (BTreeSet<IpAddr>, Vec<ServiceId>))| {
        let mut finding = Finding::new(
            Id::OneCardRedirects,
            Grade::Note,
            format!(
                "{} and the clients of {} are both reached through {name}, which sends ICMP redirects",
                listed(&addresses),
                titles(&ids)
            ),
        );
        if facts.redirects_sent > 0 {
            let count = counted(facts.redirects_sent, "redirect");
            finding = finding.seen(format!("{count} went out so far"));
        }
        finding = finding
            .why(
                "A server that follows a redirect sends the rest of its answer to the client's router directly, \
                 with its own address: long answers break off. It keeps to the redirect for minutes.",
            )
            .sysctl("net.ipv4.conf.all.send_redirects", 0)
            .sysctl(&interface_parameter(name, "send_redirects"), 0);
        for server in addresses {
            finding = finding.run_on(server, "ip route flush cache");
        }
        finding
    };
    cards.into_iter().map(find).collect()
}
