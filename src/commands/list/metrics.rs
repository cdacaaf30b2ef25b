//! The table as metrics.

use std::io::Write;

use super::arrangement;
use crate::cli::command::{List, Listed};
use crate::commands::error::Error;
use crate::commands::session::{Selected, services_within};
use crate::format::metrics::{self, Whole};
use crate::kernel::ipvs::Ipvs;
use crate::model::scope::Scope;

/// Prints the metrics of the table and of the kernel; of one service, or of a part of the table, those alone.
pub fn list(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    let service = match &list.what {
        Listed::Table { service, .. } => service.as_ref(),
        // The table of legality lets nothing else through.
        Listed::Connections { .. } | Listed::Timeouts | Listed::Daemons | Listed::Status => None,
    };
    let (totals, status, services) = match service {
        // A connection table without a count is not counted: that can take long, and is done at every scrape.
        None if scope.is_everything() => (
            Some(ipvs.totals()?),
            Some(ipvs.status(false)?),
            ipvs.services()?,
        ),
        None => (None, None, services_within(ipvs, scope)?),
        Some(id) => (None, None, vec![ipvs.service(id)?]),
    };
    let status = status.map(|mut report| {
        report.status.services = Some(services.len() as u64);
        report
    });
    let mut table = ipvs.with_servers(&services, true)?;
    arrangement(list, None).apply(&mut table);
    let whole = Whole {
        totals: totals.as_ref(),
        status: status.as_ref(),
    };
    metrics::write(out, whole, &table).map_err(Error::Output)?;
    Ok(Selected::of(&services))
}
