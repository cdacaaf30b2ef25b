//! Requests one after the other, as they travel in one datagram; no I/O.

use netlink_packet_core::{Emitable, NLM_F_ACK, NetlinkBuffer, NetlinkHeader};
use netlink_packet_generic::GenlMessage;
use netlink_packet_generic::ctrl::GenlCtrl;

use super::answer::HEADER_LENGTH;

/// A batch is full at about this many bytes; a request is never split.
const LENGTH: usize = 60 * 1024;
/// More bytes than any request has.
const LONGEST_REQUEST: usize = 1024;

/// A request without its netlink header.
pub trait Message {
    /// The type in its netlink header (`nlmsg_type`): of a generic netlink request, the number of the family.
    fn message_type(&self) -> u16;

    /// The type that its answers carry.
    fn answer_type(&self) -> u16 {
        self.message_type()
    }

    /// Appends what follows the netlink header: the header of the family and the attributes, each padded to
    /// four bytes.
    fn append_to(&self, bytes: &mut Vec<u8>);
}

impl Message for GenlMessage<GenlCtrl> {
    fn message_type(&self) -> u16 {
        self.family_id()
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.resize(start + self.buffer_len(), 0);
        self.emit(&mut bytes[start..]);
    }
}

/// Requests that travel in one datagram, in order.
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    last_offset: usize,
    first_sequence: u32,
    count: u32,
    full: bool,
}

impl Batch {
    /// An empty batch with the memory of a full one.
    pub fn for_many() -> Batch {
        Batch {
            bytes: Vec::with_capacity(LENGTH + LONGEST_REQUEST),
            ..Batch::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it is time to send.
    pub fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The sequence number of the first request; the others follow one by one.
    pub fn first_sequence(&self) -> u32 {
        self.first_sequence
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends a request; `most` of them fill the batch, if the bytes do not. What the header lacks, the
    /// length and the type, comes from the message.
    #[inline(always)]
    pub(super) fn push(&mut self, message: &impl Message, mut header: NetlinkHeader, most: u32) {
        // Every attribute is padded to the alignment of a message, so the next one may follow.
        let offset = self.bytes.len();
        header.message_type = message.message_type();
        let mut header_bytes = [0; HEADER_LENGTH];
        header.emit(&mut header_bytes);
        self.bytes.extend_from_slice(&header_bytes);
        message.append_to(&mut self.bytes);
        // Nothing that is sent comes near 4 GiB.
        let length = (self.bytes.len() - offset) as u32;
        self.bytes[offset..][..4].copy_from_slice(&length.to_ne_bytes());
        if self.count == 0 {
            self.first_sequence = header.sequence_number;
        }
        self.last_offset = offset;
        self.count += 1;
        self.full = self.bytes.len() >= LENGTH || self.count >= most;
    }

    /// Has the kernel acknowledge the last request.
    pub(super) fn ask_for_acknowledgement(&mut self) {
        let last = self.bytes.get_mut(self.last_offset..);
        if let Some(last) = last.filter(|last| !last.is_empty()) {
            let mut last = NetlinkBuffer::new(last);
            last.set_flags(last.flags() | NLM_F_ACK);
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
        self.full = false;
    }
}
