//! A program that takes what the director sends.

use std::net::IpAddr;

use super::is_redirected;
use crate::diagnose::as_server::facts::{Facts, endpoint, hears};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Endpoint, Protocol};

/// Nobody listens at the service's port, or only at another address.
pub fn nobody(facts: &Facts) -> Vec<Finding> {
    let wanted = addresses(facts);
    let is_heard = facts
        .listening()
        .any(|listener| wanted.iter().any(|address| hears(listener, *address)));
    if is_heard || is_redirected(facts) || wanted.is_empty() {
        return Vec::new();
    }
    let protocol = facts.role.protocol.title();
    let port = facts.role.endpoint.port;
    let place = match wanted[..] {
        [address] => Endpoint { address, port }.to_string(),
        _ => format!("port {port} of this server's own address"),
    };
    let title = format!("No program listens at {protocol} {place}");
    let mut finding = Finding::new(Id::ServerNotListening, Grade::Broken, title);
    let mut elsewhere: Vec<String> = facts
        .listening()
        .map(|one| endpoint(one).to_string())
        .collect();
    elsewhere.sort();
    if !elsewhere.is_empty() {
        finding = finding.seen(format!("one listens at {} only", elsewhere.join(", ")));
    }
    let refused = if facts.serves_vip() {
        "The director passes packets on with the VIP as their destination, and the kernel refuses what nobody waits for"
    } else {
        "The kernel refuses what nobody waits for"
    };
    let why = format!(
        "{refused}: start the program, or have it listen at that address or at every address."
    );
    vec![finding.why(why)]
}

/// The addresses at which the service may be served.
fn addresses(facts: &Facts) -> Vec<IpAddr> {
    if facts.serves_vip() || facts.has_vip() {
        return vec![facts.address()];
    }
    let own = facts.segments().flat_map(|one| one.addresses.iter());
    own.map(|own| own.network.addr())
        .filter(|own| own.is_ipv4() == facts.address().is_ipv4())
        .collect()
}

/// A UDP server that listens at every address answers from the one that the kernel likes, unless it takes care.
pub fn udp_source(facts: &Facts) -> Vec<Finding> {
    let vip = facts.address();
    if facts.role.protocol != Protocol::Udp || !facts.serves_vip() {
        return Vec::new();
    }
    if facts.listening().any(|one| one.address == vip) {
        return Vec::new();
    }
    let mut everywhere = facts.listening().filter(|one| hears(one, vip));
    let Some(listener) = everywhere.next() else {
        return Vec::new();
    };
    let title = format!(
        "The program at UDP port {} listens at every address, not at {vip}",
        facts.role.endpoint.port
    );
    vec![
        Finding::new(Id::ServerUdpSource, Grade::Note, title)
            .seen(format!("it listens at {}", endpoint(listener)))
            .why(
                "Unless it answers from the address that was asked (IP_PKTINFO), its answers come from the server's own address, \
                 and clients drop them. A program that listens at the VIP itself cannot make that mistake.",
            ),
    ]
}
