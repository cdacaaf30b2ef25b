//! What the firewall does, or fails to do, for IPVS.

pub mod accept;
mod dropped;
mod drops;
mod flows;
mod ip_protocols;
mod sync_port;

pub use dropped::{chain, dropped, evidence, keep};
pub use drops::{Dropped, first_drop};
pub use sync_port::sync_port;

use std::net::IpAddr;

use super::title;
use crate::diagnose::facts::Facts;
use crate::diagnose::firewall::nat::{NatRule, nat_rules, sets_marks};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Family, Forwarding, ServiceId, ServiceWithServers};

/// A mark's service takes only packets that some rule has marked.
pub fn no_mark(facts: &Facts) -> Vec<Finding> {
    let Some(firewall) = &facts.firewall else {
        return Vec::new();
    };
    if sets_marks(&firewall.text) || !facts.counts() {
        return Vec::new();
    }
    let find = |service: &ServiceWithServers| {
        let entry = &service.entry;
        let ServiceId::FirewallMark { mark, family } = entry.service.id else {
            return None;
        };
        let program = match family {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        };
        (entry.stats.in_packets == 0).then(|| {
            Finding::new(Id::MarkUnset, Grade::Broken, format!("{} has seen no packet, and no firewall rule sets a mark", title(&entry.service.id))).why("A service by mark takes only packets that were marked before they got to it.").run(format!("{program} -t mangle -A PREROUTING -d ADDRESS -p tcp --dport PORT -j MARK --set-mark {mark}"))
        })
    };
    facts.services.iter().filter_map(find).collect()
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
    let concerned = nat_rules(&firewall.text).find_map(|rule| {
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
