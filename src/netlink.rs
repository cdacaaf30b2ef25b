//! One generic-netlink socket: the only file that sends to the kernel and receives from it.
//!
//! It packs requests into datagrams, counts sequence numbers, takes datagrams of answers apart and
//! tells acknowledgements, refusals, payloads and the end of a dump from one another. What the
//! payloads mean is the caller's business.

pub mod answer;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use netlink_packet_core::{
    Emitable, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader, NetlinkMessage,
    NetlinkPayload,
};
use netlink_packet_generic::{GenlFamily, GenlMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use thiserror::Error;

pub use answer::Refusal;
use answer::{Answer, Received, for_each_message};

/// The largest datagram that the kernel builds for a dump (`NLMSG_GOODSIZE` capped at 32 KiB), and
/// so the receive buffer that lets it use the fewest.
const RECEIVE_LENGTH: usize = 32 * 1024;
/// Requests are packed into datagrams up to about this many bytes; a request is never split.
const BATCH_LENGTH: usize = 60 * 1024;
/// Bytes that the socket may queue, which the kernel doubles, where the caller may raise the limit.
const QUEUE_LENGTH: usize = 1024 * 1024;
/// Requests in a batch whose refusals, of under 1 KiB of kernel memory each, all fit that queue.
const BATCH_REQUESTS: u32 = 2000;
/// The same for the queue that everybody has (`net.core.rmem_default`, 208 KiB).
const BATCH_REQUESTS_UNPRIVILEGED: u32 = 200;
/// How long an answer may take. The kernel works a request off before the send returns, so a
/// longer silence means that no answer will come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a dump that was disturbed is started again.
pub const DUMP_ATTEMPTS: usize = 64;

/// Why the conversation with the kernel broke down.
#[derive(Debug, Error)]
pub enum ChannelError {
    #[error("cannot {action} the netlink socket: {source}")]
    Socket {
        action: &'static str,
        source: io::Error,
    },
    #[error("the kernel's answers did not fit into the receive queue")]
    Overrun,
    #[error("the kernel did not answer within {} seconds", PATIENCE.as_secs())]
    Silence,
    #[error("the kernel sent a malformed netlink message ({0})")]
    Malformed(&'static str),
    #[error("the table changed {DUMP_ATTEMPTS} times while it was read: try again")]
    Unsteady,
    #[error("the kernel ended its answer without a payload")]
    NoPayload,
}

const FOREIGN: ChannelError = ChannelError::Malformed("an answer of another family");
const UNASKED: ChannelError =
    ChannelError::Malformed("an answer of another kind than was asked for");
/// The only action after which the kernel knows nothing of a request.
const SENDING: &str = "send on";

impl ChannelError {
    /// Whether the kernel has not got the request.
    pub fn is_unsent(&self) -> bool {
        matches!(self, ChannelError::Socket { action, .. } if *action == SENDING)
    }
}

/// A refusal, or the end of the conversation.
#[derive(Debug, Error)]
pub enum ExchangeError {
    #[error("refused with error {}", .0.errno)]
    Refused(Refusal),
    #[error(transparent)]
    Channel(#[from] ChannelError),
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
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it is time to send.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The sequence number of the first request; the others follow one by one.
    pub fn first_sequence(&self) -> u32 {
        self.first_sequence
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
        self.full = false;
    }
}

/// A generic-netlink socket with its sequence numbers and its receive buffer.
pub struct Channel {
    socket: Socket,
    port: u32,
    next_sequence: u32,
    /// The most requests in one datagram.
    most_requests: u32,
    receive: Vec<u8>,
}

impl Channel {
    /// Opens and prepares a socket.
    pub fn open() -> Result<Channel, ChannelError> {
        let failed = |action| move |source| ChannelError::Socket { action, source };
        let mut socket = Socket::new(NETLINK_GENERIC).map_err(failed("open"))?;
        let address = socket.bind_auto().map_err(failed("bind"))?;
        let configured = socket
            .set_ext_ack(true)
            .and_then(|()| socket.set_cap_ack(true))
            .and_then(|()| {
                let patience = TimeVal::milliseconds(PATIENCE.as_millis() as i64);
                setsockopt(&socket, sockopt::ReceiveTimeout, &patience).map_err(io::Error::from)
            });
        configured.map_err(failed("configure"))?;
        // Only root may go over the system's limit.
        let raised = setsockopt(&socket, sockopt::RcvBufForce, &QUEUE_LENGTH).is_ok();
        Ok(Channel {
            socket,
            port: address.port_number(),
            next_sequence: 1,
            most_requests: if raised {
                BATCH_REQUESTS
            } else {
                BATCH_REQUESTS_UNPRIVILEGED
            },
            receive: Vec::with_capacity(RECEIVE_LENGTH),
        })
    }

    /// Appends a request to a batch and returns its sequence number.
    pub fn push<F>(&mut self, batch: &mut Batch, request: GenlMessage<F>) -> u32
    where
        F: GenlFamily + Emitable + std::fmt::Debug,
    {
        self.push_with_flags(batch, request, NLM_F_REQUEST)
    }

    fn push_with_flags<F>(&mut self, batch: &mut Batch, request: GenlMessage<F>, flags: u16) -> u32
    where
        F: GenlFamily + Emitable + std::fmt::Debug,
    {
        let sequence = self.next_sequence;
        self.next_sequence = self.next_sequence.wrapping_add(1);
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = sequence;
        header.port_number = self.port;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::from(request));
        message.finalize();

        // Every attribute is padded to the alignment of a message, so the next one may follow.
        let offset = batch.bytes.len();
        batch.bytes.resize(offset + message.buffer_len(), 0);
        message.serialize(&mut batch.bytes[offset..]);
        if batch.count == 0 {
            batch.first_sequence = sequence;
        }
        batch.last_offset = offset;
        batch.count += 1;
        batch.full = batch.bytes.len() >= BATCH_LENGTH || batch.count >= self.most_requests;
        sequence
    }

    /// Sends a batch, waits until the kernel has worked it off, and empties it.
    ///
    /// Only the last request asks for an acknowledgement: the kernel works a datagram off in
    /// order and answers a failure unasked, so whatever `refused` was not called for succeeded.
    pub fn exchange(
        &mut self,
        batch: &mut Batch,
        mut refused: impl FnMut(u32, Refusal),
    ) -> Result<(), ChannelError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut last = NetlinkBuffer::new(&mut batch.bytes[batch.last_offset..]);
        last.set_flags(last.flags() | NLM_F_ACK);
        let first = batch.first_sequence;
        let last = first.wrapping_add(batch.count - 1);
        let sent = self.send(&batch.bytes);
        let count = batch.count;
        batch.clear();
        sent?;
        self.receive_until(|received| {
            if received.sequence.wrapping_sub(first) >= count {
                return Ok(ControlFlow::Continue(()));
            }
            match received.answer {
                Answer::Refused(refusal) => refused(received.sequence, refusal),
                Answer::Acknowledged => {}
                Answer::Payload(_) | Answer::Done(_) => return Err(UNASKED),
            }
            Ok(if received.sequence == last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })
    }

    /// Sends one request and hands its one answer to `decode`.
    pub fn get<F, T, E>(
        &mut self,
        request: GenlMessage<F>,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<T, E>, ExchangeError>
    where
        F: GenlFamily + Emitable + std::fmt::Debug,
    {
        let family = request.family_id();
        let mut batch = Batch::default();
        let sequence = self.push(&mut batch, request);
        self.send(&batch.bytes)?;
        self.receive_until(|received| {
            if received.sequence != sequence {
                return Ok(ControlFlow::Continue(()));
            }
            match received.answer {
                Answer::Payload(_) if received.kind != family => Err(FOREIGN),
                Answer::Payload(payload) => Ok(ControlFlow::Break(Ok(decode(payload)))),
                Answer::Refused(refusal) => {
                    Ok(ControlFlow::Break(Err(ExchangeError::Refused(refusal))))
                }
                Answer::Acknowledged | Answer::Done(_) => Err(ChannelError::NoPayload),
            }
        })?
    }

    /// Sends a dump request and hands each payload to `decode`.
    ///
    /// A dump that the kernel marks as disturbed by a change is thrown away and started again.
    pub fn dump<F, T, E>(
        &mut self,
        request: GenlMessage<F>,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<Vec<T>, E>, ExchangeError>
    where
        F: GenlFamily + Emitable + std::fmt::Debug + Clone,
    {
        let family = request.family_id();
        for _ in 0..DUMP_ATTEMPTS {
            let mut batch = Batch::default();
            let flags = NLM_F_REQUEST | NLM_F_DUMP;
            let sequence = self.push_with_flags(&mut batch, request.clone(), flags);
            self.send(&batch.bytes)?;
            let mut disturbed = false;
            let mut items = Ok(Vec::new());
            let end = self.receive_until(|received| {
                if received.sequence != sequence {
                    return Ok(ControlFlow::Continue(()));
                }
                disturbed |= received.disturbed;
                Ok(match received.answer {
                    Answer::Payload(_) if received.kind != family => return Err(FOREIGN),
                    Answer::Payload(payload) => {
                        // After a failure the rest is still read, so that the socket stays usable.
                        if let Ok(decoded) = &mut items {
                            match decode(payload) {
                                Ok(item) => decoded.push(item),
                                Err(error) => items = Err(error),
                            }
                        }
                        ControlFlow::Continue(())
                    }
                    Answer::Done(end) => ControlFlow::Break(end),
                    Answer::Refused(refusal) => ControlFlow::Break(Some(refusal)),
                    // Taken for a part of the dump, it would make it one without entries.
                    Answer::Acknowledged => return Err(UNASKED),
                })
            })?;
            match end {
                Some(refusal) => return Err(ExchangeError::Refused(refusal)),
                None if disturbed => {}
                None => return Ok(items),
            }
        }
        Err(ChannelError::Unsteady.into())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), ChannelError> {
        let kernel = SocketAddr::new(0, 0);
        let sent = retry_interrupted(|| self.socket.send_to(bytes, &kernel, 0));
        match sent {
            Ok(length) if length == bytes.len() => Ok(()),
            Ok(_) => Err(ChannelError::Malformed("a request was cut off in sending")),
            Err(source) => Err(ChannelError::Socket {
                action: SENDING,
                source,
            }),
        }
    }

    /// Receives until `handle` breaks, or the kernel stays silent for too long.
    fn receive_until<B>(
        &mut self,
        mut handle: impl FnMut(Received<'_>) -> Result<ControlFlow<B>, ChannelError>,
    ) -> Result<B, ChannelError> {
        let mut idle_since: Option<Instant> = None;
        loop {
            let mut outcome = None;
            let mut progress = false;
            self.receive_datagram()?;
            for_each_message(&self.receive, self.port, |received| {
                // Behind the end of one exchange nothing of it follows in the same datagram.
                if outcome.is_none() {
                    progress |= matches!(received.answer, Answer::Payload(_));
                    if let ControlFlow::Break(value) = handle(received)? {
                        outcome = Some(value);
                    }
                }
                Ok(())
            })?;
            if let Some(value) = outcome {
                return Ok(value);
            }
            if progress {
                idle_since = None;
            } else if idle_since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
                return Err(ChannelError::Silence);
            }
        }
    }

    /// Fills the receive buffer with the next datagram that comes from the kernel itself.
    fn receive_datagram(&mut self) -> Result<(), ChannelError> {
        loop {
            self.receive.clear();
            let socket = &self.socket;
            let buffer = &mut self.receive;
            let received = retry_interrupted(|| socket.recv_from(buffer, nix::libc::MSG_TRUNC));
            match received {
                Ok((length, _)) if length > self.receive.len() => {
                    return Err(ChannelError::Malformed("a datagram over 32 KiB"));
                }
                Ok((_, sender)) if sender.port_number() != 0 => {}
                Ok(_) => return Ok(()),
                Err(source) => {
                    return Err(match source.raw_os_error() {
                        Some(nix::libc::ENOBUFS) => ChannelError::Overrun,
                        Some(nix::libc::EAGAIN) => ChannelError::Silence,
                        _ => ChannelError::Socket {
                            action: "receive from",
                            source,
                        },
                    });
                }
            }
        }
    }
}

fn retry_interrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
