//! What can be wrong: a table of rules, each a function from facts to findings, without I/O.
//!
//! A rule reports something only where the facts leave no working reading of them, or where counters show
//! that what is suspected does happen: a diagnosis that cries wolf is not read twice.

mod firewall;
mod kernel;
mod network;
mod servers;
mod sync;
#[cfg(test)]
mod tests;

use super::Finding;
use super::facts::Facts;
use super::shell::{KEEP_NETWORK, interface_parameter, quote};
use crate::model::ServiceId;
use crate::model::title;

/// Looks for one thing that can be wrong.
pub type Rule = fn(&Facts) -> Vec<Finding>;

/// Every rule, in the order of the report: what stops everything comes first.
pub const RULES: &[Rule] = &[
    kernel::no_ipvs,
    network::service_address,
    network::forwarding_off,
    network::reverse_path_to_clients,
    network::reverse_path_from_servers,
    firewall::dropped,
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
    servers::behind_router,
    servers::ourselves,
    servers::port_not_translated,
    servers::quiescent_with_clients,
    sync::interface,
    sync::short_persistence,
];

/// Applies every rule; what is worst comes first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(facts)).collect();
    // What stops traffic now comes before what may; among its like, the order of the rules stays.
    findings.sort_by_key(|finding| finding.grade);
    findings
}

/// A service as the reader knows it from listings.
fn title(id: &ServiceId) -> String {
    title::service_title(id)
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
