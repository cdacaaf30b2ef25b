//! The columns that a watched table has on a screen, a page of them at a time, each within 80 columns; no I/O.
//!
//! Only people read these, so a later version may change them.

use super::numbers::counter;
use super::rate_columns::push_share;
use super::table;
use super::text;
use crate::cli::command::View;
use crate::model::rates::Rates;
use crate::model::{RealServerEntry, ServiceWithServers};

/// A set of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What one looks for first: new connections, who gets them, and who has how many.
    Load,
    /// Packets and bytes in the last interval.
    Traffic,
    /// The kernel's averages.
    Averages,
    /// The counters.
    Totals,
    /// What was set: methods, weights, limits.
    Settings,
}

/// A cell, with the blanks that bring it to the width of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell(pub String);

/// Columns of a number, with a space before it.
const NUMBER: usize = 9;
/// Columns of a share and its bar, with a space before it.
const SHARE: usize = 11;
/// Columns of a forwarding method or a tunnel, with a space before it.
const METHOD: usize = 15;

impl Page {
    /// All of them, in the order in which they are leafed through.
    pub const ALL: [Page; 5] = [
        Page::Load,
        Page::Traffic,
        Page::Averages,
        Page::Totals,
        Page::Settings,
    ];

    /// The page with which the watch of a view begins.
    pub fn of(view: View) -> Page {
        match view {
            View::Plain | View::Rate => Page::Load,
            View::Stats => Page::Totals,
            View::Thresholds | View::PersistentConnections | View::TunnelInfo => Page::Settings,
        }
    }

    /// Its place among [`Page::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The page that is so many further on; the first follows the last.
    pub fn turned(self, by: usize) -> Page {
        Page::ALL[(self.index() + by) % Page::ALL.len()]
    }

    /// What the first line of the screen calls it.
    pub fn name(self) -> &'static str {
        match self {
            Page::Load => "load",
            Page::Traffic => "traffic",
            Page::Averages => "averages",
            Page::Totals => "totals",
            Page::Settings => "settings",
        }
    }

    /// Columns of all its cells.
    pub fn width(self) -> usize {
        match self {
            Page::Load => 3 * NUMBER + SHARE + NUMBER,
            Page::Traffic => 4 * NUMBER,
            Page::Averages | Page::Totals => 5 * NUMBER,
            Page::Settings => METHOD + 4 * NUMBER,
        }
    }

    /// The titles of its columns, as wide as its cells.
    pub fn titles(self) -> String {
        let [a, b, c, d, e] = match self {
            Page::Load => {
                return format!(
                    "{:>NUMBER$} {:10}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}",
                    "Conn/s", "New%", "Active", "Inactive", "Weight"
                );
            }
            Page::Settings => {
                return format!(
                    " {:14}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}",
                    "Forwarding", "Weight", "Upper", "Lower", "Persist"
                );
            }
            Page::Traffic => ["InPkt/s", "OutPkt/s", "InB/s", "OutB/s", ""],
            Page::Averages => ["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"],
            Page::Totals => ["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"],
        };
        let titles = format!("{a:>NUMBER$}{b:>NUMBER$}{c:>NUMBER$}{d:>NUMBER$}{e:>NUMBER$}");
        titles[..self.width()].to_owned()
    }

    /// The cells of a service; `rates` are those of the last interval, where they are known.
    pub fn service(
        self,
        listed: &ServiceWithServers,
        rates: Option<Rates>,
        exact: bool,
    ) -> Vec<Cell> {
        let stats = &listed.entry.stats;
        let sum = |of: fn(&RealServerEntry) -> u32| -> u64 {
            listed
                .servers
                .iter()
                .map(|entry| u64::from(of(entry)))
                .sum()
        };
        match self {
            Page::Load => vec![
                rate(rates.map(|rates| rates.per_second()[0]), exact),
                servers(listed.servers.len()),
                number(sum(|entry| entry.active_connections), exact),
                number(sum(|entry| entry.inactive_connections), exact),
                blank(NUMBER),
            ],
            Page::Traffic => traffic(rates, exact),
            Page::Averages => numbers(stats.rates(), exact),
            Page::Totals => numbers(stats.totals(), exact),
            Page::Settings => {
                let mut text = String::new();
                table::service_options(&mut text, &listed.entry.service, false);
                vec![Cell(text)]
            }
        }
    }

    /// The cells of a real server; `whole` are the new connections of all servers of its service.
    pub fn server(
        self,
        entry: &RealServerEntry,
        rates: Option<Rates>,
        whole: u64,
        exact: bool,
    ) -> Vec<Cell> {
        let server = &entry.server;
        let weight = number(u64::try_from(server.weight).unwrap_or(0), exact);
        match self {
            Page::Load => {
                let mut share = String::from(" ");
                let part = rates.map_or(0, |rates| rates.connections);
                push_share(&mut share, part, whole);
                vec![
                    rate(rates.map(|rates| rates.per_second()[0]), exact),
                    Cell(share),
                    number(entry.active_connections.into(), exact),
                    number(entry.inactive_connections.into(), exact),
                    weight,
                ]
            }
            Page::Traffic => traffic(rates, exact),
            Page::Averages => numbers(entry.stats.rates(), exact),
            Page::Totals => numbers(entry.stats.totals(), exact),
            Page::Settings => {
                let mut method = String::from(" ");
                table::method(&mut method, server.forwarding);
                let length = method.len();
                text::blanks(&mut method, METHOD.saturating_sub(length));
                vec![
                    Cell(method),
                    weight,
                    number(server.upper_threshold.into(), exact),
                    number(server.lower_threshold.into(), exact),
                    number(entry.persistent_connections.into(), exact),
                ]
            }
        }
    }
}

/// How many servers a service has, where the column has their shares.
fn servers(count: usize) -> Cell {
    let noun = if count == 1 { "server" } else { "servers" };
    Cell(format!(" {:10}", format!("{count} {noun}")))
}

fn blank(width: usize) -> Cell {
    Cell(" ".repeat(width))
}

fn number(value: u64, exact: bool) -> Cell {
    let mut text = String::new();
    counter(&mut text, value, exact);
    Cell(text)
}

fn rate(value: Option<u64>, exact: bool) -> Cell {
    match value {
        Some(value) => number(value, exact),
        None => Cell(format!("{:>NUMBER$}", "-")),
    }
}

fn numbers(values: [u64; 5], exact: bool) -> Vec<Cell> {
    values.iter().map(|value| number(*value, exact)).collect()
}

/// All rates but that of connections.
fn traffic(rates: Option<Rates>, exact: bool) -> Vec<Cell> {
    let rates = rates.map(|rates| rates.per_second());
    (1..5)
        .map(|column| rate(rates.map(|rates| rates[column]), exact))
        .collect()
}
