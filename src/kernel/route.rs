//! Asks the kernel where it would send a packet: `RTM_GETROUTE`, which follows policy routing as well.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use netlink_packet_core::{Emitable, Parseable};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType,
};
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc::{self, RTM_GETROUTE, RTM_NEWROUTE};
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
        match self
            .socket
            .get(&Question::new(to, from), RouteMessage::parse)
        {
            Ok(Ok(message)) => Ok(self.route(&message)),
            Ok(Err(_)) => Err(SocketError::Malformed("an answer about a route")),
            Err(ExchangeError::Refused(refusal)) => match refusal.errno {
                // In this order: no route; one of the types unreachable, blackhole (or a source
                // that is not ours) and prohibit; a family that is switched off.
                libc::ENETUNREACH
                | libc::EHOSTUNREACH
                | libc::EINVAL
                | libc::EACCES
                | libc::EAFNOSUPPORT
                | libc::EOPNOTSUPP
                | libc::ENODEV => Ok(Route::None),
                errno => Err(SocketError::System {
                    action: "ask for a route on",
                    source: io::Error::from_raw_os_error(errno),
                }),
            },
            Err(ExchangeError::Long) => Err(SocketError::Truncated),
            Err(ExchangeError::Socket(error)) => Err(error),
        }
    }

    fn route(&self, message: &RouteMessage) -> Route {
        match message.header.kind {
            RouteType::Local | RouteType::Anycast => return Route::Local,
            RouteType::Unicast => {}
            _ => return Route::None,
        }
        let mut interface = None;
        let mut gateway = false;
        for attribute in &message.attributes {
            match attribute {
                RouteAttribute::Oif(index) => interface = self.interfaces.get(index),
                RouteAttribute::Gateway(_) | RouteAttribute::Via(_) => gateway = true,
                _ => {}
            }
        }
        match (interface.cloned(), gateway) {
            (None, _) => Route::None,
            (Some(interface), false) => Route::Direct(interface),
            (Some(interface), true) => Route::Gateway(interface),
        }
    }
}

/// `RTM_GETROUTE` for one packet.
struct Question(RouteMessage);

impl Question {
    fn new(to: IpAddr, from: Option<IpAddr>) -> Question {
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
        let start = bytes.len();
        bytes.resize(start + self.0.buffer_len(), 0);
        self.0.emit(&mut bytes[start..]);
    }
}
