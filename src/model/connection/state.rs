//! Protocols and states, as the connection table spells them.

use crate::model::Protocol;

/// A protocol of the connection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableProtocol {
    /// Of a connection or an address service's template.
    Transport(Protocol),
    /// `IP`, of a firewall mark's template.
    Ip,
}

impl TableProtocol {
    /// All of them.
    pub const ALL: [TableProtocol; 4] = [TCP, UDP, SCTP, TableProtocol::Ip];

    /// The kernel's word.
    pub fn title(self) -> &'static str {
        match self {
            TableProtocol::Transport(protocol) => protocol.title(),
            TableProtocol::Ip => "IP",
        }
    }
}

const TCP: TableProtocol = TableProtocol::Transport(Protocol::Tcp);
const UDP: TableProtocol = TableProtocol::Transport(Protocol::Udp);
const SCTP: TableProtocol = TableProtocol::Transport(Protocol::Sctp);

/// The states of templates.
pub(super) const TEMPLATE_STATES: [&str; 2] = ["NONE", "ASSURED"];

/// Every state that Linux 5.10 to 7.2 show, and the protocols that have it. Templates of any protocol have those of
/// [`TEMPLATE_STATES`].
pub const STATES: [(&str, &[TableProtocol]); 25] = [
    ("NONE", &TableProtocol::ALL),
    ("ASSURED", &TableProtocol::ALL),
    ("ESTABLISHED", &[TCP, SCTP]),
    ("SYN_SENT", &[TCP]),
    ("SYN_RECV", &[TCP]),
    ("FIN_WAIT", &[TCP]),
    ("TIME_WAIT", &[TCP]),
    ("CLOSE", &[TCP]),
    ("CLOSE_WAIT", &[TCP]),
    ("LAST_ACK", &[TCP]),
    ("LISTEN", &[TCP]),
    ("SYNACK", &[TCP]),
    ("UDP", &[UDP]),
    ("INIT1", &[SCTP]),
    ("INIT", &[SCTP]),
    ("C-SENT", &[SCTP]),
    ("C-REPLIED", &[SCTP]),
    ("C-WAIT", &[SCTP]),
    ("COOKIE", &[SCTP]),
    ("C-ECHOED", &[SCTP]),
    ("S-SENT", &[SCTP]),
    ("S-RECEIVED", &[SCTP]),
    ("S-ACK-SENT", &[SCTP]),
    ("REJECTED", &[SCTP]),
    ("CLOSED", &[SCTP]),
];

/// Some of [`STATES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateSet(u32);

// One bit a state.
const _: () = assert!(STATES.len() <= 32);

impl StateSet {
    /// Adds a state, spelt in any case; false where there is none of that name.
    pub fn add(&mut self, name: &str) -> bool {
        let found = STATES
            .iter()
            .position(|(state, _)| state.eq_ignore_ascii_case(name));
        self.0 |= found.map_or(0, |index| 1 << index);
        found.is_some()
    }

    /// Whether a state, in the kernel's spelling, is among them.
    pub fn has(self, state: &str) -> bool {
        self.names().any(|(name, _)| name == state)
    }

    /// The first of them that a protocol does not have.
    pub fn foreign_to(self, protocol: TableProtocol) -> Option<&'static str> {
        self.names()
            .find(|(_, protocols)| !protocols.contains(&protocol))
            .map(|(name, _)| name)
    }

    fn names(self) -> impl Iterator<Item = (&'static str, &'static [TableProtocol])> {
        let states = STATES.iter().enumerate();
        states
            .filter(move |(index, _)| self.0 >> index & 1 != 0)
            .map(|(_, state)| *state)
    }
}
