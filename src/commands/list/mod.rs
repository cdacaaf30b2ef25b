//! Listings: what the kernel holds, onto the output, with no more of it in memory than needed.

mod connections;
pub mod estimation;
mod json;
mod metrics;
pub mod visible;
mod visible_service;

use std::io::{self, Write};

use crate::cli::command::{Format, List, Listed, Order, View};
use crate::commands::error::Error;
use crate::commands::session::{Selected, services_within};
use crate::format;
use crate::format::labels::Labels;
use crate::format::names::{Names, Purpose, System};
use crate::format::table::{self, Layout};
use crate::format::timeouts_and_daemons;
use crate::kernel::ipvs::Ipvs;
use crate::model::order::{self, Arrangement};
use crate::model::rates::Meter;
use crate::model::scope::Scope;
use crate::model::{Info, ServiceEntry, ServiceId, ServiceWithServers};
use crate::sys::terminal;

/// Prints what a listing asks for, of the services within a scope.
pub fn list(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    match list.format {
        Format::Text => list_as_text(ipvs, out, list, scope),
        Format::Json => json::list(ipvs, out, list, scope),
        Format::Metrics => metrics::list(ipvs, out, list, scope),
    }
}

fn list_as_text(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
) -> Result<Selected, Error> {
    match list.what {
        Listed::Table { service, view } => {
            let head = head(ipvs, service.as_ref(), scope)?;
            let selected = Selected::of(&head.services);
            list_table(ipvs, out, list, head, view)?;
            return Ok(selected);
        }
        Listed::Timeouts => {
            timeouts_and_daemons::write_timeouts(out, &ipvs.timeouts()?).map_err(Error::Output)?;
        }
        Listed::Daemons => {
            for daemon in ipvs.daemons()? {
                timeouts_and_daemons::write_daemon(out, &daemon).map_err(Error::Output)?;
            }
        }
        Listed::Status => {
            format::status::write(out, &ipvs.status(true)?).map_err(Error::Output)?;
        }
        Listed::Connections { engine_data, query } => {
            connections::list_as_text(ipvs, out, list, engine_data, &query)?;
        }
    }
    Ok(Selected::Some)
}

fn list_table(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    head: Head,
    view: View,
) -> Result<(), Error> {
    let Head { info, services } = head;
    write_head(out, info.as_ref(), view, false).map_err(Error::Output)?;
    let arrangement = arrangement(list, None);
    let wanted = Wanted {
        arrangement,
        names: (!list.numeric).then_some(Purpose::Shown),
        counters: matches!(view, View::Stats | View::Rate) || arrangement.needs_counters(),
    };
    let coloured = list.color.is_on(terminal::shows_colours);
    let mut text = Vec::new();
    each_service(ipvs, services, wanted, |listed, labels| {
        let layout = Layout {
            view,
            exact: list.exact,
            labels,
            meter: None,
            coloured,
            visible: None,
        };
        text.clear();
        table::push_service(&mut text, listed, &layout);
        out.write_all(&text)
    })
}

/// What is known of a table before its real servers are.
#[derive(Default)]
pub struct Head {
    /// Of a whole table, not of one service.
    pub info: Option<Info>,
    /// In the kernel's order.
    pub services: Vec<ServiceEntry>,
}

/// Asks for every service within a scope, or for one.
pub fn head(ipvs: &mut Ipvs, service: Option<&ServiceId>, scope: &Scope) -> Result<Head, Error> {
    let (info, services) = match service {
        None => (Some(ipvs.info()?), services_within(ipvs, scope)?),
        Some(id) => (None, vec![ipvs.service(id)?]),
    };
    Ok(Head { info, services })
}

/// Writes the lines above a table.
pub fn write_head(
    out: &mut dyn Write,
    info: Option<&Info>,
    view: View,
    with_measured: bool,
) -> io::Result<()> {
    if let Some(info) = info {
        table::write_version(out, info)?;
    }
    table::write_titles(out, view, with_measured)
}

/// How a listing wants its table arranged; where rates are measured, by those.
pub fn arrangement<'a>(list: &List, meter: Option<&'a Meter>) -> Arrangement<'a> {
    Arrangement {
        order: list.order,
        only_active: list.only_active,
        meter,
    }
}

/// How services are to be handed on.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub arrangement: Arrangement<'a>,
    /// What names are for; else numbers.
    pub names: Option<Purpose>,
    /// With the servers' counters and rates.
    pub counters: bool,
}

/// Fetches the real servers of services and hands each service to `write`.
///
/// With numbers each is written before the next one is fetched, so that a large table needs little memory; names
/// are all asked for before the first line, because all of them cost one wait.
pub fn each_service(
    ipvs: &mut Ipvs,
    mut services: Vec<ServiceEntry>,
    wanted: Wanted<'_>,
    mut write: impl FnMut(&ServiceWithServers, &Labels) -> io::Result<()>,
) -> Result<(), Error> {
    let Wanted {
        arrangement,
        names,
        counters,
    } = wanted;
    if arrangement.order == Order::Address {
        order::sort_services(&mut services);
    }
    if names.is_none() && arrangement.in_parts() {
        let labels = Labels::default();
        return ipvs.each_with_servers(&services, counters, |listed| {
            if arrangement.apply_within(listed) {
                write(listed, &labels).map_err(Error::Output)?;
            }
            Ok(())
        });
    }
    let mut table = ipvs.with_servers(&services, counters)?;
    arrangement.apply(&mut table);
    let mut known = Names::new(&System, names.unwrap_or(Purpose::Shown));
    if names.is_some() {
        known.learn_table(&table);
    }
    let mut services = table.iter();
    services
        .try_for_each(|listed| write(listed, known.labels()))
        .map_err(Error::Output)
}
