//! One netlink socket: the only file that sends to the kernel and receives from it.
//!
//! It packs requests into datagrams, counts sequence numbers, parses datagrams of answers and
//! distinguishes acknowledgements, refusals, payloads and the end of a dump. What the
//! payloads mean is the caller's business.

use std::io;
use std::ops::ControlFlow;
use std::time::Instant;

use netlink_packet_core::{NLM_F_REQUEST, NetlinkHeader};
use netlink_sys::{Socket as SystemSocket, SocketAddr};
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use super::answer::{Answer, Answers, Received};
use super::batch::{Batch, Message};
use super::dump_buffer::AnswerLength;
use super::error::{ExchangeError, FOREIGN, PATIENCE, Refusal, SENDING, SocketError, UNASKED};

/// Bytes that the socket may queue, which the kernel doubles, where the caller may raise the limit.
const QUEUE_LENGTH: usize = 1024 * 1024;
/// Requests in a batch whose refusals, of under 1 KiB of kernel memory each, all fit that queue.
const BATCH_REQUESTS: u32 = 2000;
/// The same for the queue that everybody has (`net.core.rmem_default`, 208 KiB).
const BATCH_REQUESTS_UNPRIVILEGED: u32 = 200;
/// A netlink socket with its sequence numbers and its receive buffer.
pub struct Socket {
    socket: SystemSocket,
    port: u32,
    next_sequence: u32,
    /// The most requests in one datagram.
    most_requests: u32,
    answers: AnswerLength,
    receive: Vec<u8>,
    /// The memory of the requests that are sent by themselves.
    question: Batch,
}

impl Socket {
    /// Opens and prepares a socket of a protocol (`NETLINK_GENERIC`, `NETLINK_ROUTE`) for answers of this length.
    ///
    /// # Errors
    /// [`SocketError::System`] where the system gives none.
    pub fn open(protocol: isize, answers: AnswerLength) -> Result<Socket, SocketError> {
        let failed = |action| move |source| SocketError::System { action, source };
        let mut socket = SystemSocket::new(protocol).map_err(failed("open"))?;
        let address = socket.bind_auto().map_err(failed("bind"))?;
        let configured = connect(&socket)
            .and_then(|()| socket.set_ext_ack(true))
            .and_then(|()| socket.set_cap_ack(true))
            .and_then(|()| {
                let patience = TimeVal::milliseconds(PATIENCE.as_millis() as i64);
                setsockopt(&socket, sockopt::ReceiveTimeout, &patience).map_err(io::Error::from)
            });
        configured.map_err(failed("configure"))?;
        // Only root may go over the system's limit.
        let raised = setsockopt(&socket, sockopt::RcvBufForce, &QUEUE_LENGTH).is_ok();
        Ok(Socket {
            socket,
            port: address.port_number(),
            next_sequence: 1,
            most_requests: if raised {
                BATCH_REQUESTS
            } else {
                BATCH_REQUESTS_UNPRIVILEGED
            },
            answers,
            receive: Vec::with_capacity(answers.bytes()),
            question: Batch::default(),
        })
    }

    /// How long a datagram of answers may be.
    pub fn answers(&self) -> AnswerLength {
        self.answers
    }

    /// Appends a request to a batch and returns its sequence number.
    #[inline(always)]
    pub fn push(&mut self, batch: &mut Batch, request: &impl Message) -> u32 {
        self.push_with_flags(batch, request, NLM_F_REQUEST)
    }

    #[inline(always)]
    fn push_with_flags(&mut self, batch: &mut Batch, request: &impl Message, flags: u16) -> u32 {
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = self.next_sequence;
        header.port_number = self.port;
        batch.push(request, header, self.most_requests);
        self.next_sequence = self.next_sequence.wrapping_add(1);
        header.sequence_number
    }

    /// Sends a batch, waits until the kernel has processed it, and empties it.
    ///
    /// Only the last request asks for an acknowledgement: the kernel processes a datagram in
    /// order and answers a failure unasked, so whatever `refused` was not called for succeeded.
    pub fn exchange(
        &mut self,
        batch: &mut Batch,
        mut refused: impl FnMut(u32, Refusal),
    ) -> Result<(), SocketError> {
        if batch.is_empty() {
            return Ok(());
        }
        batch.ask_for_acknowledgement();
        let first = batch.first_sequence();
        let count = batch.count();
        let last = first.wrapping_add(count - 1);
        let sent = self.send(batch.bytes());
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
    pub fn get<T, E>(
        &mut self,
        request: &impl Message,
        decode: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<Result<T, E>, ExchangeError> {
        let kind = request.answer_type();
        let sequence = self.ask(request, NLM_F_REQUEST)?;
        self.receive_until(|received| {
            if received.sequence != sequence {
                return Ok(ControlFlow::Continue(()));
            }
            match received.answer {
                Answer::Payload(_) if received.kind != kind => Err(FOREIGN),
                Answer::Payload(payload) => Ok(ControlFlow::Break(Ok(decode(payload)))),
                Answer::Refused(refusal) => {
                    Ok(ControlFlow::Break(Err(ExchangeError::Refused(refusal))))
                }
                Answer::Acknowledged | Answer::Done(_) => Err(SocketError::NoPayload),
            }
        })?
    }

    /// Sends a request by itself and returns its sequence number.
    pub(super) fn ask(&mut self, request: &impl Message, flags: u16) -> Result<u32, SocketError> {
        let mut question = std::mem::take(&mut self.question);
        question.clear();
        let sequence = self.push_with_flags(&mut question, request, flags);
        let sent = self.send(question.bytes());
        self.question = question;
        sent.map(|()| sequence)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), SocketError> {
        // With an address, although the socket is connected: for each request of a datagram without one the kernel
        // verifies the rights of whoever opened the socket as well, which takes some 110 instructions.
        let kernel = SocketAddr::new(0, 0);
        let sent = retry_interrupted(|| self.socket.send_to(bytes, &kernel, 0));
        match sent {
            Ok(length) if length == bytes.len() => Ok(()),
            Ok(_) => Err(SocketError::Malformed("a request was cut off in sending")),
            Err(source) => Err(SocketError::System {
                action: SENDING,
                source,
            }),
        }
    }

    /// Receives until `handle` breaks, or the kernel stays silent for too long.
    fn receive_until<B>(
        &mut self,
        mut handle: impl FnMut(Received<'_>) -> Result<ControlFlow<B>, SocketError>,
    ) -> Result<B, SocketError> {
        let mut silence = Silence::default();
        loop {
            for received in self.receive()? {
                if let ControlFlow::Break(value) = handle(received?)? {
                    return Ok(value);
                }
            }
            silence.goes_on()?;
        }
    }

    /// The answers of the next datagram.
    pub(super) fn receive(&mut self) -> Result<Answers<'_>, SocketError> {
        self.receive_datagram()?;
        Ok(Answers::of(&self.receive, self.port))
    }

    /// Fills the receive buffer with the next datagram.
    fn receive_datagram(&mut self) -> Result<(), SocketError> {
        self.receive.clear();
        let (socket, buffer) = (&self.socket, &mut self.receive);
        match retry_interrupted(|| socket.recv(buffer, nix::libc::MSG_TRUNC)) {
            Ok(length) if length > self.receive.len() => Err(SocketError::Truncated),
            Ok(_) => Ok(()),
            Err(source) => Err(match source.raw_os_error() {
                Some(nix::libc::ENOBUFS) => SocketError::Overrun,
                Some(nix::libc::EAGAIN) => SocketError::Silence,
                _ => SocketError::System {
                    action: "receive from",
                    source,
                },
            }),
        }
    }
}

/// The time in which nothing came of what is awaited.
#[derive(Default)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    /// Notes a datagram that had nothing of it.
    ///
    /// # Errors
    /// [`SocketError::Silence`] where it has been too long.
    pub(super) fn goes_on(&mut self) -> Result<(), SocketError> {
        let since = self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE {
            return Err(SocketError::Silence);
        }
        Ok(())
    }
}

/// Connects a socket to the kernel: from then on the kernel refuses what any other process sends to it, with
/// ECONNREFUSED. So a datagram needs no check of its sender, which takes 2 % of a listing of short dumps. What others,
/// who need CAP_NET_ADMIN for it, sent before is discarded.
fn connect(socket: &SystemSocket) -> io::Result<()> {
    socket.connect(&SocketAddr::new(0, 0))?;
    loop {
        let mut buffer = Vec::with_capacity(1);
        match socket.recv(&mut buffer, nix::libc::MSG_DONTWAIT) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}

pub(super) fn retry_interrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
