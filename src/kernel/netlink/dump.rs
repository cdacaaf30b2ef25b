//! Dumps: every entry of a table, in one or several datagrams.

use std::ops::ControlFlow;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};

use super::answer::Answer;
use super::batch::Message;
use super::dump_buffer::DumpBuffer;
use super::error::{DUMP_ATTEMPTS, ExchangeError, FOREIGN, Refusal, SocketError, UNASKED};
use super::socket::Socket;

/// The entries of a dump.
#[derive(Debug)]
pub struct Dump<T> {
    pub items: Vec<T>,
    /// Whether it came in more than one datagram, so that changes may have come between.
    pub in_pieces: bool,
}

/// How one attempt at a dump ended.
enum End {
    Whole,
    Refused(Refusal),
    /// It continues in a second datagram.
    Long,
}

impl Socket {
    /// Sends a dump request and hands each payload to `decode`.
    ///
    /// A dump that the kernel marks as disturbed by a change is discarded and started again.
    ///
    /// # Errors
    /// [`ExchangeError::Long`] where the dump does not fit one datagram, and longer ones can be had. The
    /// socket cannot be used afterwards, because the rest of the dump is still queued in it.
    pub fn dump<T, E>(
        &mut self,
        request: &impl Message,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<Dump<T>, E>, ExchangeError> {
        self.dump_in(Vec::new(), request, decode)
    }

    /// As [`Socket::dump`]; the entries take the memory of `items`.
    ///
    /// # Errors
    /// As for [`Socket::dump`].
    pub fn dump_in<T, E>(
        &mut self,
        mut items: Vec<T>,
        request: &impl Message,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<Dump<T>, E>, ExchangeError> {
        let kind = request.answer_type();
        for _ in 0..DUMP_ATTEMPTS {
            let sequence = self.ask(request, NLM_F_REQUEST | NLM_F_DUMP)?;
            let mut buffer = DumpBuffer::new(self.answers());
            let mut disturbed = false;
            items.clear();
            let mut failure = None;
            let end = self.receive_until(|datagram, received| {
                if received.sequence != sequence {
                    return Ok(ControlFlow::Continue(()));
                }
                disturbed |= received.disturbed;
                Ok(match received.answer {
                    Answer::Payload(_) if received.kind != kind => return Err(FOREIGN),
                    Answer::Payload(payload) => {
                        buffer.add(datagram, payload.len());
                        if buffer.is_too_short() {
                            return Ok(ControlFlow::Break(End::Long));
                        }
                        // After a failure the rest is still read, so that the socket stays usable.
                        if failure.is_none() {
                            match decode(payload) {
                                Ok(item) => items.push(item),
                                Err(error) => failure = Some(error),
                            }
                        }
                        ControlFlow::Continue(())
                    }
                    Answer::Done(None) => ControlFlow::Break(End::Whole),
                    Answer::Done(Some(refusal)) | Answer::Refused(refusal) => {
                        ControlFlow::Break(End::Refused(refusal))
                    }
                    // Taken for a part of the dump, it would make it one without entries.
                    Answer::Acknowledged => return Err(UNASKED),
                })
            });
            match end {
                Err(SocketError::Truncated) if buffer.can_grow() => {
                    return Err(ExchangeError::Long);
                }
                Err(error) => return Err(error.into()),
                Ok(End::Long) => return Err(ExchangeError::Long),
                Ok(End::Refused(refusal)) => return Err(ExchangeError::Refused(refusal)),
                Ok(End::Whole) if buffer.was_too_short() => return Err(ExchangeError::Long),
                Ok(End::Whole) if disturbed => {}
                Ok(End::Whole) => {
                    let in_pieces = buffer.is_in_pieces();
                    return Ok(match failure {
                        None => Ok(Dump { items, in_pieces }),
                        Some(error) => Err(error),
                    });
                }
            }
        }
        Err(SocketError::Unsteady.into())
    }
}
