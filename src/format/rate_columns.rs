//! What a watch adds to a table: rates of the last interval, and each server's share of the new
//! connections.

use super::numbers::counter;
use super::text::{self, Text};
use crate::cli::command::View;
use crate::model::rates::{Meter, Rates, ServerRates};
use crate::model::{Endpoint, ServiceId, Stats};

/// Columns of a share: ` 50% ###  `.
const SHARE_WIDTH: usize = 10;
/// Columns of its bar.
const BAR_WIDTH: u64 = 5;
/// Columns of five counters.
const COUNTERS_WIDTH: usize = 45;

/// The column in which the shares begin.
pub fn share_column(view: View) -> usize {
    match view {
        View::Plain => 70,
        View::TunnelInfo => 84,
        View::Stats | View::Rate => 79,
        View::Thresholds | View::PersistentConnections => 77,
    }
}

/// What was measured of one service and its servers.
pub struct Measured<'a> {
    own: Option<Rates>,
    servers: ServerRates<'a>,
    /// The rates of new connections of all its servers together.
    connections: u64,
}

impl<'a> Measured<'a> {
    /// What a meter measured of the service `id`.
    pub fn of(meter: &'a Meter, id: &ServiceId) -> Measured<'a> {
        let servers = meter.servers(id);
        Measured {
            own: meter.service(id),
            connections: servers.connections(),
            servers,
        }
    }

    /// Appends the rates of the service, those of the interval before the kernel's averages.
    pub fn push_service_rates(&self, text: &mut impl Text, stats: &Stats, exact: bool) {
        push_rates(text, self.own, exact);
        text::blanks(text, 1 + SHARE_WIDTH);
        push_rates(text, Some(Rates::average(stats)), exact);
    }

    /// Appends the rates of a server, with its share in between.
    pub fn push_server_rates(
        &self,
        text: &mut impl Text,
        endpoint: &Endpoint,
        stats: &Stats,
        exact: bool,
    ) {
        push_rates(text, self.servers.of(endpoint), exact);
        text.push_str(" ");
        self.push_share(text, endpoint);
        push_rates(text, Some(Rates::average(stats)), exact);
    }

    /// Appends the share of a server.
    pub fn push_share(&self, text: &mut impl Text, endpoint: &Endpoint) {
        let rate = self
            .servers
            .of(endpoint)
            .map_or(0, |rates| rates.connections);
        push_share(text, rate, self.connections);
    }
}

/// Appends a share in percent and as a bar; blanks where there is nothing to share.
pub fn push_share(text: &mut impl Text, part: u64, whole: u64) {
    let of = |scale: u64| {
        let rounded = (u128::from(part) * u128::from(scale) + u128::from(whole) / 2)
            .checked_div(u128::from(whole))
            .unwrap_or(0);
        u64::try_from(rounded).unwrap_or(scale).min(scale)
    };
    if part == 0 {
        text::blanks(text, SHARE_WIDTH);
        return;
    }
    text::number_right(text, of(100), 3);
    text.push_str("% ");
    // However little it is, it can be seen.
    let bar = of(BAR_WIDTH).max(1);
    for cell in 0..BAR_WIDTH {
        text.push_str(if cell < bar { "#" } else { " " });
    }
}

fn push_rates(text: &mut impl Text, rates: Option<Rates>, exact: bool) {
    match rates {
        Some(rates) => {
            for rate in rates.per_second() {
                counter(text, rate, exact);
            }
        }
        None => {
            for _ in 0..5 {
                text.push_str("        -");
            }
        }
    }
}

/// The titles of a table's columns with those that are added; `titles` are two lines.
pub fn titles(titles: &str, view: View) -> String {
    const NEW: &str = "New%";
    let (first, second) = titles
        .trim_end_matches('\n')
        .split_once('\n')
        .unwrap_or_default();
    let share = share_column(view);
    match view {
        View::Plain | View::TunnelInfo => format!("{first}\n{second:share$}{NEW}\n"),
        View::Rate => {
            let names = first.get(first.len().saturating_sub(COUNTERS_WIDTH)..);
            let label = share - 1 - COUNTERS_WIDTH;
            format!(
                "{first:share$}{NEW:SHARE_WIDTH$}{}\n{second:label$}{:>COUNTERS_WIDTH$} {:SHARE_WIDTH$}{:>COUNTERS_WIDTH$}\n",
                names.unwrap_or_default(),
                "in the last interval",
                "",
                "on the kernel's average",
            )
        }
        _ => format!("{first:share$}{NEW}\n{second}\n"),
    }
}
