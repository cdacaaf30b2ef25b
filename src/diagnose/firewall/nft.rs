//! Reads what `nft -n -a list ruleset` prints: tables, chains and named sets.

use std::collections::BTreeMap;

use super::model::{Base, Chain, ChainKind, Hook, Policy, Table, TableFamily, Tool};
use super::nft_cursor::{SIGNS, Sets};
use super::nft_rule;
use super::words::{Word, words};

/// What the lines belong to.
enum Place {
    Nothing,
    Table,
    Chain(String),
    Set(String, String),
    /// Something else in braces.
    Other,
}

/// The tables with rules for IP; those of other families, and dormant ones, are left out.
pub fn tables(text: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut reading: Option<Reading> = None;
    for line in text.lines() {
        let (line, handle) = without_handle(line.trim());
        match &mut reading {
            None => reading = Reading::begin(line),
            Some(table) => {
                if !table.line(line, handle) {
                    tables.extend(reading.take().and_then(Reading::end));
                }
            }
        }
    }
    // Without its closing brace a table was cut off.
    tables
}

/// A line and the number at its end: `tcp dport 80 accept # handle 5`.
pub fn without_handle(line: &str) -> (&str, Option<u64>) {
    let split = line.rsplit_once(" # handle ");
    match split.and_then(|(line, handle)| Some((line, handle.parse().ok()?))) {
        Some((line, handle)) => (line.trim_end(), Some(handle)),
        None => (line, None),
    }
}

/// A table that is being read.
struct Reading {
    /// None for a family whose packets are no concern of ours.
    family: Option<TableFamily>,
    name: String,
    dormant: bool,
    chains: BTreeMap<String, Chain>,
    sets: Sets,
    place: Place,
    /// A rule whose braces are not yet closed.
    unfinished: String,
}

impl Reading {
    fn begin(line: &str) -> Option<Reading> {
        let mut parts = line.strip_suffix('{')?.split_ascii_whitespace();
        if parts.next()? != "table" {
            return None;
        }
        let family = match parts.next()? {
            "ip" => Some(TableFamily::V4),
            "ip6" => Some(TableFamily::V6),
            "inet" => Some(TableFamily::Both),
            _ => None,
        };
        Some(Reading {
            family,
            name: name(parts.next()?),
            dormant: false,
            chains: BTreeMap::new(),
            sets: Sets::default(),
            place: Place::Table,
            unfinished: String::new(),
        })
    }

    fn end(self) -> Option<Table> {
        let family = self.family.filter(|_| !self.dormant)?;
        Some(Table {
            tool: Tool::Nft,
            command: "nft".to_owned(),
            family,
            name: self.name,
            nf_tables: true,
            chains: self.chains,
        })
    }

    /// Reads a line; false where it closes the table.
    fn line(&mut self, line: &str, handle: Option<u64>) -> bool {
        match std::mem::replace(&mut self.place, Place::Nothing) {
            Place::Nothing | Place::Table => {
                if line == "}" {
                    return false;
                }
                self.place = self.in_table(line);
            }
            Place::Other => {
                if line != "}" {
                    self.place = Place::Other;
                }
            }
            Place::Set(name, mut body) => {
                if line == "}" {
                    self.sets.read(name, &body);
                } else {
                    body.push_str(line);
                    body.push('\n');
                    self.place = Place::Set(name, body);
                }
            }
            Place::Chain(name) => {
                if line != "}" || !self.unfinished.is_empty() {
                    self.in_chain(&name, line, handle);
                    self.place = Place::Chain(name);
                }
            }
        }
        if matches!(self.place, Place::Nothing) {
            self.place = Place::Table;
        }
        true
    }

    fn in_table(&mut self, line: &str) -> Place {
        let Some(head) = line.strip_suffix('{') else {
            if let Some(flags) = line.strip_prefix("flags ") {
                self.dormant |= flags.split([',', ' ', ';']).any(|flag| flag == "dormant");
            }
            return Place::Table;
        };
        let mut parts = head.trim_end().splitn(2, ' ');
        match (parts.next(), parts.next().map(name)) {
            (Some("chain"), Some(name)) => {
                self.chains.entry(name.clone()).or_default();
                Place::Chain(name)
            }
            (Some("set" | "map"), Some(name)) => Place::Set(name, String::new()),
            _ => Place::Other,
        }
    }

    fn in_chain(&mut self, chain: &str, line: &str, handle: Option<u64>) {
        let line = if self.unfinished.is_empty() {
            line.to_owned()
        } else {
            format!("{} {line}", std::mem::take(&mut self.unfinished))
        };
        let Some(chain) = self.chains.get_mut(chain) else {
            return;
        };
        let parts = words(&line, SIGNS);
        if parts.is_empty() {
            return;
        }
        let count = |sign| {
            parts
                .iter()
                .filter(|word| **word == Word::Sign(sign))
                .count()
        };
        if count('{') > count('}') {
            self.unfinished = line;
            return;
        }
        if parts[0].is("type") && parts.get(2).is_some_and(|word| word.is("hook")) {
            chain.base = base(&parts);
        } else if chain.rules.is_empty()
            && (parts[0].is("comment") || parts[0].is("policy") || parts[0].is("flags"))
        {
            // Of the chain, not of a rule.
        } else {
            let rule = nft_rule::parse(&line, &parts, &self.sets, handle);
            chain.rules.push(rule);
        }
    }
}

/// A name in a head, which may stand in quotes.
fn name(word: &str) -> String {
    word.trim().trim_matches('"').to_owned()
}

/// `type filter hook input priority 0; policy drop;`, with `filter + 10` for a priority without `-n`.
fn base(parts: &[Word]) -> Option<Base> {
    let after = |word: &str| {
        let position = parts.iter().position(|part| part.is(word))?;
        parts.get(position + 1..)
    };
    let kind = match parts.get(1)?.text()? {
        "filter" => ChainKind::Filter,
        "nat" => ChainKind::Nat,
        "route" => ChainKind::Route,
        _ => return None,
    };
    let hook = match after("hook")?.first()?.text()? {
        "prerouting" => Hook::Prerouting,
        "input" => Hook::Input,
        "forward" => Hook::Forward,
        "output" => Hook::Output,
        "postrouting" => Hook::Postrouting,
        _ => return None,
    };
    let policy = match after("policy").and_then(|rest| rest.first()) {
        Some(word) if word.is("drop") => Policy::Drop,
        _ => Policy::Accept,
    };
    Some(Base {
        kind,
        hook,
        priority: priority(after("priority")?)?,
        policy,
        packets: None,
    })
}

fn priority(parts: &[Word]) -> Option<i32> {
    let number = |word: &Word| -> Option<i32> {
        let named = [
            ("raw", -300),
            ("mangle", -150),
            ("dstnat", -100),
            ("filter", 0),
            ("security", 50),
            ("srcnat", 100),
        ];
        let text = word.text()?;
        let named = named.iter().find(|(name, _)| *name == text);
        named
            .map(|(_, number)| *number)
            .or_else(|| text.parse().ok())
    };
    let first = number(parts.first()?)?;
    let change = || number(parts.get(2)?);
    match parts.get(1) {
        Some(word) if word.is("+") => first.checked_add(change()?),
        Some(word) if word.is("-") => first.checked_sub(change()?),
        _ => Some(first),
    }
}
