//! Which command goes where.

pub use crate::commands::session::Session;

use crate::cli::Lookup;
use crate::cli::command::{Command, Print};
use crate::commands::weight::{drain, ramp};
use crate::commands::{restore, save, watch};
use crate::diagnose::{gather, report, rules};
use crate::error::{Error, ExitStatus};

/// Carries out a command and writes out what it printed, also where it failed.
///
/// # Errors
/// Whatever the command fails with, or else [`Error::Output`].
pub fn run(
    session: &mut Session<'_>,
    command: &Command,
    names: &dyn Lookup,
) -> Result<ExitStatus, Error> {
    let success = |()| ExitStatus::Success;
    let done = match command {
        Command::Restore(wanted) => restore::restore(wanted, names, session).map(success),
        Command::Diagnose => diagnose(session),
        Command::Drain(wanted) => drain::drain(session, wanted).map(success),
        Command::Ramp(wanted) => ramp::ramp(session, wanted).map(success),
        Command::Watch(list, often) => {
            let (ipvs, out) = session.parts()?;
            watch::watch(ipvs, out, list, often).map(success)
        }
        Command::SaveFile(wanted, path) => save::save_file(session, wanted, path).map(success),
        Command::Change(change) => session.change(change).map(success),
        Command::Ensure(change) => session.ipvs()?.ensure(change).map(success),
        Command::List(list) => session.print_what(&Print::List(*list)).map(success),
        Command::Save(wanted) => session.print_what(&Print::Save(*wanted)).map(success),
        Command::Help => session.print_what(&Print::Help).map(success),
        Command::Version => session.print_what(&Print::Version).map(success),
    };
    let flushed = session.flush();
    done.and_then(|status| flushed.map(|()| status))
}

/// Prints what is wrong with this director.
fn diagnose(session: &mut Session<'_>) -> Result<ExitStatus, Error> {
    let place = session.place();
    let facts = place.inside(|| gather::gather(|| session.ipvs()))??;
    let findings = rules::examine(&facts);
    session.print(&report::report(&facts, &findings))?;
    if let Some(shell) = place.shell().filter(|_| !findings.is_empty()) {
        session.print(&format!(
            "The commands are for that network namespace: '{shell}' starts a shell in it.\n"
        ))?;
    }
    Ok(if findings.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::FINDINGS
    })
}
