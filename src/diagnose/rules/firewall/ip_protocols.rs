//! The numbers of protocols in IP headers, as in /etc/protocols.

use crate::model::{Family, Protocol, Tunnel};

pub const TCP: u8 = 6;

/// The number of a protocol that IPVS balances.
pub fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Tcp => TCP,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
    }
}

/// Protocol and port of the packets of a tunnel for packets of a family.
pub fn outer(tunnel: Tunnel, inner: Family) -> (u8, Option<u16>) {
    match tunnel {
        Tunnel::Ipip => match inner {
            Family::V4 => (4, None),
            Family::V6 => (41, None),
        },
        Tunnel::Gue { port, .. } => (17, Some(port)),
        Tunnel::Gre { .. } => (47, None),
    }
}
