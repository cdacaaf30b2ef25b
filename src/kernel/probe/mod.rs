//! Questions to the network: who has an address on a segment, and which ports answer. The only part of the program that
//! sends packets of its own.

pub mod arp;
pub mod ports;
pub mod segment;
pub mod solicitation;

use std::fmt;
use std::net::IpAddr;

/// A hardware address of Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HardwareAddress(pub [u8; 6]);

impl HardwareAddress {
    /// Whether it can be one host's: it is neither for several nor zero.
    pub fn is_one_host(self) -> bool {
        self.0[0] & 1 == 0 && self.0 != [0; 6]
    }
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first:02x}")?;
        rest.iter().try_for_each(|byte| write!(f, ":{byte:02x}"))
    }
}

/// What a host said: it has this address, at this hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub address: IpAddr,
    pub hardware: HardwareAddress,
}
