//! Many connections: announced to a director as another one would announce them, by messages of the
//! synchronisation protocol, version 1.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use net::{Context, Host, Result};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Where backups listen.
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 81), 8848);
/// Connections in a packet; with one of IPv6 in sixteen they fit into one of Ethernet.
const AT_ONCE: usize = 32;
/// What the kernel calls a template, from which a client's connections are made.
const TEMPLATE: u32 = 0x1000;
/// Forwarding by masquerading.
const MASQUERADE: u32 = 0;

/// A connection to be announced.
#[derive(Clone, Copy)]
pub struct Told {
    /// Numbers all of them; the client's address and port come from it.
    pub number: u32,
}

impl Told {
    /// Most are of TCP in one of its states; some are of UDP, of IPv6, or templates.
    fn message(self) -> Vec<u8> {
        let Self { number } = self;
        let kind = number % 16;
        let v6 = kind == 1;
        let protocol = if kind == 2 { 17 } else { 6 };
        let template = kind == 3;
        let state: u16 = match (protocol, template) {
            (6, false) => 1 + (number / 16 % 10) as u16,
            (17, false) => 0,
            _ => 0,
        };
        let flags = if template { TEMPLATE } else { MASQUERADE };
        let length: u16 = if v6 { 72 } else { 36 };
        let port = if template {
            0
        } else {
            1024 + (number % 60_000) as u16
        };
        // From less than a minute to more than an hour and a half: the minutes may have three digits.
        let timeout = 600 + number % 9000;
        let mut bytes = vec![u8::from(v6), protocol];
        bytes.extend(length.to_be_bytes());
        bytes.extend(flags.to_be_bytes());
        for half in [state, port, 80, 8080] {
            bytes.extend(half.to_be_bytes());
        }
        bytes.extend(0_u32.to_be_bytes());
        bytes.extend(timeout.to_be_bytes());
        if v6 {
            let client = Ipv6Addr::from((0x2001_0db8 << 96) | u128::from(number));
            bytes.extend(client.octets());
            bytes.extend(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).octets());
            bytes.extend(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x11).octets());
        } else {
            bytes.extend(Ipv4Addr::from(0x0a40_0000 + number).octets());
            bytes.extend([192, 0, 2, 1]);
            bytes.extend([10, 0, 0, 11]);
        }
        bytes
    }
}

/// Tells those of a range of numbers, from a host that is joined to the director by `eth0` with this address.
pub fn send(host: &Host, own: Ipv4Addr, numbers: std::ops::Range<u32>) -> Result<()> {
    let send = || -> io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_multicast_if_v4(&own)?;
        let group = SockAddr::from(std::net::SocketAddrV4::new(GROUP.0, GROUP.1));
        let numbers: Vec<u32> = numbers.collect();
        for chunk in numbers.chunks(AT_ONCE) {
            socket.send_to(&packet(chunk)?, &group)?;
        }
        Ok(())
    };
    host.on(send)?
        .context(|| "telling of connections".to_owned())
}

/// Whether messages wait in the socket of a backup in the calling thread's namespace.
pub fn waiting() -> Result<bool> {
    let path = "/proc/thread-self/net/udp";
    let text = fs::read_to_string(path).context(|| path.to_owned())?;
    let port = format!(":{:04X}", GROUP.1);
    let mut sockets = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    // Number, local and remote address, state, what waits to be sent and to be received.
    let listening = sockets.find(|fields| fields.get(1).is_some_and(|own| own.ends_with(&port)));
    let queue = listening.and_then(|fields| {
        fields
            .get(4)?
            .split_once(':')
            .map(|(_, queue)| queue != "00000000")
    });
    queue
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        .context(|| "the backup's socket".to_owned())
}

/// A header, and the connections.
fn packet(numbers: &[u32]) -> io::Result<Vec<u8>> {
    let connections: Vec<u8> = numbers
        .iter()
        .flat_map(|number| Told { number: *number }.message())
        .collect();
    let size = u16::try_from(8 + connections.len()).map_err(io::Error::other)?;
    let count = u8::try_from(numbers.len()).map_err(io::Error::other)?;
    // Reserved, the synchronisation's id, then the size, the count, and the version.
    let mut packet = vec![0, 0];
    packet.extend(size.to_be_bytes());
    packet.extend([count, 1, 0, 0]);
    packet.extend(connections);
    Ok(packet)
}
