//! What the firewall does, or fails to do, for IPVS.

pub mod accept;
mod dropped;
mod drops;
pub mod firewalld;
mod flows;
mod ip_protocols;
mod sync_port;

pub use dropped::{chain, dropped, evidence, keep};
pub use drops::{Dropped, first_drop};
pub use sync_port::sync_port;

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::title;
use super::translation::KEEP_FIREWALL;
use crate::diagnose::facts::Facts;
use crate::diagnose::firewall::nat::{NatRule, may_set_mark, nat_rules};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Family, Forwarding, ServiceId, ServiceWithServers};

/// A table of its own: the names of others are not known, and it is removed with one command.
const MARKS: &str = "ipvs_marks";

/// A mark's service takes only packets that some rule has marked.
pub fn no_mark(facts: &Facts) -> Vec<Finding> {
    let Some(firewall) = &facts.firewall else {
        return Vec::new();
    };
    if !facts.counts() {
        return Vec::new();
    }
    let find = |service: &ServiceWithServers| {
        let entry = &service.entry;
        let ServiceId::FirewallMark { mark, family } = entry.service.id else {
            return None;
        };
        if entry.stats.in_packets > 0 || may_set_mark(&firewall.text, mark) {
            return None;
        }
        let title = format!(
            "{} has seen no packet, and no firewall rule sets that mark",
            title(&entry.service.id)
        );
        let finding = Finding::new(Id::MarkUnset, Grade::Broken, title)
            .why("A service by mark takes only packets that were marked before they got to it.");
        let commands = setting_mark(facts, mark, family).into_iter();
        Some(commands.fold(finding, Finding::run).why(KEEP_FIREWALL))
    };
    facts.services.iter().filter_map(find).collect()
}

/// The commands that give packets a mark, for a program that is there.
fn setting_mark(facts: &Facts, mark: u32, family: Family) -> Vec<String> {
    let (program, ip) = match family {
        Family::V4 => ("iptables", "ip"),
        Family::V6 => ("ip6tables", "ip6"),
    };
    if facts.tools.iptables || !facts.tools.nft {
        return vec![format!(
            "{program} -t mangle -A PREROUTING -d ADDRESS -p tcp --dport PORT -j MARK --set-mark {mark}"
        )];
    }
    vec![
        format!("nft add table {ip} {MARKS}"),
        format!(
            "nft 'add chain {ip} {MARKS} prerouting {{ type filter hook prerouting priority -150; }}'"
        ),
        format!(
            "nft add rule {ip} {MARKS} prerouting {ip} daddr ADDRESS tcp dport PORT meta mark set {mark}"
        ),
    ]
}

/// Without connection tracking, what IPVS has forwarded passes the rules that translate addresses untouched.
pub fn untracked_translation(facts: &Facts) -> Vec<Finding> {
    let Some(firewall) = facts
        .firewall
        .as_ref()
        .filter(|_| facts.settings.conntrack == Some(false))
    else {
        return Vec::new();
    };
    let mut rules = nat_rules(&firewall.text).peekable();
    if rules.peek().is_none() {
        return Vec::new();
    }
    let addresses = masqueraded_addresses(facts);
    let may_concern = |rule: &NatRule<'_>| {
        let named = |(first, last): &(IpAddr, IpAddr)| {
            first <= last && addresses.range(first..=last).next().is_some()
        };
        !rule.source || rule.of_ipvs || rule.destinations.iter().any(named)
    };
    let concerned = rules.filter(may_concern).find_map(|rule| {
        let service = facts
            .services
            .iter()
            .find(|service| concerns(&rule, service))?;
        Some((rule, service.entry.service.id))
    });
    let find = |(rule, id): (NatRule<'_>, ServiceId)| {
        Finding::new(Id::NatUntracked, Grade::Broken, format!(
                "{} is subject to a rule that translates addresses, but IPVS keeps it from conntrack",
                title(&id)
            )).why(format!(
                "The firewall translates only what conntrack knows, so this rule does nothing for it: {}",
                rule.text.escape_debug()
            )).sysctl("net.ipv4.vs.conntrack", 1)
    };
    concerned.map(find).into_iter().collect()
}

/// The addresses of services and of servers that packets may have before or after they are masqueraded.
fn masqueraded_addresses(facts: &Facts) -> BTreeSet<IpAddr> {
    let servers = facts.servers();
    let masqueraded =
        servers.filter(|(_, entry)| entry.server.forwarding == Forwarding::Masquerading);
    let both = masqueraded.flat_map(|(service, entry)| {
        let vip = service.id.endpoint().map(|endpoint| endpoint.address);
        vip.into_iter().chain([entry.server.endpoint.address])
    });
    both.collect()
}

/// Whether the rule is meant for packets of the service that are masqueraded.
fn concerns(rule: &NatRule<'_>, service: &ServiceWithServers) -> bool {
    let masqueraded = |forwarding| forwarding == Forwarding::Masquerading;
    let mut servers = service.servers.iter().map(|entry| entry.server);
    let address: Option<IpAddr> = match service.entry.service.id {
        ServiceId::Address { endpoint, .. } => Some(endpoint.address),
        ServiceId::FirewallMark { .. } => None,
    };
    if !servers.clone().any(|server| masqueraded(server.forwarding)) {
        return false;
    }
    if !rule.source {
        return address.is_some() && rule.target == address;
    }
    rule.of_ipvs
        || address.is_some_and(|address| rule.names(address))
        || servers
            .any(|server| masqueraded(server.forwarding) && rule.names(server.endpoint.address))
}
