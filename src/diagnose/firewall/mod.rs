//! The firewall's rules as plain data, and what they do to a packet; no I/O.
//!
//! What others wrote is read here: anything that is not understood becomes [`Field::Unknown`] or
//! [`Verdict::Unknown`], of which nothing is concluded.

mod address;
mod evaluate;
mod iptables;
mod model;
pub mod nat;
mod nft;
mod nft_cursor;
mod nft_rule;
mod packet;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub use evaluate::{Budget, Outcome, Place, evaluate};
pub use iptables::PRINTED_BY;
pub use model::{
    Base, Chain, ChainKind, Field, Hook, Match, Policy, Rule, States, Table, TableFamily, TcpFlags,
    Tool, Verdict,
};
pub use packet::{Interfaces, Packet};

/// Every rule that the programs print.
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    /// As it was printed.
    pub text: String,
    pub tables: Vec<Table>,
}

impl Firewall {
    /// Reads what nft and the iptables-save of both makes print, one after the other.
    pub fn parse(text: String) -> Firewall {
        let mut tables = nft::tables(&text);
        let mut iptables = iptables::tables(&text);
        // iptables-nft keeps its rules in tables of nftables, which nft prints as well. What iptables-save
        // prints is what the administrator wrote, unless nft was used on such a table too.
        iptables.retain(|table| {
            let mut same = tables.iter().filter(|other| table.is_same_as(other));
            same.all(|other| table.has_chains_of(other))
        });
        tables.retain(|table| !iptables.iter().any(|other| other.is_same_as(table)));
        for table in iptables {
            // iptables-save and iptables-legacy-save may be the same program.
            let seen = |other: &Table| {
                other.tool == table.tool
                    && other.family == table.family
                    && other.name == table.name
                    && other.nf_tables == table.nf_tables
            };
            if !tables.iter().any(seen) {
                tables.push(table);
            }
        }
        Firewall { text, tables }
    }

    /// Whether any table has a chain of this name.
    pub fn has_chain(&self, name: &str) -> bool {
        let mut tables = self.tables.iter();
        tables.any(|table| table.chains.contains_key(name))
    }

    /// Whether any rule gives packets another destination, or may do so.
    pub fn translates_destinations(&self) -> bool {
        let is_nat = |chain: &Chain| chain.base.is_some_and(|base| base.kind == ChainKind::Nat);
        self.tables.iter().any(|table| {
            let may = table.chains.values().any(is_nat);
            let mut rules = table.chains.values().flat_map(|chain| &chain.rules);
            rules.any(|rule| match rule.verdict {
                Verdict::Translate => true,
                Verdict::Unknown => may,
                _ => false,
            })
        })
    }

    /// Whether any rule exempts packets from connection tracking.
    pub fn has_notrack(&self) -> bool {
        self.tables
            .iter()
            .flat_map(|table| table.chains.values())
            .flat_map(|chain| &chain.rules)
            .any(|rule| rule.verdict == Verdict::NoTrack)
    }
}
