//! Parses datagrams of answers; no I/O.

use netlink_packet_core::{
    DoneBuffer, ErrorBuffer, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN, NlasIterator,
};

use super::error::{Refusal, SocketError};

/// `NLM_F_DUMP_INTR`: the table changed while it was dumped.
pub(super) const NLM_F_DUMP_INTR: u16 = 0x10;
/// `NLM_F_CAPPED`: an error carries only the header of the request.
pub(super) const NLM_F_CAPPED: u16 = 0x100;
/// `NLM_F_ACK_TLVS`: an error carries attributes that explain it.
pub(super) const NLM_F_ACK_TLVS: u16 = 0x200;
/// `NLMSGERR_ATTR_MSG`: the kernel's explanation in words.
pub(super) const NLMSGERR_ATTR_MSG: u16 = 1;
/// `NLMSG_HDRLEN`: the length of a message's header in bytes.
pub(super) const HEADER_LENGTH: usize = 16;

/// One answer.
pub enum Answer<'a> {
    /// A message of the requested family, after the netlink header.
    Payload(&'a [u8]),
    Acknowledged,
    Refused(Refusal),
    /// The end of a dump.
    Done(Option<Refusal>),
}

/// An answer and what its header says of it.
pub struct Received<'a> {
    pub sequence: u32,
    /// The message's type: of a payload, its family.
    pub kind: u16,
    pub disturbed: bool,
    pub answer: Answer<'a>,
}

/// The answers of a datagram, in order; messages for another port are skipped.
pub struct Answers<'a> {
    rest: &'a [u8],
    port: u32,
}

impl<'a> Answers<'a> {
    /// Those for a port.
    pub fn of(datagram: &'a [u8], port: u32) -> Answers<'a> {
        Answers {
            rest: datagram,
            port,
        }
    }
}

impl<'a> Iterator for Answers<'a> {
    /// [`SocketError::Malformed`] where a message does not fit the datagram, which ends the answers, or is cut off;
    /// [`SocketError::Overrun`] where the kernel says that answers were lost.
    type Item = Result<Received<'a>, SocketError>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let Some(message) = RawMessage::first_of(self.rest) else {
                self.rest = &[];
                return Some(Err(SocketError::Malformed(
                    "its header does not fit the datagram",
                )));
            };
            let length = HEADER_LENGTH + message.payload.len();
            self.rest = self.rest.get(align(length)..).unwrap_or_default();
            if message.port != self.port {
                continue;
            }
            match parse_answer(message.kind, message.flags, message.payload) {
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
                Ok(Some(answer)) => {
                    return Some(Ok(Received {
                        sequence: message.sequence,
                        kind: message.kind,
                        disturbed: message.flags & NLM_F_DUMP_INTR != 0,
                        answer,
                    }));
                }
            }
        }
        None
    }
}

/// A message with its header (`struct nlmsghdr`).
struct RawMessage<'a> {
    kind: u16,
    flags: u16,
    sequence: u32,
    port: u32,
    payload: &'a [u8],
}

impl RawMessage<'_> {
    /// The message at the beginning of some bytes; `None` where it does not fit them.
    #[inline]
    fn first_of(bytes: &[u8]) -> Option<RawMessage<'_>> {
        let header = bytes.first_chunk::<HEADER_LENGTH>()?;
        let (length, rest) = header.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let (flags, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let port = rest.first_chunk()?;
        let length = usize::try_from(u32::from_ne_bytes(*length)).ok()?;
        Some(RawMessage {
            kind: u16::from_ne_bytes(*kind),
            flags: u16::from_ne_bytes(*flags),
            sequence: u32::from_ne_bytes(*sequence),
            port: u32::from_ne_bytes(*port),
            payload: bytes.get(HEADER_LENGTH..length)?,
        })
    }
}

/// The least type of a message that is not netlink's own (`NLMSG_MIN_TYPE`).
const LEAST_TYPE: u16 = 0x10;

#[inline]
fn parse_answer(kind: u16, flags: u16, payload: &[u8]) -> Result<Option<Answer<'_>>, SocketError> {
    if kind >= LEAST_TYPE {
        return Ok(Some(Answer::Payload(payload)));
    }
    parse_control(kind, flags, payload)
}

/// An answer of netlink itself.
#[cold]
fn parse_control(kind: u16, flags: u16, payload: &[u8]) -> Result<Option<Answer<'_>>, SocketError> {
    Ok(Some(match kind {
        NLMSG_ERROR => {
            let error = ErrorBuffer::new_checked(payload)
                .map_err(|_| SocketError::Malformed("NLMSG_ERROR is cut off"))?;
            match error.code() {
                None => Answer::Acknowledged,
                Some(code) => Answer::Refused(Refusal {
                    errno: code.get().saturating_neg(),
                    text: explanation(error_attributes(error.payload(), flags)),
                }),
            }
        }
        // An NLMSG_DONE without a code is as good as one with the code 0.
        NLMSG_DONE if payload.is_empty() => Answer::Done(None),
        NLMSG_DONE => {
            let done = DoneBuffer::new_checked(payload)
                .map_err(|_| SocketError::Malformed("NLMSG_DONE is cut off"))?;
            Answer::Done((done.code() < 0).then(|| Refusal {
                errno: done.code().saturating_neg(),
                text: explanation(done.extended_ack()),
            }))
        }
        NLMSG_OVERRUN => return Err(SocketError::Overrun),
        NLMSG_NOOP => return Ok(None),
        _ => Answer::Payload(payload),
    }))
}

/// The explaining attributes of an error, which follow the echo of the request.
pub(super) fn error_attributes(echo: &[u8], flags: u16) -> &[u8] {
    if flags & NLM_F_ACK_TLVS == 0 {
        return &[];
    }
    let echoed = if flags & NLM_F_CAPPED != 0 {
        HEADER_LENGTH
    } else {
        match RawMessage::first_of(echo) {
            Some(request) => align(HEADER_LENGTH + request.payload.len()),
            None => return &[],
        }
    };
    echo.get(echoed..).unwrap_or_default()
}

/// The kernel's words; they are an extra, so attributes that cannot be read are ignored.
pub(super) fn explanation(attributes: &[u8]) -> Option<String> {
    NlasIterator::new(attributes)
        .map_while(Result::ok)
        .find(|attribute| attribute.kind() == NLMSGERR_ATTR_MSG)
        .map(|attribute| {
            let text = attribute.value();
            let end = text.iter().position(|&byte| byte == 0);
            let text = String::from_utf8_lossy(&text[..end.unwrap_or(text.len())]);
            text.escape_debug().collect()
        })
}

/// The length of a message with its padding (`NLMSG_ALIGN`).
pub(super) fn align(length: usize) -> usize {
    (length + 3) & !3
}
