//! Whole tables of the kernel: in one datagram where that is possible, and every entry once.

use super::client::Ipvs;
use super::error::{Error, outcome};
use super::message::{DecodeError, attributes};
use super::operation::Operation;
use super::request::{Addressed, Request};
use super::socket::open_socket;
use super::trace::{self, Answer, Exchange};
use super::uapi::Command;
use crate::kernel::netlink::{AnswerLength, DUMP_ATTEMPTS, Dump, ExchangeError, SocketError};

impl Ipvs {
    /// Repeats a dump until no entry occurs twice; the entries take the memory of `items`.
    ///
    /// IPVS does not mark a dump that a change disturbed. For each datagram it skips as many
    /// entries as it has reported already; if one was added before those in the meantime, it reports one twice.
    pub(super) fn each_once<T, K: Ord>(
        &mut self,
        mut items: Vec<T>,
        read: impl Fn(&mut Ipvs, Vec<T>) -> Result<Dump<T>, Error>,
        key: impl Fn(&T) -> K,
    ) -> Result<Vec<T>, Error> {
        for _ in 0..DUMP_ATTEMPTS {
            let dump = read(self, items)?;
            if !dump.in_pieces || !repeats(dump.items.iter().map(&key)) {
                return Ok(dump.items);
            }
            items = dump.items;
        }
        Err(SocketError::Unsteady.into())
    }

    pub(super) fn dump<T>(
        &mut self,
        operation: Operation,
        request: Request<'_>,
        items: Vec<T>,
        take: impl Fn(&[u8], &mut Vec<T>) -> Result<(), DecodeError>,
    ) -> Result<Dump<T>, Error> {
        let trace = self.trace;
        let ask = || self.dump_in_one_piece(operation, request, items, take);
        let answer = trace.timed(ask, |answer, report| {
            report(Exchange::Question {
                command: request.command(),
                operation: &operation,
                outcome: trace::outcome(answer).map(|dump| Answer::Entries(dump.items.len())),
            });
        });
        answer.map_err(|error| self.explained(error))
    }

    /// Has the dump in one datagram where that is possible, on a socket for longer ones if need be.
    fn dump_in_one_piece<T>(
        &mut self,
        operation: Operation,
        request: Request<'_>,
        mut items: Vec<T>,
        take: impl Fn(&[u8], &mut Vec<T>) -> Result<(), DecodeError>,
    ) -> Result<Dump<T>, Error> {
        let take = |payload: &[u8], items: &mut Vec<T>| take(attributes(payload)?, items);
        let family = self.family;
        let socket = match request.command() {
            Command::GetDest => match &mut self.server_socket {
                Some(socket) => socket,
                none => none.insert(open_socket(
                    &self.netns,
                    self.trace,
                    AnswerLength::SHORTEST,
                )?),
            },
            _ => &mut self.socket,
        };
        loop {
            let items = std::mem::take(&mut items);
            let answer = socket.dump_in(items, &Addressed { family, request }, take);
            let longer = socket
                .answers()
                .longer()
                .map(|longer| match request.command() {
                    Command::GetDest => longer,
                    // It is read once, and the part that is discarded with each attempt costs more than long answers.
                    _ => AnswerLength::LONGEST,
                });
            match (&answer, longer) {
                (Err(ExchangeError::Long), Some(longer)) => {
                    *socket = open_socket(&self.netns, self.trace, longer)?;
                    // The kernel makes datagrams as long as what the socket was read with, and begins the dump
                    // before that is read: without an answer in front of it, its first datagram would be short.
                    let request = Request::Plain(Command::GetInfo);
                    let first = socket.get(&Addressed { family, request }, |_| Ok(()));
                    outcome(Operation::Info, first)?;
                }
                _ => return outcome(operation, answer),
            }
        }
    }
}

/// Whether a key comes more than once.
pub(super) fn repeats<K: Ord>(keys: impl Iterator<Item = K>) -> bool {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
