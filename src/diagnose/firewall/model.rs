//! Tables, chains and rules, as far as they are understood.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::model::Family;

/// The program that changes a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Nft,
    Iptables,
}

/// The packets that a table gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFamily {
    V4,
    V6,
    Both,
}

impl TableFamily {
    /// Whether packets of this family pass the table.
    pub fn has(self, family: Family) -> bool {
        match self {
            TableFamily::V4 => family == Family::V4,
            TableFamily::V6 => family == Family::V6,
            TableFamily::Both => true,
        }
    }
}

/// A table with its chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub tool: Tool,
    /// The program's name.
    pub command: String,
    pub family: TableFamily,
    pub name: String,
    /// Of iptables: whether its rules are kept by nf_tables, and nft prints them too.
    pub nf_tables: bool,
    pub chains: BTreeMap<String, Chain>,
}

impl Table {
    /// Whether this, of iptables-save, is the same table of nf_tables as one that nft printed.
    pub fn is_same_as(&self, printed: &Table) -> bool {
        self.nf_tables
            && printed.tool == Tool::Nft
            && self.family == printed.family
            && self.name == printed.name
    }

    /// Whether it has all chains of another one: iptables-save leaves out those that nft made.
    pub fn has_chains_of(&self, other: &Table) -> bool {
        let mut names = other.chains.keys();
        names.all(|name| self.chains.contains_key(name))
    }

    /// Whether any rule or policy in it may drop a packet.
    pub fn may_drop(&self) -> bool {
        self.chains.values().any(|chain| {
            let policy = chain.base.as_ref().map(|base| base.policy);
            policy == Some(Policy::Drop) || chain.rules.iter().any(|rule| rule.verdict.may_drop())
        })
    }
}

/// A list of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Where it begins; none for a chain that others jump to.
    pub base: Option<Base>,
    pub rules: Vec<Rule>,
}

/// What makes a chain the first one of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    pub kind: ChainKind,
    pub hook: Hook,
    /// Chains of one hook are passed from the lowest to the highest.
    pub priority: i32,
    pub policy: Policy,
    /// How many packets the policy has been applied to, where that is counted.
    pub packets: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainKind {
    Filter,
    Nat,
    Route,
}

/// A place on a packet's way through the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
}

/// What happens to packets that no rule decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Accept,
    Drop,
}

/// What a packet must be like, and what then happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// As it was printed, without handle and counters in front.
    pub text: String,
    /// nft's number for it.
    pub handle: Option<u64>,
    /// All of them must hold.
    pub matches: Vec<Match>,
    pub verdict: Verdict,
    /// How many packets it has been applied to, where that is counted.
    pub packets: Option<u64>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub negated: bool,
    pub field: Field,
}

/// Something of a packet, and the values that it is compared with: one of them must be equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    Family(Family),
    /// Names, with a `*` at the end for all that begin so.
    Input(Vec<String>),
    Output(Vec<String>),
    /// First and last of each range; a packet of the other family never fits.
    Source(Family, Vec<(IpAddr, IpAddr)>),
    Destination(Family, Vec<(IpAddr, IpAddr)>),
    /// Numbers as in /etc/protocols.
    Protocol(Vec<u8>),
    /// Of the protocols that have ports.
    SourcePort(Vec<RangeInclusive<u16>>),
    DestinationPort(Vec<RangeInclusive<u16>>),
    State(States),
    /// One of these states, or that the connection's addresses are translated.
    StateOrTranslated(States),
    /// That the connection's addresses are translated.
    Translated,
    /// Something else of the connection, which tracking must know for it.
    Connection,
    Flags(TcpFlags),
    /// Value and mask.
    Mark(u32, u32),
    /// Whether the destination is an address of this host.
    LocalDestination,
    /// `PACKET_HOST` 0, `PACKET_BROADCAST` 1, `PACKET_MULTICAST` 2.
    PacketType(Vec<u8>),
    /// What the rule compares is not understood, or cannot be known.
    Unknown,
}

/// The bits FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32 of TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpFlags {
    /// Of the bits in `mask` those in `value` are set and no other.
    Masked { value: u8, mask: u8 },
    /// nft compares a word without a mask in one of two ways.
    Bare(u8),
}

/// A set of states of connection tracking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States(u32);

impl States {
    // The values that nft prints.
    pub const INVALID: States = States(1);
    pub const ESTABLISHED: States = States(2);
    pub const RELATED: States = States(4);
    pub const NEW: States = States(8);
    pub const UNTRACKED: States = States(64);
    pub const ALL: States = States(1 | 2 | 4 | 8 | 64);

    /// The state with this name, of either program, or this number.
    pub fn named(word: &str) -> Option<States> {
        const NAMES: &[(&str, States)] = &[
            ("invalid", States::INVALID),
            ("established", States::ESTABLISHED),
            ("related", States::RELATED),
            ("new", States::NEW),
            ("untracked", States::UNTRACKED),
        ];
        let named = NAMES
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name));
        match named {
            Some((_, states)) => Some(*states),
            None => {
                let bits = u32::from_str_radix(word.strip_prefix("0x")?, 16).ok()?;
                (bits & !States::ALL.0 == 0).then_some(States(bits))
            }
        }
    }

    #[must_use]
    pub fn with(self, other: States) -> States {
        States(self.0 | other.0)
    }

    /// Whether every state of this set is in the other one.
    pub fn is_within(self, other: States) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether some state is in both.
    pub fn meets(self, other: States) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a rule does with the packets that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Drop,
    /// Drops, and says so to the sender.
    Reject,
    Jump(String),
    Goto(String),
    Return,
    /// Goes on with the next rule.
    Continue,
    /// Goes on, and the packet is kept from connection tracking.
    NoTrack,
    /// Gives it another destination and accepts it.
    Translate,
    /// What a map says for a value.
    Map(Vec<(Field, Verdict)>),
    Unknown,
}

impl Verdict {
    fn may_drop(&self) -> bool {
        match self {
            Verdict::Drop | Verdict::Reject => true,
            Verdict::Map(entries) => entries.iter().any(|(_, verdict)| verdict.may_drop()),
            _ => false,
        }
    }
}
