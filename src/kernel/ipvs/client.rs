//! The client: the verbs that make changes and read what there is.

use std::fs::File;
use std::io;
use std::rc::Rc;

use nix::libc;

use super::error::{Error, KernelError, outcome};
use super::message::{DecodeError, attributes};
use super::nest::{nested, nested_mostly};
use super::operation::Operation;
use super::request::{Addressed, Request};
use super::socket::open_socket;
use super::trace::{self, Answer, Exchange, Trace, TraceLog};
use super::uapi::{Command, CommandAttribute};
use super::{config, daemon, genl_family, real_server, service};
use crate::kernel::netlink::{AnswerLength, Batch, Refusal, Socket};
use crate::kernel::proc;
use crate::kernel::proc::connections::TableFile;
use crate::model::{
    Change, Info, RealServerEntry, ServiceEntry, ServiceId, Stats, SyncDaemon, Timeouts,
};
use crate::sys::netns::Netns;

/// A client for the kernel's IPVS in one network namespace, over generic netlink (family `IPVS`).
///
/// Methods that fail return [`Error`]: [`Error::Refused`] where the kernel rejected the request, another variant where
/// no answer came or the answer cannot be decoded. Requests block; an answer is awaited for a limited time.
pub struct Ipvs {
    pub(super) netns: Rc<Netns>,
    /// For all but the real servers.
    pub(super) socket: Socket,
    /// For the dumps of real servers, opened for the first one: theirs are short, where that of the services
    /// may be long.
    pub(super) server_socket: Option<Socket>,
    pub(super) family: u16,
    pub(super) trace: Trace,
    /// The changes of the batch that is being packed.
    log: TraceLog,
    record: Option<Record>,
}

/// What the kernel took.
struct Record {
    changes: Vec<Change>,
    /// No answer was lost.
    whole: bool,
}

impl Ipvs {
    /// Opens a socket in a namespace and finds the family; loads the kernel module where it is missing.
    ///
    /// # Errors
    /// The namespace cannot be entered, the socket cannot be opened, or the kernel has no IPVS and
    /// `/sbin/modprobe -- ip_vs` did not load it.
    pub fn open(netns: Rc<Netns>, trace: Trace) -> Result<Ipvs, Error> {
        let mut socket = open_socket(&netns, trace, AnswerLength::SHORTEST)?;
        let family = genl_family::find(&mut socket, trace)?;
        Ok(Ipvs {
            netns,
            socket,
            server_socket: None,
            family,
            trace,
            log: TraceLog::default(),
            record: None,
        })
    }

    /// Makes one change.
    ///
    /// # Errors
    /// [`Error::Refused`] where the kernel rejected it, and nothing was changed; [`Error::Unanswered`] where no answer
    /// came, and the change may have been made.
    pub fn apply(&mut self, change: &Change) -> Result<(), Error> {
        let mut batch = Batch::default();
        self.push(&mut batch, change);
        let mut failure = None;
        self.exchange(&mut batch, |_, refusal| failure = Some(refusal))
            .map_err(Error::of_change)?;
        match failure {
            None => Ok(()),
            Some(refusal) => Err(self.refused(change, refusal).into()),
        }
    }

    /// The refusal of a change as an error, with the reason where the error number alone does not give it.
    pub fn refused(&self, change: &Change, refusal: Refusal) -> KernelError {
        KernelError::of_change(change, refusal).explained(&*self.netns)
    }

    /// Makes a change where it is not made already: what is to be added may be there, and is edited,
    /// which keeps its counters and connections; what is to be deleted may be missing.
    ///
    /// # Errors
    /// As for [`Ipvs::apply`].
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

    /// Appends a change to a batch, which [`Ipvs::exchange`] sends. It is not sent by itself when it is full.
    #[inline(never)]
    pub fn push(&mut self, batch: &mut Batch, change: &Change) {
        let request = Addressed {
            family: self.family,
            request: Request::Change(change),
        };
        self.socket.push(batch, &request);
        if self.trace.is_on() || self.record.is_some() {
            self.log.push(change);
        }
    }

    /// Sends a batch; `refused` is called for each change that failed, with its sequence number.
    ///
    /// # Errors
    /// The exchange with the kernel failed. Unless nothing was sent, some of the changes may have been made.
    pub fn exchange(
        &mut self,
        batch: &mut Batch,
        mut refused: impl FnMut(u32, Refusal),
    ) -> Result<(), Error> {
        if !self.trace.is_on() && self.record.is_none() {
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
        let (exchanged, log) = self.trace.timed(exchange, |(exchanged, log), report| {
            report(Exchange::Changes {
                changes: log.changes(),
                outcome: trace::outcome(exchanged).copied(),
            });
        });
        if let Some(record) = &mut self.record {
            match &exchanged {
                Ok(()) => record.changes.extend(log.made()),
                Err(error) => record.whole &= error.is_unsent(),
            }
        }
        Ok(exchanged?)
    }

    /// From here on the changes that the kernel takes are recorded.
    pub fn record(&mut self) {
        self.record.get_or_insert(Record {
            changes: Vec::new(),
            whole: true,
        });
    }

    /// The changes that the kernel took since [`Ipvs::record`], in order; `None` where an answer was lost, or nothing
    /// was recorded.
    pub fn recorded(&self) -> Option<&[Change]> {
        let record = self.record.as_ref().filter(|record| record.whole)?;
        Some(&record.changes)
    }

    /// The version of the kernel's IPVS, and the size of its connection table in hash buckets
    /// (`IPVS_CMD_GET_INFO`).
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn info(&mut self) -> Result<Info, Error> {
        let request = Request::Plain(Command::GetInfo);
        self.get(Operation::Info, request, config::decode_info)
    }

    /// One service, with its counters.
    ///
    /// # Errors
    /// [`Error::Refused`] with `ESRCH` where there is no such service.
    pub fn service(&mut self, id: &ServiceId) -> Result<ServiceEntry, Error> {
        let request = Request::About(Command::GetService, id);
        self.get(Operation::ListService(*id), request, |bytes| {
            service::decode(nested(bytes, CommandAttribute::Service)?)
        })
    }

    /// Every service with its counters, in the kernel's order (`IPVS_CMD_GET_SERVICE` as a dump). Each is
    /// listed once, even if others change the table while it is read.
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn services(&mut self) -> Result<Vec<ServiceEntry>, Error> {
        let read = |ipvs: &mut Ipvs, items| {
            let request = Request::Plain(Command::GetService);
            ipvs.dump(Operation::List, request, items, |bytes, services| {
                let bytes = nested(bytes, CommandAttribute::Service)?;
                service::decode_then(bytes, |entry| services.push(entry))
            })
        };
        self.each_once(Vec::new(), read, |entry| entry.service.id.sort_key())
    }

    /// The real servers of a service, in the kernel's order (`IPVS_CMD_GET_DEST` as a dump). Without `counters`
    /// their statistics stay 0, and the reading is faster. A service that does not exist has none.
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn real_servers(
        &mut self,
        id: &ServiceId,
        counters: bool,
    ) -> Result<Vec<RealServerEntry>, Error> {
        self.real_servers_in(Vec::new(), id, counters)
    }

    /// As [`Ipvs::real_servers`], in memory that was used before.
    pub(super) fn real_servers_in(
        &mut self,
        servers: Vec<RealServerEntry>,
        id: &ServiceId,
        counters: bool,
    ) -> Result<Vec<RealServerEntry>, Error> {
        let family = id.family();
        let read = |ipvs: &mut Ipvs, items| {
            let request = Request::About(Command::GetDest, id);
            let operation = Operation::ListService(*id);
            ipvs.dump(operation, request, items, |bytes, servers| {
                let bytes =
                    nested_mostly::<{ real_server::LENGTH }>(bytes, CommandAttribute::Dest)?;
                real_server::decode_then(bytes, family, counters, |entry| servers.push(entry))
            })
        };
        self.each_once(servers, read, |entry| entry.server.endpoint)
    }

    /// One service, `None` where it is not there.
    pub fn find_service(&mut self, id: &ServiceId) -> Result<Option<ServiceEntry>, Error> {
        match self.service(id) {
            Ok(entry) => Ok(Some(entry)),
            Err(Error::Refused(error)) if error.refusal.errno == libc::ESRCH => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The connection timeouts, in seconds (`IPVS_CMD_GET_CONFIG`).
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn timeouts(&mut self) -> Result<Timeouts, Error> {
        let request = Request::Plain(Command::GetConfig);
        self.get(Operation::Timeouts, request, config::decode_timeouts)
    }

    /// The running sync daemons, at most one of each role.
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn daemons(&mut self) -> Result<Vec<SyncDaemon>, Error> {
        let read = |ipvs: &mut Ipvs, items| {
            let request = Request::Plain(Command::GetDaemon);
            ipvs.dump(Operation::Daemons, request, items, |bytes, daemons| {
                daemons.push(daemon::decode(nested(bytes, CommandAttribute::Daemon)?)?);
                Ok(())
            })
        };
        self.each_once(Vec::new(), read, |daemon| daemon.role)
    }

    /// The connection table as text, one connection per line (`/proc/net/ip_vs_conn`, or with origins).
    ///
    /// # Errors
    /// [`Error::Connections`] where the file cannot be opened.
    pub fn connections(&self, table: TableFile) -> Result<File, Error> {
        let path = table.path();
        let file = self.netns.inside(|| File::open(path))?;
        file.map_err(|source| Error::Connections { path, source })
    }

    /// The counters of all services together, from `/proc/net/ip_vs_stats`; the rates stay 0.
    ///
    /// # Errors
    /// [`Error::Totals`] where the file cannot be read.
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

    pub(super) fn explained(&self, error: Error) -> Error {
        match error {
            Error::Refused(error) => error.explained(&*self.netns).into(),
            error => error,
        }
    }
}
