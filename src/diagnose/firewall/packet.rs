//! A packet as far as it is known, and whether a condition holds for it.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::model::{Field, Hook, Match, States, TcpFlags};
use crate::model::Family;

/// The protocols that have ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
const WITH_PORTS: &[u8] = &[6, 17, 33, 132, 136];
const TCP: u8 = 6;

/// Whether something holds: `None` where it may or may not.
pub type Known = Option<bool>;

/// The interfaces that a packet may come or leave by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interfaces<'a> {
    /// It does not, in this place.
    None,
    /// By one of these.
    AnyOf(&'a [&'a str]),
}

/// A packet in a place; `None` is what may have any value.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub hook: Hook,
    pub family: Family,
    pub input: Interfaces<'a>,
    pub output: Interfaces<'a>,
    pub source: Option<IpAddr>,
    pub destination: Option<IpAddr>,
    /// Whether the destination is an address of this host.
    pub to_us: Option<bool>,
    pub protocol: Option<u8>,
    pub source_port: Option<u16>,
    pub destination_port: Option<u16>,
    /// What connection tracking may think of it.
    pub states: States,
    /// Of TCP.
    pub flags: Option<u8>,
    pub mark: Option<u32>,
    /// Whether it belongs to a connection whose addresses the firewall translates.
    pub translated: Option<bool>,
}

impl Packet<'_> {
    /// Whether all conditions hold.
    pub fn fits(&self, matches: &[Match]) -> Known {
        all(matches.iter().map(|condition| self.holds(condition)))
    }

    fn holds(&self, condition: &Match) -> Known {
        // These compare nothing in packets without the field, so that their negation does not hold either.
        let has = match &condition.field {
            Field::Source(family, _) | Field::Destination(family, _) => {
                Some(*family == self.family)
            }
            Field::SourcePort(_) | Field::DestinationPort(_) => {
                self.protocol.map(|number| WITH_PORTS.contains(&number))
            }
            Field::Flags(_) => self.protocol.map(|number| number == TCP),
            Field::Connection | Field::Translated if self.has_no_connection() => Some(false),
            _ => Some(true),
        };
        let equal = self.is(&condition.field);
        let holds = equal.map(|equal| equal != condition.negated);
        all([has, holds].into_iter())
    }

    /// Whether tracking knows no connection that it belongs to.
    fn has_no_connection(&self) -> bool {
        self.states
            .is_within(States::INVALID.with(States::UNTRACKED))
    }

    /// The firewall translates addresses by what tracking knows.
    fn is_translated(&self) -> Known {
        if self.has_no_connection() {
            Some(false)
        } else {
            self.translated
        }
    }

    /// Whether the packet has one of the values.
    pub fn is(&self, field: &Field) -> Known {
        match field {
            Field::Family(family) => Some(*family == self.family),
            Field::Input(names) => interface(self.input, names),
            Field::Output(names) => interface(self.output, names),
            Field::Source(family, ranges) => address(*family, self.family, self.source, ranges),
            Field::Destination(family, ranges) => {
                address(*family, self.family, self.destination, ranges)
            }
            Field::Protocol(numbers) => self.protocol.map(|number| numbers.contains(&number)),
            Field::SourcePort(ranges) => port(self.source_port, ranges),
            Field::DestinationPort(ranges) => port(self.destination_port, ranges),
            Field::State(states) => {
                if self.states.is_within(*states) {
                    Some(true)
                } else {
                    (!self.states.meets(*states)).then_some(false)
                }
            }
            Field::StateOrTranslated(states) => {
                let within = self.states.is_within(*states).then_some(true);
                let neither = !self.states.meets(*states) && self.is_translated() == Some(false);
                within.or(neither.then_some(false))
            }
            Field::Flags(flags) => self.flags.and_then(|own| match flags {
                TcpFlags::Masked { value, mask } => Some(own & mask == *value),
                TcpFlags::Bare(value) if own == *value => Some(true),
                TcpFlags::Bare(value) => (own & value == 0).then_some(false),
            }),
            Field::Mark(value, mask) => self.mark.map(|own| own & mask == *value),
            Field::LocalDestination => self.to_us,
            Field::PacketType(types) => {
                let own = self.destination.map(|address| match address {
                    address if address.is_multicast() => 2,
                    _ => 0,
                });
                own.map(|own| types.contains(&own))
            }
            Field::Translated => self.is_translated(),
            Field::Connection | Field::Unknown => None,
        }
    }
}

/// Whether all hold: one that does not decides, whatever is not known.
fn all(conditions: impl Iterator<Item = Known>) -> Known {
    let mut result = Some(true);
    for condition in conditions {
        match condition {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

fn interface(of_packet: Interfaces<'_>, wanted: &[String]) -> Known {
    let Interfaces::AnyOf(names) = of_packet else {
        return Some(false);
    };
    let fits = |name: &&&str| {
        wanted.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => *name == wanted,
        })
    };
    match names.iter().filter(fits).count() {
        0 if names.is_empty() => None,
        0 => Some(false),
        count if count == names.len() => Some(true),
        _ => None,
    }
}

fn address(
    family: Family,
    own_family: Family,
    own: Option<IpAddr>,
    ranges: &[(IpAddr, IpAddr)],
) -> Known {
    if family != own_family {
        return Some(false);
    }
    let everything = |(first, last): &(IpAddr, IpAddr)| match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => first.to_bits() == 0 && last.to_bits() == u32::MAX,
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            first.to_bits() == 0 && last.to_bits() == u128::MAX
        }
        _ => false,
    };
    if ranges.iter().any(everything) {
        return Some(true);
    }
    let own = own?;
    Some(
        ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&own)),
    )
}

fn port(own: Option<u16>, ranges: &[RangeInclusive<u16>]) -> Known {
    match own {
        Some(own) => Some(ranges.iter().any(|range| range.contains(&own))),
        None => ranges
            .iter()
            .any(|range| *range.start() <= 1 && *range.end() == u16::MAX)
            .then_some(true),
    }
}
