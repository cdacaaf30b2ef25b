//! Networks with a director, each with its drawing.

mod direct;
mod nat;
mod other;
mod routed;

pub use direct::{DIRECT, DIRECT_PORTS, DIRECT_UDP, GRE, GUE, IPIP, PAIR};
pub use nat::{NAT_SCTP, NAT_TLS, NAT_V6, NAT2, NAT3};
pub use other::CACHES;
pub use routed::{ALL_METHODS, ONE_CARD, TWO_WAYS};

use crate::error::Result;
use crate::network::Net;

/// A network to be.
pub struct Topology {
    /// Drawn in at most 78 columns.
    pub picture: &'static str,
    /// Makes it, with its servers and without any rule.
    pub net: fn() -> Result<Net>,
}

impl Topology {
    /// Shows what will be played and where, and makes the network.
    pub fn open(&self, name: &str, about: &str) -> Result<Net> {
        println!("{name}: {about}\n{}", self.picture);
        (self.net)()
    }
}
