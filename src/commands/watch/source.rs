//! Where listings come from, and how they are written one after the other.

use std::io::{self, Write};
use std::time::{Instant, SystemTime};

use super::Sight;
use crate::cli::command::{ColorChoice, Format, List, Listed, View};
use crate::commands::error::Error;
use crate::commands::list::{self, Head, visible};
use crate::format::names::{Names, Purpose, System};
use crate::format::table::{self, Layout};
use crate::kernel::ipvs::{Ipvs, KernelError};
use crate::model::rates::Meter;
use crate::model::scope::Scope;
use crate::model::{Info, ServiceId, ServiceWithServers};
use crate::sys::terminal;

/// What was listed last.
pub enum Listing {
    Table {
        view: View,
        /// Of a whole table, not of one service.
        info: Option<Info>,
        table: Vec<ServiceWithServers>,
    },
    /// What has no rows that could be told apart.
    Text {
        text: Vec<u8>,
        /// The number of its lines that are titles.
        titles: usize,
    },
}

/// Whether the service that is watched is not there.
fn is_missing(error: &Error) -> bool {
    error.refusal().is_some_and(KernelError::is_missing_service)
}

/// Where listings come from.
pub struct Source<'a> {
    ipvs: &'a mut Ipvs,
    pub list: &'a List,
    scope: &'a Scope,
    sight: Sight,
    /// Whether listings are painted, which styles text that has none.
    painted: bool,
    names: Names<'a>,
    meter: Meter,
    begun: Instant,
    /// Whether the one service that is listed has existed before.
    found: bool,
    /// When the last listing was made.
    pub stamp: humantime::Rfc3339Timestamp,
    pub coloured: bool,
}

impl<'a> Source<'a> {
    pub fn new(
        ipvs: &'a mut Ipvs,
        list: &'a List,
        scope: &'a Scope,
        sight: Sight,
        painted: bool,
    ) -> Source<'a> {
        Source {
            ipvs,
            list,
            scope,
            sight,
            painted,
            names: Names::new(&System, Purpose::Shown),
            meter: Meter::default(),
            begun: Instant::now(),
            found: false,
            stamp: humantime::format_rfc3339_seconds(SystemTime::now()),
            coloured: list.color.is_on(terminal::shows_colours),
        }
    }

    /// The names that were found, and what was measured.
    pub fn known(&self) -> (&Names<'a>, &Meter) {
        (&self.names, &self.meter)
    }

    /// Makes a listing.
    pub fn list(&mut self) -> Result<Listing, Error> {
        self.stamp = humantime::format_rfc3339_seconds(SystemTime::now());
        match (self.list.format, self.list.what) {
            (_, what) if self.sight == Sight::Visible => self.list_visible(what),
            (Format::Text, Listed::Table { service, view }) => {
                self.list_table(service.as_ref(), view)
            }
            (_, what) => {
                let of_connections = matches!(what, Listed::Connections { .. });
                let titles = if of_connections { 2 } else { 0 };
                let mut text = Vec::new();
                list::list(self.ipvs, &mut text, self.list, self.scope)?;
                Ok(Listing::Text { text, titles })
            }
        }
    }

    fn list_visible(&mut self, what: Listed) -> Result<Listing, Error> {
        let mut list = *self.list;
        if self.painted {
            list.color = ColorChoice::Never;
        }
        let mut text = Vec::new();
        let listed = visible::list(self.ipvs, &mut text, &list, self.scope);
        let Listed::Table { service, view } = what else {
            listed?;
            return Ok(Listing::Text { text, titles: 0 });
        };
        match listed {
            Err(error) if self.found && self.list.format == Format::Text && is_missing(&error) => {
                list::write_head(&mut text, None, view, false).map_err(Error::Output)?;
            }
            listed => {
                self.found = true;
                listed?;
            }
        }
        let titles = if service.is_none() { 3 } else { 2 };
        Ok(Listing::Text { text, titles })
    }

    fn list_table(&mut self, service: Option<&ServiceId>, view: View) -> Result<Listing, Error> {
        let now = self.begun.elapsed();
        let Head { info, services } = match list::head(self.ipvs, service, self.scope) {
            // It was deleted while it was watched, and may come back.
            Err(error) if self.found && is_missing(&error) => Head::default(),
            head => head?,
        };
        self.found = true;
        let mut table = self.ipvs.with_servers(&services, true)?;
        self.meter.observe(now, &table);
        list::arrangement(self.list, Some(&self.meter)).apply(&mut table);
        if !self.list.numeric {
            self.names.learn_table(&table);
        }
        Ok(Listing::Table { view, info, table })
    }

    /// Writes a listing, text under the time at which it was made.
    pub fn write(&self, out: &mut dyn Write, listing: &Listing) -> Result<(), Error> {
        let stamped = match self.list.format {
            Format::Text => writeln!(out, "{}", self.stamp),
            Format::Json | Format::Metrics => Ok(()),
        };
        stamped
            .and_then(|()| self.write_listing(out, listing))
            .and_then(|()| out.flush())
            .map_err(Error::Output)
    }

    fn write_listing(&self, out: &mut dyn Write, listing: &Listing) -> io::Result<()> {
        match listing {
            Listing::Text { text, .. } => out.write_all(text),
            Listing::Table { view, info, table } => {
                let layout = Layout {
                    view: *view,
                    exact: self.list.exact,
                    labels: self.names.labels(),
                    meter: Some(&self.meter),
                    coloured: self.coloured,
                    visible: None,
                };
                list::write_head(out, info.as_ref(), *view, true)?;
                table::write_services(out, table, &layout)
            }
        }
    }
}
