//! Asks the kernel where it would send a packet: `RTM_GETROUTE`, which minds policy routing as well.
//!
//! A socket of its own, because [`crate::netlink`] speaks generic netlink only.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nameindex;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use super::facts::Route;
use crate::netlink::ChannelError;

/// Bytes of the longest answer: a route and its attributes take a few hundred.
const ANSWER_LENGTH: usize = 8 * 1024;
/// Seconds that an answer may take; the kernel has it ready before the send returns.
const PATIENCE: i64 = 10;

/// A socket for questions about routes, in the network namespace in which it was opened.
pub struct Routes {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
    interfaces: HashMap<u32, String>,
}

impl Routes {
    /// Opens the socket and learns the interfaces' names.
    ///
    /// # Errors
    /// Where the system gives no socket.
    pub fn open() -> Result<Routes, ChannelError> {
        let failed = |action| move |source| ChannelError::Socket { action, source };
        let mut socket = Socket::new(NETLINK_ROUTE).map_err(failed("open"))?;
        socket.bind_auto().map_err(failed("bind"))?;
        setsockopt(
            &socket,
            sockopt::ReceiveTimeout,
            &TimeVal::seconds(PATIENCE),
        )
        .map_err(io::Error::from)
        .map_err(failed("configure"))?;
        let interfaces = if_nameindex().map_err(io::Error::from);
        let interfaces = interfaces.map_err(failed("name the interfaces of"))?;
        let interfaces = interfaces.iter().map(|interface| {
            let name = interface.name().to_string_lossy().into_owned();
            (interface.index(), name)
        });
        Ok(Routes {
            socket,
            sequence: 0,
            buffer: Vec::with_capacity(ANSWER_LENGTH),
            interfaces: interfaces.collect(),
        })
    }

    /// Where a packet to this address goes; from the given source, or one of the kernel's choice.
    ///
    /// A source that is no address of this host has no route.
    ///
    /// # Errors
    /// Where the conversation with the kernel breaks down. No route is no error.
    pub fn lookup(&mut self, to: IpAddr, from: Option<IpAddr>) -> Result<Route, ChannelError> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST;
        header.sequence_number = self.sequence;
        let question = RouteNetlinkMessage::GetRoute(question(to, from));
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(question));
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        let kernel = SocketAddr::new(0, 0);
        let sent = retry_interrupted(|| self.socket.send_to(&bytes, &kernel, 0));
        sent.map_err(|source| ChannelError::Socket {
            action: "send on",
            source,
        })?;
        loop {
            let answer = self.receive()?;
            if answer.header.sequence_number == self.sequence {
                return self.understand(answer.payload);
            }
        }
    }

    fn receive(&mut self) -> Result<NetlinkMessage<RouteNetlinkMessage>, ChannelError> {
        self.buffer.clear();
        let (socket, buffer) = (&self.socket, &mut self.buffer);
        let received = retry_interrupted(|| socket.recv_from(buffer, 0));
        if let Err(source) = received {
            return Err(match source.raw_os_error() {
                Some(libc::EAGAIN) => ChannelError::Silence,
                _ => ChannelError::Socket {
                    action: "receive from",
                    source,
                },
            });
        }
        let malformed = |_| ChannelError::Malformed("an answer about a route");
        NetlinkMessage::deserialize(&self.buffer).map_err(malformed)
    }

    fn understand(
        &self,
        payload: NetlinkPayload<RouteNetlinkMessage>,
    ) -> Result<Route, ChannelError> {
        match payload {
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewRoute(route)) => {
                Ok(self.route(&route))
            }
            NetlinkPayload::Error(error) => {
                let errno = Errno::from_raw(error.raw_code().saturating_neg());
                match errno {
                    // In this order: no route; one of the types unreachable, blackhole (or a source
                    // that is not ours) and prohibit; a family that is switched off.
                    Errno::ENETUNREACH
                    | Errno::EHOSTUNREACH
                    | Errno::EINVAL
                    | Errno::EACCES
                    | Errno::EAFNOSUPPORT
                    | Errno::EOPNOTSUPP
                    | Errno::ENODEV => Ok(Route::None),
                    errno => Err(ChannelError::Socket {
                        action: "ask for a route on",
                        source: errno.into(),
                    }),
                }
            }
            _ => Err(ChannelError::NoPayload),
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

fn question(to: IpAddr, from: Option<IpAddr>) -> RouteMessage {
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
    message
}

fn retry_interrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
