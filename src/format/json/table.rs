//! A service with its real servers in JSON, written member by member.
//!
//! A table has hundreds of thousands of members, and nearly all of them are numbers. A serializer looks through the
//! name of each for characters that need escaping, which takes longer than all the rest.

use std::fmt::Write;
use std::net::IpAddr;

use super::Extent;
use crate::format::rules::scheduler_flag_names;
use crate::format::text;
use crate::model::{
    Endpoint, Forwarding, Name, Netmask, RealServerEntry, ServiceId, ServiceWithServers, Stats,
    Tunnel,
};

/// The name of a member behind others.
macro_rules! name {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

/// Appends a service.
pub fn service(text: &mut String, listed: &ServiceWithServers, extent: Extent) {
    let ServiceWithServers { entry, servers } = listed;
    let service = &entry.service;
    match &service.id {
        ServiceId::Address { protocol, endpoint } => {
            word(text, "{\"protocol\":", protocol.name());
            address(text, name!("address"), endpoint.address);
            number(text, name!("port"), endpoint.port);
        }
        ServiceId::FirewallMark { mark, family } => {
            number(text, "{\"firewall_mark\":", *mark);
            word(text, name!("family"), family.name());
        }
    }
    foreign(text, name!("scheduler"), &service.scheduler);
    text.push_str(name!("scheduler_flags"));
    list(text, scheduler_flag_names(service), |text, flag| {
        word(text, "", flag);
    });
    if service.other_flags.set != 0 {
        number(text, name!("other_flags"), service.other_flags.set);
    }
    if let Some(seconds) = service.persistence {
        number(text, name!("persistence"), seconds);
        // It means nothing where nothing persists.
        match service.netmask {
            Netmask::V4(mask) => address(text, name!("netmask"), mask.into()),
            Netmask::V6(prefix) => number(text, name!("netmask"), prefix),
        }
    }
    if let Some(engine) = &service.persistence_engine {
        foreign(text, name!("persistence_engine"), engine);
    }
    text.push_str(name!("one_packet"));
    text.push_str(if service.one_packet { "true" } else { "false" });
    if extent == Extent::Everything {
        counters(text, &entry.stats);
    }
    text.push_str(name!("servers"));
    list(text, servers, |text, entry| server(text, entry, extent));
    text.push('}');
}

fn server(text: &mut String, entry: &RealServerEntry, extent: Extent) {
    let server = &entry.server;
    let Endpoint { address, port } = server.endpoint;
    self::address(text, "{\"address\":", address);
    number(text, name!("port"), port);
    word(text, name!("forwarding"), server.forwarding.name());
    if let Forwarding::Tunnel(tunnel) = server.forwarding {
        self::tunnel(text, tunnel);
    }
    number(text, name!("weight"), server.weight);
    number(text, name!("upper_threshold"), server.upper_threshold);
    number(text, name!("lower_threshold"), server.lower_threshold);
    if extent == Extent::Everything {
        number(text, name!("active_connections"), entry.active_connections);
        let inactive = entry.inactive_connections;
        number(text, name!("inactive_connections"), inactive);
        let persistent = entry.persistent_connections;
        number(text, name!("persistent_connections"), persistent);
        counters(text, &entry.stats);
    }
    text.push('}');
}

fn tunnel(text: &mut String, tunnel: Tunnel) {
    let (kind, port, checksum) = match tunnel {
        Tunnel::Ipip => ("ipip", None, None),
        Tunnel::Gue { port, checksum } => ("gue", Some(port), Some(checksum)),
        Tunnel::Gre { checksum } => ("gre", None, Some(checksum)),
    };
    text.push_str(name!("tunnel"));
    word(text, "{\"type\":", kind);
    if let Some(port) = port {
        number(text, name!("port"), port);
    }
    if let Some(checksum) = checksum {
        word(text, name!("checksum"), checksum.name());
    }
    text.push('}');
}

/// Appends totals, and rates per second.
fn counters(text: &mut String, stats: &Stats) {
    five(text, name!("stats"), stats.totals());
    five(text, name!("rates"), stats.rates());
}

fn five(text: &mut String, name: &str, counters: [u64; 5]) {
    let [connections, in_packets, out_packets, in_bytes, out_bytes] = counters;
    text.push_str(name);
    number(text, "{\"connections\":", connections);
    number(text, name!("in_packets"), in_packets);
    number(text, name!("out_packets"), out_packets);
    number(text, name!("in_bytes"), in_bytes);
    number(text, name!("out_bytes"), out_bytes);
    text.push('}');
}

#[inline]
fn number(text: &mut String, name: &str, value: impl itoa::Integer) {
    text.push_str(name);
    text::number(text, value);
}

/// Appends a word of this program's, in which nothing needs escaping.
fn word(text: &mut String, name: &str, word: &str) {
    text.push_str(name);
    text.push('"');
    text.push_str(word);
    text.push('"');
}

fn address(text: &mut String, name: &str, address: IpAddr) {
    text.push_str(name);
    text.push('"');
    match address {
        IpAddr::V4(address) => text::v4(text, address),
        // Writing into a string cannot fail.
        IpAddr::V6(address) => {
            let _ = write!(text, "{address}");
        }
    }
    text.push('"');
}

/// Appends a name from the kernel. Bytes that are no text are replaced: JSON has no form for them.
fn foreign(text: &mut String, name: &str, value: &Name) {
    text.push_str(name);
    let value = String::from_utf8_lossy(value.as_bytes());
    text.push_str(&serde_json::Value::from(value).to_string());
}

/// Appends an array.
fn list<T>(
    text: &mut String,
    items: impl IntoIterator<Item = T>,
    mut push: impl FnMut(&mut String, T),
) {
    text.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push(text, item);
    }
    text.push(']');
}
