//! Rules that take the place of the table, or are applied all or none.

use std::fs::File;

use super::error::{NotMade, RestoreError, RuleFailure};
use super::last_rules::LastRules;
use super::steps::{Goal, make, make_each};
use super::undone::{not_made, undo};
use super::{Rules, lock, report};
use crate::cli::command::{Keep, Restore, RuleChange};
use crate::commands::error::Error;
use crate::commands::keep::unresolved;
use crate::commands::session::{Selected, Session};
use crate::format::rules as text;
use crate::format::source::{QuotedRule, RuleSource};
use crate::kernel::ipvs::KernelError;
use crate::kernel::netlink::Refusal;
use crate::kernel::transaction::{Stopped, Transaction};
use crate::model::Change;
use crate::model::diff::Plan;
use crate::model::patch::PatchError;
use crate::model::ruleset::{KernelRefusal, Ruleset};

/// Makes the kernel's configuration within the scope equal to the rules by the fewest changes, or changes nothing; into
/// an empty table, with `partial`, what of the rules can be applied.
///
/// Counters are set to zero after that, where a rule asks for it.
pub fn replace<S: RuleSource>(
    mut rules: Rules<S>,
    wanted: &Restore,
    dry_run: bool,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let unreadable = rules.bad;
    let total = rules.changes.len() + unreadable;
    let configuration = configuration(&mut rules, session)?;
    if !wanted.partial || wanted.check {
        rules.all_make_sense()?;
    }
    if wanted.check {
        return Ok(());
    }
    let _lock = take_lock(wanted, session)?;
    let goal = Goal {
        configuration,
        keep_weights: wanted.keep_weights,
    };
    let (plan, running) = goal.plan(session)?;
    let has_none = |part: &Ruleset| part.services().next().is_none();
    if has_none(&running) && has_none(&goal.configuration) {
        session.notice_if_none(Selected::None);
    }
    let into_empty = wanted.partial && has_none(&running);
    if !into_empty {
        rules.all_make_sense()?;
    }
    let refused = if dry_run {
        print(&plan, session)?;
        0
    } else {
        let refused = match into_empty {
            true => make_each(plan, running, &rules, session)?,
            false => {
                make(&goal, plan, running, session)?;
                0
            }
        };
        set_to_zero(&rules, session)?;
        refused
    };
    match (rules.bad, refused) {
        (0, 0) => Ok(()),
        (bad, refused) => Err(RestoreError::Incomplete {
            failed: bad + refused,
            total,
            unit: S::UNIT,
            worst: if unreadable > 0 {
                RuleFailure::Misused
            } else {
                RuleFailure::Refused
            },
        }),
    }
}

/// Takes the lock where it is needed; it goes with the returned value.
fn take_lock(wanted: &Restore, session: &mut Session<'_>) -> Result<Option<File>, Error> {
    if !wanted.locks() {
        return Ok(None);
    }
    let netns = session.netns();
    let lock = lock::take(&netns, wanted.wait, |text| session.notice(text))?;
    // What others have changed while they held it is not ours.
    session.begin_report()?;
    Ok(lock)
}

/// Applies all lines in order, or none.
pub fn all_or_none<S: RuleSource>(
    rules: &Rules<S>,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<(), RestoreError> {
    let _lock = take_lock(wanted, session)?;
    let ipvs = session.ipvs()?;
    let mut state = Ruleset::of_table(&ipvs.table()?);
    state.timeouts = Some(ipvs.timeouts()?);
    state.daemons = Some(ipvs.daemons()?);
    let mut transaction = Transaction::begin(state)?;
    // For each change the rule that it comes from.
    let mut origins = Vec::with_capacity(rules.changes.len());
    for (index, (_, rule)) in rules.changes.iter().enumerate() {
        let planned = match rule {
            RuleChange::Make(change) => transaction.plan(change).map(|()| true)?,
            RuleChange::Ensure(change) => transaction.plan_ensured(change)?,
            RuleChange::Keep(keep) => match resolve(transaction.state(), keep) {
                Ok(None) => false,
                Ok(Some(change)) => transaction.plan(&change).map(|()| true)?,
                Err(error) => {
                    let QuotedRule { position, rule } = rules.source.quote(&rules.changes[index].0);
                    return Err(RestoreError::NotMade(NotMade {
                        step: Some(format!("{position}: {rule}")),
                        error: unresolved(error),
                        undone: Ok(0),
                    }));
                }
            },
        };
        if planned {
            origins.push(index);
        }
    }
    let end = transaction.planned();
    transaction
        .make(session.ipvs()?, end)
        .map_err(|Stopped { index, error }| {
            let undone = undo(&mut transaction, session);
            let step = index.map(|index| {
                let QuotedRule { position, rule } =
                    rules.source.quote(&rules.changes[origins[index]].0);
                format!("{position}: {rule}")
            });
            not_made(step, error, undone)
        })
}

/// What the rules amount to. Every rule that cannot be, such as another -A of a service that is there, is reported,
/// counted as bad and taken out; one that only repeats an earlier one is taken out with a warning.
fn configuration<S: RuleSource>(
    rules: &mut Rules<S>,
    session: &mut Session<'_>,
) -> Result<Ruleset, RestoreError> {
    let mut configuration = rules.source.initial_ruleset();
    let mut last_rules = LastRules::default();
    // Those before `kept` stay.
    let mut kept = 0;
    for index in 0..rules.changes.len() {
        if let (position, RuleChange::Keep(keep)) = &rules.changes[index] {
            match resolve(&configuration, keep) {
                Ok(None) => continue,
                // From here on it is a rule like any other.
                Ok(Some(change)) => rules.changes[index].1 = RuleChange::Make(change),
                Err(error) => {
                    rules.bad += 1;
                    report(session, &rules.source.quote(position), &unresolved(error));
                    continue;
                }
            }
        }
        let (_, rule) = &rules.changes[index];
        let applied = match rule {
            RuleChange::Keep(_) => Ok(()),
            RuleChange::Make(change) => apply(&mut configuration, change),
            RuleChange::Ensure(change) => match configuration.left_to_do(change) {
                Some(change) => apply(&mut configuration, &change),
                None => Ok(()),
            },
        };
        match applied {
            Ok(()) => {
                rules.changes.swap(kept, index);
                kept += 1;
            }
            Err(impossible) => {
                let (staying, others) = rules.changes.split_at(kept);
                let (position, rule) = &others[index - kept];
                let earlier = rule
                    .change()
                    .and_then(|change| last_rules.about(staying, change));
                let quoted = rules.source.quote(position);
                match earlier.map(|earlier| &staying[earlier]) {
                    Some((earlier, same)) if same == rule => {
                        let QuotedRule { position, rule } = quoted;
                        let earlier = rules.source.quote(earlier).position;
                        session.notice(&format!(
                            "{position}: {rule}: the same as {earlier}, and counts once"
                        ));
                    }
                    _ => {
                        rules.bad += 1;
                        if let Some(change) = rule.change() {
                            let error = KernelError::of_change(change, impossible.into());
                            report(session, &quoted, &error);
                        }
                    }
                }
            }
        }
    }
    rules.changes.truncate(kept);
    Ok(configuration)
}

/// The change that makes a partial edit of a configuration.
fn resolve(configuration: &Ruleset, keep: &Keep) -> Result<Option<Change>, PatchError> {
    let found = configuration.service(keep.patch.service());
    let servers = found.iter().flat_map(|found| &found.servers);
    let service = found.map(|found| &found.service);
    keep.patch.resolve(service, servers, keep.exist)
}

fn apply(configuration: &mut Ruleset, change: &Change) -> Result<(), KernelRefusal> {
    match change {
        // Counters are not part of the configuration.
        Change::Zero(_) => Ok(()),
        change => configuration.apply(change).map(drop),
    }
}

impl From<KernelRefusal> for Refusal {
    fn from(KernelRefusal(errno): KernelRefusal) -> Refusal {
        Refusal { errno, text: None }
    }
}

fn set_to_zero<S: RuleSource>(rules: &Rules<S>, session: &mut Session<'_>) -> Result<(), Error> {
    let changes = rules.changes().filter_map(RuleChange::change);
    let mut zeroings = changes.filter(|change| matches!(change, Change::Zero(_)));
    zeroings.try_for_each(|zeroing| session.change(zeroing))
}

fn print(plan: &Plan, session: &mut Session<'_>) -> Result<(), Error> {
    let mut line = String::new();
    for change in plan.changes() {
        line.clear();
        text::change(&mut line, change);
        line.push('\n');
        session.print(&line)?;
    }
    Ok(())
}
