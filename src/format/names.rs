//! Names to addresses and ports, and back, as the system's resolver knows them.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dns_lookup::AddrInfoHints;
use nix::libc;
use rustix::process::{Resource, getrlimit};

use crate::cli::{Lookup, address};
use crate::format::labels::Labels;
use crate::model::{Endpoint, Family, Protocol, ServiceId, ServiceWithServers};
use crate::sys::port_names;
use crate::sys::terminal::is_harmless;

/// Questions to the name server that wait for their answers at the same time. A slow server costs
/// one wait for every 64 addresses.
const AT_ONCE: usize = 64;
/// Bytes of stack of a thread that asks for names. The resolver keeps answers of up to 64 KiB on it, and modules of
/// the name service may need more.
const STACK: usize = 512 * 1024;
/// Addresses and ports that are remembered; past that everything is forgotten, so that a long
/// listing of connections does not grow.
const REMEMBERED: usize = 16 * 1024;

/// Who knows names: of addresses and ports, and what they mean.
pub trait Resolver: Sync {
    /// The name of an address, as a reverse lookup has it.
    fn host_name(&self, address: IpAddr) -> Option<String>;

    /// The name of a port under a protocol.
    fn port_name(&self, port: u16, protocol: Protocol) -> Option<String>;

    /// Every address of a family that a name resolves to.
    fn addresses(&self, name: &str, family: Family) -> Vec<IpAddr>;

    /// The port of a named service under a protocol.
    fn port_number(&self, name: &str, protocol: Protocol) -> Option<u16>;
}

/// The system's resolver: /etc/hosts, DNS and whatever nsswitch.conf names.
pub struct System;

impl Lookup for System {
    fn host(&self, name: &str) -> Option<IpAddr> {
        resolve(name, libc::AF_INET)
            .next()
            .or_else(|| resolve(name, libc::AF_INET6).next())
    }

    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match resolve(name, libc::AF_INET6).next()? {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        port_names::port(name, protocol.name())
    }
}

impl Resolver for System {
    fn host_name(&self, address: IpAddr) -> Option<String> {
        let name = dns_lookup::lookup_addr(&address).ok()?;
        // Without a name the system answers with the number.
        (name.parse::<IpAddr>().is_err() && !name.is_empty()).then_some(name)
    }

    fn port_name(&self, port: u16, protocol: Protocol) -> Option<String> {
        port_names::name(port, protocol.name())
    }

    fn addresses(&self, name: &str, family: Family) -> Vec<IpAddr> {
        let family = match family {
            Family::V4 => libc::AF_INET,
            Family::V6 => libc::AF_INET6,
        };
        resolve(name, family).collect()
    }

    fn port_number(&self, name: &str, protocol: Protocol) -> Option<u16> {
        port_names::port(name, protocol.name())
    }
}

/// A host's addresses of a family. Asked for both families at once, /etc/hosts gives those of its first line.
fn resolve(name: &str, family: libc::c_int) -> impl Iterator<Item = IpAddr> {
    let hints = AddrInfoHints {
        address: family,
        socktype: libc::SOCK_STREAM,
        ..AddrInfoHints::default()
    };
    let found = dns_lookup::getaddrinfo(Some(name), None, Some(hints)).ok();
    let found = found.into_iter().flatten();
    found.filter_map(|entry| Some(entry.ok()?.sockaddr.ip()))
}

/// What names are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be looked at: any name will do that is harmless on a terminal.
    Shown,
    /// To be restored: a name will do only where a reader of rules that asks the same resolver takes it for the
    /// same address or port. Names come from whoever runs the name server, and what a machine balances must not.
    Restored,
}

/// Names that were asked for. Each address and port is asked for once, many at a time.
pub struct Names<'a> {
    resolver: &'a dyn Resolver,
    purpose: Purpose,
    labels: Labels,
    hosts: HashSet<IpAddr>,
    ports: HashSet<(Protocol, u16)>,
}

impl<'a> Names<'a> {
    /// No names yet; those of a resolver will be asked for.
    pub fn new(resolver: &'a dyn Resolver, purpose: Purpose) -> Names<'a> {
        Names {
            resolver,
            purpose,
            labels: Labels::default(),
            hosts: HashSet::new(),
            ports: HashSet::new(),
        }
    }

    /// What was found.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Asks for what is not known yet.
    pub fn learn(&mut self, places: impl Iterator<Item = (Endpoint, Option<Protocol>)>) {
        if self.hosts.len() + self.ports.len() > REMEMBERED {
            *self = Names::new(self.resolver, self.purpose);
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
        let found = host_names(&unknown, |address| self.host_name(address));
        self.labels.hosts.extend(found);
    }

    fn host_name(&self, address: IpAddr) -> Option<String> {
        let name = self.resolver.host_name(address)?;
        match self.purpose {
            Purpose::Shown => Some(harmless(&name)),
            Purpose::Restored => is_read_as_host(self.resolver, &name, address).then_some(name),
        }
    }

    fn learn_port(&mut self, protocol: Protocol, port: u16) {
        if !self.ports.insert((protocol, port)) {
            return;
        }
        let Some(name) = self.resolver.port_name(port, protocol) else {
            return;
        };
        let label = match self.purpose {
            Purpose::Shown => harmless(&name),
            Purpose::Restored if is_read_as_port(self.resolver, &name, port, protocol) => name,
            Purpose::Restored => return,
        };
        self.labels.ports.insert((protocol, port), label);
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

/// What a reader of rules learns of a name: nothing where it resolves to several addresses, of which a reader could
/// take any.
struct Unambiguous<'a>(&'a dyn Resolver);

/// The one address among these.
fn only(addresses: &[IpAddr]) -> Option<IpAddr> {
    let first = *addresses.first()?;
    let same = addresses.iter().all(|other| *other == first);
    same.then_some(first)
}

impl Lookup for Unambiguous<'_> {
    fn host(&self, name: &str) -> Option<IpAddr> {
        let addresses = self.0.addresses(name, Family::V4);
        if addresses.is_empty() {
            return only(&self.0.addresses(name, Family::V6));
        }
        only(&addresses)
    }

    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match only(&self.0.addresses(name, Family::V6))? {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        self.0.port_number(name, protocol)
    }
}

/// Whether a reader takes a name for an address, wherever a save writes it.
fn is_read_as_host(resolver: &dyn Resolver, name: &str, address: IpAddr) -> bool {
    let word = match address {
        IpAddr::V4(_) => format!("{name}:1"),
        IpAddr::V6(_) => format!("[{name}]:1"),
    };
    // The protocol matters only to names of ports.
    is_read_as(
        resolver,
        &word,
        Endpoint { address, port: 1 },
        Protocol::Tcp,
    )
}

/// Whether a reader takes a name for a port.
fn is_read_as_port(resolver: &dyn Resolver, name: &str, port: u16, protocol: Protocol) -> bool {
    let address = Ipv4Addr::new(192, 0, 2, 1);
    let endpoint = Endpoint {
        address: address.into(),
        port,
    };
    is_read_as(resolver, &format!("{address}:{name}"), endpoint, protocol)
}

fn is_read_as(resolver: &dyn Resolver, word: &str, endpoint: Endpoint, protocol: Protocol) -> bool {
    // With a blank in it, it would be two words.
    let place = (harmless(word) == word)
        .then(|| address::host_port(word, protocol, &Unambiguous(resolver)).ok())
        .flatten();
    place
        .is_some_and(|place| place.address == endpoint.address && place.port == Some(endpoint.port))
}

/// The names of addresses, many of them asked for at a time.
fn host_names(
    addresses: &[IpAddr],
    name: impl Fn(IpAddr) -> Option<String> + Sync,
) -> Vec<(IpAddr, String)> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some(address) = addresses.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(name) = name(*address) {
                let mut found = found.lock().unwrap_or_else(|poison| poison.into_inner());
                found.push((*address, name));
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
