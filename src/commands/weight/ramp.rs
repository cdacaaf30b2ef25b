//! Ramps: a server whose weight, and so its share of connections, changes gradually.

use std::time::{Duration, Instant};

use thiserror::Error as ThisError;

use super::schedule::steps;
use super::{servers, set_weight};
use crate::cli::command::Ramp;
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::kernel::ipvs::KernelError;
use crate::model::title::server_title;
use crate::model::{Change, RealServer};
use crate::sys::signals::Interrupt;

/// Why a ramp stopped before its end; the weight is what it was then.
#[derive(Debug, ThisError)]
pub enum RampError {
    #[error(transparent)]
    Command(#[from] Error),
    #[error("interrupted by a signal: {server} keeps the weight {weight} on its way to {wanted}")]
    Interrupted {
        server: String,
        weight: i32,
        wanted: i32,
    },
    #[error(
        "somebody set the weight of {server} to {weight} on its way to {wanted}: that weight is kept"
    )]
    Changed {
        server: String,
        weight: i32,
        wanted: i32,
    },
}

/// Adds or edits a server at once, and brings it to its weight in even steps.
///
/// # Errors
/// [`RampError`] where it stopped before; the server keeps the weight that it had reached.
pub fn ramp(session: &mut Session<'_>, wanted: &Ramp) -> Result<(), RampError> {
    let interrupt = Interrupt::catch().map_err(Error::Signals)?;
    let begun = Instant::now();
    let from = begin(session, wanted)?;
    let climbed = climb(session, wanted, from, begun, &interrupt);
    session.paint("");
    climbed
}

/// Makes all of the change but the weight, and returns that.
fn begin(session: &mut Session<'_>, wanted: &Ramp) -> Result<i32, Error> {
    let Ramp {
        service, server, ..
    } = wanted;
    if wanted.add {
        let new = RealServer {
            weight: 0,
            ..*server
        };
        match session.change(&Change::AddServer(*service, new)) {
            Err(error) if wanted.exist && error.refusal().is_some_and(KernelError::is_existing) => {
            }
            added => return added.map(|()| 0),
        }
    }
    let present = servers(session, service, Some(&server.endpoint))?;
    // The kernel's own refusal reports what does not exist.
    let weight = present
        .first()
        .map_or(server.weight, |entry| entry.server.weight);
    set_weight(session, service, server, weight)?;
    Ok(weight)
}

fn climb(
    session: &mut Session<'_>,
    wanted: &Ramp,
    from: i32,
    begun: Instant,
    interrupt: &Interrupt,
) -> Result<(), RampError> {
    let endpoint = &wanted.server.endpoint;
    let server = || server_title(&wanted.service, endpoint);
    let mut weight = from;
    for step in steps(from, wanted.server.weight, wanted.duration) {
        paint(session, wanted, weight, begun.elapsed());
        if !interrupt.sleep_until(begun + step.at) {
            return Err(RampError::Interrupted {
                server: server(),
                weight,
                wanted: wanted.server.weight,
            });
        }
        let present = servers(session, &wanted.service, Some(endpoint))?;
        let present = match present.first().map(|entry| entry.server) {
            Some(present) if present.weight != weight => {
                return Err(RampError::Changed {
                    server: server(),
                    weight: present.weight,
                    wanted: wanted.server.weight,
                });
            }
            Some(present) => present,
            // The kernel's own refusal reports what does not exist.
            None => wanted.server,
        };
        set_weight(session, &wanted.service, &present, step.weight)?;
        weight = step.weight;
    }
    Ok(())
}

fn paint(session: &mut Session<'_>, wanted: &Ramp, weight: i32, passed: Duration) {
    let left = wanted.duration.saturating_sub(passed).as_secs();
    session.paint(&format!(
        "{}: weight {weight}, {} in {left} s",
        wanted.server.endpoint, wanted.server.weight
    ));
}
