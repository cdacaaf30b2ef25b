//! Rules as the programs print them, and what becomes of packets.

mod hostile;
mod iptables;
mod nft;

use std::net::IpAddr;

use super::*;
use crate::model::Family;
use iptables::iptables;
use nft::{nft, nft_input};

const ETH: &[&str] = &["eth0", "eth1"];

/// A SYN from any client to 192.0.2.1:80.
fn request() -> Packet<'static> {
    Packet {
        hook: Hook::Input,
        family: Family::V4,
        input: Interfaces::AnyOf(ETH),
        output: Interfaces::None,
        source: None,
        destination: "192.0.2.1".parse().ok(),
        to_us: Some(true),
        protocol: Some(6),
        source_port: None,
        destination_port: Some(80),
        states: States::NEW,
        flags: Some(2),
        mark: None,
        translated: None,
    }
}

fn request_v6() -> Packet<'static> {
    Packet {
        family: Family::V6,
        destination: "2001:db8::1".parse::<IpAddr>().ok(),
        ..request()
    }
}

/// What happens: `passes`, `translated`, `dropped N` with the number of the first rule that drops (`policy` for
/// none), `unknown`.
fn fate(firewall: &Firewall, packet: &Packet<'_>) -> String {
    let mut budget = Budget::new(1_000_000);
    let mut fates = Vec::new();
    for table in &firewall.tables {
        for (name, chain) in &table.chains {
            let concerned = chain.base.is_some_and(|base| base.hook == packet.hook)
                && table.family.has(packet.family);
            if concerned {
                fates.push(match evaluate(table, name, packet, &mut budget) {
                    Outcome::Passes => "passes".to_owned(),
                    Outcome::Translated => "translated".to_owned(),
                    Outcome::Unknown(_) => "unknown".to_owned(),
                    Outcome::Dropped(places) => match places[0].rule {
                        Some((index, _)) => format!("dropped {index}"),
                        None => "dropped policy".to_owned(),
                    },
                });
            }
        }
    }
    fates.join(", ")
}

#[test]
fn counters_of_policies_and_rules() {
    let firewall = iptables("DROP", "[5:300] -A INPUT -p udp -j DROP");
    let chain = &firewall.tables[0].chains["INPUT"];
    assert_eq!(chain.base.and_then(|base| base.packets), Some(7));
    assert_eq!(chain.rules[0].packets, Some(5));
    assert_eq!(chain.rules[0].text, "-A INPUT -p udp -j DROP");
    let counted = "ip ttl 5 counter packets 3 bytes 100 drop # handle 12";
    let rule = &nft_input("ip", "accept", counted).tables[0].chains["input"].rules[0];
    assert_eq!((rule.packets, rule.handle), (Some(3), Some(12)));
}

/// nft prints the tables of iptables-nft as well.
#[test]
fn each_table_once() {
    let nft = "# Printed by nft\ntable ip filter { # handle 1\n\tchain INPUT { # handle 2\n\
               \t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n";
    let saved = iptables("DROP", "").text;
    let tables = Firewall::parse(format!("{nft}{saved}")).tables;
    assert_eq!(tables.len(), 1);
    assert_eq!(tables[0].tool, Tool::Iptables);
    let legacy = saved.replace(" (nf_tables)", "");
    let again = legacy.replace("by iptables-save\n", "by iptables-legacy-save\n");
    let tables = Firewall::parse(format!("{nft}{legacy}{again}")).tables;
    let commands: Vec<&str> = tables.iter().map(|table| table.command.as_str()).collect();
    assert_eq!(commands, ["nft", "iptables"]);
    // What iptables-save prints for a table that nft has made.
    let lower = nft.replace("INPUT", "input");
    let tables = Firewall::parse(format!("{lower}{saved}")).tables;
    assert_eq!(tables.len(), 1);
    assert_eq!(tables[0].tool, Tool::Nft);
}
