//! Names to addresses and ports, and back, as the system's resolver knows them.

mod services;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dns_lookup::AddrInfoHints;
use nix::libc;
use rustix::process::{Resource, getrlimit};

use crate::cli::Lookup;
use crate::model::{Endpoint, Protocol, ServiceId, ServiceWithServers};
use crate::output::labels::Labels;
use crate::terminal::is_harmless;

/// Questions to the name server that wait for their answers at the same time. A slow server costs
/// one wait for every so many addresses.
const AT_ONCE: usize = 64;
/// Bytes of stack of a thread that asks for names. The resolver keeps answers of up to 64 KiB on it, and modules of
/// the name service may need more.
const STACK: usize = 512 * 1024;
/// Addresses and ports that are remembered; past that everything is forgotten, so that a long
/// listing of connections does not grow.
const REMEMBERED: usize = 16 * 1024;

/// The system's resolver: /etc/hosts, DNS and whatever nsswitch.conf names.
pub struct System;

impl Lookup for System {
    fn host(&self, name: &str) -> Option<IpAddr> {
        resolve(name, libc::AF_INET).or_else(|| resolve(name, libc::AF_INET6))
    }

    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match resolve(name, libc::AF_INET6)? {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        services::port(name, protocol)
    }
}

/// A host's first address of a family. Asked for both families at once, /etc/hosts gives those of its first line.
fn resolve(name: &str, family: libc::c_int) -> Option<IpAddr> {
    let hints = AddrInfoHints {
        address: family,
        socktype: libc::SOCK_STREAM,
        ..AddrInfoHints::default()
    };
    let mut found = dns_lookup::getaddrinfo(Some(name), None, Some(hints)).ok()?;
    found.find_map(|entry| Some(entry.ok()?.sockaddr.ip()))
}

/// Names that were asked for. Each address and port is asked for once, many at a time.
#[derive(Default)]
pub struct Names {
    labels: Labels,
    hosts: HashSet<IpAddr>,
    ports: HashSet<(Protocol, u16)>,
}

impl Names {
    /// What was found.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Asks for what is not known yet.
    pub fn learn(&mut self, places: impl Iterator<Item = (Endpoint, Option<Protocol>)>) {
        if self.hosts.len() + self.ports.len() > REMEMBERED {
            *self = Names::default();
        }
        let mut unknown = Vec::new();
        for (endpoint, protocol) in places {
            if self.hosts.insert(endpoint.address) {
                unknown.push(endpoint.address);
            }
            if let Some(protocol) = protocol {
                self.learn_port(protocol, endpoint.port);
            }
        }
        self.labels.hosts.extend(host_names(&unknown));
    }

    fn learn_port(&mut self, protocol: Protocol, port: u16) {
        let port = (protocol, port);
        if self.ports.insert(port)
            && let Some(name) = services::name(port.1, protocol)
        {
            self.labels.ports.insert(port, harmless(&name));
        }
    }

    /// Asks for every address and port of a table.
    pub fn learn_table(&mut self, table: &[ServiceWithServers]) {
        self.learn(table.iter().flat_map(|service| {
            let id = &service.entry.service.id;
            let own = match id {
                ServiceId::Address { endpoint, .. } => Some(*endpoint),
                ServiceId::FirewallMark { .. } => None,
            };
            let servers = service.servers.iter().map(|entry| entry.server.endpoint);
            own.into_iter()
                .chain(servers)
                .map(|endpoint| (endpoint, id.protocol()))
        }));
    }
}

fn host_names(addresses: &[IpAddr]) -> Vec<(IpAddr, String)> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some(address) = addresses.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(name) = host_name(*address) {
                let mut found = found.lock().unwrap_or_else(|poison| poison.into_inner());
                found.push((*address, harmless(&name)));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..helpers(addresses.len().saturating_sub(1)) {
            // Where the system has no more threads, those there are do the work.
            let thread = thread::Builder::new().stack_size(STACK);
            if thread.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    found
        .into_inner()
        .unwrap_or_else(|poison| poison.into_inner())
}

/// How many threads are to help with so many names. Where the address space is limited (`ulimit -v`), their stacks may
/// take an eighth of it: the answers need room too.
fn helpers(wanted: usize) -> usize {
    let limit = getrlimit(Resource::As).current;
    let limit = limit.and_then(|bytes| usize::try_from(bytes).ok());
    let room = limit.unwrap_or(usize::MAX) / 8 / STACK;
    wanted.min(AT_ONCE - 1).min(room)
}

fn host_name(address: IpAddr) -> Option<String> {
    let name = dns_lookup::lookup_addr(&address).ok()?;
    // Without a name the system answers with the number.
    (name.parse::<IpAddr>().is_err() && !name.is_empty()).then_some(name)
}

/// A name as it is shown, each character in its place: one that could steer a terminal or end the
/// word is a question mark, for the name comes from whoever runs the name server.
pub fn harmless(name: &str) -> String {
    let keep = |c: char| is_harmless(c) && !c.is_whitespace();
    name.chars()
        .map(|c| if keep(c) { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn names_stay_one_word() {
        for (name, shown) in [
            ("rs1.example.org", "rs1.example.org"),
            ("h\u{f6}st", "h\u{f6}st"),
            ("a\x1b[2Jb", "a?[2Jb"),
            ("a -C\n-C", "a?-C?-C"),
            ("a\u{a0}\u{2028}\u{202e}b", "a???b"),
        ] {
            assert_eq!(harmless(name), shown);
        }
    }
}
