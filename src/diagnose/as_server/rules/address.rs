//! The VIP on a server whose packets are addressed to it.

use ipnet::IpNet;

use super::is_redirected;
use super::quiet::{add_quietly, full_length, remove, silenced, take_away};
use crate::diagnose::as_server::facts::{Address, Facts, Interface};
use crate::diagnose::shell::{KEEP_NETWORK, quote};
use crate::diagnose::{Finding, Grade, Id};

/// Whether the address is delivered here, and if not, why.
pub fn missing(facts: &Facts) -> Vec<Finding> {
    if !facts.serves_vip() || facts.has_vip() || is_redirected(facts) {
        return Vec::new();
    }
    let vip = facts.address();
    let service = facts.service();
    let unseen =
        "What the director sends here is addressed to it, and a host without it drops that.";
    let finding = match facts.holders().next() {
        None => {
            let title = format!("{vip}, the address of {service}, is on no interface");
            let finding = Finding::new(Id::VipMissing, Grade::Broken, title)
                .seen(format!(
                    "the kernel does not deliver packets to {vip} to this host"
                ))
                .why(unseen);
            let finding = silenced(facts, finding);
            add_quietly(facts, finding)
        }
        Some((interface, held)) if interface.up => {
            let name = &interface.name;
            let state = if held.duplicate {
                "the kernel found another host with it"
            } else {
                "the kernel has not (or not yet) found that no other host has it"
            };
            let title = format!("{vip}, the address of {service}, is on {name} but not in use");
            let finding = Finding::new(Id::VipTentative, Grade::Broken, title)
                .seen(format!("{state}, and the director has it"))
                .why(unseen);
            take_away(facts, add_quietly(facts, finding), interface, held)
        }
        Some((interface, _)) => {
            let name = &interface.name;
            let title = format!("{vip}, the address of {service}, is on {name}, which is down");
            Finding::new(Id::VipDown, Grade::Broken, title)
                .why(unseen)
                .why(KEEP_NETWORK)
                .run(format!("ip link set {} up", quote(name)))
        }
    };
    vec![finding]
}

/// A network of the VIP's on an interface that leads nowhere: packets to others in it do not leave, or leave there.
pub fn prefix(facts: &Facts) -> Vec<Finding> {
    let whole = full_length(facts.address());
    let find = |(interface, held): (&Interface, &Address)| {
        let leads_nowhere = interface.loopback || interface.no_arp;
        let other = shares_network(facts, interface, held.network)?;
        if !leads_nowhere || held.network.prefix_len() == whole {
            return None;
        }
        let (name, network) = (&interface.name, held.network);
        let (grade, what) = if interface.loopback {
            (
                Grade::Broken,
                "takes every address of that network for its own and answers none of them",
            )
        } else {
            (
                Grade::Trap,
                "sends what is for that network there once its interface was set up anew",
            )
        };
        let title = format!(
            "{} is on {name} as {network}, and {other} is in that network",
            facts.address()
        );
        let finding = Finding::new(Id::ServerVipPrefix, grade, title).why(format!(
            "The host {what}. The VIP needs the prefix length {whole}."
        ));
        Some(if network.addr().is_ipv4() {
            let quoted = quote(name);
            let finding = finding.why(KEEP_NETWORK).run(format!(
                "ip addr add {}/{whole} dev {quoted}",
                facts.address()
            ));
            remove(facts, finding, interface, held)
        } else {
            // An interface has an IPv6 address only once.
            let quoted = quote(name);
            finding.why(KEEP_NETWORK).run(format!(
                "ip addr del {network} dev {quoted} && ip addr add {}/{whole} dev {quoted} nodad",
                facts.address()
            ))
        })
    };
    facts.holders().filter_map(find).collect()
}

/// The interface, other than this one, that has an address in the network.
fn shares_network<'a>(facts: &'a Facts, but: &Interface, network: IpNet) -> Option<&'a str> {
    let mut others = facts.segments().filter(|other| other.name != but.name);
    let other = others.find(|other| {
        let mut addresses = other.addresses.iter();
        addresses.any(|own| network.contains(&own.network.addr()))
    })?;
    Some(other.name.as_str())
}
