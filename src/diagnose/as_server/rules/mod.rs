//! What can be wrong on a real server: a table of rules, each a function from facts to findings, without I/O.

mod address;
mod arp;
mod firewall;
mod listening;
mod quiet;
mod state;
mod tunnel;
mod way_back;

use super::facts::Facts;
use crate::diagnose::Finding;
use crate::diagnose::firewall::nat::nat_rules;

/// Looks for one thing that can be wrong.
pub type Rule = fn(&Facts) -> Vec<Finding>;

/// Every rule, in the order in which their commands work: hardware addresses must be silent before the VIP is added.
pub const RULES: &[Rule] = &[
    address::missing,
    address::prefix,
    arp::answers,
    arp::announces,
    tunnel::interface,
    tunnel::checksum,
    tunnel::port,
    tunnel::reverse_path,
    firewall::dropped,
    way_back::reverse_path,
    way_back::not_by_director,
    listening::nobody,
    listening::udp_source,
    state::seen,
];

/// Applies every rule; what is worst comes first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(facts)).collect();
    // Among its like, the order of the rules stays.
    findings.sort_by_key(|finding| finding.grade);
    findings
}

/// Whether a rule of the firewall may give the service's packets another destination: then neither the VIP nor its
/// port need be this host's.
fn is_redirected(facts: &Facts) -> bool {
    let rules = nat_rules(
        facts
            .firewall
            .as_ref()
            .map_or("", |firewall| &firewall.text),
    );
    rules
        .filter(|rule| !rule.source)
        .any(|rule| rule.destinations.is_empty() || rule.names(facts.address()))
}
