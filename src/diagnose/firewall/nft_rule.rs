//! Reads a rule in the language of nft.
//!
//! Its statements follow each other without a separator, so where one is not understood the rest is not either:
//! the rule then has an unknown condition, and only the verdict at its end is read.

use std::ops::RangeInclusive;

use super::address;
use super::model::{Field, Match, Rule, States, TcpFlags, Verdict};
use super::nft_cursor::{Cursor, Sets};
use super::values::{number, ports, protocol};
use super::words::Word;
use crate::model::Family;

/// Reads a rule; `parts` are the words of `line`.
pub fn parse(line: &str, parts: &[Word], sets: &Sets, handle: Option<u64>) -> Rule {
    let mut cursor = Cursor::new(parts);
    let mut rule = Rule {
        text: line.to_owned(),
        handle,
        matches: Vec::new(),
        verdict: Verdict::Continue,
        packets: None,
    };
    while !cursor.rest.is_empty() {
        let begin = cursor.rest;
        if statement(&mut cursor, sets, &mut rule).is_none() {
            rule.matches.push(Match {
                negated: false,
                field: Field::Unknown,
            });
            rule.verdict = last_verdict(begin);
            rule.packets = rule.packets.or_else(|| counted(begin));
            break;
        }
    }
    rule
}

/// Reads one statement; `None` where it is not understood.
fn statement(cursor: &mut Cursor<'_>, sets: &Sets, rule: &mut Rule) -> Option<()> {
    if let Some(verdict) = cursor.verdict() {
        rule.verdict = verdict?;
        return Some(());
    }
    let first = cursor.word()?;
    match first {
        "counter" => {
            if cursor.take("name") {
                cursor.word()?;
            } else if cursor.take("packets") {
                rule.packets = Some(cursor.word()?.parse().ok()?);
                cursor.take("bytes").then_some(())?;
                cursor.word()?;
            }
            Some(())
        }
        "comment" => cursor.word().map(|_| ()),
        "log" => {
            while ["prefix", "level", "group", "snaplen", "queue-threshold"]
                .iter()
                .any(|option| cursor.take(option))
            {
                cursor.word()?;
            }
            if cursor.take("flags") {
                return None;
            }
            Some(())
        }
        _ => {
            let (kind, implied) = kind(first, cursor)?;
            let plain = |field| Match {
                negated: false,
                field,
            };
            rule.matches.extend(implied.map(plain));
            condition(kind, cursor, sets, rule)
        }
    }
}

/// What a statement compares.
#[derive(Clone, Copy)]
enum Kind {
    NfProto,
    EtherType,
    Input,
    Output,
    Source(Family),
    Destination(Family),
    Protocol,
    SourcePort,
    DestinationPort,
    State,
    Status,
    Connection,
    Flags,
    Mark,
    FibDestination,
    PacketType,
    /// Something of a protocol that needs no reading.
    Ignored,
}

/// The kind that the words name, and what they imply of the packet.
fn kind(first: &str, cursor: &mut Cursor<'_>) -> Option<(Kind, Option<Field>)> {
    let family = |first| {
        if first == "ip" {
            Family::V4
        } else {
            Family::V6
        }
    };
    let plain = |kind| Some((kind, None));
    match first {
        "iifname" | "iif" => plain(Kind::Input),
        "oifname" | "oif" => plain(Kind::Output),
        "mark" => plain(Kind::Mark),
        "pkttype" => plain(Kind::PacketType),
        "meta" => match cursor.word()? {
            "iifname" | "iif" => plain(Kind::Input),
            "oifname" | "oif" => plain(Kind::Output),
            "nfproto" => plain(Kind::NfProto),
            "protocol" => plain(Kind::EtherType),
            "l4proto" => plain(Kind::Protocol),
            "mark" => plain(Kind::Mark),
            "pkttype" => plain(Kind::PacketType),
            _ => None,
        },
        "ct" => match cursor.word()? {
            "state" => plain(Kind::State),
            "status" => plain(Kind::Status),
            "direction" => plain(Kind::Connection),
            _ => None,
        },
        "fib" => {
            (cursor.take("daddr") && cursor.take("type")).then_some((Kind::FibDestination, None))
        }
        "ip" | "ip6" => {
            let family = family(first);
            let implied = Some(Field::Family(family));
            match cursor.word()? {
                "saddr" => plain(Kind::Source(family)),
                "daddr" => plain(Kind::Destination(family)),
                "protocol" | "nexthdr" => Some((Kind::Protocol, implied)),
                _ => None,
            }
        }
        "th" => match cursor.word()? {
            "sport" => plain(Kind::SourcePort),
            "dport" => plain(Kind::DestinationPort),
            _ => None,
        },
        "icmp" | "icmpv6" => {
            let implied = Some(Field::Protocol(vec![if first == "icmp" { 1 } else { 58 }]));
            matches!(cursor.word()?, "type" | "code").then_some((Kind::Ignored, implied))
        }
        _ => {
            let number =
                protocol(first).filter(|_| first.starts_with(|c: char| c.is_alphabetic()))?;
            let implied = Some(Field::Protocol(vec![number]));
            match cursor.word()? {
                "sport" => Some((Kind::SourcePort, implied)),
                "dport" => Some((Kind::DestinationPort, implied)),
                "flags" if first == "tcp" => Some((Kind::Flags, implied)),
                _ => None,
            }
        }
    }
}

fn condition(kind: Kind, cursor: &mut Cursor<'_>, sets: &Sets, rule: &mut Rule) -> Option<()> {
    if let Kind::Flags = kind {
        let (negated, flags) = tcp_flags(cursor)?;
        let field = Field::Flags(flags);
        rule.matches.push(Match { negated, field });
        return Some(());
    }
    if cursor.take("set") {
        // A mark that is given to the packet is none of its conditions.
        return matches!(kind, Kind::Mark)
            .then_some(())
            .and(cursor.word())
            .map(|_| ());
    }
    if cursor.take("vmap") {
        let entries = cursor.values(sets)?;
        let entry = |words: &Vec<String>| {
            let colon = words.iter().position(|word| word == ":")?;
            let (value, verdict) = (words.get(..colon)?, words.get(colon + 1..)?);
            let verdict: Vec<Word> = verdict.iter().cloned().map(Word::Plain).collect();
            let [value] = value else { return None };
            let verdict = Cursor::new(&verdict).verdict()??;
            Some((field(kind, std::slice::from_ref(value))?, verdict))
        };
        rule.verdict = Verdict::Map(entries.iter().map(entry).collect::<Option<_>>()?);
        return Some(());
    }
    let mut mask = u32::MAX;
    if matches!(kind, Kind::Mark) && cursor.take("&") {
        mask = number(cursor.word()?)?;
        (cursor.next_is("==") || cursor.next_is("!=")).then_some(())?;
    }
    let mut comparison = "==";
    for sign in ["==", "!=", ">=", "<=", ">", "<"] {
        if cursor.take(sign) {
            comparison = sign;
            break;
        }
    }
    let values: Vec<String> = cursor
        .values(sets)?
        .into_iter()
        .map(|mut words| {
            let only = words.pop();
            only.filter(|_| words.is_empty())
        })
        .collect::<Option<_>>()?;
    let field = match (kind, comparison, values.as_slice()) {
        (Kind::Mark, _, [value]) => Field::Mark(number(value)?, mask),
        (Kind::Mark, ..) => return None,
        (_, "==" | "!=", values) => field(kind, values)?,
        (Kind::SourcePort, _, [bound]) => Field::SourcePort(vec![bounded(comparison, bound)?]),
        (Kind::DestinationPort, _, [bound]) => {
            Field::DestinationPort(vec![bounded(comparison, bound)?])
        }
        _ => return None,
    };
    let negated = comparison == "!=";
    rule.matches.push(Match { negated, field });
    Some(())
}

/// The values of a kind.
fn field(kind: Kind, values: &[String]) -> Option<Field> {
    fn each<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(|value| read(value)).collect()
    }
    let one = || match values {
        [value] => Some(value.as_str()),
        _ => None,
    };
    Some(match kind {
        Kind::NfProto => Field::Family(match one()? {
            "ipv4" | "2" => Family::V4,
            "ipv6" | "10" => Family::V6,
            _ => return None,
        }),
        Kind::EtherType => Field::Family(match one()? {
            "ip" | "0x0800" => Family::V4,
            "ip6" | "0x86dd" => Family::V6,
            _ => return None,
        }),
        Kind::Input => Field::Input(values.to_vec()),
        Kind::Output => Field::Output(values.to_vec()),
        Kind::Source(family) => Field::Source(family, each(values, address::range)?),
        Kind::Destination(family) => Field::Destination(family, each(values, address::range)?),
        Kind::Protocol => Field::Protocol(each(values, protocol)?),
        Kind::SourcePort => Field::SourcePort(each(values, ports)?),
        Kind::DestinationPort => Field::DestinationPort(each(values, ports)?),
        Kind::State => Field::State(
            each(values, States::named)?
                .into_iter()
                .fold(States::default(), States::with),
        ),
        Kind::FibDestination => match one()? {
            "local" | "2" => Field::LocalDestination,
            _ => return None,
        },
        Kind::PacketType => Field::PacketType(each(values, |word| match word {
            "host" | "unicast" | "0" => Some(0),
            "broadcast" | "1" => Some(1),
            "multicast" | "2" => Some(2),
            _ => None,
        })?),
        Kind::Status if values.iter().all(|value| is_translation(value)) => Field::Translated,
        Kind::Status | Kind::Connection => Field::Connection,
        Kind::Ignored => Field::Unknown,
        Kind::Mark | Kind::Flags => return None,
    })
}

/// The bits of `ct status` that translation sets, or some of them.
fn is_translation(word: &str) -> bool {
    const SOURCE: u32 = 0x10;
    const DESTINATION: u32 = 0x20;
    match word {
        "snat" | "dnat" => true,
        _ => number(word).is_some_and(|bits| bits != 0 && bits & !(SOURCE | DESTINATION) == 0),
    }
}

fn bounded(comparison: &str, bound: &str) -> Option<RangeInclusive<u16>> {
    let bound: u16 = bound.parse().ok()?;
    match comparison {
        ">=" => Some(bound..=u16::MAX),
        "<=" => Some(0..=bound),
        ">" => Some(bound.checked_add(1)?..=u16::MAX),
        "<" => Some(0..=bound.checked_sub(1)?),
        _ => None,
    }
}

/// `0x2`, `syn / fin,syn,rst,ack`, `& (fin | syn | rst | ack) == syn`, each with `!=` as well.
fn tcp_flags(cursor: &mut Cursor<'_>) -> Option<(bool, TcpFlags)> {
    if cursor.take("&") {
        let mask = cursor.flag_list('|')?;
        let negated = cursor.take("!=");
        (negated || cursor.take("==")).then_some(())?;
        let value = cursor.flag_list('|')?;
        return Some((negated, TcpFlags::Masked { value, mask }));
    }
    let negated = cursor.take("!=");
    cursor.take("==");
    let several = cursor.rest.get(1) == Some(&Word::Sign(','));
    let value = cursor.flag_list(',')?;
    if cursor.take("/") {
        let mask = cursor.flag_list(',')?;
        return Some((negated, TcpFlags::Masked { value, mask }));
    }
    (!several).then_some((negated, TcpFlags::Bare(value)))
}

/// What a counter has counted, in a rule of which something was not understood.
fn counted(parts: &[Word]) -> Option<u64> {
    let counter = parts
        .windows(3)
        .find(|words| words[0].is("counter") && words[1].is("packets"))?;
    counter[2].text()?.parse().ok()
}

/// The verdict at the end of a rule of which something was not understood.
fn last_verdict(parts: &[Word]) -> Verdict {
    let opaque = [
        "vmap", "queue", "synproxy", "tproxy", "fwd", "target", "map",
    ];
    if parts
        .iter()
        .any(|word| opaque.iter().any(|opaque| word.is(opaque)))
    {
        return Verdict::Unknown;
    }
    let comment = parts.len() >= 2 && parts[parts.len() - 2].is("comment");
    let parts = if comment {
        &parts[..parts.len() - 2]
    } else {
        parts
    };
    for length in 1..=4.min(parts.len()) {
        let mut cursor = Cursor::new(&parts[parts.len() - length..]);
        let verdict = cursor.verdict();
        if let (Some(verdict), []) = (verdict, cursor.rest) {
            return verdict.unwrap_or(Verdict::Unknown);
        }
    }
    Verdict::Continue
}
