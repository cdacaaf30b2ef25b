//! The table as OpenMetrics text, in the names and labels of Prometheus' node_exporter.
//!
//! Its collector `ipvs` reads /proc/net/ip_vs and /proc/net/ip_vs_stats; what has no name there has
//! one here that follows the same pattern.
//! <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

mod labels;
mod samples;
pub mod states;
mod status;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::cli::command::Detail;
use crate::format::sheet::Sheet;
use crate::kernel::ipvs::status::StatusReport;
use crate::model::visible::VisibleTable;
use crate::model::{RealServerEntry, ServiceEntry, ServiceWithServers, Stats};
use samples::{Piece, Samples};
use states::StateCounts;

/// A metric: its name without the prefix, its help, and how its value is taken from `T`.
struct Metric<T> {
    kind: Kind,
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> u64,
}

impl<T> Metric<T> {
    /// Writes the lines above its samples.
    fn write_head(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let Metric {
            name, help, kind, ..
        } = self;
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        writeln!(out, "# TYPE node_ipvs_{name} {kind}")?;
        if name.ends_with("_bytes") {
            writeln!(out, "# UNIT node_ipvs_{name} bytes")?;
        }
        writeln!(out, "# HELP node_ipvs_{name} {help}")
    }

    /// What its samples begin with.
    fn sample_name(&self) -> String {
        let end = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge => "",
        };
        format!("node_ipvs_{}{end}", self.name)
    }
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

/// What follows the labels of a service before a value, in its first two bytes.
const AFTER: [u8; samples::END] = {
    let mut text = [b' '; samples::END];
    text[0] = b'}';
    text
};

/// The line that the format ends with.
const END: &[u8] = b"# EOF\n";

/// What is written of the whole network namespace, besides its services.
#[derive(Clone, Copy, Default)]
pub struct Whole<'a> {
    pub totals: Option<&'a Stats>,
    pub status: Option<&'a StatusReport>,
    pub states: Option<&'a StateCounts>,
}

/// The metrics of a table, which is added service by service.
pub struct TableMetrics {
    detail: Detail,
    services: Samples<{ SERVICE.len() }>,
    /// Of servers, or the sums of a service's servers, or of all servers.
    backends: Samples<{ BACKEND.len() }>,
    /// The labels of the service or server that is being added.
    labels: Sheet,
}

impl TableMetrics {
    pub fn new(detail: Detail) -> TableMetrics {
        let mut backends = Samples::new();
        if detail == Detail::Whole {
            // Without any server its sums are 0: a series that ends would be taken for a scrape that failed.
            backends.add_up([0; BACKEND.len()]);
        }
        TableMetrics {
            detail,
            services: Samples::new(),
            backends,
            labels: Sheet::default(),
        }
    }

    /// Adds a service with its servers. A service without servers has no sum of its own, as in node_exporter.
    pub fn add(&mut self, listed: &ServiceWithServers) {
        let text = &mut self.labels;
        text.clear();
        labels::service(text, &listed.entry.service.id);
        if self.detail != Detail::Whole {
            self.services.begin(&[text.as_bytes()]);
            self.services
                .push(values(&SERVICE, &listed.entry), &AFTER, 2);
        }
        if self.detail == Detail::Servers {
            let before = labels::BEFORE_SERVER.as_bytes();
            self.backends.begin(&[text.as_bytes(), before]);
            for entry in &listed.servers {
                text.clear();
                labels::server(text, &entry.server.endpoint);
                let (labels, length) = (text.first_chunk(), text.len());
                self.backends.push(values(&BACKEND, entry), labels, length);
            }
            return;
        }
        let servers = listed.servers.iter().map(|entry| values(&BACKEND, entry));
        let Some(sums) = servers.reduce(samples::sum) else {
            return;
        };
        match self.detail {
            Detail::Whole => self.backends.add_up(sums),
            _ => {
                self.backends.begin(&[text.as_bytes()]);
                self.backends.push(sums, &AFTER, 2);
            }
        }
    }

    /// Writes them, and those of what is given of the whole network namespace.
    pub fn write(&self, out: &mut (impl Write + ?Sized), whole: Whole<'_>) -> io::Result<()> {
        self.write_some(out, whole, |_| true)
    }

    /// Writes those that are wanted by their name.
    fn write_some(
        &self,
        out: &mut (impl Write + ?Sized),
        whole: Whole<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> io::Result<()> {
        write_whole(out, whole)?;
        let mut piece = Piece::new();
        for (index, metric) in SERVICE.iter().enumerate() {
            if wanted(metric.name) {
                write_samples(out, &mut piece, metric, &self.services, index)?;
            }
        }
        for (index, metric) in BACKEND.iter().enumerate() {
            let is_there = self.detail == Detail::Servers || SUMMED.contains(&metric.name);
            if is_there && wanted(metric.name) {
                write_samples(out, &mut piece, metric, &self.backends, index)?;
            }
        }
        piece.push(END, out)?;
        piece.hand_over(out)
    }
}

/// The value of each metric.
#[inline]
fn values<T, const N: usize>(metrics: &[Metric<T>; N], entry: &T) -> [u64; N] {
    metrics.each_ref().map(|metric| (metric.value)(entry))
}

/// Writes a metric with its samples; nothing where there is none of them.
fn write_samples<T, const N: usize>(
    out: &mut (impl Write + ?Sized),
    piece: &mut Piece,
    metric: &Metric<T>,
    samples: &Samples<N>,
    index: usize,
) -> io::Result<()> {
    if samples.is_empty() {
        return Ok(());
    }
    let mut head = Vec::new();
    metric.write_head(&mut head)?;
    piece.push(&head, out)?;
    samples.write(index, &metric.sample_name(), piece, out)
}

/// Writes the metrics of a table as far as everybody may see it, and of what is given of the whole namespace.
pub fn write_visible(
    out: &mut (impl Write + ?Sized),
    whole: Whole<'_>,
    table: &VisibleTable,
    detail: Detail,
) -> io::Result<()> {
    // Labels have to differ; of two services whose families are not known they do not.
    let mut unsure = BTreeSet::new();
    let mut metrics = TableMetrics::new(detail);
    for listed in &table.services {
        let id = &listed.entry.service.id;
        if !table.is_unsure(id) || unsure.insert(id.sort_key()) {
            metrics.add(listed);
        }
    }
    metrics.write_some(out, whole, |name| VISIBLE.contains(&name))
}

fn write_whole(out: &mut (impl Write + ?Sized), whole: Whole<'_>) -> io::Result<()> {
    if let Some(totals) = whole.totals {
        for metric in &TOTALS {
            metric.write_head(out)?;
            writeln!(out, "{} {}", metric.sample_name(), (metric.value)(totals))?;
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
