//! Documents, read whole before anything is done.
//!
//! Each service, server and daemon becomes the equivalent command line, and the parser of command lines
//! validates it: a document cannot express anything that a command line cannot.

use std::fmt;
use std::io::Read;
use std::net::IpAddr;

use serde::Deserialize;

use super::error::{DocumentError, LONGEST, ReadError};
use super::schema::{Object, Root, VERSION, name};
use super::words::Words;
use crate::cli::Lookup;
use crate::cli::command::RuleChange;
use crate::cli::parse::parse_rule;
use crate::cli::usage::UsageError;
use crate::format::encoding::{is_utf16, without_mark};
use crate::format::rules::read::only_change;
use crate::format::source::{QuotedRule, RuleSource, Unit};
use crate::model::Protocol;
use crate::model::ruleset::Ruleset;

/// Bytes that are read at a time.
const READ_LENGTH: usize = 64 * 1024;

/// A document that was read.
pub struct Document(Root);

/// An entry of a document that makes no sense.
pub struct BadEntry {
    pub quoted: QuotedRule,
    pub error: UsageError,
}

impl Document {
    /// Reads a document to its end.
    ///
    /// # Errors
    /// The input fails, there is not enough memory, or it is not a document.
    pub fn read(input: &mut impl Read) -> Result<Document, ReadError> {
        let text = read_text(input)?;
        Ok(Document(parse(without_mark(&text))?))
    }

    /// Fails where the document has no list of services, with which it would replace the table.
    ///
    /// # Errors
    /// [`DocumentError::NoServices`].
    pub fn require_services(&self) -> Result<(), DocumentError> {
        match self.0.services {
            Some(_) => Ok(()),
            None => Err(DocumentError::NoServices),
        }
    }

    /// The rules of the entries, in the order of a save.
    pub fn rules(&self) -> impl Iterator<Item = Result<(Entry, RuleChange), BadEntry>> {
        command_lines(&self.0).map(|(path, words)| {
            let rule = words.text();
            match parse_rule(words.iter(), &Numbers).and_then(only_change) {
                Ok(change) => Ok((Entry { path, rule }, change)),
                Err(error) => {
                    let position = match words.member(&error) {
                        Some(member) => format!("{path}.{member}"),
                        None => path.to_string(),
                    };
                    let quoted = QuotedRule { position, rule };
                    Err(BadEntry { quoted, error })
                }
            }
        })
    }

    /// Its list of daemons where it is empty, with which it would stop all of them.
    pub fn without_daemons(&self) -> Option<QuotedRule> {
        let daemons = self.0.daemons.as_ref()?;
        daemons.is_empty().then(|| QuotedRule {
            position: name!(Root.daemons).to_owned(),
            rule: "[]".to_owned(),
        })
    }

    /// The source of these rules, without the document itself.
    pub fn into_source(self) -> DocumentSource {
        DocumentSource {
            daemons: self.0.daemons.is_some(),
        }
    }
}

/// A document as the source of rules.
pub struct DocumentSource {
    /// The document has a list of daemons, which may be empty.
    daemons: bool,
}

/// A rule of a document.
pub struct Entry {
    path: Path,
    /// The rule as a command line.
    rule: String,
}

impl Entry {
    /// As messages quote it.
    pub fn quoted(&self) -> QuotedRule {
        QuotedRule {
            position: self.path.to_string(),
            rule: self.rule.clone(),
        }
    }
}

/// Where an entry is in its document.
#[derive(Clone, Copy)]
enum Path {
    Service(usize),
    Server(usize, usize),
    Timeouts,
    Daemon(usize),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = name!(Root.services);
        match self {
            Path::Service(service) => write!(f, "{services}[{service}]"),
            Path::Server(service, server) => write!(f, "{services}[{service}].servers[{server}]"),
            Path::Timeouts => f.write_str(name!(Root.timeouts)),
            Path::Daemon(daemon) => write!(f, "{}[{daemon}]", name!(Root.daemons)),
        }
    }
}

impl RuleSource for DocumentSource {
    type Position = Entry;
    const UNIT: Unit = Unit::Entry;

    fn quote(&self, entry: &Entry) -> QuotedRule {
        entry.quoted()
    }

    fn initial_ruleset(&self) -> Ruleset {
        let mut ruleset = Ruleset::default();
        ruleset.daemons = self.daemons.then(Vec::new);
        ruleset
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

/// Reads the text of a document to its end, which must come within [`LONGEST`] bytes.
fn read_text(input: &mut impl Read) -> Result<Vec<u8>, ReadError> {
    let mut text = Vec::new();
    let mut input = input.take(LONGEST as u64 + 1);
    loop {
        text.try_reserve(READ_LENGTH)?;
        let begin = text.len();
        let mut piece = input.by_ref().take(READ_LENGTH as u64);
        if piece.read_to_end(&mut text)? == 0 {
            return Ok(text);
        }
        if text.len() > LONGEST {
            return Err(DocumentError::Long.into());
        }
        // What is not a document at all shows at its beginning, and may have no end.
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

fn parse(text: &[u8]) -> Result<Root, DocumentError> {
    #[derive(Deserialize)]
    struct VersionOnly {
        schema: u64,
    }
    // First, so that the members of another version are not the first to be wrong.
    let Object(head): Object<VersionOnly> = serde_json::from_slice(text)?;
    if head.schema != u64::from(VERSION) {
        return Err(DocumentError::Version(head.schema));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let Object(root) = serde_path_to_error::deserialize(&mut reader)?;
    reader.end()?;
    Ok(root)
}

/// The command lines equivalent to the entries of a document, in the order of a save.
fn command_lines(root: &Root) -> impl Iterator<Item = (Path, Words)> {
    let services = root.services.iter().flatten().enumerate();
    let services = services.flat_map(|(index, service)| {
        let servers = service.service.servers.iter().enumerate();
        let servers = servers.map(move |(number, Object(server))| {
            (Path::Server(index, number), service.server_words(server))
        });
        std::iter::once((Path::Service(index), service.words())).chain(servers)
    });
    let timeouts = root.timeouts.iter();
    let timeouts = timeouts.map(|Object(timeouts)| (Path::Timeouts, timeouts.words()));
    let daemons = root.daemons.iter().flatten().enumerate();
    let daemons = daemons.map(|(index, Object(daemon))| (Path::Daemon(index), daemon.words()));
    services.chain(timeouts).chain(daemons)
}
