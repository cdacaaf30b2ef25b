//! Changes that are all made, or all undone.
//!
//! How each change is undone is worked out before the first one is made, and so is the memory for it: where
//! memory runs out, it does so while nothing is changed yet.

use std::collections::TryReserveError;
use std::io;
use std::ops::Range;

use thiserror::Error;

use crate::kernel::ipvs::{self, Ipvs, KernelError};
use crate::kernel::netlink::{Batch, Refusal};
use crate::model::Change;
use crate::model::ruleset::Ruleset;
use crate::sys::signals::Interrupt;

/// Bytes that are set aside for the work after a failure: to put it into words, and to undo.
const RESERVE: usize = 1024 * 1024;

/// Why a transaction could not begin, or ended early.
#[derive(Debug, Error)]
pub enum TransactionError {
    #[error(transparent)]
    Ipvs(#[from] ipvs::Error),
    #[error("{0}; nothing was changed")]
    Memory(#[from] TryReserveError),
    #[error("cannot catch signals: {0}")]
    Signals(#[source] io::Error),
    #[error("interrupted by a signal")]
    Interrupted,
}

/// What stopped a transaction.
pub struct Stopped {
    /// The change that was refused; `None` where a signal or a failed exchange with the kernel ended
    /// it. Some of the changes after it may have been made.
    pub index: Option<usize>,
    pub error: TransactionError,
}

/// Changes to make, those that were made, and how to undo them.
pub struct Transaction {
    changes: Vec<Change>,
    /// The changes that undo the first change, those that undo the second, and so on; to be made from the last to
    /// the first.
    undo: Vec<Change>,
    /// For each change, where those that undo it end.
    ends: Vec<usize>,
    /// As everything is after all of the changes.
    state: Ruleset,
    /// Where in `undo` ends what undoes changes of before [`Transaction::resume`], and how many those were.
    settled: usize,
    settled_changes: usize,
    /// How many of the changes were sent.
    made: usize,
    /// Which of them were refused, in order.
    refused: Vec<usize>,
    batch: Batch,
    interrupt: Interrupt,
    reserve: Vec<u8>,
}

impl Transaction {
    /// Begins with the state that the kernel is in. From here on SIGINT and SIGTERM do not end the
    /// program, but the transaction.
    pub fn begin(state: Ruleset) -> Result<Transaction, TransactionError> {
        let mut reserve = Vec::new();
        reserve.try_reserve_exact(RESERVE)?;
        Ok(Transaction {
            changes: Vec::new(),
            undo: Vec::new(),
            ends: Vec::new(),
            state,
            settled: 0,
            settled_changes: 0,
            made: 0,
            refused: Vec::new(),
            batch: Batch::for_many(),
            interrupt: Interrupt::catch().map_err(TransactionError::Signals)?,
            reserve,
        })
    }

    /// Plans a change after those that are planned already.
    ///
    /// # Errors
    /// There is no memory for it; nothing was changed.
    pub fn plan(&mut self, change: &Change) -> Result<(), TryReserveError> {
        // What cannot be made has nothing to undo.
        let undo = self.state.apply(change).unwrap_or_default();
        self.changes.try_reserve(1)?;
        self.undo.try_reserve(undo.len())?;
        self.ends.try_reserve(1)?;
        self.changes.push(*change);
        self.undo.extend(undo.into_iter().rev());
        self.ends.push(self.undo.len());
        Ok(())
    }

    /// Plans a change that may be made already; false where there is nothing to do.
    ///
    /// # Errors
    /// As for [`Transaction::plan`].
    pub fn plan_ensured(&mut self, change: &Change) -> Result<bool, TryReserveError> {
        match self.state.left_to_do(change) {
            Some(change) => self.plan(&change).map(|()| true),
            None => Ok(false),
        }
    }

    /// Begins anew after a change that was refused, with the state that the kernel is in now. What was made so far
    /// stays, and is undone with the rest where that fails.
    pub fn resume(&mut self, state: Ruleset) {
        self.settled_changes = self.made_so_far();
        self.forget_what_was_not_made();
        self.settled = self.undo.len();
        self.changes.clear();
        self.ends.clear();
        self.refused.clear();
        self.made = 0;
        self.batch = Batch::for_many();
        self.state = state;
    }

    /// How many changes were made, and not refused.
    fn made_so_far(&self) -> usize {
        self.settled_changes + self.made.saturating_sub(self.refused.len())
    }

    /// As everything is after all of the planned changes.
    pub fn state(&self) -> &Ruleset {
        &self.state
    }

    /// How many changes are planned.
    pub fn planned(&self) -> usize {
        self.changes.len()
    }

    /// A planned change.
    pub fn change(&self, index: usize) -> &Change {
        &self.changes[index]
    }

    /// Makes the next planned changes, up to `end`, until one is refused.
    ///
    /// # Errors
    /// What stopped it. The caller then rolls back.
    pub fn make(&mut self, ipvs: &mut Ipvs, end: usize) -> Result<(), Stopped> {
        self.send_up_to(ipvs, end, |index, refusal| Some((index, refusal)))
    }

    /// Makes the next planned changes, up to `end`; `refused` is called for those that the kernel refuses.
    ///
    /// # Errors
    /// A signal or a failed exchange with the kernel ended it. The caller then rolls back.
    pub fn make_each(
        &mut self,
        ipvs: &mut Ipvs,
        end: usize,
        mut refused: impl FnMut(usize, Refusal),
    ) -> Result<(), Stopped> {
        self.send_up_to(ipvs, end, |index, refusal| {
            refused(index, refusal);
            None
        })
    }

    /// Sends batch after batch. A refusal that `judge` returns is the end.
    fn send_up_to(
        &mut self,
        ipvs: &mut Ipvs,
        end: usize,
        mut judge: impl FnMut(usize, Refusal) -> Option<(usize, Refusal)>,
    ) -> Result<(), Stopped> {
        while self.made < end {
            if self.interrupt.came() {
                return Err(Stopped {
                    index: None,
                    error: TransactionError::Interrupted,
                });
            }
            let start = self.made;
            let mut next = start;
            while next < end && !self.batch.is_full() {
                ipvs.push(&mut self.batch, &self.changes[next]);
                next += 1;
            }
            let fatal = self.send(ipvs, start..next, &mut judge)?;
            if let Some((index, refusal)) = fatal {
                self.reserve = Vec::new();
                let error = ipvs.refused(&self.changes[index], refusal);
                return Err(Stopped {
                    index: Some(index),
                    error: ipvs::Error::from(error).into(),
                });
            }
        }
        Ok(())
    }

    /// Sends the batch, which holds these changes, and returns the first refusal that is the end. What the
    /// answer does not say counts as made: at worst, undoing it is refused.
    fn send(
        &mut self,
        ipvs: &mut Ipvs,
        sent: Range<usize>,
        judge: &mut impl FnMut(usize, Refusal) -> Option<(usize, Refusal)>,
    ) -> Result<Option<(usize, Refusal)>, Stopped> {
        let first = self.batch.first_sequence();
        let mut fatal = None;
        let refused = &mut self.refused;
        let answered = ipvs.exchange(&mut self.batch, |sequence, refusal| {
            let index = sent.start + sequence.wrapping_sub(first) as usize;
            refused.push(index);
            if fatal.is_none() {
                fatal = judge(index, refusal);
            }
        });
        match &answered {
            // The kernel received none of them.
            Err(ipvs::Error::Socket(error)) if error.is_unsent() => {}
            _ => self.made = sent.end,
        }
        match answered {
            Ok(()) => Ok(fatal),
            Err(error) => Err(Stopped {
                index: None,
                error: error.into(),
            }),
        }
    }

    /// Undoes everything in reverse and returns how many changes that took. What others have changed since then is
    /// theirs: where they deleted what is to be deleted, say, there is nothing to undo.
    ///
    /// # Errors
    /// The first change that could not be undone; the others are undone all the same.
    pub fn roll_back(&mut self, ipvs: &mut Ipvs) -> Result<usize, ipvs::Error> {
        self.reserve = Vec::new();
        let undone = self.made_so_far();
        self.forget_what_was_not_made();
        self.batch = Batch::for_many();
        let mut failure = None;
        let mut rest = self.undo.as_slice();
        while !rest.is_empty() {
            let mut left = rest.len();
            while left > 0 && !self.batch.is_full() {
                left -= 1;
                ipvs.push(&mut self.batch, &rest[left]);
            }
            let first = self.batch.first_sequence();
            ipvs.exchange(&mut self.batch, |sequence, refusal| {
                let sent = sequence.wrapping_sub(first) as usize;
                let change = &rest[rest.len() - 1 - sent];
                if !change.is_overtaken(refusal.errno) {
                    failure.get_or_insert_with(|| KernelError::of_change(change, refusal));
                }
            })?;
            rest = &rest[..left];
        }
        self.undo.clear();
        match failure {
            None => Ok(undone),
            Some(error) => Err(error.into()),
        }
    }

    /// Leaves in `undo` what undoes the changes that were made.
    ///
    /// What undoes a change may depend on those before it: after a refused one it is worked out again.
    fn forget_what_was_not_made(&mut self) {
        let Some(&first) = self.refused.first() else {
            self.undo.truncate(self.undo_begin(self.made));
            return;
        };
        let begin = self.undo_begin(first);
        for change in self.undo.drain(begin..).rev() {
            // It undoes what the state has taken, so it is possible.
            let _ = self.state.apply(&change);
        }
        for index in first..self.made {
            if self.refused.binary_search(&index).is_err() {
                let undo = self.state.apply(&self.changes[index]).unwrap_or_default();
                self.undo.extend(undo.into_iter().rev());
            }
        }
    }

    /// Where in `undo` begins what undoes a change.
    fn undo_begin(&self, index: usize) -> usize {
        index
            .checked_sub(1)
            .map_or(self.settled, |before| self.ends[before])
    }
}
