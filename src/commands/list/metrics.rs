//! The table as metrics.

use std::io::Write;

use super::{Wanted, arrangement, connections, each_service};
use crate::cli::command::{List, Listed};
use crate::commands::error::Error;
use crate::commands::session::{Selected, services_within};
use crate::format::metrics::states::StateCounts;
use crate::format::metrics::{TableMetrics, Whole};
use crate::kernel::ipvs::Ipvs;
use crate::kernel::ipvs::status::StatusReport;
use crate::model::connection::ConnectionQuery;
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
    let states = match list.states {
        true => Some(states(ipvs)?),
        false => None,
    };
    let status = status.map(|mut report| {
        report.status.services = Some(services.len() as u64);
        count_entries(&mut report, states.as_ref());
        report
    });
    let selected = Selected::of(&services);
    let mut table = TableMetrics::new(list.detail);
    let wanted = Wanted {
        arrangement: arrangement(list, None),
        names: None,
        counters: true,
    };
    each_service(ipvs, services, wanted, |listed, _| {
        table.add(listed);
        Ok(())
    })?;
    let whole = Whole {
        totals: totals.as_ref(),
        status: status.as_ref(),
        states: states.as_ref(),
    };
    table.write(out, whole).map_err(Error::Output)?;
    Ok(selected)
}

/// Counts the connections by their state.
pub(super) fn states(ipvs: &mut Ipvs) -> Result<StateCounts, Error> {
    let mut counts = StateCounts::default();
    connections::in_blocks(ipvs, &ConnectionQuery::default(), |block| {
        block.iter().for_each(|connection| counts.add(connection));
        Ok(())
    })?;
    Ok(counts)
}

/// Enters the number of connections that were counted, where the kernel does not report it.
pub(super) fn count_entries(report: &mut StatusReport, states: Option<&StateCounts>) {
    let counted = || states.map(StateCounts::total);
    report.status.connections = report.status.connections.or_else(counted);
}
