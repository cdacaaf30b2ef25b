//! What must hold for any input from outside, one file for each kind of input.

pub mod arguments;
pub mod connections;
pub mod json;
pub mod netlink;
pub mod resolver;
pub mod restore;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipvsadm::cli::Lookup;
use ipvsadm::cli::command::{RuleChange, RuleCommand};
use ipvsadm::format::rules;
use ipvsadm::format::rules::read::parse_line;
use ipvsadm::model::{Change, Name, Netmask, Protocol};
use ipvsadm::sys::terminal;

/// A world in which the names of one letter are known: hosts in lower case, services in capitals.
pub struct Letters;

impl Lookup for Letters {
    fn host(&self, name: &str) -> Option<IpAddr> {
        match name.as_bytes() {
            [letter @ b'a'..=b'm'] => Some(Ipv4Addr::new(10, 0, 0, *letter).into()),
            [b'n'..=b'z'] => self.host_v6(name).map(IpAddr::V6),
            _ => None,
        }
    }

    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match name.as_bytes() {
            [letter @ b'a'..=b'z'] => Some(Ipv6Addr::from(u128::from(*letter))),
            _ => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        match name.as_bytes() {
            [letter @ b'A'..=b'Z'] => Some(u16::from(protocol.number()) << 8 | u16::from(*letter)),
            _ => None,
        }
    }
}

/// A world without names: rules in numbers need none.
struct Nameless;

impl Lookup for Nameless {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// A change, written as a rule, is read as the same change.
fn comes_back(change: &Change) {
    if !names(change).all(is_a_word) {
        return;
    }
    let mut rule = String::new();
    rules::change(&mut rule, change);
    let read = parse_line(&rule, &Nameless);
    let expected = RuleCommand::Change(RuleChange::Make(saved(change)));
    assert_eq!(read, Ok(Some(expected)), "{rule}");
}

fn names(change: &Change) -> impl Iterator<Item = Name> {
    let names = match change {
        Change::AddService(service) | Change::EditService(service) => {
            [Some(service.scheduler), service.persistence_engine]
        }
        Change::StartDaemon(daemon) => [Some(daemon.interface), None],
        _ => [None, None],
    };
    names.into_iter().flatten()
}

/// No module and no interface has a name with a blank or a control character in it, and no rule can
/// say one.
fn is_a_word(name: Name) -> bool {
    let text = String::from_utf8_lossy(name.as_bytes());
    is_harmless(&text) && !text.contains(|c: char| c.is_ascii_whitespace())
}

/// What a rule keeps of a change: all but a netmask without persistence, which means nothing.
fn saved(change: &Change) -> Change {
    let mut saved = *change;
    if let Change::AddService(service) | Change::EditService(service) = &mut saved
        && service.persistence.is_none()
    {
        service.netmask = Netmask::whole(service.id.family());
    }
    saved
}

/// Whether text can go to a terminal as one line.
fn is_harmless(text: &str) -> bool {
    text.chars().all(terminal::is_harmless)
}
