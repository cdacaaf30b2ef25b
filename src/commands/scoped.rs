//! Changes of every service within a scope: one request for each, so that no other service is touched.

use nix::libc;

use super::error::Error;
use super::session::{Selected, Session, services_within};
use crate::cli::command::ScopedChange;
use crate::kernel::ipvs;
use crate::kernel::netlink::Batch;
use crate::model::{Change, ServiceId};

/// Changes every service within the scope of the session. One that others delete meanwhile is left out.
///
/// # Errors
/// There is no service to delete, or the kernel refused a change: the first refusal, after all were tried.
pub fn change(session: &mut Session<'_>, wanted: ScopedChange) -> Result<(), Error> {
    let scope = session.scope();
    let services = services_within(session.ipvs()?, scope)?;
    match (wanted, Selected::of(&services)) {
        (_, Selected::Some) => {}
        (ScopedChange::Delete { exist: false }, Selected::None) => {
            return Err(Error::NoneSelected(Box::new(scope.clone())));
        }
        // To have what is missing deleted is to have nothing to say.
        (ScopedChange::Delete { exist: true }, Selected::None) => {}
        (ScopedChange::Clear | ScopedChange::Zero, none) => session.notice_if_none(none),
    }
    let request = |id: ServiceId| match wanted {
        ScopedChange::Clear | ScopedChange::Delete { .. } => Change::DeleteService(id),
        ScopedChange::Zero => Change::Zero(Some(id)),
    };
    let changes: Vec<Change> = services
        .iter()
        .map(|entry| request(entry.service.id))
        .collect();
    make_each(session, &changes)
}

/// Sends changes, as many at a time as go into a datagram.
fn make_each(session: &mut Session<'_>, changes: &[Change]) -> Result<(), Error> {
    let kernel = session.ipvs()?;
    let mut batch = Batch::for_many();
    let mut failure = None;
    let mut sent = 0;
    for (index, change) in changes.iter().enumerate() {
        kernel.push(&mut batch, change);
        if !batch.is_full() && index + 1 < changes.len() {
            continue;
        }
        let first = batch.first_sequence();
        let sending = kernel.exchange(&mut batch, |sequence, refusal| {
            let refused = sent + sequence.wrapping_sub(first) as usize;
            if refusal.errno != libc::ESRCH {
                failure.get_or_insert((refused, refusal));
            }
        });
        sending.map_err(ipvs::Error::of_change)?;
        sent = index + 1;
    }
    match failure {
        None => Ok(()),
        Some((index, refusal)) => Err(kernel.refused(&changes[index], refusal).into()),
    }
}
