//! Partial edits: the entry is read, what is named changes, and all of it is set anew.
//!
//! Between the reading and the edit others may change the same entry; the kernel has no way to prevent that.

use std::time::Duration;

use crate::cli::command::{Keep, Ramp};
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::commands::weight::ramp::{RampError, ramp};
use crate::kernel::ipvs::{Ipvs, KernelError};
use crate::kernel::netlink::Refusal;
use crate::model::Change;
use crate::model::patch::{Patch, PatchError};
/// How often a change is worked out anew where others add or delete the entry meanwhile.
const ATTEMPTS: usize = 3;

/// Makes a partial edit.
///
/// # Errors
/// What is to be edited is not there, cannot be edited so, or the kernel refuses it; nothing was changed.
pub fn keep(session: &mut Session<'_>, wanted: &Keep) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        let Some(change) = resolve(session.ipvs()?, wanted)? else {
            return Ok(());
        };
        match session.change(&change) {
            Err(error) if wanted.exist && attempt < ATTEMPTS && has_moved(&change, &error) => {
                attempt += 1;
            }
            made => return made,
        }
    }
}

/// Makes a partial edit, whose weight is reached in steps.
///
/// # Errors
/// As for [`keep`] and [`ramp`].
pub fn keep_and_ramp(
    session: &mut Session<'_>,
    wanted: &Keep,
    duration: Duration,
) -> Result<(), RampError> {
    let (service, server, add) = match resolve(session.ipvs().map_err(Error::from)?, wanted)? {
        Some(Change::AddServer(service, server)) => (service, server, true),
        Some(Change::EditServer(service, server)) => (service, server, false),
        _ => return Ok(()),
    };
    ramp(
        session,
        &Ramp {
            service,
            server,
            duration,
            add,
            exist: false,
        },
    )
}

/// The change that makes a partial edit, `None` where all is so already.
fn resolve(ipvs: &mut Ipvs, wanted: &Keep) -> Result<Option<Change>, Error> {
    let id = wanted.patch.service();
    let service = ipvs.find_service(id)?;
    let servers = match wanted.patch {
        Patch::Server(_) if service.is_some() => ipvs.real_servers(id, false)?,
        _ => Vec::new(),
    };
    wanted
        .patch
        .resolve(
            service.as_ref().map(|entry| &entry.service),
            servers.iter().map(|entry| &entry.server),
            wanted.exist,
        )
        .map_err(|error| refused(ipvs, error))
}

/// What is missing is refused in the words of the kernel's refusal.
fn refused(ipvs: &Ipvs, error: PatchError) -> Error {
    match error {
        PatchError::Missing { change, errno } => {
            ipvs.refused(&change, Refusal { errno, text: None }).into()
        }
        error => Error::Patch(Box::new(error)),
    }
}

/// A [`PatchError`] as an error of rules, which are not sent to the kernel yet.
pub fn unresolved(error: PatchError) -> Error {
    match error {
        PatchError::Missing { change, errno } => {
            KernelError::of_change(&change, Refusal { errno, text: None }).into()
        }
        error => Error::Patch(Box::new(error)),
    }
}

/// Whether a change was refused because others added or deleted the entry after it was read.
fn has_moved(change: &Change, error: &Error) -> bool {
    let refused = error.refusal();
    refused.is_some_and(|refused| change.is_overtaken(refused.refusal.errno))
}
