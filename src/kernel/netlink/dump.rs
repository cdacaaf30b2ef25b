//! Dumps: how long the answers to one may be, and what comes of it.

use std::ops::ControlFlow;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};

use super::answer::{Answer, HEADER_LENGTH, Refusal};
use super::batch::{Batch, Message};
use super::socket::{Channel, ChannelError, DUMP_ATTEMPTS, ExchangeError, FOREIGN, UNASKED};

/// What the kernel puts behind the bytes of a datagram, in the same piece of memory
/// (`struct skb_shared_info`, rounded up).
const OVERHEAD: usize = 320;

/// How many bytes a datagram of answers may have.
///
/// For each datagram of a dump, and for one more that only says that it ended, the kernel takes memory for
/// the longest receive call that the socket has seen, up to 32 KiB, and clears all of it: with long buffers that
/// is nearly half of what the listing of a table of small services costs. With short ones, a dump is more
/// often interrupted, and a change can come between. So it begins short, and a dump that does not fit
/// one datagram is asked for again with twice the length: on another socket, because the kernel does not
/// forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLength(usize);

impl AnswerLength {
    /// What fits a page of 4 KiB: a service with 9 real servers does, with room for one more.
    pub const SHORTEST: AnswerLength = AnswerLength(4096 - OVERHEAD);
    /// The longest that the kernel makes.
    pub const LONGEST: AnswerLength = AnswerLength(32 * 1024 - OVERHEAD);

    /// In bytes.
    pub fn bytes(self) -> usize {
        self.0
    }

    /// The next longer one, if there is one.
    pub fn longer(self) -> Option<AnswerLength> {
        let longer = AnswerLength((self.0 + OVERHEAD) * 2 - OVERHEAD);
        (self != AnswerLength::LONGEST).then_some(longer)
    }
}

/// What a dump told.
#[derive(Debug)]
pub struct Dump<T> {
    pub items: Vec<T>,
    /// Whether it came in more than one datagram, so that changes may have come between.
    pub in_pieces: bool,
}

/// How a dump ended.
enum End {
    Whole,
    Refused(Refusal),
    /// It goes on in a second datagram.
    Long,
}

impl Channel {
    /// Sends a dump request and hands each payload to `decode`.
    ///
    /// A dump that the kernel marks as disturbed by a change is thrown away and started again.
    ///
    /// # Errors
    /// [`ExchangeError::Long`] where the dump does not fit one datagram, and longer ones can be had. The
    /// channel is of no use afterwards, because the rest of the dump lies in it.
    pub fn dump<T, E>(
        &mut self,
        request: &impl Message,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<Dump<T>, E>, ExchangeError> {
        let kind = request.answer_type();
        let only_one = self.answers().longer().is_some();
        for _ in 0..DUMP_ATTEMPTS {
            let mut batch = Batch::default();
            let flags = NLM_F_REQUEST | NLM_F_DUMP;
            let sequence = self.push_with_flags(&mut batch, request, flags);
            self.send(batch.bytes())?;
            let mut disturbed = false;
            let mut items = Ok(Vec::new());
            let mut first_datagram = None;
            let mut in_pieces = false;
            let (mut filled, mut largest) = (0, 0);
            let end = self.receive_until(|datagram, received| {
                if received.sequence != sequence {
                    return Ok(ControlFlow::Continue(()));
                }
                disturbed |= received.disturbed;
                Ok(match received.answer {
                    Answer::Payload(_) if received.kind != kind => return Err(FOREIGN),
                    Answer::Payload(payload) => {
                        let length = HEADER_LENGTH + payload.len();
                        filled += length;
                        largest = length.max(largest);
                        in_pieces |= *first_datagram.get_or_insert(datagram) != datagram;
                        if in_pieces && only_one {
                            return Ok(ControlFlow::Break(End::Long));
                        }
                        // After a failure the rest is still read, so that the socket stays usable.
                        if let Ok(decoded) = &mut items {
                            match decode(payload) {
                                Ok(item) => decoded.push(item),
                                Err(error) => items = Err(error),
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
                // Where a page is larger than 4 KiB, so is the shortest datagram.
                Err(ChannelError::Truncated) if only_one => return Err(ExchangeError::Long),
                Err(error) => return Err(error.into()),
                Ok(End::Long) => return Err(ExchangeError::Long),
                Ok(End::Refused(refusal)) => return Err(ExchangeError::Refused(refusal)),
                // Where no entry more would have fitted, one may have been left for a second datagram, and not
                // told there because others were deleted meanwhile.
                Ok(End::Whole) if only_one && filled + largest > self.answers().bytes() => {
                    return Err(ExchangeError::Long);
                }
                Ok(End::Whole) if disturbed => {}
                Ok(End::Whole) => return Ok(items.map(|items| Dump { items, in_pieces })),
            }
        }
        Err(ChannelError::Unsteady.into())
    }
}
