//! The table as OpenMetrics text, in the names and labels of Prometheus' node_exporter.
//!
//! Its collector `ipvs` reads /proc/net/ip_vs and /proc/net/ip_vs_stats; what has no name there has
//! one here that follows the same pattern.
//! <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

mod status;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;

use super::text;
use crate::kernel::ipvs::status::StatusReport;
use crate::model::visible::VisibleTable;
use crate::model::{
    Endpoint, Family, RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers, Stats,
};

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

/// What is written of the whole network namespace, besides its services.
#[derive(Clone, Copy, Default)]
pub struct Whole<'a> {
    pub totals: Option<&'a Stats>,
    pub status: Option<&'a StatusReport>,
}

/// The metrics of servers whose values everybody may see.
const VISIBLE: [&str; 3] = [
    "backend_connections_active",
    "backend_connections_inactive",
    "backend_weight",
];

/// Writes the metrics of a table as far as everybody may see it, and of what is given of the whole namespace.
pub fn write_visible(
    out: &mut (impl Write + ?Sized),
    whole: Whole<'_>,
    table: &VisibleTable,
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
    let backends = || services.iter().flat_map(|listed| &listed.servers);
    for metric in BACKEND
        .iter()
        .filter(|metric| VISIBLE.contains(&metric.name))
    {
        family(out, metric, labels.backends().zip(backends()))?;
    }
    out.write_all(END)
}

/// The line that the format ends with.
const END: &[u8] = b"# EOF\n";

/// Writes the metrics of a table, and of what is given of the whole namespace.
///
/// The format requires all samples of a metric to follow each other, so the whole table is needed at once.
pub fn write(
    out: &mut (impl Write + ?Sized),
    whole: Whole<'_>,
    table: &[ServiceWithServers],
) -> io::Result<()> {
    write_whole(out, whole)?;
    let labels = LabelSets::of(table);
    let services = || table.iter().map(|listed| &listed.entry);
    for metric in &SERVICE {
        family(out, metric, labels.services().zip(services()))?;
    }
    let backends = || table.iter().flat_map(|listed| &listed.servers);
    for metric in &BACKEND {
        family(out, metric, labels.backends().zip(backends()))?;
    }
    out.write_all(END)
}

fn write_whole(out: &mut (impl Write + ?Sized), whole: Whole<'_>) -> io::Result<()> {
    if let Some(totals) = whole.totals {
        for metric in &TOTALS {
            family(out, metric, [("", totals)].into_iter())?;
        }
    }
    if let Some(report) = whole.status {
        status::write(out, report)?;
    }
    Ok(())
}

/// A metric with a sample for each of some things; nothing where there is none of them.
fn family<'a, T: 'a>(
    out: &mut (impl Write + ?Sized),
    metric: &Metric<T>,
    samples: impl Iterator<Item = (&'a str, &'a T)>,
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
    for (labels, thing) in samples {
        line.clear();
        line.push_str(&start);
        line.push_str(labels);
        line.push(' ');
        text::number(&mut line, (metric.value)(thing));
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// The labels of each service and of each server, made once for all metrics.
struct LabelSets {
    text: String,
    services: Vec<Range<usize>>,
    backends: Vec<Range<usize>>,
}

impl LabelSets {
    fn of(table: &[ServiceWithServers]) -> LabelSets {
        let mut labels = LabelSets {
            text: String::new(),
            services: Vec::with_capacity(table.len()),
            backends: Vec::new(),
        };
        let mut local = String::new();
        for listed in table {
            local.clear();
            service_labels(&mut local, &listed.entry.service.id);
            let range = labels.push(&[&local, "}"]);
            labels.services.push(range);
            for entry in &listed.servers {
                let start = labels.push(&[&local]).start;
                server_labels(&mut labels.text, &entry.server.endpoint);
                labels.backends.push(start..labels.text.len());
            }
        }
        labels
    }

    /// Appends text and returns its range.
    fn push(&mut self, parts: &[&str]) -> Range<usize> {
        let start = self.text.len();
        for part in parts {
            self.text.push_str(part);
        }
        start..self.text.len()
    }

    fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|range| &self.text[range.clone()])
    }

    fn backends(&self) -> impl Iterator<Item = &str> {
        self.backends.iter().map(|range| &self.text[range.clone()])
    }
}

// No value of a label needs escaping: they are numbers, addresses and words of ours.

/// Appends the labels of a service, without the closing brace.
fn service_labels(text: &mut String, id: &ServiceId) {
    text.push_str("{local_address=\"");
    match id {
        ServiceId::Address { protocol, endpoint } => {
            address(text, endpoint);
            text.push_str("\",local_port=\"");
            text::number(text, endpoint.port);
            text.push_str("\",local_mark=\"\",proto=\"");
            text.push_str(protocol.title());
            text.push('"');
        }
        ServiceId::FirewallMark { mark, family } => {
            // As /proc/net/ip_vs shows a mark.
            text.push_str(&format!(
                "\",local_port=\"0\",local_mark=\"{mark:08X}\",proto=\"FWM\""
            ));
            // A mark can be that of two services; node_exporter does not distinguish them.
            if *family == Family::V6 {
                text.push_str(",local_family=\"ipv6\"");
            }
        }
    }
}

/// Appends the labels of a server after those of its service.
fn server_labels(text: &mut String, endpoint: &Endpoint) {
    text.push_str(",remote_address=\"");
    address(text, endpoint);
    text.push_str("\",remote_port=\"");
    text::number(text, endpoint.port);
    text.push_str("\"}");
}

fn address(text: &mut String, endpoint: &Endpoint) {
    use std::fmt::Write;
    match endpoint.address {
        std::net::IpAddr::V4(address) => text::v4(text, address),
        std::net::IpAddr::V6(address) => {
            // Writing into a string cannot fail.
            let _ = write!(text, "{address}");
        }
    }
}
