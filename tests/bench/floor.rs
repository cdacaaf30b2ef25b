//! The least that a restore or a listing can cost: ready-made requests are sent, answers are thrown
//! away, and what is counted is that loop alone. What remains is the kernel's work.

use std::error::Error;

use ipvsadm::cli::Lookup;
use ipvsadm::cli::command::{RuleChange, RuleCommand};
use ipvsadm::format::rules::read::parse_line;
use ipvsadm::kernel::ipvs::request::{Addressed, Request};
use ipvsadm::kernel::ipvs::uapi;
use ipvsadm::kernel::netlink::{AnswerLength, Message};
use ipvsadm::model::{Change, Protocol, ServiceId};
use netlink_packet_core::{
    Emitable, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkBuffer, NetlinkHeader,
    NetlinkMessage, NetlinkPayload,
};
use netlink_packet_generic::GenlMessage;
use netlink_packet_generic::ctrl::nlas::GenlCtrlAttrs;
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use nix::sys::resource::{UsageWho, getrusage};

use super::measure::instructions;

/// The length of a datagram of requests.
const DATAGRAM: usize = 60 * 1024;
/// In datagrams of this length a service with 10 servers comes whole, with room to spare.
const WHOLE: AnswerLength = AnswerLength::SHORTEST.longer().unwrap();

/// The rules are numeric.
struct NoNames;

impl Lookup for NoNames {
    fn host(&self, _: &str) -> Option<std::net::IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// Runs one of the loops on the rules in a file and prints its figures.
pub fn run(what: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let mut changes = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        if let Some(RuleCommand::Change(RuleChange::Make(change))) = parse_line(line, &NoNames)? {
            changes.push(change);
        }
    }
    let mut socket = Socket::new(NETLINK_GENERIC)?;
    socket.bind_auto()?;
    let family = family(&socket)?;
    let counted = match what {
        "restore" => restore(&socket, family, &changes)?,
        "list" => list(&socket, family, &changes, AnswerLength::SHORTEST.bytes())?,
        "list-whole" => list(&socket, family, &changes, WHOLE.bytes())?,
        _ => return Err("no such loop".into()),
    };
    println!("{counted} 0");
    Ok(())
}

fn restore(socket: &Socket, family: u16, changes: &[Change]) -> Result<i64, Box<dyn Error>> {
    let mut datagrams = vec![Vec::new()];
    for change in changes {
        if datagrams
            .last()
            .is_none_or(|last: &Vec<u8>| last.len() >= DATAGRAM)
        {
            datagrams.push(Vec::new());
        }
        if let Some(last) = datagrams.last_mut() {
            last.extend(message(family, Request::Change(change), NLM_F_REQUEST));
        }
    }
    count(|| {
        for datagram in &datagrams {
            socket.send_to(datagram, &SocketAddr::new(0, 0), 0)?;
        }
        Ok(())
    })
}

/// Lists with a buffer of `length` bytes for the answers.
fn list(
    socket: &Socket,
    family: u16,
    changes: &[Change],
    length: usize,
) -> Result<i64, Box<dyn Error>> {
    let dump = NLM_F_REQUEST | NLM_F_DUMP;
    let ids = changes.iter().filter_map(|change| match change {
        Change::AddService(service) => Some(service.id),
        _ => None,
    });
    let servers = |id: ServiceId| {
        let request = Request::About(uapi::Command::GetDest, &id);
        message(family, request, dump)
    };
    let services = Request::Plain(uapi::Command::GetService);
    let requests: Vec<Vec<u8>> = std::iter::once(message(family, services, dump))
        .chain(ids.map(servers))
        .collect();
    let mut buffer = vec![0; length];
    count(|| {
        for request in &requests {
            socket.send_to(request, &SocketAddr::new(0, 0), 0)?;
            loop {
                let length = socket.recv(&mut &mut buffer[..], 0)?;
                if ends(&buffer[..length])? {
                    break;
                }
            }
        }
        Ok(())
    })
}

/// Whether a datagram of answers ends with the end of the dump.
fn ends(datagram: &[u8]) -> Result<bool, Box<dyn Error>> {
    let mut rest = datagram;
    loop {
        let message = NetlinkBuffer::new_checked(rest)?;
        match message.message_type() {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => return Err("the kernel refused a dump".into()),
            _ => {}
        }
        rest = rest
            .get((message.length() as usize).next_multiple_of(4)..)
            .unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
    }
}

fn count(
    work: impl FnOnce() -> std::result::Result<(), Box<dyn Error>>,
) -> Result<i64, Box<dyn Error>> {
    let before = instructions(&getrusage(UsageWho::RUSAGE_SELF)?);
    work()?;
    Ok(instructions(&getrusage(UsageWho::RUSAGE_SELF)?) - before)
}

fn message(family: u16, request: Request<'_>, flags: u16) -> Vec<u8> {
    let mut payload = Vec::new();
    Addressed { family, request }.append_to(&mut payload);
    let mut header = header(flags);
    header.message_type = family;
    header.length = (header.buffer_len() + payload.len()) as u32;
    let mut bytes = vec![0; header.buffer_len()];
    header.emit(&mut bytes);
    bytes.extend(payload);
    bytes
}

fn header(flags: u16) -> NetlinkHeader {
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header
}

fn bytes<T: netlink_packet_core::NetlinkSerializable>(mut message: NetlinkMessage<T>) -> Vec<u8> {
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

/// The number of the IPVS family.
fn family(socket: &Socket) -> Result<u16, Box<dyn Error>> {
    let request = GenlMessage::from_payload(GenlCtrl {
        cmd: GenlCtrlCmd::GetFamily,
        nlas: vec![GenlCtrlAttrs::FamilyName("IPVS".to_owned())],
    });
    let request = bytes(NetlinkMessage::new(
        header(NLM_F_REQUEST),
        NetlinkPayload::from(request),
    ));
    socket.send_to(&request, &SocketAddr::new(0, 0), 0)?;
    let (answer, _) = socket.recv_from_full()?;
    let attributes = answer.get(20..).ok_or("no family")?;
    for attribute in netlink_packet_core::NlasIterator::new(attributes) {
        let attribute = attribute?;
        if attribute.kind() == 1 {
            return Ok(u16::from_ne_bytes(attribute.value().try_into()?));
        }
    }
    Err("the kernel has no IPVS family".into())
}
