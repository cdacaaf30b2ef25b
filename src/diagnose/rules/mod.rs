//! What can be wrong: a table of rules, each a function from facts to findings, without I/O.
//!
//! A rule reports something only where the facts leave no working reading of them, or where counters show
//! that what is suspected does happen: a diagnosis that cries wolf is not read twice.

mod addresses;
mod answers;
mod direct;
pub(super) mod firewall;
mod kernel;
mod local;
mod network;
mod probe;
mod reach;
mod reverse_path;
mod servers;
mod settings;
mod silent;
mod slips;
mod sync;
#[cfg(test)]
mod tests;
mod translation;

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::facts::Facts;
use super::shell::{KEEP_NETWORK, interface_parameter, quote};
use super::{Finding, Grade, Id};
use crate::model::ServiceId;
use crate::model::title;
use crate::sys::words::counted;

/// Looks for one thing that can be wrong.
pub type Rule = fn(&Facts) -> Vec<Finding>;

/// Every rule, in the order of the report: what stops everything comes first.
pub const RULES: &[Rule] = &[
    kernel::no_ipvs,
    addresses::loopback_down,
    addresses::of_services,
    probe::claimed,
    probe::dead_servers,
    network::forwarding_off,
    reverse_path::to_clients,
    reverse_path::from_servers,
    firewall::dropped,
    answers::lost,
    answers::client_beside_server,
    answers::one_card,
    firewall::no_mark,
    firewall::untracked_translation,
    kernel::no_scheduler,
    kernel::older_than_tunnel_types,
    kernel::sip_without_udp,
    kernel::ftp_without_helper,
    servers::none,
    servers::none_with_weight,
    servers::all_full,
    servers::no_route,
    reach::unanswered,
    reach::refused,
    direct::behind_router,
    local::ourselves,
    local::service_on_loopback,
    direct::port_not_translated,
    direct::own_clients,
    silent::while_others_answer,
    slips::odd_method,
    slips::mask_with_holes,
    slips::port_in_service_address,
    slips::port_in_server_address,
    slips::mark_takes_packets,
    servers::quiescent_with_clients,
    settings::connection_limit,
    settings::defence,
    settings::gone_server,
    settings::reused_ports,
    sync::interface,
    sync::group,
    firewall::sync_port,
    sync::multicast,
    sync::message_length,
    sync::nothing_received,
    sync::short_persistence,
    probe::everything,
    settings::estimation_off,
    settings::crowded_table,
    settings::managers,
];

/// Applies every rule; what is worst comes first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(facts)).collect();
    // That answers are lost says nothing where it is known why.
    if findings
        .iter()
        .any(|finding| answers::CAUSES.contains(&finding.id))
    {
        findings.retain(|finding| finding.id != Id::AnswersLost);
    }
    let explained =
        |finding: &Finding| finding.grade == Grade::Broken && silent::CAUSES.contains(&finding.id);
    if findings.iter().any(explained) {
        findings.retain(|finding| finding.id != Id::ServerSilent);
    }
    // What stops traffic now comes before what may; among its like, the order of the rules stays.
    findings.sort_by_key(|finding| finding.grade);
    findings
}

/// A service as the reader knows it from listings.
fn title(id: &ServiceId) -> String {
    title::service_title(id)
}

/// `2 connections wait in SYN_RECV`.
fn waits(count: u32) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb} in SYN_RECV", counted(count.into(), "connection"))
}

/// The first few addresses, and how many more there are.
fn listed(addresses: &BTreeSet<IpAddr>) -> String {
    const SHOWN: usize = 3;
    let named: Vec<String> = addresses
        .iter()
        .take(SHOWN)
        .map(IpAddr::to_string)
        .collect();
    match (&named[..], addresses.len().saturating_sub(SHOWN)) {
        ([most @ .., last], 0) if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        (_, 0) => named.join(", "),
        (_, more) => format!("{} and {more} more", named.join(", ")),
    }
}

/// The first few services by name, and how many more there are.
fn titles(ids: &[ServiceId]) -> String {
    const SHOWN: usize = 3;
    let mut unique: Vec<ServiceId> = Vec::new();
    for id in ids {
        if unique.last() != Some(id) {
            unique.push(*id);
        }
    }
    let named: Vec<String> = unique.iter().take(SHOWN).map(title).collect();
    let named = named.join(", ");
    match unique.len().saturating_sub(SHOWN) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
