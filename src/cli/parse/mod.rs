//! Words to a command.
//!
//! Options are read in order, each checked as far as it can be by itself, as ipvsadm 1.31 did: of
//! several mistakes the first decides the exit status. What depends on other options (the form of a
//! netmask, the port of a real server, the flags of a scheduler) is settled at the end.

mod build;
mod calls;
mod connections;
mod diagnose;
mod patch;
mod rules;

pub use calls::{parse, parse_call, parse_restore_call, parse_rule};

use std::net::IpAddr;
use std::time::Duration;

use super::address::{self, HostPort, UnsettledHostPort};
use super::flag_set::FlagSet;
use super::flags::Flag;
use super::lexer::{Lexer, Token};
use super::usage::{MistakeKind, Problem, UsageError};
use super::{Lookup, limits, numbers, selector, values};
use crate::cli::command::{ColorChoice, Command, Detail, List, Order};
use crate::model::connection::ConnectionQuery;
use crate::model::patch::WeightPatch;
use crate::model::ruleset::KeptWeights;
use crate::model::scope::Scope;
use crate::model::{DaemonRole, Family, Name, Netmask, Protocol};

/// What was typed, as far as each option can be understood by itself.
#[derive(Default)]
struct Typed<'a> {
    command: Option<Flag>,
    first_option: Option<Flag>,
    seen: FlagSet,
    words: Vec<&'a str>,
    role: Option<DaemonRole>,
    service: Option<(Protocol, HostPort)>,
    service_word: Option<&'a str>,
    mark: u32,
    scheduler: Option<&'a str>,
    scheduler_flags: Option<&'a str>,
    engine: Option<&'a str>,
    persistence: Option<u32>,
    /// With the family that was known when it was read.
    netmask: Option<(Netmask, Family)>,
    /// With its word.
    real_server: Option<(UnsettledHostPort<'a>, &'a str)>,
    /// The port where the real server's address has none.
    default_port: u16,
    weight: Option<u32>,
    /// The weight as a partial edit has it.
    weight_patch: Option<WeightPatch>,
    upper_threshold: u32,
    lower_threshold: u32,
    tunnel_type: TunnelType,
    tunnel_port: u16,
    interface: Option<&'a str>,
    sync_id: Option<u8>,
    max_length: Option<u16>,
    group: Option<IpAddr>,
    port: Option<u16>,
    ttl: Option<u8>,
    keep_weights: Option<KeptWeights>,
    file: Option<&'a str>,
    wait: Option<u32>,
    interval: Duration,
    count: Option<u32>,
    order: Option<Order>,
    detail: Detail,
    color: Option<ColorChoice>,
    /// The options of [`connections`], which few command lines have.
    query: Option<Box<ConnectionQuery>>,
    top: Option<u32>,
    netns: Option<&'a str>,
    scope: Scope,
    drain_limit: Option<u32>,
    ramp: u32,
    director: Option<&'a str>,
    /// Whether a weight with a sign is one that is relative to the current one.
    relative: bool,
    /// Of what kind a mistake was, to ipvsadm 1.31, what is taken here. It decides the status of a line
    /// that turns out to be wrong; in one that is right it means nothing.
    refused: Option<MistakeKind>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum TunnelType {
    #[default]
    Ipip,
    Gue,
    Gre,
}

impl<'a> Typed<'a> {
    fn read(
        &mut self,
        words: impl Iterator<Item = &'a str> + Clone,
        names: &dyn Lookup,
    ) -> Result<Command, UsageError> {
        self.read_in_order(words, names)
            .map_err(|error| match self.refused {
                None => error,
                Some(kind) => UsageError::AfterRefused {
                    error: Box::new(error),
                    kind,
                },
            })
    }

    fn read_in_order(
        &mut self,
        words: impl Iterator<Item = &'a str> + Clone,
        names: &dyn Lookup,
    ) -> Result<Command, UsageError> {
        let mut nothing = true;
        let mut reader = Lexer::new(words);
        while let Some(token) = reader.next() {
            nothing = false;
            let (flag, value) = match token? {
                Token::Word(word) => {
                    self.words.push(word);
                    continue;
                }
                Token::Flag(flag, value) => (flag, value),
            };
            if matches!(flag, Flag::Help | Flag::Version) && self.command.is_none() {
                // The words after these are not even read.
                return self.build(flag, None, names);
            }
            if flag == Flag::Weight && value.is_some_and(values::is_relative) {
                // Without --keep these are what they are to ipvsadm 1.31, wherever it stands.
                let is_keep = |token| matches!(token, Ok(Token::Flag(Flag::Keep, _)));
                self.relative = self.seen.has(Flag::Keep) || reader.clone().any(is_keep);
            }
            if let Err(error) = self.take(flag, value, names) {
                return Err(self.first_mistake(error, reader));
            }
        }
        // A lone `--` is something.
        if nothing && !reader.words_only() {
            return Ok(Command::List(List::DEFAULT));
        }
        self.finish(names)
    }

    fn take(
        &mut self,
        flag: Flag,
        value: Option<&'a str>,
        names: &dyn Lookup,
    ) -> Result<(), UsageError> {
        if flag.is_command() {
            return self.take_command(flag, value);
        }
        if self.command.is_none() {
            self.refuse(MistakeKind::Syntax);
        }
        self.first_option.get_or_insert(flag);
        self.seen.note(flag)?;
        self.take_option(flag, value, names)
    }

    /// Notes that ipvsadm 1.31 ends at what was read last.
    fn refuse(&mut self, kind: MistakeKind) {
        self.refused.get_or_insert(kind);
    }

    /// What to complain about at a mistake: that there is no command at all comes first.
    fn first_mistake(
        &self,
        error: UsageError,
        rest: Lexer<'a, impl Iterator<Item = &'a str>>,
    ) -> UsageError {
        let is_command =
            |token| matches!(token, Ok(Token::Flag(flag, _)) if Flag::is_command(flag));
        match (self.command, self.first_option) {
            (None, Some(option)) if !rest.into_iter().any(is_command) => {
                UsageError::NoCommand(option)
            }
            _ => error,
        }
    }

    fn take_command(&mut self, flag: Flag, value: Option<&'a str>) -> Result<(), UsageError> {
        if let Some(first) = self.command {
            return Err(UsageError::SeveralCommands {
                first,
                second: flag,
            });
        }
        self.command = Some(flag);
        if let Some(word) = value {
            self.role = Some(values::role(word).map_err(bad(flag, word))?);
        }
        Ok(())
    }

    fn take_option(
        &mut self,
        flag: Flag,
        value: Option<&'a str>,
        names: &dyn Lookup,
    ) -> Result<(), UsageError> {
        let word = value.unwrap_or_default();
        let bad = bad(flag, word);
        match flag {
            Flag::TcpService | Flag::UdpService | Flag::SctpService => {
                let protocol = service_protocol(flag);
                let place = address::host_port(word, protocol, names).map_err(bad)?;
                self.service = Some((protocol, place));
                self.service_word = value;
                self.refuse_name_of_v6(word, place.address);
            }
            Flag::FirewallMark => {
                self.mark = values::mark(word).map_err(bad)?;
                if numbers::is_hexadecimal(word) {
                    self.refuse(MistakeKind::Meaning);
                }
            }
            Flag::Ipv6 if !self.seen.has(Flag::FirewallMark) => self.refuse(MistakeKind::Meaning),
            // Names that are too long are the kernel's to refuse, so they come last.
            Flag::Scheduler => self.scheduler = value,
            Flag::PersistenceEngine => self.engine = value,
            Flag::MulticastInterface => self.interface = value,
            Flag::Persistent => self.persistence = Some(values::persistence(value).map_err(bad)?),
            Flag::Netmask => {
                let family = self.family_so_far();
                let netmask = values::netmask(word, family, names).map_err(bad)?;
                self.netmask = Some((netmask, family));
            }
            Flag::SchedulerFlags => self.scheduler_flags = Some(word),
            Flag::RealServer => {
                // As ipvsadm 1.31: the port of the service that precedes it.
                self.default_port = self.service_port();
                let place = self.server_place_so_far(word, names).map_err(bad)?;
                self.real_server = Some((place, word));
                self.refuse_name_of_v6(word, place.address);
            }
            Flag::Weight if self.relative => {
                self.weight_patch = Some(values::relative_weight(word).map_err(bad)?);
            }
            Flag::Weight => {
                let weight = numbers::natural(word).map_err(bad)?;
                self.weight = Some(weight);
                self.weight_patch = Some(WeightPatch::Exactly(weight as i32));
            }
            Flag::UpperThreshold => self.upper_threshold = numbers::natural(word).map_err(bad)?,
            Flag::LowerThreshold => self.lower_threshold = numbers::natural(word).map_err(bad)?,
            Flag::TunnelType => self.tunnel_type = tunnel_type(word).map_err(bad)?,
            Flag::TunnelPort => self.tunnel_port = numbers::narrow(word, 1, 65535).map_err(bad)?,
            Flag::SyncId => self.sync_id = Some(numbers::narrow(word, 0, 255).map_err(bad)?),
            Flag::SyncMaxLength => {
                self.max_length = Some(numbers::narrow(word, 1, 65507).map_err(bad)?);
            }
            Flag::MulticastGroup => self.group = Some(values::multicast_group(word).map_err(bad)?),
            Flag::MulticastPort => self.port = Some(numbers::narrow(word, 1, 65535).map_err(bad)?),
            Flag::MulticastTtl => self.ttl = Some(numbers::narrow(word, 1, 255).map_err(bad)?),
            Flag::KeepWeights => {
                self.keep_weights = Some(values::kept_weights(value).map_err(bad)?);
            }
            Flag::Input | Flag::Output => self.file = Some(word),
            Flag::Wait => self.wait = Some(numbers::number(word, 0, limits::LONGEST).map_err(bad)?),
            Flag::Watch => self.interval = values::interval(value).map_err(bad)?,
            Flag::Count => self.count = Some(numbers::number(word, 1, u32::MAX).map_err(bad)?),
            Flag::SortBy => self.order = Some(values::order(word).map_err(bad)?),
            Flag::Color => self.color = Some(values::color(word).map_err(bad)?),
            Flag::Sum => self.detail = values::detail(word).map_err(bad)?,
            Flag::Client
            | Flag::State
            | Flag::Protocol
            | Flag::ExpiresWithin
            | Flag::ExpiresAfter
            | Flag::CountBy
            | Flag::Top => self.take_query_option(flag, word)?,
            Flag::Drain => {
                let seconds = |word| numbers::number(word, 0, limits::LONGEST);
                self.drain_limit = value.map(seconds).transpose().map_err(bad)?;
            }
            Flag::Ramp => self.ramp = numbers::number(word, 1, limits::LONGEST).map_err(bad)?,
            Flag::Director => self.director = value,
            Flag::Netns => self.netns = Some(word),
            Flag::Only => selector::selectors(word, &mut self.scope.only).map_err(bad)?,
            Flag::Except => selector::selectors(word, &mut self.scope.except).map_err(bad)?,
            // Flags without a value: that they were seen is all there is to know.
            _ => {}
        }
        Ok(())
    }
}

/// Blames a problem on an option's word.
fn bad(flag: Flag, word: &str) -> impl FnOnce(Problem) -> UsageError {
    move |problem| UsageError::BadValue {
        flag,
        word: word.to_owned(),
        problem,
    }
}

/// The name of a scheduler or a persistence engine. An empty one leaves the default, as in ipvsadm 1.31.
fn named(flag: Flag, word: Option<&str>) -> Result<Option<Name>, UsageError> {
    let word = word.filter(|word| !word.is_empty());
    word.map(|word| values::module(word).map_err(bad(flag, word)))
        .transpose()
}

fn service_protocol(flag: Flag) -> Protocol {
    match flag {
        Flag::UdpService => Protocol::Udp,
        Flag::SctpService => Protocol::Sctp,
        _ => Protocol::Tcp,
    }
}

fn tunnel_type(word: &str) -> Result<TunnelType, Problem> {
    match word {
        "ipip" => Ok(TunnelType::Ipip),
        "gue" => Ok(TunnelType::Gue),
        "gre" => Ok(TunnelType::Gre),
        _ => Err(Problem::Choice("ipip, gue, gre")),
    }
}
