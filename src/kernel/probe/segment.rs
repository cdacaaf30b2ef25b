//! Asks on network segments who has an address, by ARP and by neighbour solicitations.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{
    ControlMessageOwned, LinkAddr, MsgFlags, SockaddrStorage, bind, recvmsg, setsockopt, sockopt,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, eth, ipproto, recv,
    send, sendto, socket_with, sockopt as options,
};

use super::{Claim, HardwareAddress, arp, solicitation};

/// Who has an address: an interface to ask on, and the addresses to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub interface: String,
    pub addresses: Vec<IpAddr>,
}

/// Somebody's claim, and the interface that it came in by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub interface: String,
    pub claim: Claim,
}

/// Requests that are sent before the kernel and the segment get a pause.
const BURST: usize = 64;
const PAUSE: Duration = Duration::from_millis(5);
/// How often each question is asked: a request can get lost.
const ROUNDS: u32 = 2;
/// Bytes of the longest answer that is read; nothing that claims an address is longer.
const LONGEST: usize = 512;
/// Answers that are kept, however many a hostile segment sends.
const MOST: usize = 10_000;

/// A socket on one interface, for one family of addresses.
struct Asker<'a> {
    question: &'a Question,
    socket: OwnedFd,
    index: u32,
    own: HardwareAddress,
    ipv6: bool,
}

/// Asks all questions at the same time, and collects the answers of others than this host for so long. Interfaces that
/// are not Ethernet are left out.
///
/// # Errors
/// Where the system gives no socket for it: it needs CAP_NET_RAW.
pub fn ask(questions: &[Question], patience: Duration) -> io::Result<Vec<Answer>> {
    let links = links()?;
    let mut askers = Vec::new();
    for question in questions {
        let Some((_, link)) = links.iter().find(|(name, _)| *name == question.interface) else {
            continue;
        };
        for ipv6 in [false, true] {
            if question.addresses.iter().any(|one| one.is_ipv6() == ipv6) {
                askers.push(Asker::open(question, link, ipv6)?);
            }
        }
    }
    let own: Vec<HardwareAddress> = links
        .iter()
        .filter_map(|(_, link)| hardware(link))
        .collect();
    let mut answers = Vec::new();
    if askers.is_empty() {
        return Ok(answers);
    }
    let step = patience / ROUNDS;
    for _ in 0..ROUNDS {
        let end = Instant::now() + step;
        for asker in &askers {
            asker.ask(|| collect(&askers, &own, &mut answers, Instant::now() + PAUSE))?;
        }
        collect(&askers, &own, &mut answers, end)?;
    }
    Ok(answers)
}

/// The interfaces with what they are called on their link. Interfaces without a hardware address have none.
fn links() -> io::Result<Vec<(String, LinkAddr)>> {
    let found = getifaddrs()?.filter_map(|found| {
        let link = *found.address?.as_link_addr()?;
        hardware(&link).map(|_| (found.interface_name, link))
    });
    Ok(found.collect())
}

fn hardware(link: &LinkAddr) -> Option<HardwareAddress> {
    /// `ARPHRD_ETHER`.
    const ETHERNET: u16 = 1;
    (link.hatype() == ETHERNET && link.halen() == 6)
        .then(|| link.addr().map(HardwareAddress))
        .flatten()
        .filter(|own| own.is_one_host())
}

/// Waits until `end` for answers, and adds the new ones.
fn collect(
    askers: &[Asker<'_>],
    own: &[HardwareAddress],
    answers: &mut Vec<Answer>,
    end: Instant,
) -> io::Result<()> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let readable: Vec<bool> = {
            let mut waiting: Vec<PollFd<'_>> = askers
                .iter()
                .map(|asker| PollFd::new(&asker.socket, PollFlags::IN))
                .collect();
            let left = Timespec::try_from(left).ok();
            match poll(&mut waiting, left.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            waiting
                .iter()
                .map(|one| !one.revents().is_empty())
                .collect()
        };
        for (asker, _) in askers.iter().zip(readable).filter(|(_, ready)| *ready) {
            let Some(claim) = asker.receive() else {
                continue;
            };
            let answer = Answer {
                interface: asker.question.interface.clone(),
                claim,
            };
            let is_new = !own.contains(&claim.hardware)
                && asker.question.addresses.contains(&claim.address)
                && !answers.contains(&answer);
            if is_new && answers.len() < MOST {
                answers.push(answer);
            }
        }
    }
}

impl Asker<'_> {
    fn open<'a>(question: &'a Question, link: &LinkAddr, ipv6: bool) -> io::Result<Asker<'a>> {
        let (family, protocol): (AddressFamily, Protocol) = if ipv6 {
            (AddressFamily::INET6, ipproto::ICMPV6)
        } else {
            (AddressFamily::PACKET, eth::ARP)
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(family, SocketType::RAW, flags, Some(protocol))?;
        if ipv6 {
            let name = std::ffi::OsString::from(&question.interface);
            setsockopt(&socket, sockopt::BindToDevice, &name)?;
            setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)?;
            options::set_ipv6_multicast_hops(&socket, solicitation::HOPS as u32)?;
        } else {
            // That it names no protocol leaves the socket's own.
            bind(socket.as_raw_fd(), link)?;
        }
        Ok(Asker {
            question,
            socket,
            index: link.ifindex() as u32,
            own: hardware(link).unwrap_or(HardwareAddress([0; 6])),
            ipv6,
        })
    }

    /// Sends every question once, with a pause after each burst.
    fn ask(&self, mut pause: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        let mut sent = 0;
        for address in &self.question.addresses {
            let done = match address {
                IpAddr::V4(address) if !self.ipv6 => send(
                    &self.socket,
                    &arp::request(self.own, *address),
                    SendFlags::empty(),
                ),
                IpAddr::V6(address) if self.ipv6 => {
                    let group = solicitation::group(*address);
                    let group = SocketAddrV6::new(group, 0, 0, self.index);
                    let message = solicitation::request(self.own, *address);
                    sendto(&self.socket, &message, SendFlags::empty(), &group)
                }
                _ => continue,
            };
            // A queue that is full, or an interface that has gone down, is as a request that got lost.
            let _ = done;
            sent += 1;
            if sent % BURST == 0 {
                pause()?;
            }
        }
        Ok(())
    }

    /// The claim of one packet, if it is one.
    fn receive(&self) -> Option<Claim> {
        let mut buffer = [0; LONGEST];
        if !self.ipv6 {
            let length = recv(self.socket.as_fd(), &mut buffer[..], RecvFlags::empty())
                .ok()?
                .0;
            return arp::parse(buffer.get(..length)?);
        }
        let mut control = nix::cmsg_space!(i32);
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let (length, hops) = {
            let descriptor = self.socket.as_raw_fd();
            let flags = MsgFlags::empty();
            let message =
                recvmsg::<SockaddrStorage>(descriptor, &mut slices, Some(&mut control), flags)
                    .ok()?;
            let hops = message.cmsgs().ok()?.find_map(|one| match one {
                ControlMessageOwned::Ipv6HopLimit(hops) => Some(hops),
                _ => None,
            });
            (message.bytes, hops)
        };
        // Whatever comes from beyond a router says nothing of this segment.
        if hops != Some(solicitation::HOPS) {
            return None;
        }
        solicitation::parse(buffer.get(..length)?)
    }
}
