//! What the network said when it was asked.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{title, titles};
use crate::diagnose::facts::{Claimant, Facts, Probe};
use crate::diagnose::{Finding, Grade, Id};
use crate::kernel::probe::ports::{Outcome, Port};
use crate::model::{Forwarding, Protocol, RealServerEntry, Service, ServiceId};

/// The most servers that a finding names.
const SHOWN: usize = 20;

/// Another host that has the address of a service, and says so to whoever asks.
pub fn claimed(facts: &Facts) -> Vec<Finding> {
    let Some(probe) = &facts.probe else {
        return Vec::new();
    };
    let mut hosts = BTreeMap::<_, Vec<&Claimant>>::new();
    for claimant in &probe.claimants {
        let family = claimant.address.is_ipv6();
        hosts
            .entry((claimant.hardware, family))
            .or_default()
            .push(claimant);
    }
    hosts
        .into_values()
        .filter_map(|claims| one_host(facts, &claims))
        .collect()
}

fn one_host(facts: &Facts, claims: &[&Claimant]) -> Option<Finding> {
    let first = claims.first()?;
    let vip = first.address;
    let who = match (first.host, first.is_server) {
        (Some(host), true) => format!("The real server {host}"),
        (Some(host), false) => format!("The host {host}"),
        (None, _) => format!("A host with the hardware address {}", first.hardware),
    };
    let asked = if vip.is_ipv4() {
        "ARP requests"
    } else {
        "neighbour solicitations"
    };
    let services = titles(&services_at(facts, vip));
    let title = format!("{who} answers {asked} for {vip}, the address of {services}");
    let mut finding = Finding::new(Id::VipClaimed, Grade::Broken, title);
    for claim in claims.iter().take(SHOWN) {
        finding = finding.seen(format!(
            "on {} it said that {} is at {}",
            claim.interface, claim.address, claim.hardware
        ));
    }
    finding = finding.why(
        "Whoever asks for the hardware address and hears that host first sends it all packets, past this director: \
         nothing is balanced, and connections break when that changes.",
    );
    Some(match first.host.filter(|_| first.is_server) {
        Some(server) => silence(finding, server, claims),
        None => finding.why(
            "It is none of the real servers: another director that is active, a router that answers for others \
             (proxy_arp), or a host that was given the same address.",
        ),
    })
}

fn services_at(facts: &Facts, vip: IpAddr) -> Vec<ServiceId> {
    let ids = facts
        .services
        .iter()
        .map(|service| service.entry.service.id);
    ids.filter(|id| matches!(id, ServiceId::Address { endpoint, .. } if endpoint.address == vip))
        .collect()
}

/// Adds the commands that keep a real server from answering.
fn silence(finding: Finding, server: IpAddr, claims: &[&Claimant]) -> Finding {
    let finding = finding.why(
        "On the server, 'ipvsadm --diagnose --as-server' says where it has the address. Clients and routers that have \
         the wrong hardware address keep it for some minutes.",
    );
    if claims.iter().all(|claim| claim.address.is_ipv4()) {
        return finding
            .sysctl_on(server, "net.ipv4.conf.all.arp_ignore", 1)
            .sysctl_on(server, "net.ipv4.conf.all.arp_announce", 2);
    }
    // Nothing but its place keeps an IPv6 address silent.
    claims.iter().fold(finding, |finding, claim| {
        let vip = claim.address;
        finding
            .run_on(server, format!("ip addr add {vip}/128 dev lo nodad"))
            .run_on(server, format!("ip addr del {vip}/PREFIX dev INTERFACE"))
    })
}

/// Masqueraded servers that are to get connections and take none.
pub fn dead_servers(facts: &Facts) -> Vec<Finding> {
    let Some(probe) = &facts.probe else {
        return Vec::new();
    };
    let with = |wanted: Outcome| {
        let servers = asked(facts, probe).filter(move |asked| {
            asked.outcome == wanted
                && asked.entry.server.weight > 0
                && asked.entry.server.forwarding == Forwarding::Masquerading
        });
        servers.collect::<Vec<Asked<'_>>>()
    };
    let mut findings = Vec::new();
    for (outcome, id, verb, why) in [
        (
            Outcome::Refused,
            Id::ProbeRefused,
            "refuses connections",
            "The connections that it is given are refused. The program does not run, listens at another address or port, or \
             a firewall refuses.",
        ),
        (
            Outcome::Silent,
            Id::ProbeSilent,
            "does not answer",
            "The connections that it is given wait until they time out. The host is down, or a firewall drops what comes \
             to that port.",
        ),
        (
            Outcome::Unreachable,
            Id::ProbeUnreachable,
            "cannot be reached",
            "The connections that it is given fail.",
        ),
    ] {
        // That UDP answers nobody who says nothing is its way.
        let mut servers = with(outcome);
        if outcome == Outcome::Silent {
            servers.retain(|asked| asked.port.protocol != Protocol::Udp);
        }
        let Some(first) = servers.first() else {
            continue;
        };
        let more = match servers.len() {
            1 => String::new(),
            count => format!(", as do {} more", count - 1),
        };
        let title = format!(
            "{} of {} {verb}{more}",
            first.entry.server.endpoint,
            title(&first.service.id)
        );
        let finding = seen(Finding::new(id, Grade::Broken, title), &servers);
        findings.push(finding.why(why).why(
            "Until it is mended, the weight 0 (ipvsadm -e ... -w 0) keeps new connections from it.",
        ));
    }
    findings
}

/// What every server said, as a note.
pub fn everything(facts: &Facts) -> Vec<Finding> {
    let Some(probe) = &facts.probe else {
        return Vec::new();
    };
    let servers: Vec<Asked<'_>> = asked(facts, probe).collect();
    if servers.is_empty() {
        return Vec::new();
    }
    let finding = Finding::new(
        Id::ProbeSeen,
        Grade::Note,
        "What the servers said when they were asked",
    );
    let mut finding = seen(finding, &servers);
    if servers.iter().any(|asked| !asked.is_masqueraded()) {
        finding = finding.why(
            "With direct routing and tunnels this asks the server's own address, not the VIP: a program that listens at the \
             VIP alone refuses here, and serves clients nevertheless.",
        );
    }
    if servers
        .iter()
        .any(|asked| asked.port.protocol == Protocol::Udp)
    {
        finding = finding.why("Of UDP no more can be known than that a port is refused.");
    }
    vec![finding]
}

/// A server with what came of asking it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    service: &'a Service,
    entry: &'a RealServerEntry,
    port: Port,
    outcome: Outcome,
}

impl Asked<'_> {
    fn is_masqueraded(&self) -> bool {
        self.entry.server.forwarding == Forwarding::Masquerading
    }

    fn line(&self) -> String {
        let said = match (self.outcome, self.port.protocol) {
            (Outcome::Silent, Protocol::Udp) => "does not refuse",
            (Outcome::Answers, _) => "fine",
            (Outcome::Refused, _) => "refused",
            (Outcome::Silent, _) => "silent",
            (Outcome::Unreachable, _) => "unreachable",
            (Outcome::NotAsked, _) => "not asked",
        };
        let own = if self.is_masqueraded() {
            ""
        } else {
            ", at its own address"
        };
        format!(
            "{} of {}, weight {}: {said}{own}",
            self.entry.server.endpoint,
            title(&self.service.id),
            self.entry.server.weight
        )
    }
}

fn asked<'a>(facts: &'a Facts, probe: &'a Probe) -> impl Iterator<Item = Asked<'a>> {
    facts.servers().filter_map(|(service, entry)| {
        let port = Probe::port(&service.id, &entry.server)?;
        let outcome = *probe.ports.get(&port)?;
        Some(Asked {
            service,
            entry,
            port,
            outcome,
        })
    })
}

fn seen(finding: Finding, servers: &[Asked<'_>]) -> Finding {
    let finding = servers
        .iter()
        .take(SHOWN)
        .fold(finding, |finding, asked| finding.seen(asked.line()));
    match servers.len().saturating_sub(SHOWN) {
        0 => finding,
        more => finding.seen(format!("{more} more")),
    }
}
