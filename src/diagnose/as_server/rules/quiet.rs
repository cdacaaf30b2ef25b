//! Commands that put the VIP on a server without anybody hearing of it who asks for hardware addresses.

use std::net::IpAddr;

use crate::diagnose::Finding;
use crate::diagnose::as_server::facts::{ALL, Address, Facts, Interface};
use crate::diagnose::shell::{KEEP_NETWORK, interface_parameter, quote};

/// Where a server has the VIP without anybody asking for it.
const QUIET: &str = "lo";
/// `arp_ignore` that answers only for an address of the interface itself.
const IGNORE: u32 = 1;
/// `arp_announce` that never names an address of another interface.
const ANNOUNCE: u32 = 2;

/// The prefix length of a single address.
pub fn full_length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Adds the commands that put the VIP where nobody is answered who asks for its hardware address.
pub fn add_quietly(facts: &Facts, mut finding: Finding) -> Finding {
    let vip = facts.address();
    if facts.interface(QUIET).is_some_and(|lo| !lo.up) {
        finding = finding.run(format!("ip link set {QUIET} up"));
    }
    let flag = if vip.is_ipv4() { "" } else { " nodad" };
    finding.why(KEEP_NETWORK).run(format!(
        "ip addr add {vip}/{} dev {QUIET}{flag}",
        full_length(vip)
    ))
}

/// Adds the commands that take the VIP from an interface to a network, which stays reachable.
pub fn take_away(
    facts: &Facts,
    finding: Finding,
    interface: &Interface,
    held: &Address,
) -> Finding {
    let finding = remove(facts, finding, interface, held);
    let network = held.network.trunc();
    let is_in_it = |own: &&Address| {
        own.network.addr() != held.network.addr() && own.network.trunc() == network
    };
    let others = interface.addresses.iter();
    let has_other = others
        .clone()
        .any(|own| own.network.addr() != held.network.addr());
    if network.prefix_len() == full_length(network.addr())
        || !has_other
        || others.clone().any(|own| is_in_it(&own))
    {
        return finding;
    }
    finding.run(format!(
        "ip route replace {network} dev {}",
        quote(&interface.name)
    ))
}

pub fn remove(facts: &Facts, finding: Finding, interface: &Interface, held: &Address) -> Finding {
    let network = held.network.trunc();
    let mut others = interface.addresses.iter();
    let takes_others =
        !held.secondary && others.any(|own| own.secondary && own.network.trunc() == network);
    let name = &interface.name;
    let finding = if takes_others && facts.setting(name, |one| one.promote_secondaries) == 0 {
        // Otherwise they would go with the first address of their network.
        finding.sysctl(&interface_parameter(name, "promote_secondaries"), 1)
    } else {
        finding
    };
    finding.run(format!("ip addr del {} dev {}", held.network, quote(name)))
}

/// Whether an interface answers with this `arp_ignore`, where it has the VIP itself or not.
pub fn answers_with(facts: &Facts, ignore: u32, held: Option<&Address>) -> bool {
    match ignore {
        1 => held.is_some(),
        // Only to those of the address's own network.
        2 => held.is_some_and(|held| held.network.prefix_len() < 32),
        3 => facts.holders().any(|(_, held)| !held.host_scope),
        8 => false,
        // The kernel knows no others.
        _ => true,
    }
}

/// Adds the settings with which no interface answers for or announces an address of another one. They come before the VIP
/// does.
pub fn silenced(facts: &Facts, mut finding: Finding) -> Finding {
    if facts.address().is_ipv6() {
        return finding;
    }
    let own = |name: &str| facts.settings.get(name).copied().unwrap_or_default();
    let all = own(ALL);
    let mut ignore = all.arp_ignore;
    if facts
        .segments()
        .any(|one| answers_with(facts, facts.setting(&one.name, |s| s.arp_ignore), None))
        && answers_with(facts, ignore, None)
    {
        ignore = IGNORE;
        finding = finding.sysctl("net.ipv4.conf.all.arp_ignore", IGNORE);
    }
    for interface in facts.segments() {
        if answers_with(facts, ignore.max(own(&interface.name).arp_ignore), None) {
            finding = finding.sysctl(&interface_parameter(&interface.name, "arp_ignore"), IGNORE);
        }
    }
    if facts
        .segments()
        .any(|one| facts.setting(&one.name, |s| s.arp_announce) != ANNOUNCE)
        && all.arp_announce != ANNOUNCE
    {
        finding = finding.sysctl("net.ipv4.conf.all.arp_announce", ANNOUNCE);
    }
    for interface in facts.segments() {
        if own(&interface.name).arp_announce > ANNOUNCE {
            finding = finding.sysctl(
                &interface_parameter(&interface.name, "arp_announce"),
                ANNOUNCE,
            );
        }
    }
    finding
}
