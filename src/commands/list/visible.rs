//! Listings for whoever has no right to ask the kernel: what /proc shows to everybody.

use std::io::Write;

use super::json::document;
use super::visible_service::{is_denied, missing};
use super::{arrangement, write_head};
use crate::cli::command::{Format, List, Listed, Order, View};
use crate::commands::error::Error;
use crate::commands::session::{Selected, Session};
use crate::format::metrics::{self, Whole};
use crate::format::names::{Names, Purpose, System};
use crate::format::status;
use crate::format::table::{self, Layout};
use crate::kernel::ipvs::Ipvs;
use crate::model::ServiceId;
use crate::model::scope::Scope;
use crate::model::visible::VisibleTable;
use crate::sys::terminal;

/// What is said of a table.
const NOTICE: &str = "without CAP_NET_ADMIN the kernel does not show counters, rates, thresholds, persistent \
     connections, scheduler flags, persistence engines and tunnel types";

/// Whether a listing has failed because the right was missing, and what everybody may see is worth listing instead.
pub fn is_instead(error: &Error, list: &List) -> bool {
    is_denied(error) && shows_something(list)
}

/// Whether enough of a listing is known to everybody.
fn shows_something(list: &List) -> bool {
    match list.what {
        Listed::Status => true,
        Listed::Table { view, .. } => {
            let of_counters =
                list.format == Format::Text && matches!(view, View::Stats | View::Rate);
            !(of_counters || list.order == Order::Rate || list.only_active)
        }
        Listed::Connections { .. } | Listed::Timeouts | Listed::Daemons => false,
    }
}

/// Says in a line what such a listing lacks; that of the status says it itself.
pub fn notify(session: &mut Session<'_>, list: &List) {
    if list.what != Listed::Status {
        session.notice(NOTICE);
    }
}

/// Prints what is known of what a listing asks for, of the services within a scope.
pub fn list(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    let mut visible = ipvs.visible_table()?;
    let (service, view) = match list.what {
        Listed::Table { service, view } => (service, view),
        _ => {
            list_status(ipvs, out, list, &visible)?;
            return Ok(Selected::Some);
        }
    };
    let is_whole = service.is_none() && scope.is_everything();
    let report = match list.format {
        Format::Metrics if is_whole => Some(ipvs.visible_status(&visible, false)?),
        _ => None,
    };
    select(&mut visible, service.as_ref(), scope)?;
    let selected = match visible.services.is_empty() {
        true => Selected::None,
        false => Selected::Some,
    };
    arrangement(list, None).apply(&mut visible.services);
    match list.format {
        Format::Text => as_text(out, list, view, &visible, service.is_none())?,
        Format::Json => document(out, |document| {
            if service.is_none() {
                document.info(&visible.info)?;
            }
            document.visible(&visible)
        })?,
        Format::Metrics => {
            let totals = match is_whole {
                true => Some(ipvs.totals()?),
                false => None,
            };
            let states = match list.states {
                true => Some(super::metrics::states(ipvs)?),
                false => None,
            };
            let report = report.map(|mut report| {
                super::metrics::count_entries(&mut report, states.as_ref());
                report
            });
            let whole = Whole {
                totals: totals.as_ref(),
                status: report.as_ref(),
                states: states.as_ref(),
            };
            metrics::write_visible(out, whole, &visible, list.detail).map_err(Error::Output)?;
        }
    }
    Ok(selected)
}

/// Leaves the one service that is asked for, or those within the scope.
fn select(
    visible: &mut VisibleTable,
    service: Option<&ServiceId>,
    scope: &Scope,
) -> Result<(), Error> {
    let mut services = std::mem::take(&mut visible.services);
    match service {
        None => services.retain(|listed| scope.includes(&listed.entry.service.id)),
        Some(wanted) => {
            services.retain(|listed| visible.is(&listed.entry.service.id, wanted));
            if services.is_empty() {
                return Err(missing(wanted));
            }
        }
    }
    visible.services = services;
    Ok(())
}

fn as_text(
    out: &mut dyn Write,
    list: &List,
    view: View,
    visible: &VisibleTable,
    is_table: bool,
) -> Result<(), Error> {
    let mut names = Names::new(&System, Purpose::Shown);
    if !list.numeric {
        names.learn_table(&visible.services);
    }
    write_head(out, is_table.then_some(&visible.info), view, false).map_err(Error::Output)?;
    let layout = Layout {
        view,
        exact: list.exact,
        labels: names.labels(),
        meter: None,
        coloured: list.color.is_on(terminal::shows_colours),
        visible: Some(visible),
    };
    table::write_services(out, &visible.services, &layout).map_err(Error::Output)
}

fn list_status(
    ipvs: &Ipvs,
    out: &mut dyn Write,
    list: &List,
    visible: &VisibleTable,
) -> Result<(), Error> {
    let report = ipvs.visible_status(visible, true)?;
    match list.format {
        Format::Json => document(out, |document| {
            document.info(&report.info)?;
            document.status(&report)
        }),
        Format::Text | Format::Metrics => status::write(out, &report).map_err(Error::Output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_of_which_something_is_known() {
        let table = |view, format| List {
            what: Listed::Table {
                service: None,
                view,
            },
            format,
            ..List::DEFAULT
        };
        for list in [
            List::DEFAULT,
            table(View::Thresholds, Format::Text),
            table(View::PersistentConnections, Format::Text),
            table(View::TunnelInfo, Format::Text),
            // The views of a table are views of its text.
            table(View::Stats, Format::Json),
            table(View::Plain, Format::Metrics),
            List {
                what: Listed::Status,
                ..List::DEFAULT
            },
            List {
                order: Order::Connections,
                ..List::DEFAULT
            },
        ] {
            assert!(shows_something(&list), "{list:?}");
        }
        for list in [
            table(View::Stats, Format::Text),
            table(View::Rate, Format::Text),
            List {
                order: Order::Rate,
                ..List::DEFAULT
            },
            List {
                only_active: true,
                ..List::DEFAULT
            },
            List {
                what: Listed::Timeouts,
                ..List::DEFAULT
            },
            List {
                what: Listed::Daemons,
                ..List::DEFAULT
            },
        ] {
            assert!(!shows_something(&list), "{list:?}");
        }
    }
}
