//! Asks the kernel where it would send a packet: `RTM_GETROUTE`, which follows policy routing as well; and which
//! routing tables its rules lead to: `RTM_GETRULE`.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::IpAddr;

use netlink_packet_core::{DecodeError, Emitable, Parseable};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType, RouteVia,
};
use netlink_packet_route::rule::{RuleAttribute, RuleMessage};
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc::{self, RTM_GETROUTE, RTM_GETRULE, RTM_NEWROUTE, RTM_NEWRULE};
use nix::net::if_::if_nameindex;

use crate::kernel::netlink::{AnswerLength, ExchangeError, Message, Socket, SocketError};

/// What the kernel does with a packet to some address (`RTM_GETROUTE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is for this host.
    Local,
    /// Over this interface, to a neighbour.
    Direct(String),
    /// Over this interface, to a router.
    Gateway(String),
    /// There is none, or one that says no.
    None,
}

impl Route {
    /// The name of the interface that the packet leaves by, where it leaves this host.
    pub fn interface(&self) -> Option<&str> {
        match self {
            Route::Direct(interface) | Route::Gateway(interface) => Some(interface),
            Route::Local | Route::None => None,
        }
    }
}

/// In this order: no route; one of the types unreachable, blackhole (or a source that is not ours) and prohibit; a
/// family that is switched off.
const NO_ROUTE: [i32; 7] = [
    libc::ENETUNREACH,
    libc::EHOSTUNREACH,
    libc::EINVAL,
    libc::EACCES,
    libc::EAFNOSUPPORT,
    libc::EOPNOTSUPP,
    libc::ENODEV,
];

/// A packet that this host would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// One of the kernel's choice where there is none.
    pub from: Option<IpAddr>,
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

/// A socket for questions about routes, in the network namespace in which it was opened.
pub struct Routes {
    socket: Socket,
    interfaces: HashMap<u32, String>,
}

impl Routes {
    /// Opens the socket and learns the interfaces' names.
    ///
    /// # Errors
    /// Where the system gives no socket.
    pub fn open() -> Result<Routes, SocketError> {
        let socket = Socket::open(NETLINK_ROUTE, AnswerLength::SHORTEST)?;
        let interfaces = if_nameindex().map_err(|source| SocketError::System {
            action: "name the interfaces of",
            source: io::Error::from(source),
        })?;
        let interfaces = interfaces.iter().map(|interface| {
            let name = interface.name().to_string_lossy().into_owned();
            (interface.index(), name)
        });
        Ok(Routes {
            socket,
            interfaces: interfaces.collect(),
        })
    }

    /// Where a packet to this address goes; from the given source, or one of the kernel's choice.
    ///
    /// A source that is not an address of this host has no route.
    ///
    /// # Errors
    /// Where the exchange with the kernel breaks down. No route is not an error.
    pub fn lookup(&mut self, to: IpAddr, from: Option<IpAddr>) -> Result<Route, SocketError> {
        let message = self.ask(&Packet {
            from,
            to,
            flow: None,
        })?;
        let Some(message) = message else {
            return Ok(Route::None);
        };
        match message.header.kind {
            RouteType::Local | RouteType::Anycast => return Ok(Route::Local),
            RouteType::Unicast => {}
            _ => return Ok(Route::None),
        }
        Ok(match self.way(&message) {
            None => Route::None,
            Some(NextHop {
                interface,
                gateway: None,
            }) => Route::Direct(interface),
            Some(NextHop { interface, .. }) => Route::Gateway(interface),
        })
    }

    /// Where a packet leaves this host; `None` where it does not.
    ///
    /// # Errors
    /// As those of [`Routes::lookup`].
    pub fn next_hop(&mut self, packet: &Packet) -> Result<Option<NextHop>, SocketError> {
        let message = self.ask(packet)?;
        let message = message.filter(|message| message.header.kind == RouteType::Unicast);
        Ok(message.and_then(|message| self.way(&message)))
    }

    /// The numbers of the routing tables that rules lead to.
    ///
    /// # Errors
    /// Where the exchange with the kernel breaks down, or the kernel refuses.
    pub fn tables_in_use(&mut self) -> Result<BTreeSet<u32>, SocketError> {
        let tables = self.socket.dump(&Rules, |payload| {
            let rule = RuleMessage::parse(payload)?;
            Ok::<_, DecodeError>(table(&rule))
        });
        match tables {
            Ok(Ok(dump)) => Ok(dump.items.into_iter().collect()),
            Ok(Err(_)) => Err(SocketError::Malformed("a routing rule")),
            Err(error) => Err(error.while_doing("list routing rules on")),
        }
    }

    /// The kernel's answer; `None` where there is no route.
    fn ask(&mut self, packet: &Packet) -> Result<Option<RouteMessage>, SocketError> {
        match self.socket.get(&Question::new(packet), RouteMessage::parse) {
            Ok(Ok(message)) => Ok(Some(message)),
            Ok(Err(_)) => Err(SocketError::Malformed("an answer about a route")),
            Err(ExchangeError::Refused(refusal)) if NO_ROUTE.contains(&refusal.errno) => Ok(None),
            Err(error) => Err(error.while_doing("ask for a route on")),
        }
    }

    /// The interface and the router of a route; `None` where it leads over no interface that is known.
    fn way(&self, message: &RouteMessage) -> Option<NextHop> {
        let mut interface = None;
        let mut gateway = None;
        for attribute in &message.attributes {
            match attribute {
                RouteAttribute::Oif(index) => interface = self.interfaces.get(index),
                RouteAttribute::Gateway(address) => gateway = ip_address(address),
                RouteAttribute::Via(RouteVia::Inet(address)) => gateway = Some((*address).into()),
                RouteAttribute::Via(RouteVia::Inet6(address)) => gateway = Some((*address).into()),
                _ => {}
            }
        }
        Some(NextHop {
            interface: interface?.clone(),
            gateway,
        })
    }
}

fn ip_address(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}

/// The header has no room for numbers above 255.
fn table(rule: &RuleMessage) -> u32 {
    let long = rule
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            RuleAttribute::Table(number) => Some(*number),
            _ => None,
        });
    long.unwrap_or(u32::from(rule.header.table))
}

/// `RTM_GETRULE`: the rules of every family.
struct Rules;

impl Message for Rules {
    fn message_type(&self) -> u16 {
        RTM_GETRULE
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWRULE
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        append(&RuleMessage::default(), bytes);
    }
}

/// `RTM_GETROUTE` for one packet.
struct Question(RouteMessage);

impl Question {
    fn new(packet: &Packet) -> Question {
        let Packet { from, to, flow } = *packet;
        let (family, length) = match to {
            IpAddr::V4(_) => (AddressFamily::Inet, 32),
            IpAddr::V6(_) => (AddressFamily::Inet6, 128),
        };
        let mut message = RouteMessage::default();
        message.header = RouteHeader {
            address_family: family,
            destination_prefix_length: length,
            source_prefix_length: if from.is_some() { length } else { 0 },
            ..RouteHeader::default()
        };
        let to = RouteAttribute::Destination(RouteAddress::from(to));
        let from = from.map(|from| RouteAttribute::Source(RouteAddress::from(from)));
        message.attributes = std::iter::once(to).chain(from).collect();
        if let Some((protocol, port)) = flow {
            let flow = [
                RouteAttribute::IpProto(protocol),
                RouteAttribute::Sport(port),
            ];
            message.attributes.extend(flow);
        }
        Question(message)
    }
}

impl Message for Question {
    fn message_type(&self) -> u16 {
        RTM_GETROUTE
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWROUTE
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        append(&self.0, bytes);
    }
}

fn append(message: &impl Emitable, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + message.buffer_len(), 0);
    message.emit(&mut bytes[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_the_flow() {
        let mut bytes = Vec::new();
        let packet = Packet {
            from: Some([10, 0, 0, 11].into()),
            to: [1, 1, 1, 1].into(),
            flow: Some((6, 80)),
        };
        Question::new(&packet).append_to(&mut bytes);
        // Family, lengths; then destination, source, protocol and port, the last in the network's byte order.
        assert_eq!(bytes[..4], [2, 32, 32, 0]);
        let expected = [
            &[8, 0, 1, 0, 1, 1, 1, 1][..],
            &[8, 0, 2, 0, 10, 0, 0, 11],
            &[5, 0, 27, 0, 6, 0, 0, 0],
            &[6, 0, 28, 0, 0, 80, 0, 0],
        ];
        assert_eq!(bytes[12..], expected.concat());
    }

    #[test]
    fn tables_above_255() {
        let mut rule = RuleMessage::default();
        rule.header.table = 252;
        assert_eq!(table(&rule), 252);
        rule.attributes = vec![RuleAttribute::Table(1000)];
        assert_eq!(table(&rule), 1000);
    }
}
