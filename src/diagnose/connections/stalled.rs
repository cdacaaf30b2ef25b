//! Connections whose clients have waited for an answer for some seconds.

use std::net::{IpAddr, Ipv6Addr};

use crate::model::Endpoint;

/// So many clients are told apart; more are not kept, however many there are.
pub const TOLD_APART: usize = 3;
/// The first half of an IPv6 address, of which one host can have as many second halves as it likes.
const V6_NETWORK: u128 = !0 << 64;

/// The connections to one server whose clients have waited for an answer for some seconds.
///
/// A client that is answered and leaves the connection half open looks the same: a scan comes from few addresses, and
/// from many only where somebody forges them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalled {
    /// How many there are.
    pub connections: u32,
    /// Some of the clients: IPv4 addresses and IPv6 networks of 64 bits.
    clients: [Option<IpAddr>; TOLD_APART],
    /// Where one of the clients has sent its packets.
    pub at: Option<Endpoint>,
}

impl Stalled {
    /// Adds the connection of a client to a service's address and port.
    pub fn add(&mut self, client: IpAddr, service: Endpoint) {
        self.connections = self.connections.saturating_add(1);
        self.at = Some(service);
        let client = Some(match client {
            IpAddr::V4(_) => client,
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & V6_NETWORK).into(),
        });
        for known in &mut self.clients {
            if known.is_none() {
                *known = client;
            }
            if *known == client {
                return;
            }
        }
    }

    /// How many clients they have, up to three.
    pub fn clients(&self) -> usize {
        self.clients.iter().flatten().count()
    }
}
