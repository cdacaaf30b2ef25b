//! The table as metrics.

use std::io::Write;

use super::arrangement;
use crate::cli::command::{List, Listed};
use crate::commands::error::Error;
use crate::format::metrics;
use crate::kernel::ipvs::Ipvs;

/// Prints the table's metrics; those of one service have no totals.
pub fn list(ipvs: &mut Ipvs, out: &mut dyn Write, list: &List) -> Result<(), Error> {
    let service = match &list.what {
        Listed::Table { service, .. } => service.as_ref(),
        // The table of legality lets nothing else through.
        Listed::Connections { .. } | Listed::Timeouts | Listed::Daemons => None,
    };
    let (totals, services) = match service {
        None => (Some(ipvs.totals()?), ipvs.services()?),
        Some(id) => (None, vec![ipvs.service(id)?]),
    };
    let mut table = ipvs.with_servers(&services, true)?;
    arrangement(list, None).apply(&mut table);
    metrics::write(out, totals.as_ref(), &table).map_err(Error::Output)
}
