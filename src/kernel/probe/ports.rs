//! Connects once to each of many ports, at the same time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, Protocol as IpProtocol, SendFlags, SocketFlags, SocketType, bind, connect,
    ipproto, send, socket_with, sockopt,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::model::Protocol;

/// A port to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    pub protocol: Protocol,
    pub address: SocketAddr,
}

/// A connection to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub port: Port,
    /// The address of this host that it comes from; else one of the kernel's choice.
    pub from: Option<IpAddr>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A connection came about.
    Answers,
    /// Refused: nobody listens, or a firewall says so.
    Refused,
    /// Nothing came back in time. Of UDP this is all that can be known where nobody refuses.
    Silent,
    /// The host or its network cannot be reached.
    Unreachable,
    /// The system has no socket for it.
    NotAsked,
}

/// How long a datagram's refusal may take: it is not sent again.
const DATAGRAM_PATIENCE: Duration = Duration::from_millis(500);
/// Descriptors that are left to the rest of the program.
const SPARE: u64 = 64;
/// The most connections at a time.
const MOST: u64 = 4096;

/// Connects to every port, and closes each connection as soon as it comes about; all of it takes no longer than `patience`.
///
/// Where there are fewer descriptors than ports, one group after the other gets its share of the time.
pub fn connect_to_all(attempts: &[Attempt], patience: Duration) -> Vec<Outcome> {
    let group = raise_limit(attempts.len() as u64) as usize;
    let groups = attempts.len().div_ceil(group).max(1) as u32;
    let share = patience / groups;
    attempts
        .chunks(group)
        .flat_map(|group| connect_to_group(group, Instant::now() + share))
        .collect()
}

/// Raises the limit of descriptors as far as that is needed and possible; returns how many may be used.
fn raise_limit(wanted: u64) -> u64 {
    let wanted = wanted.min(MOST);
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    let needed = wanted + SPARE;
    if needed > current {
        let possible = needed.min(limit.maximum.unwrap_or(u64::MAX));
        let raised = Rlimit {
            current: Some(possible),
            maximum: limit.maximum,
        };
        // Where that fails, more groups do it.
        let _ = setrlimit(Resource::Nofile, raised);
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    wanted.min(current.saturating_sub(SPARE)).max(1)
}

fn connect_to_group(attempts: &[Attempt], end: Instant) -> Vec<Outcome> {
    let begun = Instant::now();
    let mut outcomes = vec![Outcome::Silent; attempts.len()];
    let mut waiting: Vec<(usize, OwnedFd)> = Vec::new();
    for (index, attempt) in attempts.iter().enumerate() {
        match start(attempt) {
            Ok(socket) => waiting.push((index, socket)),
            Err(error) => outcomes[index] = outcome(error),
        }
    }
    let is_udp = |index: usize| attempts[index].port.protocol == Protocol::Udp;
    while !waiting.is_empty() {
        let end = if waiting.iter().all(|(index, _)| is_udp(*index)) {
            end.min(begun + DATAGRAM_PATIENCE)
        } else {
            end
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let ready: Vec<bool> = {
            let mut polled: Vec<PollFd<'_>> = waiting
                .iter()
                .map(|(index, socket)| PollFd::new(socket, events(&attempts[*index].port)))
                .collect();
            let left = Timespec::try_from(left).ok();
            match poll(&mut polled, left.as_ref()) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => break,
            }
            polled.iter().map(|one| !one.revents().is_empty()).collect()
        };
        let mut ready = ready.into_iter();
        waiting.retain(|(index, socket)| {
            let is_ready = ready.next().unwrap_or(false);
            if is_ready {
                outcomes[*index] = match sockopt::socket_error(socket) {
                    Ok(Ok(())) => Outcome::Answers,
                    Ok(Err(error)) | Err(error) => outcome(error),
                };
            }
            !is_ready
        });
    }
    outcomes
}

/// What to wait for: a connection, or the error that a datagram comes back with.
fn events(port: &Port) -> PollFlags {
    match port.protocol {
        Protocol::Udp => PollFlags::IN,
        _ => PollFlags::OUT,
    }
}

/// A socket that is being connected.
fn start(attempt: &Attempt) -> Result<OwnedFd, Errno> {
    let port = &attempt.port;
    let family = if port.address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let (kind, protocol): (SocketType, IpProtocol) = match port.protocol {
        Protocol::Tcp => (SocketType::STREAM, ipproto::TCP),
        Protocol::Udp => (SocketType::DGRAM, ipproto::UDP),
        Protocol::Sctp => (SocketType::STREAM, ipproto::SCTP),
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, kind, flags, Some(protocol))?;
    if let Some(from) = attempt.from {
        // An address that has gone since leaves the choice to the kernel.
        let _ = bind(&socket, &SocketAddr::new(from, 0));
    }
    match connect(&socket, &port.address) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error),
    }
    if port.protocol == Protocol::Udp {
        // Without a byte: a program that gets it has nothing to misread.
        send(&socket, &[], SendFlags::empty())?;
    }
    Ok(socket)
}

fn outcome(error: Errno) -> Outcome {
    match io::Error::from(error).kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Outcome::Refused,
        io::ErrorKind::TimedOut => Outcome::Silent,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Outcome::Unreachable,
        _ => Outcome::NotAsked,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(3);

    fn port(protocol: Protocol, address: SocketAddr) -> Attempt {
        Attempt {
            port: Port { protocol, address },
            from: Some([127, 0, 0, 1].into()),
        }
    }

    #[test]
    fn one_that_answers_and_one_that_refuses() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
        let gone = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let ports = [
            port(Protocol::Tcp, open.local_addr().unwrap()),
            port(Protocol::Tcp, closed),
            port(Protocol::Udp, gone),
        ];
        let expected = [Outcome::Answers, Outcome::Refused, Outcome::Refused];
        assert_eq!(connect_to_all(&ports, PATIENCE), expected);
        let deaf = [port(Protocol::Udp, deaf.local_addr().unwrap())];
        let short = Duration::from_millis(50);
        assert_eq!(connect_to_all(&deaf, short), [Outcome::Silent]);
        assert_eq!(connect_to_all(&[], short), []);
    }

    #[test]
    fn more_ports_than_are_asked_at_a_time() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = port(Protocol::Tcp, open.local_addr().unwrap());
        let many = vec![port; 10];
        let outcomes: Vec<Outcome> = many
            .chunks(3)
            .flat_map(|group| connect_to_group(group, Instant::now() + PATIENCE))
            .collect();
        assert_eq!(outcomes, vec![Outcome::Answers; 10]);
    }
}
