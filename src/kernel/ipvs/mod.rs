//! The kernel's IPVS family: how services and servers travel in netlink messages (pure files), and
//! the verbs that send them.

pub mod config;
pub mod daemon;
pub mod error;
pub mod explanation;
mod family;
pub mod message;
mod operation;
pub mod real_server;
pub mod request;
pub mod service;
pub mod stats;
pub mod trace;
pub mod uapi;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::rc::Rc;

use netlink_sys::protocols::NETLINK_GENERIC;
use nix::libc;

use crate::kernel::netlink::{
    AnswerLength, Batch, DUMP_ATTEMPTS, Dump, ExchangeError, Refusal, Socket, SocketError,
};
use crate::kernel::proc;
use crate::kernel::proc::connections;
use crate::model::{
    Change, Info, RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers, Stats, SyncDaemon,
    Timeouts,
};
use crate::sys::netns::Netns;
pub use error::{Error, KernelError};
pub use message::DecodeError;
use message::{attributes, nested};
pub use operation::Operation;
use request::{Addressed, Request};
use trace::{Answer, Exchange, Trace, TraceLog};
use uapi::{Command, CommandAttribute};

/// The IPVS family of this kernel, in one network namespace.
pub struct Ipvs {
    netns: Rc<Netns>,
    /// For all but the real servers.
    socket: Socket,
    /// For the dumps of real servers, opened for the first one: theirs are short, where that of the services
    /// may be long.
    server_socket: Option<Socket>,
    family: u16,
    trace: Trace,
    /// The changes of the batch that is being packed.
    log: TraceLog,
}

impl Ipvs {
    /// Opens a socket in a namespace and finds the family; loads the kernel module where it is missing.
    pub fn open(netns: Rc<Netns>, trace: Trace) -> Result<Ipvs, Error> {
        let mut socket = open_socket(&netns, trace, AnswerLength::SHORTEST)?;
        let family = family::find(&mut socket, trace)?;
        Ok(Ipvs {
            netns,
            socket,
            server_socket: None,
            family,
            trace,
            log: TraceLog::default(),
        })
    }

    /// Makes one change.
    ///
    /// # Errors
    /// [`Error::Unanswered`] where it may have been made nevertheless.
    pub fn apply(&mut self, change: &Change) -> Result<(), Error> {
        let mut batch = Batch::default();
        self.push(&mut batch, change);
        let mut failure = None;
        self.exchange(&mut batch, |_, refusal| failure = Some(refusal))
            .map_err(|error| match error {
                Error::Socket(error) if !error.is_unsent() => Error::Unanswered(error),
                error => error,
            })?;
        match failure {
            None => Ok(()),
            Some(refusal) => Err(self.refused(change, refusal).into()),
        }
    }

    /// The refusal of a change as an error that explains it.
    pub fn refused(&self, change: &Change, refusal: Refusal) -> KernelError {
        KernelError::of_change(change, refusal).explained(&*self.netns)
    }

    /// Makes a change where it is not made already: what is to be added may be there, and is edited,
    /// which keeps its counters and connections; what is to be deleted may be missing.
    pub fn ensure(&mut self, change: &Change) -> Result<(), Error> {
        let made = self.apply(change);
        let Err(Error::Refused(error)) = &made else {
            return made;
        };
        match (change, error.refusal.errno) {
            (Change::AddService(service), libc::EEXIST) => {
                self.apply(&Change::EditService(*service))
            }
            (Change::AddServer(id, server), libc::EEXIST) => {
                self.apply(&Change::EditServer(*id, *server))
            }
            (Change::DeleteService(_), libc::ESRCH)
            | (Change::DeleteServer(..), libc::ESRCH | libc::ENOENT) => Ok(()),
            _ => made,
        }
    }

    /// Appends a change to a batch.
    pub fn push(&mut self, batch: &mut Batch, change: &Change) {
        let request = Addressed {
            family: self.family,
            request: Request::Change(change),
        };
        self.socket.push(batch, &request);
        if self.trace.is_on() {
            self.log.push(change);
        }
    }

    /// Sends a batch; `refused` hears of each change that failed, by sequence number.
    pub fn exchange(
        &mut self,
        batch: &mut Batch,
        mut refused: impl FnMut(u32, Refusal),
    ) -> Result<(), Error> {
        if !self.trace.is_on() {
            return Ok(self.socket.exchange(batch, refused)?);
        }
        let mut log = std::mem::take(&mut self.log);
        let first = batch.first_sequence();
        let socket = &mut self.socket;
        let exchange = || {
            let exchanged = socket.exchange(batch, |sequence: u32, refusal| {
                log.refused(sequence.wrapping_sub(first) as usize, &refusal);
                refused(sequence, refusal);
            });
            (exchanged, log)
        };
        let (exchanged, _) = self.trace.timed(exchange, |(exchanged, log), report| {
            report(Exchange::Changes {
                changes: log.changes(),
                outcome: trace::outcome(exchanged).copied(),
            });
        });
        Ok(exchanged?)
    }

    /// Version and size of the kernel's IPVS.
    pub fn info(&mut self) -> Result<Info, Error> {
        let request = Request::Plain(Command::GetInfo);
        self.get(Operation::Info, request, config::decode_info)
    }

    /// One service.
    pub fn service(&mut self, id: &ServiceId) -> Result<ServiceEntry, Error> {
        let request = Request::About(Command::GetService, id);
        self.get(Operation::ListService(*id), request, |bytes| {
            service::decode(nested(bytes, CommandAttribute::Service)?)
        })
    }

    /// Every service, in the kernel's order.
    pub fn services(&mut self) -> Result<Vec<ServiceEntry>, Error> {
        let read = |ipvs: &mut Ipvs| {
            let request = Request::Plain(Command::GetService);
            ipvs.dump(Operation::List, request, |bytes| {
                service::decode(nested(bytes, CommandAttribute::Service)?)
            })
        };
        self.each_once(read, |entry| entry.service.id.sort_key())
    }

    /// The real servers of a service, in the kernel's order; with their counters where asked for.
    pub fn real_servers(
        &mut self,
        id: &ServiceId,
        counters: bool,
    ) -> Result<Vec<RealServerEntry>, Error> {
        let family = id.family();
        let read = |ipvs: &mut Ipvs| {
            let request = Request::About(Command::GetDest, id);
            ipvs.dump(Operation::ListService(*id), request, |bytes| {
                let bytes = nested(bytes, CommandAttribute::Dest)?;
                if counters {
                    real_server::decode(bytes, family)
                } else {
                    real_server::decode_without_stats(bytes, family)
                }
            })
        };
        self.each_once(read, |entry| entry.server.endpoint)
    }

    /// Repeats a dump until it has everything once.
    ///
    /// IPVS does not mark a dump that a change disturbed. For each datagram it goes on behind as many
    /// entries as it has told already; if one was added before those meanwhile, it tells one twice.
    fn each_once<T, K: Ord>(
        &mut self,
        read: impl Fn(&mut Ipvs) -> Result<Dump<T>, Error>,
        key: impl Fn(&T) -> K,
    ) -> Result<Vec<T>, Error> {
        for _ in 0..DUMP_ATTEMPTS {
            let Dump { items, in_pieces } = read(self)?;
            if !in_pieces || !repeats(items.iter().map(&key)) {
                return Ok(items);
            }
        }
        Err(SocketError::Unsteady.into())
    }

    /// Every service with its real servers, in the kernel's order.
    pub fn table(&mut self) -> Result<Vec<ServiceWithServers>, Error> {
        let services = self.services()?;
        self.with_servers(&services, true)
    }

    /// Services with their real servers, which are in the kernel's order; with the servers' counters
    /// where asked for. Those that were deleted meanwhile are left out.
    pub fn with_servers(
        &mut self,
        services: &[ServiceEntry],
        counters: bool,
    ) -> Result<Vec<ServiceWithServers>, Error> {
        let mut table = Vec::with_capacity(services.len());
        for entry in services {
            let servers = self.real_servers(&entry.service.id, counters)?;
            // Asked for the servers of a service that is no more, the kernel says that there are none.
            if !servers.is_empty() || self.has_service(&entry.service.id)? {
                let entry = *entry;
                table.push(ServiceWithServers { entry, servers });
            }
        }
        Ok(table)
    }

    fn has_service(&mut self, id: &ServiceId) -> Result<bool, Error> {
        match self.service(id) {
            Ok(_) => Ok(true),
            Err(Error::Refused(error)) if error.refusal.errno == libc::ESRCH => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The connection timeouts.
    pub fn timeouts(&mut self) -> Result<Timeouts, Error> {
        let request = Request::Plain(Command::GetConfig);
        self.get(Operation::Timeouts, request, config::decode_timeouts)
    }

    /// The sync daemons that run.
    pub fn daemons(&mut self) -> Result<Vec<SyncDaemon>, Error> {
        let read = |ipvs: &mut Ipvs| {
            let request = Request::Plain(Command::GetDaemon);
            ipvs.dump(Operation::Daemons, request, |bytes| {
                daemon::decode(nested(bytes, CommandAttribute::Daemon)?)
            })
        };
        self.each_once(read, |daemon| daemon.role)
    }

    /// The connection table, as the kernel prints it.
    pub fn connections(&self) -> Result<File, Error> {
        let file = self.netns.inside(|| File::open(connections::PATH))?;
        file.map_err(|source| Error::Connections { source })
    }

    /// What passed through IPVS altogether; the rates stay 0.
    pub fn totals(&self) -> Result<Stats, Error> {
        let unreadable = |source| Error::Totals { source };
        let file = self.netns.inside(|| File::open(proc::stats::PATH))?;
        let text = io::read_to_string(file.map_err(unreadable)?).map_err(unreadable)?;
        proc::stats::parse(&text).ok_or_else(|| unreadable(io::ErrorKind::InvalidData.into()))
    }

    fn get<T>(
        &mut self,
        operation: Operation,
        request: Request<'_>,
        decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        let family = self.family;
        let ask = || {
            let decode = |payload: &[u8]| decode(attributes(payload)?);
            let answer = self.socket.get(&Addressed { family, request }, decode);
            outcome(operation, answer)
        };
        let answer = self.trace.timed(ask, |answer, report| {
            report(Exchange::Question {
                command: request.command(),
                operation: &operation,
                outcome: trace::outcome(answer).map(|_| Answer::One),
            });
        });
        answer.map_err(|error| self.explained(error))
    }

    fn dump<T>(
        &mut self,
        operation: Operation,
        request: Request<'_>,
        decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<Dump<T>, Error> {
        let trace = self.trace;
        let ask = || self.dump_in_one_piece(operation, request, decode);
        let answer = trace.timed(ask, |answer, report| {
            report(Exchange::Question {
                command: request.command(),
                operation: &operation,
                outcome: trace::outcome(answer).map(|dump| Answer::Entries(dump.items.len())),
            });
        });
        answer.map_err(|error| self.explained(error))
    }

    fn explained(&self, error: Error) -> Error {
        match error {
            Error::Refused(error) => error.explained(&*self.netns).into(),
            error => error,
        }
    }

    /// Has the dump in one datagram where that is possible, on a socket for longer ones if need be.
    fn dump_in_one_piece<T>(
        &mut self,
        operation: Operation,
        request: Request<'_>,
        decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<Dump<T>, Error> {
        let decode = |payload: &[u8]| decode(attributes(payload)?);
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
            let answer = socket.dump(&Addressed { family, request }, decode);
            match (&answer, socket.answers().longer()) {
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

fn open_socket(netns: &Netns, trace: Trace, answers: AnswerLength) -> Result<Socket, Error> {
    let opened = trace.timed(
        || netns.inside(|| Socket::open(NETLINK_GENERIC, answers)),
        |opened, report| {
            let outcome =
                trace::outcome(opened).and_then(|socket| trace::outcome(socket).map(|_| ()));
            report(Exchange::Socket { netns, outcome });
        },
    );
    Ok(opened??)
}

/// Whether a key comes more than once.
fn repeats<K: Ord>(keys: impl Iterator<Item = K>) -> bool {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

fn outcome<T>(
    operation: Operation,
    answer: Result<Result<T, DecodeError>, ExchangeError>,
) -> Result<T, Error> {
    match answer {
        Ok(decoded) => Ok(decoded?),
        Err(ExchangeError::Refused(refusal)) => Err(KernelError {
            operation,
            refusal,
            explanation: None,
        }
        .into()),
        Err(ExchangeError::Long) => Err(SocketError::Truncated.into()),
        Err(ExchangeError::Socket(error)) => Err(error.into()),
    }
}
