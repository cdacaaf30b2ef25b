//! The table of services and servers as everybody may read it: lines of /proc/net/ip_vs.
//!
//! They show less than netlink does, which answers only to the administrator: see [`VisibleTable`].

pub mod file;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use crate::model::visible::VisibleTable;
use crate::model::{
    Endpoint, Family, Forwarding, Info, Name, Netmask, OtherFlags, Protocol, RealServer,
    RealServerEntry, SchedulerFlags, Service, ServiceEntry, ServiceId, ServiceWithServers, Stats,
    Tunnel,
};

/// Where the kernel shows the table of the caller's network namespace. It exists where IPVS does.
pub const PATH: &str = "/proc/net/ip_vs";

/// A line that does not have the kernel's form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{PATH} has a line of an unknown form: '{}'", .0.escape_debug())]
pub struct TableLineError(String);

/// Reads the whole file. Persistence is in ticks there, of which a second has `ticks_per_second`.
///
/// A service that a change to the table in the meantime has shown twice is taken once.
///
/// # Errors
/// The first line of another form than the kernel's.
pub fn parse(text: &str, ticks_per_second: u32) -> Result<VisibleTable, TableLineError> {
    let mut lines = text.lines();
    let mut next = |read: fn(&str) -> Option<Info>| {
        let line = lines.next().unwrap_or_default();
        read(line).ok_or_else(|| TableLineError(line.to_owned()))
    };
    let info = next(version)?;
    for title in ["Prot ", "  -> "] {
        let line = lines.next().unwrap_or_default();
        if !line.starts_with(title) {
            return Err(TableLineError(line.to_owned()));
        }
    }
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for line in lines {
        let read = match line.strip_prefix("  -> ") {
            Some(server) => read_server(server).and_then(|server| {
                shown.last_mut()?.servers.push(server);
                Some(())
            }),
            None => read_service(line, ticks_per_second).map(|service| shown.push(service)),
        };
        read.ok_or_else(|| TableLineError(line.to_owned()))?;
    }
    table(info, shown)
}

/// `IP Virtual Server version 1.2.1 (size=4096)`.
fn version(line: &str) -> Option<Info> {
    let line = line.strip_prefix("IP Virtual Server version ")?;
    let (version, size) = line.strip_suffix(')')?.split_once(" (size=")?;
    let mut code = 0;
    let mut parts = 0;
    for part in version.split('.') {
        code = code << 8 | u32::from(decimal::<u8>(part)?);
        parts += 1;
    }
    (parts == 3).then_some(Info {
        version: code,
        connection_table_size: decimal(size)?,
    })
}

/// A service as its lines show it.
struct Shown<'a> {
    line: &'a str,
    identity: Identity,
    scheduler: Name,
    one_packet: bool,
    /// In seconds, with the bits of the netmask.
    persistence: Option<(u32, u32)>,
    servers: Vec<RealServerEntry>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Address(Protocol, Endpoint),
    Mark(u32),
}

/// `TCP  C0000201:0050 sh ops persistent 15000 FFFFFFFF`.
fn read_service(line: &str, ticks_per_second: u32) -> Option<Shown<'_>> {
    let mut words = line.split_ascii_whitespace();
    let protocol = words.next()?;
    let place = words.next()?;
    let identity = match protocol {
        "FWM" => Identity::Mark(hexadecimal(place, 8).filter(|mark| *mark != 0)?),
        _ => {
            let mut protocols = Protocol::ALL.into_iter();
            let protocol = protocols.find(|known| known.title() == protocol)?;
            Identity::Address(protocol, endpoint(place)?)
        }
    };
    let mut service = Shown {
        line,
        identity,
        scheduler: name(words.next()?)?,
        one_packet: false,
        persistence: None,
        servers: Vec::new(),
    };
    while let Some(word) = words.next() {
        match word {
            "ops" if !service.one_packet => service.one_packet = true,
            "persistent" if service.persistence.is_none() => {
                let ticks: u32 = decimal(words.next()?)?;
                let seconds = ticks.checked_div(ticks_per_second)?;
                // The kernel has whole seconds.
                if seconds == 0 || seconds * ticks_per_second != ticks {
                    return None;
                }
                service.persistence = Some((seconds, hexadecimal(words.next()?, 8)?));
            }
            _ => return None,
        }
    }
    Some(service)
}

/// `0A000001:0050      Masq    1      0          0`, what follows the arrow.
fn read_server(line: &str) -> Option<RealServerEntry> {
    let mut words = line.split_ascii_whitespace();
    let entry = RealServerEntry {
        server: RealServer {
            endpoint: endpoint(words.next()?)?,
            forwarding: match words.next()? {
                "Masq" => Forwarding::Masquerading,
                "Local" => Forwarding::Local,
                "Tunnel" => Forwarding::Tunnel(Tunnel::Ipip),
                "Route" => Forwarding::DirectRouting,
                "Bypass" => Forwarding::Bypass,
                _ => return None,
            },
            weight: decimal(words.next()?)?,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: decimal(words.next()?)?,
        inactive_connections: decimal(words.next()?)?,
        persistent_connections: 0,
        stats: Stats::default(),
    };
    words.next().is_none().then_some(entry)
}

/// The table of the services that were shown.
fn table(info: Info, shown: Vec<Shown<'_>>) -> Result<VisibleTable, TableLineError> {
    let mut families: BTreeMap<u32, Vec<Option<Family>>> = BTreeMap::new();
    for service in &shown {
        if let Identity::Mark(mark) = service.identity {
            families
                .entry(mark)
                .or_default()
                .push(family_of_mark(service));
        }
    }
    for families in families.values_mut() {
        settle(families);
    }
    let mut table = VisibleTable {
        info,
        services: Vec::with_capacity(shown.len()),
        unsure_marks: BTreeSet::new(),
    };
    let mut seen = BTreeSet::new();
    for service in shown {
        let family = match service.identity {
            Identity::Address(_, endpoint) => Some(Family::of(endpoint.address)),
            Identity::Mark(mark) => families.get_mut(&mark).and_then(|all| all.remove(0)),
        };
        // Two services of one mark whose families are not known are two.
        if family.is_some() && !seen.insert((service.identity, family)) {
            continue;
        }
        if let (Identity::Mark(mark), None) = (service.identity, family) {
            table.unsure_marks.insert(mark);
        }
        let line = service.line;
        let entry = entry(service, family).ok_or_else(|| TableLineError(line.to_owned()))?;
        table.services.push(entry);
    }
    Ok(table)
}

/// `None` where the netmask is the length of no prefix.
fn entry(service: Shown<'_>, family: Option<Family>) -> Option<ServiceWithServers> {
    let id = match service.identity {
        Identity::Address(protocol, endpoint) => ServiceId::Address { protocol, endpoint },
        Identity::Mark(mark) => ServiceId::FirewallMark {
            mark,
            family: family.unwrap_or(Family::V4),
        },
    };
    let netmask = match (service.persistence, family) {
        (Some((_, bits)), Some(Family::V4)) => Netmask::V4(Ipv4Addr::from(bits)),
        (Some((_, bits)), Some(Family::V6)) => Netmask::V6(prefix_length(bits)?),
        (Some(_), None) | (None, _) => Netmask::whole(family.unwrap_or(Family::V4)),
    };
    Some(ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id,
                scheduler: service.scheduler,
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: service.persistence.map(|(seconds, _)| seconds),
                netmask,
                persistence_engine: None,
                one_packet: service.one_packet,
            },
            stats: Stats::default(),
        },
        servers: service.servers,
    })
}

/// The family of a mark's packets, which no line names, where it follows from what there is.
fn family_of_mark(service: &Shown<'_>) -> Option<Family> {
    // Through a tunnel packets can reach servers of the other family, and one of these can be this host.
    let same = |entry: &&RealServerEntry| {
        let method = entry.server.forwarding;
        !matches!(method, Forwarding::Tunnel(_) | Forwarding::Local)
    };
    if let Some(entry) = service.servers.iter().find(same) {
        return Some(Family::of(entry.server.endpoint.address));
    }
    let (_, bits) = service.persistence?;
    // What can be a length can be an odd netmask of IPv4 too.
    prefix_length(bits).is_none().then_some(Family::V4)
}

/// Of two services of one mark, each has its own family.
fn settle(families: &mut [Option<Family>]) {
    let other = |family| match family {
        Family::V4 => Family::V6,
        Family::V6 => Family::V4,
    };
    match families {
        [Some(known), unknown @ None] | [unknown @ None, Some(known)] => {
            *unknown = Some(other(*known));
        }
        _ => {}
    }
}

/// The length of an IPv6 prefix, 1 to 128, which is shown as if its bytes were an address.
fn prefix_length(bits: u32) -> Option<u8> {
    let length = u8::try_from(u32::from_be(bits)).ok()?;
    (1..=128).contains(&length).then_some(length)
}

/// `C0000201:0050`, or `[2001:0db8:0000:0000:0000:0000:0000:0001]:0050`.
fn endpoint(word: &str) -> Option<Endpoint> {
    let (address, port) = word.rsplit_once(':')?;
    let address = match address.strip_prefix('[') {
        Some(address) => {
            let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
            IpAddr::V6(address)
        }
        None => IpAddr::V4(Ipv4Addr::from(hexadecimal(address, 8)?)),
    };
    let port = hexadecimal(port, 4)?.try_into().ok()?;
    Some(Endpoint { address, port })
}

fn name(word: &str) -> Option<Name> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_graphic());
    Name::new(word.as_bytes()).filter(|_| is_plain)
}

/// A number of exactly `digits` hexadecimal digits.
fn hexadecimal(word: &str, digits: usize) -> Option<u32> {
    let is_plain = word.len() == digits && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(word, 16).ok().filter(|_| is_plain)
}

/// Digits alone, but for a minus: the library's parser takes a plus too.
fn decimal<T: std::str::FromStr>(word: &str) -> Option<T> {
    word.parse().ok().filter(|_| !word.starts_with('+'))
}
