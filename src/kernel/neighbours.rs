//! Asks the kernel which hosts on its links it has reached: `RTM_GETNEIGH`, the tables of ARP and of IPv6's
//! neighbour discovery.

use std::io;
use std::net::IpAddr;

use netlink_packet_core::{DecodeError, Emitable, Parseable};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc::{RTM_GETNEIGH, RTM_NEWNEIGH};
use nix::net::if_::if_nameindex;

use crate::kernel::netlink::{AnswerLength, ExchangeError, Message, Socket, SocketError};

/// A host on one of the links, as the kernel knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub address: IpAddr,
    /// The name of the interface through which it was looked for.
    pub interface: String,
    pub reachability: Reachability,
}

/// What came of looking for a neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It has answered, now or earlier, from this link-layer address.
    Known(Vec<u8>),
    /// It was asked so often, each time a second after the last, and has not answered yet.
    Asked(u32),
    /// Nobody answered.
    Failed,
}

/// The neighbours that the kernel was in touch with, or looked for. Entries that say nothing of a host, such as
/// those of interfaces that know no link-layer addresses, are left out.
///
/// # Errors
/// Where the exchange with the kernel breaks down.
pub fn neighbours() -> Result<Vec<Neighbour>, SocketError> {
    let names = if_nameindex().map_err(|source| SocketError::System {
        action: "name the interfaces of",
        source: io::Error::from(source),
    })?;
    let name = |index: u32| {
        let found = names.iter().find(|interface| interface.index() == index)?;
        Some(found.name().to_string_lossy().into_owned())
    };
    let mut length = AnswerLength::SHORTEST;
    loop {
        let mut socket = Socket::open(NETLINK_ROUTE, length)?;
        let answer = socket.dump(&Question, |payload| {
            let message = NeighbourMessage::parse(payload)?;
            Ok::<_, DecodeError>(neighbour(&message, name))
        });
        match answer {
            Ok(Ok(dump)) => return Ok(dump.items.into_iter().flatten().collect()),
            Ok(Err(_)) => return Err(SocketError::Malformed("an entry of the neighbour table")),
            Err(ExchangeError::Long) => {
                length = length.longer().ok_or(SocketError::Truncated)?;
            }
            Err(error) => return Err(error.while_doing("ask for the neighbours on")),
        }
    }
}

fn neighbour(
    message: &NeighbourMessage,
    name: impl Fn(u32) -> Option<String>,
) -> Option<Neighbour> {
    let mut address = None;
    let mut link_address = None;
    let mut asked = 0;
    for attribute in &message.attributes {
        match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(v4)) => {
                address = Some(IpAddr::V4(*v4));
            }
            NeighbourAttribute::Destination(NeighbourAddress::Inet6(v6)) => {
                address = Some(IpAddr::V6(*v6));
            }
            NeighbourAttribute::LinkLayerAddress(bytes) => link_address = Some(bytes.clone()),
            NeighbourAttribute::Probes(count) => asked = *count,
            _ => {}
        }
    }
    let reachability = match message.header.state {
        NeighbourState::Failed => Reachability::Failed,
        NeighbourState::Incomplete => Reachability::Asked(asked),
        NeighbourState::Reachable
        | NeighbourState::Stale
        | NeighbourState::Delay
        | NeighbourState::Probe
        | NeighbourState::Permanent => Reachability::Known(link_address?),
        _ => return None,
    };
    Some(Neighbour {
        address: address?,
        interface: name(message.header.ifindex)?,
        reachability,
    })
}

/// `RTM_GETNEIGH` for everything: of both families, on all interfaces.
struct Question;

impl Message for Question {
    fn message_type(&self) -> u16 {
        RTM_GETNEIGH
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWNEIGH
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let mut message = NeighbourMessage::default();
        message.header.family = AddressFamily::Unspec;
        let start = bytes.len();
        bytes.resize(start + message.buffer_len(), 0);
        message.emit(&mut bytes[start..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(
        state: NeighbourState,
        attributes: &[NeighbourAttribute],
    ) -> Option<(IpAddr, Reachability)> {
        let mut message = NeighbourMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.ifindex = 7;
        message.header.state = state;
        message.attributes = attributes.to_vec();
        let mut bytes = vec![0; message.buffer_len()];
        message.emit(&mut bytes);
        let message = NeighbourMessage::parse(&bytes[..]).unwrap();
        let found = neighbour(&message, |index| (index == 7).then(|| "eth7".to_owned()))?;
        assert_eq!(found.interface, "eth7");
        Some((found.address, found.reachability))
    }

    #[test]
    fn what_each_state_says_of_a_host() {
        let host = IpAddr::from([10, 0, 0, 11]);
        let to = NeighbourAttribute::Destination(host.into());
        let link = vec![2, 0, 0, 0, 0, 11];
        let from = NeighbourAttribute::LinkLayerAddress(link.clone());
        let probes = NeighbourAttribute::Probes(2);
        for state in [
            NeighbourState::Reachable,
            NeighbourState::Stale,
            NeighbourState::Delay,
            NeighbourState::Probe,
            NeighbourState::Permanent,
        ] {
            let known = Some((host, Reachability::Known(link.clone())));
            assert_eq!(parsed(state, &[to.clone(), from.clone()]), known);
            assert_eq!(parsed(state, std::slice::from_ref(&to)), None);
        }
        assert_eq!(
            parsed(NeighbourState::Failed, std::slice::from_ref(&to)),
            Some((host, Reachability::Failed))
        );
        assert_eq!(
            parsed(NeighbourState::Incomplete, &[to.clone(), probes]),
            Some((host, Reachability::Asked(2)))
        );
        assert_eq!(parsed(NeighbourState::Noarp, &[to, from]), None);
        assert_eq!(parsed(NeighbourState::Failed, &[]), None);
    }
}
