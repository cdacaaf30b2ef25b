//! Listings as JSON: whatever the view, a document has all there is.

use std::io::Write;

use super::{Head, Wanted, arrangement, connections, each_service, head};
use crate::cli::command::{List, Listed};
use crate::commands::error::Error;
use crate::commands::session::Selected;
use crate::format::json::{DocumentWriter, Extent};
use crate::kernel::ipvs::Ipvs;
use crate::model::scope::Scope;

/// Prints what a listing asks for: one document, or one for each connection.
pub fn list(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    match list.what {
        Listed::Table { service, .. } => {
            let head = head(ipvs, service.as_ref(), scope)?;
            let selected = Selected::of(&head.services);
            table(ipvs, out, head, list)?;
            return Ok(selected);
        }
        Listed::Timeouts => {
            let timeouts = ipvs.timeouts()?;
            document(out, |document| document.timeouts(&timeouts))?;
        }
        Listed::Daemons => {
            let daemons = ipvs.daemons()?;
            document(out, |document| document.daemons(&daemons))?;
        }
        Listed::Status => {
            let report = ipvs.status(true)?;
            document(out, |document| {
                document.info(&report.info)?;
                document.status(&report)
            })?;
        }
        Listed::Connections { query, .. } => connections::list_as_json(ipvs, out, &query)?,
    }
    Ok(Selected::Some)
}

fn table(ipvs: &mut Ipvs, out: &mut dyn Write, head: Head, list: &List) -> Result<(), Error> {
    let Head { info, services } = head;
    let mut document = DocumentWriter::begin(out).map_err(Error::Output)?;
    if let Some(info) = &info {
        document.info(info).map_err(Error::Output)?;
    }
    document.begin_services().map_err(Error::Output)?;
    let wanted = Wanted {
        arrangement: arrangement(list, None),
        names: None,
        counters: true,
    };
    each_service(ipvs, services, wanted, |listed, _| {
        document.service(listed, Extent::Everything)
    })?;
    document.end_services().map_err(Error::Output)?;
    document.end().map_err(Error::Output)
}

/// Writes a document of its own.
pub(super) fn document(
    out: &mut dyn Write,
    fill: impl FnOnce(&mut DocumentWriter) -> std::io::Result<()>,
) -> Result<(), Error> {
    let write = || {
        let mut document = DocumentWriter::begin(out)?;
        fill(&mut document)?;
        document.end()
    };
    write().map_err(Error::Output)
}
