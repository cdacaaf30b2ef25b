//! Datagrams of netlink messages, to be made wrong.

use nix::libc;

/// The length of a message's header.
pub const HEADER: usize = 16;
/// Where the attributes of a generic message begin.
pub const ATTRIBUTES: usize = HEADER + 4;
/// `NLM_F_MULTI`, `NLM_F_ACK` and `NLM_F_DUMP_INTR`.
pub const MULTIPART: u16 = 0x02;
pub const ACKNOWLEDGE: u16 = 0x04;
pub const DISTURBED: u16 = 0x10;
/// Message types below this are netlink's own.
const FIRST_FAMILY: u16 = 0x10;

/// A field of a message's header.
#[derive(Clone, Copy)]
pub struct Field {
    offset: usize,
    length: usize,
}

pub const LENGTH: Field = field(0, 4);
pub const TYPE: Field = field(4, 2);
pub const FLAGS: Field = field(6, 2);
pub const SEQUENCE: Field = field(8, 4);
pub const PORT: Field = field(12, 4);
/// The code of an NLMSG_ERROR or NLMSG_DONE.
pub const CODE: Field = field(HEADER, 4);
/// The length of the first attribute of a generic message.
pub const ATTRIBUTE_LENGTH: Field = field(ATTRIBUTES, 2);

const fn field(offset: usize, length: usize) -> Field {
    Field { offset, length }
}

impl Field {
    /// The value; 0 where the message is too short.
    pub fn get(self, message: &[u8]) -> u32 {
        let mut bytes = [0; 4];
        if let Some(field) = message.get(self.offset..self.offset + self.length) {
            bytes[..self.length].copy_from_slice(field);
        }
        u32::from_le_bytes(bytes)
    }

    pub fn set(self, message: &mut [u8], value: u32) {
        if let Some(field) = message.get_mut(self.offset..self.offset + self.length) {
            field.copy_from_slice(&value.to_le_bytes()[..self.length]);
        }
    }
}

/// The messages of a datagram, each with its padding.
pub fn messages(datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = datagram;
    let mut messages = Vec::new();
    while rest.len() >= HEADER {
        let length = (LENGTH.get(rest) as usize).next_multiple_of(4);
        let (message, behind) = rest.split_at(length.clamp(HEADER, rest.len()));
        messages.push(message.to_vec());
        rest = behind;
    }
    messages
}

/// The datagram with each of its messages changed.
pub fn each(datagram: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut messages = messages(datagram);
    messages.iter_mut().for_each(change);
    messages.concat()
}

/// Whether a message is a family's, and no word of netlink itself.
pub fn is_payload(message: &[u8]) -> bool {
    TYPE.get(message) >= u32::from(FIRST_FAMILY)
}

/// A message of this type with this payload, to the port that the datagram is for.
pub fn instead(datagram: &[u8], kind: i32, body: &[u8]) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    message.extend_from_slice(body);
    LENGTH.set(&mut message, (HEADER + body.len()) as u32);
    TYPE.set(&mut message, kind as u32);
    SEQUENCE.set(&mut message, SEQUENCE.get(datagram));
    PORT.set(&mut message, PORT.get(datagram));
    message
}

/// An NLMSG_ERROR with this code: 0 acknowledges, a negative error number refuses.
pub fn error(datagram: &[u8], code: i32) -> Vec<u8> {
    let echo = instead(datagram, 0, &[]);
    let body = [&code.to_le_bytes()[..], &echo].concat();
    instead(datagram, libc::NLMSG_ERROR, &body)
}

/// What distinguishes the first message from those of other kinds: its type, and its command or code.
pub fn kind(datagram: &[u8]) -> Vec<u8> {
    let command = if is_payload(datagram) { 1 } else { 4 };
    let end = datagram.len().min(HEADER + command);
    let mut kind = datagram.get(4..6).unwrap_or_default().to_vec();
    kind.extend_from_slice(datagram.get(HEADER..end).unwrap_or_default());
    kind
}
