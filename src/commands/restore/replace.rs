//! Rules that take the place of the table, or are applied all or none.

use std::fs::File;

use super::{FailedRule, Rules, Shown, Source, lock};
use crate::command::{Command, Restore};
use crate::commands::session::Session;
use crate::error::{Error, KernelError, NotMade};
use crate::ipvs::Ipvs;
use crate::model::Change;
use crate::netlink::Refusal;
use crate::output::rules;
use crate::plan::{Plan, plan};
use crate::ruleset::Ruleset;
use crate::transaction::{Stopped, Transaction};

/// Makes the kernel's configuration equal to the rules by the fewest changes, or changes nothing.
///
/// Commands that are no configuration (-L, -S, -Z) are carried out when the new table stands.
pub fn replace<S: Source>(
    rules: &Rules<S>,
    wanted: &Restore,
    dry_run: bool,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let configuration = configuration(rules, session)?;
    if wanted.check {
        return Ok(());
    }
    let _lock = take_lock(wanted, session)?;
    let running = running(session.ipvs()?, &configuration)?;
    let plan = plan(&running, &configuration);
    if dry_run {
        return print(&plan, session);
    }
    make(&plan, running, session)?;
    for (_, command) in &rules.commands {
        if !is_configuration(command) {
            session.execute(command)?;
        }
    }
    Ok(())
}

/// Takes the lock where it is needed; it goes with the returned value.
fn take_lock(wanted: &Restore, session: &mut Session<'_>) -> Result<Option<File>, Error> {
    if !wanted.locks() {
        return Ok(None);
    }
    let place = session.place();
    lock::take(&place, wanted.wait, |text| session.notice(text)).map(Some)
}

/// Applies all lines in order, or none.
pub fn all_or_none<S: Source>(
    rules: &Rules<S>,
    wanted: &Restore,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let _lock = take_lock(wanted, session)?;
    let ipvs = session.ipvs()?;
    let mut state = Ruleset::of_table(&ipvs.table()?);
    state.timeouts = Some(ipvs.timeouts()?);
    state.daemons = Some(ipvs.daemons()?);
    let mut transaction = Transaction::begin(state)?;
    let mut start = 0;
    while start < rules.commands.len() {
        let rest = &rules.commands[start..];
        // Changes go together; another command waits for those before it.
        let changes: Vec<Change> = rest
            .iter()
            .map_while(|(_, command)| change_of(command))
            .collect();
        let made = match &rest[0].1 {
            Command::Change(_) => transaction.make(session.ipvs()?, &changes),
            // What it comes to depends on all changes before it.
            Command::Ensure(change) => transaction.ensure(session.ipvs()?, change),
            command => session.execute(command).map_err(|error| Stopped {
                index: Some(0),
                error: Box::new(error),
            }),
        };
        if let Err(Stopped { index, error }) = made {
            let step = index.map(|index| {
                let Shown { place, rule } = rules.source.show(&rest[index].0);
                format!("{place}: {rule}")
            });
            return Err(not_made(transaction, step, error, session));
        }
        start += changes.len().max(1);
    }
    Ok(())
}

fn change_of(command: &Command) -> Option<Change> {
    match command {
        Command::Change(change) => Some(*change),
        _ => None,
    }
}

fn is_configuration(command: &Command) -> bool {
    match command {
        Command::Change(change) => !matches!(change, Change::Zero(_)),
        Command::Ensure(_) => true,
        _ => false,
    }
}

/// What the rules amount to. Every line that cannot be, such as a service's second -A, is reported.
fn configuration<S: Source>(rules: &Rules<S>, session: &mut Session<'_>) -> Result<Ruleset, Error> {
    let mut configuration = rules.source.beginning();
    let mut bad = 0;
    for (place, command) in &rules.commands {
        let change = match command {
            Command::Change(change) if is_configuration(command) => Some(*change),
            Command::Ensure(change) => configuration.left_to_do(change),
            _ => None,
        };
        let Some(change) = change else { continue };
        if let Err(impossible) = configuration.apply(&change) {
            bad += 1;
            let refusal = Refusal {
                errno: impossible.0,
                text: None,
            };
            session.report(&FailedRule {
                shown: rules.source.show(place),
                error: &KernelError::of_change(&change, refusal),
            });
        }
    }
    match bad {
        0 => Ok(configuration),
        bad => Err(Error::BadRules { bad, unit: S::UNIT }),
    }
}

/// The kernel's configuration, as far as the rules speak of it.
fn running(ipvs: &mut Ipvs, wanted: &Ruleset) -> Result<Ruleset, Error> {
    let mut running = Ruleset::of_table(&ipvs.table()?);
    if wanted.timeouts.is_some() {
        running.timeouts = Some(ipvs.timeouts()?);
    }
    if wanted.daemons.is_some() {
        running.daemons = Some(ipvs.daemons()?);
    }
    Ok(running)
}

fn print(plan: &Plan, session: &mut Session<'_>) -> Result<(), Error> {
    let mut text = String::new();
    for change in plan.changes() {
        text.clear();
        rules::change(&mut text, change);
        text.push('\n');
        session.print(&text)?;
    }
    Ok(())
}

/// Carries out a plan, or undoes what was done of it.
fn make(plan: &Plan, running: Ruleset, session: &mut Session<'_>) -> Result<(), Error> {
    let mut transaction = Transaction::begin(running)?;
    for part in [&plan.first, &plan.last] {
        if let Err(Stopped { index, error }) = transaction.make(session.ipvs()?, part) {
            let step = index.map(|index| {
                let mut text = String::new();
                rules::change(&mut text, &part[index]);
                text
            });
            return Err(not_made(transaction, step, error, session));
        }
    }
    Ok(())
}

fn not_made(
    mut transaction: Transaction,
    step: Option<String>,
    error: Box<Error>,
    session: &mut Session<'_>,
) -> Error {
    let undone = session
        .ipvs()
        .and_then(|ipvs| transaction.roll_back(ipvs))
        .map_err(Box::new);
    Error::NotMade(NotMade {
        step,
        error,
        undone,
    })
}
