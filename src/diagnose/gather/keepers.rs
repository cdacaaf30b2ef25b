//! Which programs manage the table.

use crate::diagnose::facts::{Facts, Keeper};
use crate::model::ServiceId;
use crate::sys::managers::running;
use crate::sys::netns::Netns;

/// Interfaces that belong to such a program, and its name.
const INTERFACES: &[(&str, &str)] = &[
    ("kube-ipvs0", "kube-proxy"),
    ("kube-dummy-if", "kube-router"),
];
/// A chain that Docker makes in the namespaces of its containers and networks.
const DOCKER: &str = "DOCKER_OUTPUT";

/// The programs, each once, by what shows it. `firewall` is what the firewall's programs print.
pub fn keepers(facts: &Facts) -> Vec<Keeper> {
    let mut keepers: Vec<Keeper> = Vec::new();
    let mut add = |name: &'static str, seen: String| {
        if !keepers.iter().any(|keeper| keeper.name == name) {
            keepers.push(Keeper { name, seen });
        }
    };
    // The calling thread is in the namespace that is examined.
    for found in running(&Netns::Own).unwrap_or_default() {
        let name = found.manager.name();
        add(name, format!("Process {} is {name}", found.pid));
    }
    for (interface, name) in INTERFACES {
        if facts.interfaces.contains_key(*interface) {
            add(name, format!("{name} makes the interface {interface}"));
        }
    }
    let marks = facts
        .services
        .iter()
        .any(|service| matches!(service.entry.service.id, ServiceId::FirewallMark { .. }));
    let firewall = facts.firewall.as_ref();
    if marks && firewall.is_some_and(|firewall| firewall.has_chain(DOCKER)) {
        add(
            "Docker's swarm",
            format!("Docker makes the chain {DOCKER}, and services by mark"),
        );
    }
    keepers
}
