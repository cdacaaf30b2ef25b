//! The table as metrics.

use std::io::Write;

use super::arrangement;
use crate::cli::command::{List, Listed};
use crate::commands::error::Error;
use crate::commands::session::{Selected, services_within};
use crate::format::metrics;
use crate::kernel::ipvs::Ipvs;
use crate::model::scope::Scope;

/// Prints the table's metrics; those of one service, or of a part of the table, have no totals.
pub fn list(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    let service = match &list.what {
        Listed::Table { service, .. } => service.as_ref(),
        // The table of legality lets nothing else through.
        Listed::Connections { .. } | Listed::Timeouts | Listed::Daemons => None,
    };
    let (totals, services) = match service {
        None if scope.is_everything() => (Some(ipvs.totals()?), ipvs.services()?),
        None => (None, services_within(ipvs, scope)?),
        Some(id) => (None, vec![ipvs.service(id)?]),
    };
    let mut table = ipvs.with_servers(&services, true)?;
    arrangement(list, None).apply(&mut table);
    metrics::write(out, totals.as_ref(), &table).map_err(Error::Output)?;
    Ok(Selected::of(&services))
}
