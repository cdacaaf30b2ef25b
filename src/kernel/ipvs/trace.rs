//! What --verbose reports: each exchange with the kernel as a typed event. `format/trace.rs` puts them into words.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::operation::Operation;
use super::uapi::Command;
use crate::kernel::netlink::Refusal;
use crate::model::Change;
use crate::sys::netns::Netns;

/// Why an exchange failed, in words.
pub type Failure<'a> = &'a dyn Display;

/// One exchange with the kernel, or with what prepares for it.
pub struct Event<'a> {
    pub exchange: Exchange<'a>,
    pub took: Duration,
}

/// What was exchanged.
pub enum Exchange<'a> {
    /// A netlink socket was opened in a network namespace.
    Socket {
        netns: &'a Netns,
        outcome: Result<(), Failure<'a>>,
    },
    /// The number of the IPVS family was asked for.
    Family(Result<Option<u16>, Failure<'a>>),
    /// The module was to be loaded; what came of it.
    Module(&'a str),
    /// Something was asked for.
    Question {
        command: Command,
        operation: &'a Operation,
        outcome: Result<Answer, Failure<'a>>,
    },
    /// Changes were sent in one datagram; with each, its refusal.
    Changes {
        changes: &'a [(Change, Option<Refusal>)],
        outcome: Result<(), Failure<'a>>,
    },
}

/// What a question was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    One,
    /// So many entries of a table.
    Entries(usize),
}

/// The function that is called for each event, if any.
#[derive(Clone, Copy, Default)]
pub struct Trace(Option<fn(&Event<'_>)>);

impl Trace {
    /// Calls a function for each event.
    pub fn to(report: fn(&Event<'_>)) -> Trace {
        Trace(Some(report))
    }

    pub fn is_on(self) -> bool {
        self.0.is_some()
    }

    /// Does something and reports it; `exchange` hands the description on, because it may borrow from what was done.
    pub(super) fn timed<T>(
        self,
        work: impl FnOnce() -> T,
        exchange: impl FnOnce(&T, &dyn Fn(Exchange<'_>)),
    ) -> T {
        let Trace(Some(report)) = self else {
            return work();
        };
        let begun = Instant::now();
        let done = work();
        let took = begun.elapsed();
        exchange(&done, &|exchange| report(&Event { exchange, took }));
        done
    }
}

/// The changes that were packed and not sent yet, with their refusals when they were.
#[derive(Default)]
pub(super) struct TraceLog {
    changes: Vec<(Change, Option<Refusal>)>,
}

impl TraceLog {
    pub fn push(&mut self, change: &Change) {
        self.changes.push((*change, None));
    }

    /// Notes that the change at this position in the datagram was refused.
    pub fn refused(&mut self, index: usize, refusal: &Refusal) {
        if let Some((_, answer)) = self.changes.get_mut(index) {
            *answer = Some(refusal.clone());
        }
    }

    pub fn changes(&self) -> &[(Change, Option<Refusal>)] {
        &self.changes
    }

    /// Those that were not refused.
    pub fn made(&self) -> impl Iterator<Item = Change> + '_ {
        let made = self.changes.iter().filter(|(_, answer)| answer.is_none());
        made.map(|(change, _)| *change)
    }
}

/// The outcome without its value.
pub(super) fn outcome<T, E: Display>(result: &Result<T, E>) -> Result<&T, Failure<'_>> {
    result.as_ref().map_err(|error| error as Failure<'_>)
}
