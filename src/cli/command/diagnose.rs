//! What a diagnosis is about, and how it is written.

use std::net::IpAddr;

use crate::model::{Endpoint, Forwarding, Protocol};

/// How a diagnosis is made and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diagnose {
    /// As one JSON document.
    pub json: bool,
    /// Show notes as well, which are worth knowing and nothing worse.
    pub notes: bool,
    /// Whether text is coloured.
    pub color: ColorChoice,
    pub examined: Examined,
}

/// When text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that shows colours, for a user who has not turned them off.
    #[default]
    Auto,
    Always,
    Never,
}

impl ColorChoice {
    /// Whether to colour; `supported` says whether the output shows colours to somebody who wants them.
    pub fn is_on(self, supported: impl FnOnce() -> bool) -> bool {
        match self {
            ColorChoice::Auto => supported(),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        }
    }
}

/// The host that is diagnosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Examined {
    /// A director, with its table.
    Director {
        /// Send questions to the network too.
        probe: bool,
    },
    /// A real server, which needs no IPVS.
    Server(ServerRole),
}

impl Default for Examined {
    fn default() -> Examined {
        Examined::Director { probe: false }
    }
}

/// What a real server is a server of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerRole {
    pub protocol: Protocol,
    /// Of the virtual service; with masquerading it may be that of the server itself.
    pub endpoint: Endpoint,
    pub forwarding: Forwarding,
    /// The director's address in a network that it shares with the server.
    pub director: Option<IpAddr>,
}
