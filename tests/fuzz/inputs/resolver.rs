//! Any bytes as the names of a host and of a port, as a name server may send them: each stays the
//! one word that it is shown as.
//!
//! In the input the host's name is the first line, the port's all behind it.

use std::net::IpAddr;

use ipvsadm::format::labels::Labels;
use ipvsadm::format::names::harmless;
use ipvsadm::format::rules;
use ipvsadm::model::{Endpoint, Forwarding, Protocol, RealServer, ServiceId};

use super::is_harmless;

const PORT: u16 = 80;
const PROTOCOL: Protocol = Protocol::Tcp;

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (host, port) = text.split_once('\n').unwrap_or((&text, ""));
    for address in [IpAddr::from([10, 0, 0, 1]), IpAddr::from([1; 16])] {
        let labels = Labels {
            hosts: [(address, shown(host))].into(),
            ports: [((PROTOCOL, PORT), shown(port))].into(),
        };
        stays_a_word(address, &labels);
    }
}

/// A name as it is shown: nothing is added to it.
fn shown(name: &str) -> String {
    let shown = harmless(name);
    assert!(is_harmless(&shown));
    assert_eq!(shown.chars().count(), name.chars().count());
    shown
}

/// Whatever the names, a rule has as many words as with numbers.
fn stays_a_word(address: IpAddr, labels: &Labels) {
    let endpoint = Endpoint {
        address,
        port: PORT,
    };
    let id = ServiceId::Address {
        protocol: PROTOCOL,
        endpoint,
    };
    let server = RealServer {
        endpoint,
        forwarding: Forwarding::Masquerading,
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    };
    let mut rule = String::new();
    rules::server(&mut rule, &id, &server, labels);
    assert!(is_harmless(&rule));
    let words: Vec<&str> = rule.split_whitespace().collect();
    assert!(
        matches!(words[..], ["-a", "-t", service, "-r", server, "-m", "-w", "1"] if service == server),
        "{rule:?}"
    );
}
