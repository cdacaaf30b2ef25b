//! Changes that are all made, or all undone.

use crate::error::{Error, KernelError};
use crate::interrupt::Interrupt;
use crate::ipvs::Ipvs;
use crate::model::Change;
use crate::netlink::{Batch, Refusal};
use crate::ruleset::Ruleset;

/// What stopped a transaction.
pub struct Stopped {
    /// The change that was refused; `None` where a signal or the conversation with the kernel ended
    /// it. Some of the changes behind it may have been made.
    pub index: Option<usize>,
    pub error: Box<Error>,
}

/// What was changed so far, and how to undo it.
pub struct Transaction {
    state: Ruleset,
    /// For each change that was made, the changes that undo it.
    undo: Vec<Vec<Change>>,
    interrupt: Interrupt,
}

impl Transaction {
    /// Begins with the state that the kernel is in. From here on SIGINT and SIGTERM do not end the
    /// program, but the transaction.
    pub fn begin(state: Ruleset) -> Result<Transaction, Error> {
        Ok(Transaction {
            state,
            undo: Vec::new(),
            interrupt: Interrupt::catch().map_err(Error::Signals)?,
        })
    }

    /// Makes changes, in order, until one is refused.
    ///
    /// # Errors
    /// What stopped it. Whoever gets an error rolls back.
    pub fn make(&mut self, ipvs: &mut Ipvs, changes: &[Change]) -> Result<(), Stopped> {
        let mut batch = Batch::for_many();
        let mut rest = 0..changes.len();
        while !rest.is_empty() {
            if self.interrupt.came() {
                return Err(Stopped {
                    index: None,
                    error: Box::new(Error::Interrupted),
                });
            }
            let start = rest.start;
            for index in rest.by_ref() {
                ipvs.push(&mut batch, &changes[index]);
                if batch.is_full() {
                    break;
                }
            }
            self.send(ipvs, &mut batch, &changes[start..rest.start])
                .map_err(|stopped| Stopped {
                    index: stopped.index.map(|index| start + index),
                    ..stopped
                })?;
        }
        Ok(())
    }

    /// Makes a change that may be made already.
    ///
    /// # Errors
    /// As for [`Transaction::make`], with the index 0.
    pub fn ensure(&mut self, ipvs: &mut Ipvs, change: &Change) -> Result<(), Stopped> {
        match self.state.left_to_do(change) {
            Some(change) => self.make(ipvs, &[change]),
            None => Ok(()),
        }
    }

    fn send(
        &mut self,
        ipvs: &mut Ipvs,
        batch: &mut Batch,
        changes: &[Change],
    ) -> Result<(), Stopped> {
        let first = batch.first_sequence();
        let mut refusals = Vec::new();
        let answered = ipvs.exchange(batch, |sequence, refusal| {
            refusals.push((sequence.wrapping_sub(first) as usize, refusal));
        });
        match &answered {
            // The kernel has heard of none of them.
            Err(Error::Channel(error)) if error.is_unsent() => {}
            _ => self.note(changes, &refusals),
        }
        answered.map_err(|error| Stopped {
            index: None,
            error: Box::new(error),
        })?;
        match refusals.into_iter().next() {
            None => Ok(()),
            Some((index, refusal)) => {
                let error = KernelError::of_change(&changes[index], refusal);
                Err(Stopped {
                    index: Some(index),
                    error: Box::new(error.into()),
                })
            }
        }
    }

    /// Notes how to undo the changes that were not refused. What the answer does not tell counts as
    /// made: to undo it then is refused at worst.
    fn note(&mut self, changes: &[Change], refusals: &[(usize, Refusal)]) {
        let mut refused = refusals.iter().map(|(index, _)| *index).peekable();
        for (index, change) in changes.iter().enumerate() {
            if refused.next_if_eq(&index).is_none() {
                // What the kernel did the state takes too: both began alike.
                self.undo.push(self.state.apply(change).unwrap_or_default());
            }
        }
    }

    /// Undoes everything in reverse and returns how many changes that took.
    ///
    /// # Errors
    /// The first change that could not be undone; the others are undone all the same.
    pub fn roll_back(&mut self, ipvs: &mut Ipvs) -> Result<usize, Error> {
        let mut failure = None;
        let mut batch = Batch::for_many();
        let undone = self.undo.len();
        let changes: Vec<Change> = self.undo.drain(..).rev().flatten().collect();
        let mut rest = changes.as_slice();
        while !rest.is_empty() {
            let mut count = 0;
            while count < rest.len() && !batch.is_full() {
                ipvs.push(&mut batch, &rest[count]);
                count += 1;
            }
            let (sent, left) = rest.split_at(count);
            let first = batch.first_sequence();
            ipvs.exchange(&mut batch, |sequence, refusal| {
                let index = sequence.wrapping_sub(first) as usize;
                failure.get_or_insert_with(|| KernelError::of_change(&sent[index], refusal));
            })?;
            rest = left;
        }
        match failure {
            None => Ok(undone),
            Some(error) => Err(error.into()),
        }
    }
}
