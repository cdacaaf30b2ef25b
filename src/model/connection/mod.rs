//! A connection of the kernel's connection table, questions about connections, and counts of them.

mod query;
mod state;
mod tally;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::{Endpoint, Protocol};

pub use query::{ConnectionFilter, ConnectionQuery, Counting, MarkedService, ServerQuery};
use state::TEMPLATE_STATES;
pub use state::{STATES, StateSet, TableProtocol};
pub use tally::{CountBy, CountKey, CountRow, Group, Tally};

/// One connection, or the template from which a persistent client's connections are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// As the kernel spells it: `TCP`, `UDP`, `SCTP`, or `IP` for a firewall mark's template.
    pub protocol: &'a str,
    /// The client; its port is 0 in a template.
    pub source: Endpoint,
    /// For a firewall mark's template the mark stands in the place of the address.
    pub service: Endpoint,
    /// The real server.
    pub destination: Endpoint,
    /// As the kernel spells it.
    pub state: &'a str,
    /// Where the entry came from, where that was asked for.
    pub origin: Option<Origin>,
    /// Seconds until the connection is forgotten.
    pub expires: u64,
    /// What a persistence engine knows of it.
    pub engine: Option<EngineData<'a>>,
}

/// What a persistence engine knows of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineData<'a> {
    /// Such as `sip`.
    pub name: &'a str,
    /// In the engine's own form; for sip the Call-ID that the client sent.
    pub data: &'a str,
}

/// Who made an entry of the connection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// This director.
    Local,
    /// Another one, of which the sync daemon heard.
    Synced,
}

impl Origin {
    /// The kernel's word.
    pub fn title(self) -> &'static str {
        match self {
            Origin::Local => "LOCAL",
            Origin::Synced => "SYNC",
        }
    }

    /// The origin of which this is the kernel's word.
    pub fn from_title(word: &str) -> Option<Origin> {
        [Origin::Local, Origin::Synced]
            .into_iter()
            .find(|origin| origin.title() == word)
    }
}

impl Connection<'_> {
    /// The transport protocol, where it is one.
    pub fn transport(&self) -> Option<Protocol> {
        Protocol::from_title(self.protocol)
    }

    /// Whether it is a persistent client's template. A connection that waits for its client's port, such as one
    /// for FTP data, has port 0 too, but another state.
    pub fn is_template(&self) -> bool {
        self.source.port == 0 && TEMPLATE_STATES.contains(&self.state)
    }

    /// The mark, for a template of a firewall mark's service: it fills the first four bytes of the
    /// service's address.
    pub fn firewall_mark(&self) -> Option<u32> {
        if self.protocol != "IP" {
            return None;
        }
        Some(match self.service.address {
            IpAddr::V4(address) => u32::from(address),
            IpAddr::V6(address) => (u128::from(address) >> 96) as u32,
        })
    }
}
