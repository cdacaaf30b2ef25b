//! What a real server looks like, for the reader.

use crate::diagnose::as_server::facts::{Facts, endpoint};
use crate::diagnose::{Finding, Grade, Id};

/// Everything that the other rules judge by, as a note.
pub fn seen(facts: &Facts) -> Vec<Finding> {
    let vip = facts.address();
    let title = format!(
        "{} by {}, as this host has it",
        facts.service(),
        facts.method()
    );
    let mut finding = Finding::new(Id::ServerState, Grade::Note, title);
    let mut has = false;
    for (interface, held) in facts.holders() {
        has = true;
        finding = finding.seen(format!("{} is on {}", held.network, interface.name));
    }
    if !has {
        finding = finding.seen(match facts.has_vip() {
            true => format!("{vip} is delivered here by a local route"),
            false => format!("{vip} is not an address of this host"),
        });
    }
    if vip.is_ipv4() {
        for interface in facts.segments() {
            let name = &interface.name;
            finding = finding.seen(format!(
                "on {name} arp_ignore is {}, arp_announce {}, rp_filter {}",
                facts.setting(name, |one| one.arp_ignore),
                facts.setting(name, |one| one.arp_announce),
                facts.setting(name, |one| one.rp_filter),
            ));
        }
    }
    finding = finding.seen(match &facts.answer {
        None => "there is no route to clients far away".to_owned(),
        Some(hop) => {
            let over = hop.gateway.map(|gateway| format!(" over {gateway}"));
            format!(
                "answers to clients far away leave by {}{}",
                hop.interface,
                over.unwrap_or_default()
            )
        }
    });
    let mut listening: Vec<String> = facts
        .listening()
        .map(|one| endpoint(one).to_string())
        .collect();
    listening.sort();
    finding = finding.seen(match listening.len() {
        0 => "no program listens at the port".to_owned(),
        _ => format!("programs listen at {}", listening.join(", ")),
    });
    vec![finding.why(
        "Of settings that an interface has and that 'all' has as well, the larger holds and is shown.",
    )]
}
