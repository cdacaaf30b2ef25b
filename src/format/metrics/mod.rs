//! The table as OpenMetrics text, in the names and labels of Prometheus' node_exporter.
//!
//! Its collector `ipvs` reads /proc/net/ip_vs and /proc/net/ip_vs_stats; what has no name there has
//! one here that follows the same pattern.
//! <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

mod labels;
pub mod states;
mod status;

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::text;
use crate::cli::command::Detail;
use crate::kernel::ipvs::status::StatusReport;
use crate::model::visible::VisibleTable;
use crate::model::{RealServerEntry, ServiceEntry, ServiceWithServers, Stats};
use labels::LabelSets;
use states::StateCounts;

/// A metric: its name without the prefix, its help, and how its value is taken from `T`.
struct Metric<T> {
    kind: Kind,
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> u64,
}

/// What a metric is; it decides how its name ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only grows, or starts again at 0.
    Counter,
    Gauge,
}

const fn counter<T>(name: &'static str, help: &'static str, value: fn(&T) -> u64) -> Metric<T> {
    Metric {
        kind: Kind::Counter,
        name,
        help,
        value,
    }
}

const fn gauge<T>(name: &'static str, help: &'static str, value: fn(&T) -> u64) -> Metric<T> {
    Metric {
        kind: Kind::Gauge,
        name,
        help,
        value,
    }
}

/// Of the whole network namespace.
const TOTALS: [Metric<Stats>; 5] = [
    counter(
        "connections",
        "The total number of connections made.",
        |stats| stats.connections,
    ),
    counter(
        "incoming_packets",
        "The total number of incoming packets.",
        |stats| stats.in_packets,
    ),
    counter(
        "outgoing_packets",
        "The total number of outgoing packets.",
        |stats| stats.out_packets,
    ),
    counter(
        "incoming_bytes",
        "The total amount of incoming data.",
        |stats| stats.in_bytes,
    ),
    counter(
        "outgoing_bytes",
        "The total amount of outgoing data.",
        |stats| stats.out_bytes,
    ),
];

/// Of each virtual service.
const SERVICE: [Metric<ServiceEntry>; 5] = [
    counter(
        "service_connections",
        "Connections made to the virtual service.",
        |entry| entry.stats.connections,
    ),
    counter(
        "service_incoming_packets",
        "Packets to the virtual service.",
        |entry| entry.stats.in_packets,
    ),
    counter(
        "service_outgoing_packets",
        "Packets from the virtual service.",
        |entry| entry.stats.out_packets,
    ),
    counter(
        "service_incoming_bytes",
        "Bytes to the virtual service.",
        |entry| entry.stats.in_bytes,
    ),
    counter(
        "service_outgoing_bytes",
        "Bytes from the virtual service.",
        |entry| entry.stats.out_bytes,
    ),
];

/// Of each real server of each virtual service.
const BACKEND: [Metric<RealServerEntry>; 11] = [
    gauge(
        "backend_connections_active",
        "The current active connections by local and remote address.",
        |entry| entry.active_connections.into(),
    ),
    gauge(
        "backend_connections_inactive",
        "The current inactive connections by local and remote address.",
        |entry| entry.inactive_connections.into(),
    ),
    gauge(
        "backend_connections_persistent",
        "The current persistent connections by local and remote address.",
        |entry| entry.persistent_connections.into(),
    ),
    gauge(
        "backend_weight",
        "The current backend weight by local and remote address.",
        // The kernel's weights are not negative.
        |entry| u64::try_from(entry.server.weight).unwrap_or(0),
    ),
    gauge(
        "backend_upper_threshold",
        "Connections from which on the backend gets no new ones; 0 for no limit.",
        |entry| entry.server.upper_threshold.into(),
    ),
    gauge(
        "backend_lower_threshold",
        "Connections below which the backend gets new ones again; 0 where the kernel decides.",
        |entry| entry.server.lower_threshold.into(),
    ),
    counter(
        "backend_connections",
        "Connections made to the backend.",
        |entry| entry.stats.connections,
    ),
    counter(
        "backend_incoming_packets",
        "Packets to the backend.",
        |entry| entry.stats.in_packets,
    ),
    counter(
        "backend_outgoing_packets",
        "Packets from the backend.",
        |entry| entry.stats.out_packets,
    ),
    counter("backend_incoming_bytes", "Bytes to the backend.", |entry| {
        entry.stats.in_bytes
    }),
    counter(
        "backend_outgoing_bytes",
        "Bytes from the backend.",
        |entry| entry.stats.out_bytes,
    ),
];

/// The metrics of servers whose values everybody may see.
const VISIBLE: [&str; 3] = [
    "backend_connections_active",
    "backend_connections_inactive",
    "backend_weight",
];

/// The metrics of servers whose sums mean something, also where a server comes or goes.
const SUMMED: [&str; 4] = [
    "backend_connections_active",
    "backend_connections_inactive",
    "backend_connections_persistent",
    "backend_weight",
];

/// The line that the format ends with.
const END: &[u8] = b"# EOF\n";

/// What is written of the whole network namespace, besides its services.
#[derive(Clone, Copy, Default)]
pub struct Whole<'a> {
    pub totals: Option<&'a Stats>,
    pub status: Option<&'a StatusReport>,
    pub states: Option<&'a StateCounts>,
}

/// Writes the metrics of a table, and of what is given of the whole namespace.
///
/// The format requires all samples of a metric to follow each other, so the whole table is needed at once.
pub fn write(
    out: &mut (impl Write + ?Sized),
    whole: Whole<'_>,
    table: &[ServiceWithServers],
    detail: Detail,
) -> io::Result<()> {
    write_whole(out, whole)?;
    let labels = LabelSets::of(table);
    if detail != Detail::Whole {
        for metric in &SERVICE {
            let values = table.iter().map(|listed| (metric.value)(&listed.entry));
            family(out, metric, labels.services().zip(values))?;
        }
    }
    for metric in &BACKEND {
        write_backends(out, metric, table, &labels, detail)?;
    }
    out.write_all(END)
}

/// Writes the metrics of a table as far as everybody may see it, and of what is given of the whole namespace.
pub fn write_visible(
    out: &mut (impl Write + ?Sized),
    whole: Whole<'_>,
    table: &VisibleTable,
    detail: Detail,
) -> io::Result<()> {
    write_whole(out, whole)?;
    // Labels have to differ; of two services whose families are not known they do not.
    let mut unsure = BTreeSet::new();
    let mut services = table.services.clone();
    services.retain(|listed| {
        let id = listed.entry.service.id;
        !table.is_unsure(&id) || unsure.insert(id.sort_key())
    });
    let labels = LabelSets::of(&services);
    let visible = BACKEND
        .iter()
        .filter(|metric| VISIBLE.contains(&metric.name));
    for metric in visible {
        write_backends(out, metric, &services, &labels, detail)?;
    }
    out.write_all(END)
}

fn write_whole(out: &mut (impl Write + ?Sized), whole: Whole<'_>) -> io::Result<()> {
    if let Some(totals) = whole.totals {
        for metric in &TOTALS {
            family(out, metric, [("", (metric.value)(totals))].into_iter())?;
        }
    }
    if let Some(report) = whole.status {
        status::write(out, report)?;
    }
    if let Some(states) = whole.states {
        states::write(out, states)?;
    }
    Ok(())
}

/// Writes a metric of servers, or the sums of those that can be summed up. Where there is no server there is no sum,
/// as in node_exporter.
fn write_backends(
    out: &mut (impl Write + ?Sized),
    metric: &Metric<RealServerEntry>,
    table: &[ServiceWithServers],
    labels: &LabelSets,
    detail: Detail,
) -> io::Result<()> {
    let sum = |servers: &[RealServerEntry]| {
        let values = servers.iter().map(metric.value);
        values.fold(0, u64::saturating_add)
    };
    let is_summed = SUMMED.contains(&metric.name);
    let with_servers = |listed: &&ServiceWithServers| !listed.servers.is_empty();
    match detail {
        Detail::Servers => {
            let servers = table.iter().flat_map(|listed| &listed.servers);
            family(
                out,
                metric,
                labels.backends().zip(servers.map(metric.value)),
            )
        }
        Detail::Services if is_summed => {
            let services = labels.services().zip(table);
            let services = services.filter(|(_, listed)| with_servers(listed));
            family(
                out,
                metric,
                services.map(|(labels, listed)| (labels, sum(&listed.servers))),
            )
        }
        Detail::Whole if is_summed => {
            let sums = table
                .iter()
                .filter(with_servers)
                .map(|listed| sum(&listed.servers));
            let whole = sums.reduce(u64::saturating_add);
            family(out, metric, whole.map(|sum| ("", sum)).into_iter())
        }
        Detail::Services | Detail::Whole => Ok(()),
    }
}

/// A metric with its samples; nothing where there is none of them.
fn family<'a, T>(
    out: &mut (impl Write + ?Sized),
    metric: &Metric<T>,
    samples: impl Iterator<Item = (&'a str, u64)>,
) -> io::Result<()> {
    let Metric {
        name, help, kind, ..
    } = metric;
    let (kind, end) = match kind {
        Kind::Counter => ("counter", "_total"),
        Kind::Gauge => ("gauge", ""),
    };
    let mut samples = samples.peekable();
    if samples.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "# TYPE node_ipvs_{name} {kind}")?;
    if name.ends_with("_bytes") {
        writeln!(out, "# UNIT node_ipvs_{name} bytes")?;
    }
    writeln!(out, "# HELP node_ipvs_{name} {help}")?;
    let start = format!("node_ipvs_{name}{end}");
    let mut line = String::new();
    for (labels, value) in samples {
        line.clear();
        line.push_str(&start);
        line.push_str(labels);
        line.push(' ');
        text::number(&mut line, value);
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}
