//! The commands that let packets pass.

use std::fmt::Write;

use super::drops::Dropped;
use crate::diagnose::firewall::{Place, TableFamily, Tool};
use crate::diagnose::rules::quote;
use crate::model::Family;

/// The command that lets a kind of packet pass a place where it is dropped: right before the rule, or where the
/// policy decides, behind all rules. `shift` is the number of rules that were put in front of the place before.
pub fn command(place: &Place<'_>, packet: &Dropped, shift: usize) -> String {
    match place.table.tool {
        Tool::Nft => nft(place, packet),
        Tool::Iptables => iptables(place, packet, shift),
    }
}

fn nft(place: &Place<'_>, packet: &Dropped) -> String {
    let table = place.table;
    let family = match table.family {
        TableFamily::V4 => "ip",
        TableFamily::V6 => "ip6",
        TableFamily::Both => "inet",
    };
    let verb = if place.rule.is_some() {
        "insert"
    } else {
        "add"
    };
    let mut text = format!(
        "nft {verb} rule {family} {} {}",
        quote(&table.name),
        quote(place.chain)
    );
    if let Some(handle) = place.rule.and_then(|(_, rule)| rule.handle) {
        let _ = write!(text, " position {handle}");
    }
    let ip = match packet.family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    };
    if let Some(source) = packet.source {
        let _ = write!(text, " {ip} saddr {source}");
    }
    if let Some(destination) = packet.destination {
        let _ = write!(text, " {ip} daddr {destination}");
    }
    if let Some(mark) = packet.mark {
        let _ = write!(text, " meta mark {mark}");
    }
    if let Some(protocol) = packet.protocol {
        let name = name(protocol);
        match (packet.source_port, packet.destination_port) {
            (Some(port), _) => {
                let _ = write!(text, " {name} sport {port}");
            }
            (None, Some(port)) => {
                let _ = write!(text, " {name} dport {port}");
            }
            (None, None) => {
                let _ = write!(text, " meta l4proto {name}");
            }
        }
    }
    text + " accept"
}

fn iptables(place: &Place<'_>, packet: &Dropped, shift: usize) -> String {
    let table = place.table;
    let mut text = table.command.clone();
    if table.name != "filter" {
        let _ = write!(text, " -t {}", quote(&table.name));
    }
    let chain = quote(place.chain);
    let _ = match place.rule {
        Some((index, _)) => write!(text, " -I {chain} {}", index + 1 + shift),
        None => write!(text, " -A {chain}"),
    };
    if let Some(source) = packet.source {
        let _ = write!(text, " -s {source}");
    }
    if let Some(destination) = packet.destination {
        let _ = write!(text, " -d {destination}");
    }
    if let Some(mark) = packet.mark {
        let _ = write!(text, " -m mark --mark {mark}");
    }
    if let Some(protocol) = packet.protocol {
        let _ = write!(text, " -p {}", name(protocol));
        if let Some(port) = packet.source_port {
            let _ = write!(text, " --sport {port}");
        } else if let Some(port) = packet.destination_port {
            let _ = write!(text, " --dport {port}");
        }
    }
    text + " -j ACCEPT"
}

/// The name of a protocol, or its number: names of others than these differ.
fn name(protocol: u8) -> String {
    match protocol {
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        132 => "sctp".to_owned(),
        other => other.to_string(),
    }
}
