//! Rules as a JSON document, after the schema in `man/ipvsadm.schema.json`: read whole before anything
//! is done.
//!
//! Each service, server and daemon becomes the command line that says the same, and the reader of
//! command lines judges it: a document can mean nothing that a command line cannot.

mod shapes;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;
use std::net::IpAddr;

use serde::Deserialize;
use thiserror::Error;

use super::error::RestoreError;
use super::{Rules, only_change, report};
use crate::cli::Lookup;
use crate::cli::command::{Restore, RestoreMode};
use crate::cli::flags::Flag;
use crate::cli::parse::parse_rule;
use crate::cli::usage::UsageError;
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::format::encoding::{is_utf16, without_mark};
use crate::format::json::SCHEMA;
use crate::format::source::{QuotedRule, RuleSource, Unit};
use crate::model::Protocol;
use crate::model::ruleset::Ruleset;
use shapes::{Daemon, Object, Root, Server, Service, Timeouts};

/// The most bytes of a document, 256 MiB: those of more than a million real servers.
const LONGEST: usize = 256 << 20;
/// Bytes that are read at a time.
const READ_LENGTH: usize = 64 * 1024;

/// What is wrong with a document as a whole.
#[derive(Debug, Error)]
pub enum DocumentError {
    #[error("cannot read the JSON document: {0}; nothing was changed")]
    Form(#[from] serde_path_to_error::Error<serde_json::Error>),
    #[error("cannot read the JSON document: {0}; nothing was changed")]
    Syntax(#[from] serde_json::Error),
    #[error(
        "cannot read the JSON document: its 'schema' is {0}, and this ipvsadm knows only {SCHEMA}; \
         nothing was changed"
    )]
    Version(u64),
    #[error("cannot read the JSON document: it has more than {} MiB; nothing was changed", LONGEST >> 20)]
    Long,
    #[error(
        "cannot read the JSON document: it is UTF-16 text, and JSON is UTF-8; nothing was changed"
    )]
    Utf16,
    #[error(
        "the JSON document has no 'services': with --replace that would delete all of them, \
         which 'ipvsadm -C' does; nothing was changed"
    )]
    NoServices,
}

/// A document that was read.
pub struct Document {
    /// It speaks of daemons, if only to say that there are none.
    daemons: bool,
}

/// A rule of a document.
pub struct Entry {
    place: Place,
    /// As a command line.
    rule: String,
}

/// Where a rule stands.
#[derive(Clone, Copy)]
enum Place {
    Service(usize),
    Server(usize, usize),
    Timeouts,
    Daemon(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Service(service) => write!(f, "services[{service}]"),
            Place::Server(service, server) => write!(f, "services[{service}].servers[{server}]"),
            Place::Timeouts => write!(f, "timeouts"),
            Place::Daemon(daemon) => write!(f, "daemons[{daemon}]"),
        }
    }
}

impl RuleSource for Document {
    type Position = Entry;
    const UNIT: Unit = Unit::Entry;

    fn quote(&self, entry: &Entry) -> QuotedRule {
        QuotedRule {
            position: entry.place.to_string(),
            rule: entry.rule.clone(),
        }
    }

    fn initial_ruleset(&self) -> Ruleset {
        let mut beginning = Ruleset::default();
        beginning.daemons = self.daemons.then(Vec::new);
        beginning
    }
}

/// The addresses of a document are numbers.
struct Numbers;

impl Lookup for Numbers {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// Reads a document to its end; every value that makes no sense is reported.
///
/// # Errors
/// [`RestoreError::Document`] where it is none, [`RestoreError::BadRules`] where a value made no sense.
pub fn read(
    input: &mut impl Read,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<Rules<Document>, RestoreError> {
    let text = read_document(input)?;
    let root = parse_document(without_mark(&text))?;
    if root.services.is_none() && matches!(wanted.mode, RestoreMode::Replace { .. }) {
        return Err(DocumentError::NoServices.into());
    }
    let mut changes = Vec::new();
    let mut bad = 0;
    for (place, words) in command_lines(&root) {
        let rule = words.join(" ");
        match parse_rule(words.iter().map(String::as_str), &Numbers).and_then(only_change) {
            Ok(change) => {
                let change = if wanted.exist {
                    change.ensured()
                } else {
                    change
                };
                changes.push((Entry { place, rule }, change));
            }
            Err(error) => {
                bad += 1;
                let position = match member(&error) {
                    Some(member) => format!("{place}.{member}"),
                    None => place.to_string(),
                };
                report(session, &QuotedRule { position, rule }, &error);
            }
        }
    }
    let source = Document {
        daemons: root.daemons.is_some(),
    };
    match bad {
        0 => Ok(Rules {
            source,
            changes,
            bad,
        }),
        bad => Err(RestoreError::BadRules {
            bad,
            unit: Document::UNIT,
        }),
    }
}

/// Reads a document to its end, which must come within [`LONGEST`] bytes.
fn read_document(input: &mut impl Read) -> Result<Vec<u8>, RestoreError> {
    let mut text = Vec::new();
    let mut input = input.take(LONGEST as u64 + 1);
    loop {
        text.try_reserve(READ_LENGTH).map_err(Error::Memory)?;
        let begin = text.len();
        let mut piece = input.by_ref().take(READ_LENGTH as u64);
        if piece.read_to_end(&mut text).map_err(Error::Input)? == 0 {
            return Ok(text);
        }
        if text.len() > LONGEST {
            return Err(DocumentError::Long.into());
        }
        // What is no document at all shows at its beginning, and may have no end.
        if begin == 0 {
            if is_utf16(&text) {
                return Err(DocumentError::Utf16.into());
            }
            let first = without_mark(&text).trim_ascii_start().first();
            if first.is_some_and(|first| *first != b'{') {
                return Ok(text);
            }
        }
    }
}

fn parse_document(text: &[u8]) -> Result<Root, DocumentError> {
    #[derive(Deserialize)]
    struct Head {
        schema: u64,
    }
    // First, so that the members of another version are not the first to be wrong.
    let Object(head): Object<Head> = serde_json::from_slice(text)?;
    if head.schema != u64::from(SCHEMA) {
        return Err(DocumentError::Version(head.schema));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let Object(root) = serde_path_to_error::deserialize(&mut reader)?;
    reader.end()?;
    Ok(root)
}

/// The command lines that say what a document says, in the order of a save.
fn command_lines(root: &Root) -> impl Iterator<Item = (Place, Vec<String>)> {
    let services = root.services.iter().flatten().enumerate();
    let services = services.flat_map(|(index, service)| {
        let servers = service.servers.iter().enumerate();
        let servers = servers.map(move |(number, Object(server))| {
            let place = Place::Server(index, number);
            (place, server_line(service, server))
        });
        std::iter::once((Place::Service(index), service_line(service))).chain(servers)
    });
    let timeouts = root.timeouts.iter();
    let timeouts = timeouts.map(|Object(timeouts)| (Place::Timeouts, timeouts_line(timeouts)));
    let daemons = root.daemons.iter().flatten().enumerate();
    let daemons =
        daemons.map(|(index, Object(daemon))| (Place::Daemon(index), daemon_line(daemon)));
    services.chain(timeouts).chain(daemons)
}

/// The words of a command line, in the making.
struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, flag: Flag) {
        self.0.push(flag.to_string());
    }

    fn option(&mut self, flag: Flag, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.flag(flag);
            self.0.push(value.to_string());
        }
    }

    /// The service that a line is about.
    fn service(&mut self, service: &Service) {
        self.option(service.selector, Some(&service.name));
        if service.ipv6_mark {
            self.flag(Flag::Ipv6);
        }
    }
}

fn service_line(service: &Service) -> Vec<String> {
    let mut words = Words(vec![Flag::AddService.to_string()]);
    words.service(service);
    words.option(Flag::Scheduler, service.scheduler.as_ref());
    let mut flags = service.scheduler_flags.clone();
    flags.extend(service.other_flags.map(|bits| format!("{bits:#x}")));
    let flags = flags.join(",");
    words.option(Flag::SchedulerFlags, (!flags.is_empty()).then_some(flags));
    words.option(Flag::Persistent, service.persistence);
    words.option(Flag::Netmask, service.netmask.as_ref());
    words.option(Flag::PersistenceEngine, service.persistence_engine.as_ref());
    if service.one_packet {
        words.flag(Flag::OnePacket);
    }
    words.0
}

fn server_line(service: &Service, server: &Server) -> Vec<String> {
    let mut words = Words(vec![Flag::AddServer.to_string()]);
    words.service(service);
    words.option(Flag::RealServer, Some(server.name()));
    if let Some(method) = server.forwarding {
        words.flag(method.flag());
    }
    if let Some(Object(tunnel)) = &server.tunnel {
        words.option(Flag::TunnelType, Some(&tunnel.r#type));
        words.option(Flag::TunnelPort, tunnel.port);
        if let Some(checksum) = tunnel.checksum {
            words.flag(checksum.flag());
        }
    }
    words.option(Flag::Weight, server.weight);
    words.option(Flag::UpperThreshold, server.upper_threshold);
    words.option(Flag::LowerThreshold, server.lower_threshold);
    words.0
}

fn timeouts_line(timeouts: &Timeouts) -> Vec<String> {
    let Timeouts { tcp, tcp_fin, udp } = timeouts;
    let mut words = vec![Flag::SetTimeouts.to_string()];
    words.extend([tcp, tcp_fin, udp].map(i64::to_string));
    words
}

fn daemon_line(daemon: &Daemon) -> Vec<String> {
    let mut words = Words(Vec::new());
    words.option(Flag::StartDaemon, Some(&daemon.role));
    words.option(Flag::MulticastInterface, daemon.interface.as_ref());
    words.option(Flag::SyncId, daemon.sync_id);
    words.option(Flag::SyncMaxLength, daemon.max_length);
    words.option(Flag::MulticastGroup, daemon.group);
    words.option(Flag::MulticastPort, daemon.port);
    words.option(Flag::MulticastTtl, daemon.ttl);
    words.0
}

/// The member of an entry that an error is about, where it is about one.
fn member(error: &UsageError) -> Option<&'static str> {
    let (UsageError::BadValue { flag, .. } | UsageError::Unsuitable { flag, .. }) = error else {
        return None;
    };
    Some(match flag {
        Flag::FirewallMark => "firewall_mark",
        Flag::Scheduler => "scheduler",
        Flag::SchedulerFlags => "scheduler_flags",
        Flag::Persistent => "persistence",
        Flag::Netmask => "netmask",
        Flag::PersistenceEngine => "persistence_engine",
        Flag::OnePacket => "one_packet",
        Flag::TunnelType => "tunnel.type",
        Flag::TunnelPort => "tunnel.port",
        Flag::TunnelNoChecksum | Flag::TunnelChecksum | Flag::TunnelRemoteChecksum => {
            "tunnel.checksum"
        }
        Flag::Weight => "weight",
        Flag::UpperThreshold => "upper_threshold",
        Flag::LowerThreshold => "lower_threshold",
        Flag::StartDaemon => "role",
        Flag::MulticastInterface => "interface",
        Flag::SyncId => "sync_id",
        Flag::SyncMaxLength => "max_length",
        Flag::MulticastGroup => "group",
        Flag::MulticastPort => "port",
        Flag::MulticastTtl => "ttl",
        _ => return None,
    })
}
