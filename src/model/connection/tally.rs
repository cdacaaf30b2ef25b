//! Counts of connections.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

use super::{Connection, Origin};
use crate::model::{Endpoint, Family};

/// What connections can be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountKey {
    /// The client's address.
    Client,
    /// The protocol, address and port that the client sent to; a template's firewall mark.
    Service,
    /// The real server's address and port, under whatever protocol.
    Server,
    /// The state.
    State,
    /// Where the entry came from.
    Origin,
}

impl CountKey {
    /// All of them.
    pub const ALL: [CountKey; 5] = [
        CountKey::Client,
        CountKey::Service,
        CountKey::Server,
        CountKey::State,
        CountKey::Origin,
    ];

    /// As it is typed, and as a title.
    pub fn name(self) -> &'static str {
        match self {
            CountKey::Client => "client",
            CountKey::Service => "service",
            CountKey::Server => "server",
            CountKey::State => "state",
            CountKey::Origin => "origin",
        }
    }
}

/// One key, or two different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountBy {
    /// The first column.
    pub first: CountKey,
    /// The second column.
    pub second: Option<CountKey>,
}

impl CountBy {
    /// The keys, in the order in which they were given.
    pub fn keys(self) -> impl Iterator<Item = CountKey> {
        [Some(self.first), self.second].into_iter().flatten()
    }

    /// Whether a key is among them.
    pub fn has(self, key: CountKey) -> bool {
        self.keys().any(|other| other == key)
    }
}

/// What connections that count together have in common. `W` is a word of the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group<W> {
    /// See [`CountKey::Client`].
    Client(IpAddr),
    /// See [`CountKey::Service`].
    Service {
        /// As the kernel spells it.
        protocol: W,
        /// Where the client sent to.
        endpoint: Endpoint,
    },
    /// A firewall mark's service, which only its templates name.
    FirewallMark {
        /// 1 to 4294967295.
        mark: u32,
        /// Of its clients.
        family: Family,
    },
    /// See [`CountKey::Server`].
    Server(Endpoint),
    /// See [`CountKey::State`].
    State(W),
    /// See [`CountKey::Origin`].
    Origin(Origin),
}

/// Entries that have a group, or two, in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRow<'a> {
    /// One for each key.
    pub groups: Vec<Group<&'a str>>,
    /// How many connections.
    pub connections: u64,
    /// How many templates.
    pub templates: u64,
}

#[derive(Clone, Copy, Default)]
struct Count {
    connections: u64,
    templates: u64,
}

/// Counts of connections. It keeps one entry for each group that it finds, and none of the connections.
pub struct Tally {
    by: CountBy,
    counts: HashMap<(Group<u32>, Option<Group<u32>>), Count>,
    /// Protocols and states. There are few; in the counts stands the index of each.
    words: Vec<Box<str>>,
    total: Count,
}

impl Tally {
    /// Nothing is counted yet.
    pub fn new(by: CountBy) -> Tally {
        Tally {
            by,
            counts: HashMap::new(),
            words: Vec::new(),
            total: Count::default(),
        }
    }

    /// Counts an entry of the connection table. Where its origin is counted, it must be known.
    pub fn add(&mut self, connection: &Connection<'_>) {
        let first = self.group(self.by.first, connection);
        let second = self.by.second.map(|key| self.group(key, connection));
        let count = self.counts.entry((first, second)).or_default();
        for count in [count, &mut self.total] {
            if connection.is_template() {
                count.templates += 1;
            } else {
                count.connections += 1;
            }
        }
    }

    fn group(&mut self, key: CountKey, connection: &Connection<'_>) -> Group<u32> {
        match key {
            CountKey::Client => Group::Client(connection.source.address),
            CountKey::Service => match connection.firewall_mark() {
                Some(mark) => Group::FirewallMark {
                    mark,
                    family: Family::of(connection.source.address),
                },
                None => Group::Service {
                    protocol: self.word(connection.protocol),
                    endpoint: connection.service,
                },
            },
            CountKey::Server => Group::Server(connection.destination),
            CountKey::State => Group::State(self.word(connection.state)),
            CountKey::Origin => Group::Origin(connection.origin.unwrap_or(Origin::Local)),
        }
    }

    fn word(&mut self, word: &str) -> u32 {
        let known = self.words.iter().position(|other| **other == *word);
        let index = known.unwrap_or_else(|| {
            self.words.push(word.into());
            self.words.len() - 1
        });
        // Each word takes more than a byte of memory, of which there is less than 4 GiB times that.
        index as u32
    }

    /// What was counted, the largest number of connections first; of those with as many, the largest number of
    /// templates, and then by what they have in common.
    pub fn rows(&self) -> Vec<CountRow<'_>> {
        let row = |(&(first, second), count): (&(Group<u32>, Option<Group<u32>>), &Count)| {
            let groups = [Some(first), second].into_iter().flatten();
            CountRow {
                groups: groups.map(|group| self.spelt(group)).collect(),
                connections: count.connections,
                templates: count.templates,
            }
        };
        let mut rows: Vec<CountRow> = self.counts.iter().map(row).collect();
        rows.sort_unstable_by(|a, b| {
            let key = |row: &CountRow| Reverse((row.connections, row.templates));
            key(a).cmp(&key(b)).then_with(|| a.groups.cmp(&b.groups))
        });
        rows
    }

    fn spelt(&self, group: Group<u32>) -> Group<&str> {
        let word = |index: u32| &*self.words[index as usize];
        match group {
            Group::Client(address) => Group::Client(address),
            Group::Service { protocol, endpoint } => Group::Service {
                protocol: word(protocol),
                endpoint,
            },
            Group::FirewallMark { mark, family } => Group::FirewallMark { mark, family },
            Group::Server(endpoint) => Group::Server(endpoint),
            Group::State(state) => Group::State(word(state)),
            Group::Origin(origin) => Group::Origin(origin),
        }
    }

    /// By what is counted.
    pub fn by(&self) -> CountBy {
        self.by
    }

    /// How many connections were counted in all.
    pub fn connections(&self) -> u64 {
        self.total.connections
    }

    /// How many templates were counted in all.
    pub fn templates(&self) -> u64 {
        self.total.templates
    }

    /// The part of all connections that a row has, 0 to 1; 0 where there is no connection at all.
    pub fn share(&self, row: &CountRow<'_>) -> f64 {
        if self.total.connections == 0 {
            return 0.0;
        }
        row.connections as f64 / self.total.connections as f64
    }
}
