//! Clients of our own, where a test counts answers, holds connections open, or comes from many addresses.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket};

use crate::error::{Context, Error, Result};
use crate::host::Host;
use crate::serve::Protocol;

/// How long to wait for a connection that does not come about.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait for an answer on one that did: a busy host may stand still for seconds.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// An open connection, or a datagram socket with a peer.
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    protocol: Protocol,
    peer: SocketAddr,
}

impl Connection {
    /// Connects from a host, from a given address of it or from any.
    pub fn open(host: &Host, protocol: Protocol, from: Option<IpAddr>, to: &str) -> Result<Self> {
        let what = || format!("{}: connecting to {to}", host.name());
        let peer: SocketAddr = to.parse().map_err(io::Error::other).context(what)?;
        let connect = || {
            let socket = protocol.socket(Domain::for_address(peer))?;
            if let Some(address) = from {
                socket.bind(&SocketAddr::new(address, 0).into())?;
            }
            socket.set_read_timeout(Some(ANSWER_PATIENCE))?;
            socket.set_write_timeout(Some(PATIENCE))?;
            match protocol {
                // Its connect in non-blocking mode tells errors in other ways than TCP's.
                Protocol::Sctp => socket.connect(&peer.into()),
                _ => socket.connect_timeout(&peer.into(), PATIENCE),
            }?;
            Ok::<Socket, io::Error>(socket)
        };
        Ok(Self {
            socket: host.on(connect)?.context(what)?,
            protocol,
            peer,
        })
    }

    /// Sends a request; the answer is the name of the server.
    pub fn ask(&mut self) -> Result<String> {
        let peer = self.peer;
        let what = || format!("asking {peer}");
        if self.protocol == Protocol::Udp {
            self.socket.send(b"who?").context(what)?;
            let mut buffer = [0; 256];
            let length = self.socket.read(&mut buffer).context(what)?;
            return Ok(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        let request = format!("GET / HTTP/1.1\r\nHost: {peer}\r\n\r\n");
        self.socket.write_all(request.as_bytes()).context(what)?;
        let mut answer = String::new();
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.read(&mut buffer).context(what)?;
            answer += &String::from_utf8_lossy(&buffer[..length]);
            if let Some((_, page)) = answer.split_once("\r\n\r\n")
                && let Some(name) = page.strip_suffix('\n')
            {
                return Ok(name.to_owned());
            }
            if length == 0 {
                return Err(Error::Io {
                    what: what(),
                    source: io::ErrorKind::UnexpectedEof.into(),
                });
            }
        }
    }
}
