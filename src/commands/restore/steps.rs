//! The steps of a replacement: worked out from what is there, made, and where others change the table meanwhile, worked
//! out again.

use std::collections::TryReserveError;

use super::last_rules::LastRules;
use super::undone::{not_made, rule_text, undo};
use super::{Rules, report};
use crate::commands::restore::error::RestoreError;
use crate::commands::session::{Session, services_within};
use crate::format::source::{QuotedRule, RuleSource};
use crate::kernel::ipvs::{self, Ipvs, KernelError};
use crate::kernel::transaction::{Stopped, Transaction, TransactionError};
use crate::model::diff::{self, Plan};
use crate::model::ruleset::{KeptWeights, Ruleset};
use crate::model::scope::Scope;

/// How often the table is read again where others have changed it meanwhile.
const REREADINGS: usize = 3;

/// What the table is to be.
pub struct Goal {
    pub configuration: Ruleset,
    pub keep_weights: Option<KeptWeights>,
}

impl Goal {
    /// The steps that lead there from what is there now, and that.
    pub fn plan(&self, session: &mut Session<'_>) -> Result<(Plan, Ruleset), ipvs::Error> {
        let scope = session.scope();
        let running = running(session.ipvs()?, &self.configuration, scope)?;
        let plan = match self.keep_weights {
            None => diff::plan(&running, &self.configuration, scope),
            Some(kept) => {
                let mut configuration = self.configuration.clone();
                configuration.keep_weights(&running, kept);
                diff::plan(&running, &configuration, scope)
            }
        };
        Ok((plan, running))
    }
}

/// The kernel's configuration within the scope, as far as the rules are about it.
fn running(ipvs: &mut Ipvs, wanted: &Ruleset, scope: &Scope) -> Result<Ruleset, ipvs::Error> {
    let services = services_within(ipvs, scope)?;
    let mut running = Ruleset::of_table(&ipvs.with_servers(&services, true)?);
    if wanted.timeouts.is_some() {
        running.timeouts = Some(ipvs.timeouts()?);
    }
    if wanted.daemons.is_some() {
        running.daemons = Some(ipvs.daemons()?);
    }
    Ok(running)
}

/// Carries out a plan, or undoes what was done of it.
///
/// A step that others have made, or made impossible, since the table was read does not end it: the table is read again,
/// and what is left to do is worked out anew.
pub fn make(
    goal: &Goal,
    plan: Plan,
    running: Ruleset,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let mut transaction = Transaction::begin(running)?;
    let first = prepare(&mut transaction, plan)?;
    let mut outcome = make_prepared(&mut transaction, first, session);
    for reading in 1..=REREADINGS {
        let Err(stopped) = &outcome else { break };
        let Some(step) = overtaken(&transaction, stopped) else {
            break;
        };
        session.detail(&format!(
            "{step}: {}: others have changed the table, which is read again ({reading} of {REREADINGS})",
            stopped.error
        ));
        outcome = make_again(goal, &mut transaction, session);
    }
    outcome.map_err(|Stopped { index, error }| {
        let undone = undo(&mut transaction, session);
        let step = index.map(|index| rule_text(transaction.change(index)));
        not_made(step, error, undone)
    })
}

/// Reads the table and makes what is left to do.
fn make_again(
    goal: &Goal,
    transaction: &mut Transaction,
    session: &mut Session<'_>,
) -> Result<(), Stopped> {
    let (plan, running) = goal.plan(session).map_err(|error| stopped(error.into()))?;
    transaction.resume(running);
    let first = prepare(transaction, plan).map_err(|error| stopped(error.into()))?;
    make_prepared(transaction, first, session)
}

fn stopped(error: TransactionError) -> Stopped {
    Stopped { index: None, error }
}

/// Plans all steps; returns how many of them come before the others.
fn prepare(transaction: &mut Transaction, plan: Plan) -> Result<usize, TryReserveError> {
    for change in &plan.first {
        transaction.plan(change)?;
    }
    let first = transaction.planned();
    for change in &plan.last {
        transaction.plan(change)?;
    }
    Ok(first)
}

fn make_prepared(
    transaction: &mut Transaction,
    first: usize,
    session: &mut Session<'_>,
) -> Result<(), Stopped> {
    for end in [first, transaction.planned()] {
        let ipvs = session.ipvs().map_err(|error| stopped(error.into()))?;
        transaction.make(ipvs, end)?;
    }
    Ok(())
}

/// The step that others have overtaken, where that is what stopped the transaction.
fn overtaken(transaction: &Transaction, stopped: &Stopped) -> Option<String> {
    let change = transaction.change(stopped.index?);
    match &stopped.error {
        TransactionError::Ipvs(ipvs::Error::Refused(refused))
            if change.is_overtaken(refused.refusal.errno) =>
        {
            Some(rule_text(change))
        }
        _ => None,
    }
}

/// Carries out a plan into an empty table, and goes on after a change that is refused, of which it reports the rule.
/// Returns how many were refused.
pub fn make_each<S: RuleSource>(
    plan: Plan,
    running: Ruleset,
    rules: &Rules<S>,
    session: &mut Session<'_>,
) -> Result<usize, RestoreError> {
    let mut transaction = Transaction::begin(running)?;
    let first = prepare(&mut transaction, plan)?;
    let mut refusals = Vec::new();
    for end in [first, transaction.planned()] {
        let ipvs = session.ipvs()?;
        let made = transaction.make_each(ipvs, end, |index, refusal| {
            refusals.push((index, refusal));
        });
        if let Err(Stopped { index, error }) = made {
            let undone = undo(&mut transaction, session);
            let step = index.map(|index| rule_text(transaction.change(index)));
            return Err(not_made(step, error, undone));
        }
    }
    let refused = refusals.len();
    let mut last_rules = LastRules::default();
    for (index, refusal) in refusals {
        let change = transaction.change(index);
        let origin = last_rules.about(&rules.changes, change);
        // Only the change that stops a daemon before it is started again comes from no rule.
        let quoted = match origin {
            Some(origin) => rules.source.quote(&rules.changes[origin].0),
            None => QuotedRule {
                position: S::UNIT.plural().to_owned(),
                rule: rule_text(change),
            },
        };
        let error = KernelError::of_change(change, refusal).explained(&*session.netns());
        report(session, &quoted, &error);
    }
    Ok(refused)
}
