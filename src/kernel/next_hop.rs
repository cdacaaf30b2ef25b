//! Asks the kernel for the way of one packet, policy routing by ports included (`RTM_GETROUTE`), and which routing tables
//! its rules lead to (`RTM_GETRULE`).

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc::{RTM_GETROUTE, RTM_GETRULE, RTM_NEWROUTE, RTM_NEWRULE};
use nix::net::if_::if_indextoname;

use super::attributes::{address, attributes, u32};
use crate::kernel::netlink::{AnswerLength, ExchangeError, Message, Socket, SocketError};

/// A packet that this host would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub from: IpAddr,
    pub to: IpAddr,
    /// TCP or UDP by its number, with the port that the packet comes from. The kernel knows these since Linux 4.18
    /// and takes no other protocol.
    pub flow: Option<(u8, u16)>,
}

/// Where a packet leaves this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHop {
    pub interface: String,
    /// The router that it is given to; `None` where the destination is a neighbour.
    pub gateway: Option<IpAddr>,
}

/// Where the kernel sends a packet; `None` where it does not leave this host.
///
/// # Errors
/// Where the exchange with the kernel breaks down. No route is not an error.
pub fn next_hop(packet: &Packet) -> Result<Option<NextHop>, SocketError> {
    let mut socket = Socket::open(NETLINK_ROUTE, AnswerLength::SHORTEST)?;
    match socket.get(packet, decode_route) {
        Ok(route) => {
            let Some((index, gateway)) = route? else {
                return Ok(None);
            };
            // It may be gone by now.
            let name = if_indextoname(index).ok();
            Ok(name.map(|name| NextHop {
                interface: name.to_string_lossy().into_owned(),
                gateway,
            }))
        }
        // Unreachable, prohibited, or a source that is not ours.
        Err(ExchangeError::Refused(_)) => Ok(None),
        Err(ExchangeError::Long) => Err(SocketError::Truncated),
        Err(ExchangeError::Socket(error)) => Err(error),
    }
}

/// The numbers of the routing tables that rules lead to.
///
/// # Errors
/// Where the exchange with the kernel breaks down.
pub fn tables_in_use() -> Result<BTreeSet<u32>, SocketError> {
    let mut socket = Socket::open(NETLINK_ROUTE, AnswerLength::LONGEST)?;
    match socket.dump(&Rules, decode_rule) {
        Ok(dump) => Ok(dump?.items.into_iter().collect()),
        Err(ExchangeError::Refused(refusal)) => Err(SocketError::System {
            action: "list routing rules on",
            source: io::Error::from_raw_os_error(refusal.errno),
        }),
        Err(ExchangeError::Long) => Err(SocketError::Truncated),
        Err(ExchangeError::Socket(error)) => Err(error),
    }
}

/// Bytes of `struct rtmsg`, and of `struct fib_rule_hdr`.
const HEADER: usize = 12;
// Numbers of linux/rtnetlink.h and linux/fib_rules.h.
const RTN_UNICAST: u8 = 1;
const RTA_DST: u16 = 1;
const RTA_SRC: u16 = 2;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_VIA: u16 = 18;
const RTA_IP_PROTO: u16 = 27;
const RTA_SPORT: u16 = 28;
const FRA_TABLE: u16 = 15;

impl Message for Packet {
    fn message_type(&self) -> u16 {
        RTM_GETROUTE
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWROUTE
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let family = family(self.to);
        let length = if self.to.is_ipv4() { 32 } else { 128 };
        bytes.extend([family, length, length, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (kind, address) in [(RTA_DST, self.to), (RTA_SRC, self.from)] {
            match address {
                IpAddr::V4(address) => append(bytes, kind, &address.octets()),
                IpAddr::V6(address) => append(bytes, kind, &address.octets()),
            }
        }
        if let Some((protocol, port)) = self.flow {
            append(bytes, RTA_IP_PROTO, &[protocol]);
            append(bytes, RTA_SPORT, &port.to_be_bytes());
        }
    }
}

/// `struct fib_rule_hdr`, all of it zero: the rules of every family.
struct Rules;

impl Message for Rules {
    fn message_type(&self) -> u16 {
        RTM_GETRULE
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWRULE
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend([0; HEADER]);
    }
}

fn family(address: IpAddr) -> u8 {
    let family = if address.is_ipv4() {
        nix::libc::AF_INET
    } else {
        nix::libc::AF_INET6
    };
    family as u8
}

fn append(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    bytes.extend((value.len() as u16 + 4).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// The index of the interface and the gateway; `None` where the packet stays here or is refused.
#[allow(clippy::type_complexity)]
fn decode_route(bytes: &[u8]) -> Result<Option<(u32, Option<IpAddr>)>, SocketError> {
    let (header, rest) = bytes
        .split_at_checked(HEADER)
        .ok_or(SocketError::Malformed("an answer about a route"))?;
    if header[7] != RTN_UNICAST {
        return Ok(None);
    }
    let (mut index, mut gateway) = (None, None);
    for (kind, value) in attributes(rest)? {
        match kind {
            RTA_OIF => index = u32(value),
            RTA_GATEWAY => gateway = address(value),
            // Behind two bytes of address family.
            RTA_VIA => gateway = value.get(2..).and_then(address),
            _ => {}
        }
    }
    Ok(index.map(|index| (index, gateway)))
}

fn decode_rule(bytes: &[u8]) -> Result<u32, SocketError> {
    let (header, rest) = bytes
        .split_at_checked(HEADER)
        .ok_or(SocketError::Malformed("a routing rule"))?;
    let long = attributes(rest)?
        .into_iter()
        .find(|(kind, _)| *kind == FRA_TABLE)
        .and_then(|(_, value)| u32(value));
    Ok(long.unwrap_or(u32::from(header[4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_the_flow() {
        let mut bytes = Vec::new();
        let packet = Packet {
            from: [10, 0, 0, 11].into(),
            to: [1, 1, 1, 1].into(),
            flow: Some((6, 80)),
        };
        packet.append_to(&mut bytes);
        assert_eq!(bytes[..4], [2, 32, 32, 0]);
        let all = attributes(&bytes[HEADER..]).unwrap();
        let expected: [(u16, &[u8]); 4] = [
            (RTA_DST, &[1, 1, 1, 1]),
            (RTA_SRC, &[10, 0, 0, 11]),
            (RTA_IP_PROTO, &[6]),
            (RTA_SPORT, &[0, 80]),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_gateway_of_either_family() {
        let mut bytes = vec![2, 32, 0, 0, 254, 0, 0, RTN_UNICAST, 0, 0, 0, 0];
        append(&mut bytes, RTA_OIF, &2_u32.to_ne_bytes());
        let gateway: IpAddr = "fe80::1".parse().unwrap();
        let IpAddr::V6(octets) = gateway else { return };
        append(
            &mut bytes,
            RTA_VIA,
            &[&[10, 0][..], &octets.octets()].concat(),
        );
        assert_eq!(decode_route(&bytes).unwrap(), Some((2, Some(gateway))));
        bytes[7] = 2;
        assert_eq!(decode_route(&bytes).unwrap(), None);
        assert!(decode_route(&bytes[..11]).is_err());
    }

    #[test]
    fn tables_above_255() {
        let mut bytes = vec![2, 0, 0, 0, 252, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(decode_rule(&bytes).unwrap(), 252);
        append(&mut bytes, FRA_TABLE, &1000_u32.to_ne_bytes());
        assert_eq!(decode_rule(&bytes).unwrap(), 1000);
    }
}
