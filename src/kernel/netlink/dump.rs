//! Dumps: every entry of a table, in one or several datagrams.

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};

use super::answer::{Answer, Answers};
use super::batch::Message;
use super::dump_buffer::DumpBuffer;
use super::error::{DUMP_ATTEMPTS, ExchangeError, FOREIGN, Refusal, SocketError, UNASKED};
use super::socket::{Silence, Socket};

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
        self.dump_in(Vec::new(), request, |payload, items: &mut Vec<T>| {
            items.push(decode(payload)?);
            Ok(())
        })
    }

    /// As [`Socket::dump`]; `take` adds what it decodes to the entries, which take the memory of `items`.
    ///
    /// # Errors
    /// As for [`Socket::dump`].
    pub fn dump_in<T, E>(
        &mut self,
        mut items: Vec<T>,
        request: &impl Message,
        take: impl Fn(&[u8], &mut Vec<T>) -> Result<(), E>,
    ) -> Result<Result<Dump<T>, E>, ExchangeError> {
        for _ in 0..DUMP_ATTEMPTS {
            items.clear();
            let mut attempt = Attempt {
                kind: request.answer_type(),
                sequence: self.ask(request, NLM_F_REQUEST | NLM_F_DUMP)?,
                buffer: DumpBuffer::new(self.answers()),
                disturbed: false,
                items,
                failure: None,
            };
            match self.read_dump(&mut attempt, &take)? {
                End::Refused(refusal) => return Err(ExchangeError::Refused(refusal)),
                End::Whole if attempt.buffer.was_too_short() => return Err(ExchangeError::Long),
                End::Whole if attempt.disturbed => items = attempt.items,
                End::Whole => {
                    return Ok(match attempt.failure {
                        None => Ok(Dump {
                            items: attempt.items,
                            in_pieces: attempt.buffer.is_in_pieces(),
                        }),
                        Some(error) => Err(error),
                    });
                }
            }
        }
        Err(SocketError::Unsteady.into())
    }

    /// Receives a dump up to its end.
    fn read_dump<T, E>(
        &mut self,
        attempt: &mut Attempt<T, E>,
        take: impl Fn(&[u8], &mut Vec<T>) -> Result<(), E>,
    ) -> Result<End, ExchangeError> {
        let mut silence = Silence::default();
        loop {
            let answers = match self.receive() {
                Err(SocketError::Truncated) if attempt.buffer.can_grow() => {
                    return Err(ExchangeError::Long);
                }
                answers => answers?,
            };
            let end = attempt.add(answers, &take)?;
            if attempt.buffer.is_too_short() {
                return Err(ExchangeError::Long);
            }
            match end {
                Some(end) => return Ok(end),
                None if attempt.buffer.has_grown() => silence = Silence::default(),
                None => silence.goes_on()?,
            }
        }
    }
}

/// An attempt at a dump, and what has come of it.
struct Attempt<T, E> {
    /// The type and the sequence number of its answers.
    kind: u16,
    sequence: u32,
    buffer: DumpBuffer,
    disturbed: bool,
    items: Vec<T>,
    /// The first entry that could not be decoded. The rest is still read, so that the socket stays usable.
    failure: Option<E>,
}

impl<T, E> Attempt<T, E> {
    /// Adds the entries of a datagram, and returns the end of the dump where that is in it.
    fn add(
        &mut self,
        answers: Answers<'_>,
        take: impl Fn(&[u8], &mut Vec<T>) -> Result<(), E>,
    ) -> Result<Option<End>, SocketError> {
        self.buffer.begin_datagram();
        for received in answers {
            let received = received?;
            if received.sequence != self.sequence {
                continue;
            }
            self.disturbed |= received.disturbed;
            match received.answer {
                Answer::Payload(_) if received.kind != self.kind => return Err(FOREIGN),
                Answer::Payload(payload) => {
                    self.buffer.add(payload.len());
                    if self.failure.is_none() {
                        if let Err(error) = take(payload, &mut self.items) {
                            self.failure = Some(error);
                        }
                    }
                }
                Answer::Done(None) => return Ok(Some(End::Whole)),
                Answer::Done(Some(refusal)) | Answer::Refused(refusal) => {
                    return Ok(Some(End::Refused(refusal)));
                }
                // Taken for a part of the dump, it would make it one without entries.
                Answer::Acknowledged => return Err(UNASKED),
            }
        }
        Ok(None)
    }
}
