//! Which command goes where.

pub use crate::commands::session::Session;

use crate::cli::Lookup;
use crate::cli::command::{Command, Diagnose, Examined, Print};
use crate::commands::keep::{keep, keep_and_ramp};
use crate::commands::list::{estimation, visible};
use crate::commands::print::print;
use crate::commands::watch::{Sight, Watched};
use crate::commands::weight::{drain, ramp};
use crate::commands::{self, change, restore, save, scoped, watch};
use crate::diagnose::facts::Probe;
use crate::diagnose::{Finding, Grade, as_server, gather, report, rules};
use crate::error::Error;
use crate::exit_status::ExitStatus;
use crate::kernel::ipvs;
use crate::sys::terminal;

/// Carries out a command and writes out what it printed, also where it failed.
///
/// # Errors
/// Whatever the command fails with, or else that its output cannot be written.
pub fn run(
    session: &mut Session<'_>,
    command: &Command,
    names: &dyn Lookup,
) -> Result<ExitStatus, Error> {
    let begun = match command {
        // Begun under the lock, if there is one.
        Command::Restore(wanted) if wanted.locks() => Ok(()),
        _ => session.begin_report(),
    };
    let done = match begun {
        Ok(()) => carry_out(session, command, names),
        Err(error) => Err(error.into()),
    };
    let written = session.end_report().and_then(|()| session.flush());
    let status = done?;
    written?;
    Ok(status)
}

fn carry_out(
    session: &mut Session<'_>,
    command: &Command,
    names: &dyn Lookup,
) -> Result<ExitStatus, Error> {
    match command {
        Command::Restore(wanted) => restore::restore(wanted, names, session)?,
        Command::Diagnose(wanted) => return diagnose(session, wanted),
        Command::Drain(wanted) => drain::drain(session, wanted)?,
        Command::Ramp(wanted) => ramp::ramp(session, wanted)?,
        Command::Keep(wanted) => keep(session, wanted)?,
        Command::KeepRamp(wanted, duration) => keep_and_ramp(session, wanted, *duration)?,
        Command::Watch(list, often) => {
            estimation::warn(session, list, true)?;
            let scope = session.scope();
            let (ipvs, out) = session.parts()?;
            let watched = watch::watch(ipvs, out, list, scope, often, Sight::Whole)?;
            if let Watched::Denied = watched {
                visible::notify(session, list);
                let (ipvs, out) = session.parts()?;
                watch::watch(ipvs, out, list, scope, often, Sight::Visible)?;
            }
        }
        Command::SaveFile(wanted, path) => save::save_file(session, wanted, path)?,
        Command::Change(wanted) => change::make(session, wanted)?,
        Command::Ensure(wanted) => change::ensure(session, wanted)?,
        Command::Within(change) => scoped::change(session, *change)?,
        Command::List(list) => print(session, &Print::List(*list))?,
        Command::Save(wanted) => print(session, &Print::Save(*wanted))?,
        Command::Help => print(session, &Print::Help)?,
        Command::Version => print(session, &Print::Version)?,
    }
    Ok(ExitStatus::Success)
}

/// Prints what is wrong with this director, or with this real server.
fn diagnose(session: &mut Session<'_>, wanted: &Diagnose) -> Result<ExitStatus, Error> {
    let netns = session.netns();
    let (found, extent, examined) = match wanted.examined {
        Examined::Director { probe } => {
            let facts = netns.inside(|| gather::gather(probe, || session.ipvs()))??;
            let extent = report::Extent::of(&facts);
            let asked = facts.probe.as_ref().map(Probe::summary);
            let examined = extent.to_string() + &asked.unwrap_or_default();
            (rules::examine(&facts), extent, examined)
        }
        Examined::Server(role) => {
            let facts = netns.inside(|| as_server::gather::gather(role))?;
            let facts = facts.map_err(ipvs::Error::from)?;
            let examined = as_server::closing_line(&facts);
            let found = as_server::rules::examine(&facts);
            (found, report::Extent::SERVER, examined)
        }
    };
    let failing = found.iter().any(|finding| finding.grade != Grade::Note);
    let shown: Vec<Finding> = found
        .into_iter()
        .filter(|finding| wanted.notes || finding.grade != Grade::Note)
        .collect();
    if wanted.json {
        let document = report::json(extent, &shown).map_err(std::io::Error::from);
        session.print(&document.map_err(commands::error::Error::Output)?)?;
    } else {
        let coloured = wanted.color.is_on(terminal::shows_colours);
        session.print(&report::text(&examined, &shown, coloured))?;
        if let Some(shell) = netns.shell().filter(|_| !shown.is_empty()) {
            session.print(&format!(
                "The commands are for that network namespace: '{shell}' starts a shell in it.\n"
            ))?;
        }
    }
    Ok(if failing {
        ExitStatus::FINDINGS
    } else {
        ExitStatus::Success
    })
}
