//! Servers whose every answer is the name of the host they run on.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, Protocol as Ip, Socket, Type};

use crate::error::{Context, Result};
use crate::host::Host;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP over TCP.
    Tcp,
    /// A datagram for a datagram.
    Udp,
    /// HTTP over one stream of SCTP.
    Sctp,
}

impl Protocol {
    /// An unbound socket in the namespace of the calling thread.
    pub fn socket(self, domain: Domain) -> io::Result<Socket> {
        match self {
            Self::Tcp => Socket::new(domain, Type::STREAM, Some(Ip::TCP)),
            Self::Udp => Socket::new(domain, Type::DGRAM, Some(Ip::UDP)),
            Self::Sctp => Socket::new(domain, Type::STREAM, Some(Ip::SCTP)),
        }
    }
}

/// The path of a page that is big.
pub const BIG_PAGE: &str = "/big";
/// How big, in bytes, without the first line.
const BIG: usize = 1 << 20;
/// How long a blocked thread takes to see that it should end.
const TICK: Duration = Duration::from_millis(50);

/// A server's thread, which ends on drop.
#[derive(Debug)]
pub struct Server {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server. It is ready when this returns.
    pub fn start(host: &Host, protocol: Protocol, address: &str) -> Result<Self> {
        let what = || format!("{}: serving at {address}", host.name());
        let bound: SocketAddr = address.parse().map_err(io::Error::other).context(what)?;
        let socket = host.on(|| listener(protocol, bound))?.context(what)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (name, stopped) = (host.name().to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || match protocol {
            Protocol::Udp => datagrams(&socket, &name, &stopped),
            Protocol::Tcp | Protocol::Sctp => connections(&socket, &name, &stopped),
        });
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listener(protocol: Protocol, address: SocketAddr) -> io::Result<Socket> {
    let socket = protocol.socket(Domain::for_address(address))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.set_read_timeout(Some(TICK))?;
    if protocol != Protocol::Udp {
        socket.listen(64)?;
    }
    Ok(socket)
}

fn datagrams(socket: &Socket, name: &str, stop: &AtomicBool) {
    let mut buffer = [MaybeUninit::uninit(); 2048];
    while !stop.load(Ordering::Relaxed) {
        if let Ok((_, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(name.as_bytes(), &from);
        }
    }
}

fn connections(socket: &Socket, name: &str, stop: &AtomicBool) {
    thread::scope(|scope| {
        while !stop.load(Ordering::Relaxed) {
            if let Ok((connection, _)) = socket.accept() {
                // What the peer does to its connection is its own affair.
                scope.spawn(move || drop(converse(&connection, name, stop)));
            }
        }
    });
}

/// Answers requests until the peer has no more.
fn converse(mut connection: &Socket, name: &str, stop: &AtomicBool) -> io::Result<()> {
    connection.set_read_timeout(Some(TICK))?;
    let mut buffer = [0; 4096];
    let mut request = String::new();
    while !stop.load(Ordering::Relaxed) {
        let length = match connection.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        request += &String::from_utf8_lossy(&buffer[..length]);
        if let Some((head, rest)) = request.split_once("\r\n\r\n") {
            connection.write_all(answer(head, name).as_bytes())?;
            if head.to_ascii_lowercase().contains("connection: close") {
                return Ok(());
            }
            request = rest.to_owned();
        }
    }
    Ok(())
}

fn answer(head: &str, name: &str) -> String {
    let mut page = format!("{name}\n");
    if head.split(' ').nth(1) == Some(BIG_PAGE) {
        page += &"x".repeat(BIG);
    }
    let length = page.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{page}")
}
