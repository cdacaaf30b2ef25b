//! The kernel's IPVS table of one namespace, read by a socket that knows no more of it than where things are: values
//! are compared as the bytes that the kernel sent. Neither program has a part in it, and nothing has to be started.

use std::collections::BTreeMap;
use std::io;

use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::{Socket, SocketAddr};

/// Generic netlink's own family, and the request for another one's number (`include/uapi/linux/genetlink.h`).
const CONTROLLER: u16 = 16;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// From `include/uapi/linux/ip_vs.h`.
const GET_SERVICE: u8 = 4;
const GET_DEST: u8 = 8;
const DEL_DAEMON: u8 = 10;
const GET_DAEMON: u8 = 11;
const GET_CONFIG: u8 = 13;
const FLUSH: u8 = 17;
const SERVICE: u16 = 1;
const DAEMON: u16 = 3;
/// Family, protocol, address, port and mark of a service: what it is asked for by.
const SERVICE_KEY: [u16; 5] = [1, 2, 3, 4, 5];
/// Counters, in both widths.
const SERVICE_COUNTERS: [u16; 2] = [10, 12];
const DEST_COUNTERS: [u16; 2] = [10, 12];
const DAEMON_STATE: u16 = 1;

/// From `include/uapi/linux/netlink.h`.
const REQUEST: u16 = 1;
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const NESTED: u16 = 0x8000;
const KIND: u16 = 0x3fff;

const HEADER: usize = 16;
const GENERIC_HEADER: usize = 4;

/// Attributes of one thing by their number.
type Attributes = BTreeMap<u16, Vec<u8>>;

/// What the kernel has in a namespace. Services, and the servers of each, in an order that is the same everywhere:
/// the kernel's own depends on addresses in its memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    services: Vec<(Attributes, Vec<Attributes>)>,
    daemons: Vec<Attributes>,
    timeouts: Attributes,
}

impl State {
    pub fn has_services(&self) -> bool {
        !self.services.is_empty()
    }
}

/// A socket in the namespace in which it was opened.
pub struct Kernel {
    socket: Socket,
    family: u16,
}

impl Kernel {
    /// Opens a socket in the calling thread's namespace. IPVS must be loaded.
    pub fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        let mut kernel = Self {
            socket,
            family: CONTROLLER,
        };
        let name = attribute(FAMILY_NAME, b"IPVS\0");
        let answers = kernel.ask(GET_FAMILY, ACK, &name)?;
        let number = answers.first().and_then(|answer| answer.get(&FAMILY_ID));
        match number.map(Vec::as_slice) {
            Some(&[low, high]) => kernel.family = u16::from_ne_bytes([low, high]),
            _ => return Err(io::Error::other("the kernel has no IPVS")),
        }
        Ok(kernel)
    }

    /// Reads everything.
    pub fn state(&self) -> io::Result<State> {
        let mut state = State::default();
        for answer in self.ask(GET_SERVICE, DUMP, &[])? {
            let Some(service) = answer.get(&SERVICE) else {
                continue;
            };
            let service = attributes(service);
            let key: Vec<u8> = SERVICE_KEY
                .iter()
                .filter_map(|kind| Some(attribute(*kind, service.get(kind)?)))
                .flatten()
                .collect();
            let servers = self.ask(GET_DEST, DUMP, &attribute(SERVICE | NESTED, &key))?;
            let mut servers: Vec<Attributes> = servers
                .iter()
                .flat_map(Attributes::values)
                .map(|server| without(attributes(server), DEST_COUNTERS))
                .collect();
            servers.sort_unstable();
            let service = without(service, SERVICE_COUNTERS);
            state.services.push((service, servers));
        }
        state.services.sort_unstable();
        for daemon in self.ask(GET_DAEMON, DUMP, &[])? {
            state
                .daemons
                .extend(daemon.values().map(|daemon| attributes(daemon)));
        }
        for answer in self.ask(GET_CONFIG, ACK, &[])? {
            state.timeouts.extend(answer);
        }
        Ok(state)
    }

    /// Deletes all services.
    pub fn clear(&self) -> io::Result<()> {
        self.ask(FLUSH, ACK, &[]).map(drop)
    }

    /// Stops the sync daemons; that there are none is no error.
    pub fn stop_daemons(&self) -> io::Result<()> {
        for state in [1_u32, 2] {
            let daemon = attribute(DAEMON_STATE, &state.to_ne_bytes());
            let _ = self.ask(DEL_DAEMON, ACK, &attribute(DAEMON | NESTED, &daemon));
        }
        Ok(())
    }

    /// Sends a request and collects the answers until the kernel says that there are no more.
    fn ask(&self, command: u8, flags: u16, body: &[u8]) -> io::Result<Vec<Attributes>> {
        let length = HEADER + GENERIC_HEADER + body.len();
        let mut request = Vec::with_capacity(length);
        request.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
        request.extend(self.family.to_ne_bytes());
        request.extend((REQUEST | flags).to_ne_bytes());
        request.extend([0; 8]);
        request.extend([command, 1, 0, 0]);
        request.extend(body);
        self.socket.send_to(&request, &SocketAddr::new(0, 0), 0)?;
        let mut answers = Vec::new();
        loop {
            let (datagram, _) = self.socket.recv_from_full()?;
            let mut rest = &datagram[..];
            while let Some((length, kind)) = header(rest) {
                let message = rest.get(HEADER..length).ok_or_else(cut)?;
                match kind {
                    DONE | ERROR => match number(message) {
                        0 => return Ok(answers),
                        code => return Err(io::Error::from_raw_os_error(-code)),
                    },
                    _ => answers.push(attributes(message.get(GENERIC_HEADER..).ok_or_else(cut)?)),
                }
                rest = rest.get(aligned(length)..).unwrap_or_default();
            }
        }
    }
}

fn cut() -> io::Error {
    io::Error::other("the kernel's answer is cut")
}

/// Length and kind of the message that bytes begin with.
fn header(bytes: &[u8]) -> Option<(usize, u16)> {
    let length = u32::from_ne_bytes(*bytes.first_chunk()?);
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let length = usize::try_from(length).ok()?;
    (length >= HEADER).then_some((length, kind))
}

fn number(bytes: &[u8]) -> i32 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| i32::from_ne_bytes(*bytes))
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(aligned(bytes.len()), 0);
    bytes
}

fn attributes(mut bytes: &[u8]) -> Attributes {
    let mut all = Attributes::new();
    while let [l0, l1, k0, k1, ..] = *bytes {
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        let Some(value) = bytes.get(4..length) else {
            break;
        };
        all.insert(u16::from_ne_bytes([k0, k1]) & KIND, value.to_vec());
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    all
}

fn without(mut attributes: Attributes, kinds: [u16; 2]) -> Attributes {
    attributes.retain(|kind, _| !kinds.contains(kind));
    attributes
}
