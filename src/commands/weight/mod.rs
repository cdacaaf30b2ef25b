//! Changes that take time: a server that is drained before it is deleted, a weight that is reached in
//! steps.
//!
//! Others may change the table at the same time. What they did is kept: a command that finds another weight than the
//! one that it set reports that and stops.

pub mod drain;
pub mod ramp;
mod schedule;

use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::model::{Change, Endpoint, RealServer, RealServerEntry, ServiceId};

/// The servers of a service, or one of them; none where it does not exist.
fn servers(
    session: &mut Session<'_>,
    service: &ServiceId,
    only: Option<&Endpoint>,
) -> Result<Vec<RealServerEntry>, Error> {
    let mut servers = session.ipvs()?.real_servers(service, false)?;
    servers.retain(|entry| only.is_none_or(|endpoint| entry.server.endpoint == *endpoint));
    Ok(servers)
}

/// Gives a server another weight, and nothing else.
fn set_weight(
    session: &mut Session<'_>,
    service: &ServiceId,
    server: &RealServer,
    weight: i32,
) -> Result<(), Error> {
    let server = RealServer { weight, ..*server };
    session.change(&Change::EditServer(*service, server))
}
