//! What can be wrong with a command line, in words.

use std::net::IpAddr;

use ipnet::IpNet;
use thiserror::Error;

use super::flags::Flag;
use super::help::similar_option;
use super::limits;
use super::typo::{self, Typo};
use crate::model::connection::STATES;

/// What kind of mistake a command line has, on which its exit status depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MistakeKind {
    /// The words could not be parsed, or the kernel would have refused a name.
    Syntax,
    /// They make no sense.
    Meaning,
}

/// A command line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsageError {
    #[error("unknown option '{word}'{}", suggestion(.word))]
    UnknownOption { word: String },
    #[error("option '{flag}' needs a value ({})", value_word(.flag))]
    MissingValue { flag: Flag },
    #[error("option '--{}' takes no value, but got '{value}'", .flag.spec().long)]
    UnwantedValue { flag: Flag, value: String },
    /// A mistake after words that ipvsadm 1.31 had refused already, and that are taken here.
    #[error("{error}")]
    AfterRefused {
        error: Box<UsageError>,
        /// Of what kind those words were a mistake to 1.31.
        kind: MistakeKind,
    },
    /// A mistake, and a typo that may have caused it.
    #[error("{error}; {typo}")]
    WithTypo {
        error: Box<UsageError>,
        typo: Box<Typo>,
    },
    /// Help was asked for after a command: it is shown, with the status of ipvsadm 1.31.
    #[error("'{command}' and '{second}' are both commands")]
    HelpAsWell { command: Flag, second: Flag },
    #[error("'{0}' is not valid UTF-8")]
    NotText(String),
    #[error("'{0}' is not a command; a command such as -L or -A is needed")]
    NotACommand(String),
    #[error("'{0}' is an option; a command such as -L or -A is needed")]
    NoCommand(Flag),
    #[error("only one command at a time: '{first}' and '{second}'")]
    SeveralCommands { first: Flag, second: Flag },
    #[error("multiple '{0}' options specified")]
    Repeated(Flag),
    #[error("options '{first}' and '{second}' exclude each other")]
    Conflict { first: Flag, second: Flag },
    #[error("option '{option}' is not possible with the command '{command}'")]
    NotAllowed { command: Flag, option: Flag },
    #[error("the command '{command}' needs {what}")]
    Needed { command: Flag, what: &'static str },
    #[error("unexpected argument '{0}'")]
    UnexpectedWord(String),
    #[error(
        "unexpected argument '{word}': '{command}' {} (see also '{option} FILE')",
        if *.option == Flag::Input { "reads standard input" } else { "prints to standard output" }
    )]
    FileIsOption {
        command: Flag,
        option: Flag,
        word: String,
    },
    #[error("bad value '{word}' for '{flag}': {problem}")]
    BadValue {
        flag: Flag,
        word: String,
        problem: Problem,
    },
    #[error("no connection can meet both '{first}' and '{second}': {why}")]
    NeverBoth {
        first: Flag,
        second: Flag,
        why: &'static str,
    },
    #[error("no {protocol} connection has the state {state}")]
    ForeignState {
        state: &'static str,
        protocol: &'static str,
    },
    #[error("'{flag}' {why}")]
    Unsuitable { flag: Flag, why: &'static str },
    #[error("Zero port specified for non-persistent service: give a port, or -p for all ports")]
    NoPort,
    #[error(
        "Zero port specified for non-persistent service: an IPv6 address with a port needs brackets, as in \
         '{0}'; without a port it needs -p"
    )]
    NoPortOfV6(String),
    #[error("Different address family is allowed only for tunneling servers (-i)")]
    FamiliesDiffer,
    #[error("'--set' option requires 3 timeout values: TCP TCPFIN UDP")]
    ThreeTimeouts,
    #[error("ipvsadm-restore has no option '{0}'; 'ipvsadm -R' has more than it")]
    NotOfRestore(Flag),
    #[error(
        "unexpected argument '{0}': ipvsadm-restore reads standard input, or the file named by --input; \
         nothing was read"
    )]
    RestoreOperand(String),
    #[error(
        "no line of rules has more than {} bytes; what follows was not read",
        limits::LONGEST_LINE
    )]
    LongLine,
    #[error("this is UTF-16 text: save the rules as UTF-8; none of them was read")]
    Utf16,
    #[error("rules can only change the table or print it: '{0}' cannot be part of a rule")]
    NotInRules(Flag),
    #[error(
        "'{0}' only prints: rules that are checked, or that are applied as a whole, can only change the table"
    )]
    OnlyChanges(Flag),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    #[error("a number from {0} to {1} is needed")]
    Range(u32, u32),
    #[error("a weight is needed: +N, -N or N%, N from 0 to 2147483647")]
    NotAWeight,
    #[error("0 is needed, which keeps zeroes, or no value, which keeps every weight")]
    NotZero,
    #[error("an address is needed: a.b.c.d[:port], name[:port], [v6]:port or v6")]
    NotAnAddress,
    #[error("an address without a port is needed")]
    NotAHost,
    #[error("the port must be a number from 0 to 65535 or the name of a service")]
    NotAPort,
    #[error(
        "an address in brackets needs a port, as in '[v6]:port'; without a port it has no brackets"
    )]
    NoPortInBrackets,
    #[error("in the IPv6 address '{part}' {why}")]
    BadAddress { part: Box<str>, why: &'static str },
    #[error("no such host is known, and as an address it is wrong: '{part}' {why}")]
    UnknownAddress { part: Box<str>, why: &'static str },
    #[error(
        "a service has one port; for several, let nft or iptables mark their packets, and use the mark (-f)"
    )]
    ManyPorts,
    #[error("the host '{0}' is not known")]
    UnknownHost(String),
    #[error("the service name '{0}' is not known")]
    UnknownService(String),
    /// In the words of the kernel's refusal, which ipvsadm 1.31 waited for.
    #[error(
        "Scheduler or persistence engine not found: no name is longer than {} bytes",
        crate::model::Name::MAX
    )]
    LongModule,
    #[error(
        "No such device: no name is longer than {} bytes",
        crate::model::Name::MAX
    )]
    LongInterface,
    #[error("an IPv4 mask such as 255.255.255.0 is needed")]
    NotAMask,
    #[error("a prefix length from 1 to 128 is needed")]
    NotAPrefix,
    #[error("a multicast address is needed")]
    NotMulticast,
    #[error("seconds from {} to {} are needed, such as 2 or 0.5", limits::INTERVALS.0, limits::INTERVALS.1)]
    NotAnInterval,
    #[error(
        "a client's address or network is needed, as a number: 192.0.2.9, 192.0.2.0/24 or 2001:db8::/32"
    )]
    NotANetwork,
    #[error(
        "it is neither a network nor an address: use '{network}' for the whole network, '{address}' for one client"
    )]
    HostBits { address: IpAddr, network: IpNet },
    #[error("the kernel has no state '{name}'; its states are {}", state_names())]
    UnknownState { name: String },
    #[error(
        "one of client, service, server, state, origin is needed, or two of them with a comma between them"
    )]
    NotCountKeys,
    #[error("one of {0} is needed")]
    Choice(&'static str),
    #[error("the scheduler '{0}' has no such flag")]
    NoSuchFlag(String),
    #[error("a selector is empty")]
    EmptySelector,
    #[error(
        "'{0}' is no selector: an address, ADDRESS/LENGTH, a.b.c.d:port, [v6]:port, fwm:MARK, fwm:FIRST-LAST, tcp, \
         udp or sctp is needed"
    )]
    NotASelector(String),
    #[error("'{word}' has bits outside its prefix: write {meant}")]
    BitsOutsidePrefix { word: Box<str>, meant: Box<str> },
    #[error("a range of marks goes up, and {last} is less than {first}")]
    EmptyRange { first: u32, last: u32 },
}

impl Problem {
    /// Whether ipvsadm 1.31 leaves it to the kernel to refuse the value.
    pub fn is_the_kernels(&self) -> bool {
        matches!(self, Self::LongModule | Self::LongInterface)
    }
}

impl UsageError {
    /// The error with a typo that the words show, if they show one.
    pub fn with_typo<'a>(self, words: impl Iterator<Item = &'a str> + Clone) -> UsageError {
        let Some(typo) = typo::find(words) else {
            return self;
        };
        let typo = Box::new(typo);
        let with_typo = |error| UsageError::WithTypo { error, typo };
        match self {
            // The kind stays outermost: it is what the line fails with, whatever is said of it.
            UsageError::AfterRefused { error, kind } => UsageError::AfterRefused {
                error: Box::new(with_typo(error)),
                kind,
            },
            error => with_typo(Box::new(error)),
        }
    }

    /// The mistake itself, without the typo that may have caused it.
    pub fn mistake(&self) -> &UsageError {
        match self {
            UsageError::WithTypo { error, .. } => error,
            error => error,
        }
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> MistakeKind {
        match self {
            UsageError::UnknownOption { .. }
            | UsageError::MissingValue { .. }
            | UsageError::UnwantedValue { .. }
            | UsageError::NotText(_)
            | UsageError::NotACommand(_)
            | UsageError::NoCommand(_)
            | UsageError::NotInRules(_) => MistakeKind::Syntax,
            UsageError::BadValue { problem, .. } if problem.is_the_kernels() => MistakeKind::Syntax,
            UsageError::AfterRefused { kind, .. } => *kind,
            UsageError::WithTypo { error, .. } => error.kind(),
            _ => MistakeKind::Meaning,
        }
    }
}

fn suggestion(word: &str) -> String {
    match word.strip_prefix("--").and_then(similar_option) {
        Some(similar) => format!("; did you mean '{similar}'?"),
        None => String::new(),
    }
}

fn state_names() -> String {
    STATES.map(|(name, _)| name).join(", ")
}

fn value_word(flag: &Flag) -> &'static str {
    use super::flags::Takes;
    match flag.spec().takes {
        Takes::Nothing => "none",
        Takes::Value(word) | Takes::OptionalValue(word) | Takes::ThreeWords(word) => word,
    }
}
