//! How full the kernel's tables are, and its settings.

use std::io::{self, Write};

use crate::kernel::ipvs::status::StatusReport;
use crate::model::status::Buckets;
use crate::model::sysctl::CONN_MAX;

/// A gauge: its name without the prefix, its help, and where its value comes from, if it is known.
type Gauge = (&'static str, &'static str, fn(&StatusReport) -> Option<i64>);

const GAUGES: [Gauge; 14] = [
    (
        "connection_entries",
        "Entries of the connection table.",
        |report| number(report.status.connections),
    ),
    (
        "connection_entries_limit",
        "The most entries that the connection table may have.",
        |report| report.sysctls.number(CONN_MAX),
    ),
    (
        "connection_buckets",
        "Buckets of the connection table.",
        |report| match &report.status.connection_buckets {
            Some(buckets) => number(Some(buckets.count)),
            None => Some(report.info.connection_table_size.into()),
        },
    ),
    (
        "connection_buckets_empty",
        "Buckets of the connection table without an entry.",
        |report| empty(report.status.connection_buckets.as_ref()),
    ),
    (
        "connection_load_factor",
        "Entries for each bucket, as a power of two, at which the connection table grows.",
        |report| load_factor(report.status.connection_buckets.as_ref()),
    ),
    ("services", "Virtual services.", |report| {
        number(report.status.services)
    }),
    (
        "service_buckets",
        "Buckets of the table of services.",
        |report| {
            let buckets = report.status.service_buckets.as_ref()?;
            number(Some(buckets.count))
        },
    ),
    (
        "service_buckets_empty",
        "Buckets of the table of services without an entry.",
        |report| empty(report.status.service_buckets.as_ref()),
    ),
    (
        "service_load_factor",
        "Entries for each bucket, as a power of two, at which the table of services grows.",
        |report| load_factor(report.status.service_buckets.as_ref()),
    ),
    (
        "estimation_enabled",
        "Whether counters are added up: 1 or 0, and at 0 they stand still.",
        |report| Some(report.estimates().into()),
    ),
    (
        "estimation_thread_slots",
        "Slots for threads that add up counters.",
        |report| number(report.status.thread_slots),
    ),
    (
        "estimation_thread_slots_limit",
        "The most slots for threads that add up counters.",
        |report| number(report.status.thread_slots_max),
    ),
    (
        "estimation_thread_estimators_limit",
        "The most services and servers of a thread that adds up counters.",
        |report| number(report.status.thread_estimators_max),
    ),
    (
        "estimation_chain_limit",
        "The most services and servers whose counters a thread adds up at a stretch.",
        |report| number(report.status.chain_length_max),
    ),
];

fn number(value: Option<u64>) -> Option<i64> {
    value?.try_into().ok()
}

fn empty(buckets: Option<&Buckets>) -> Option<i64> {
    number(buckets?.of_length(0))
}

/// That of a table that is not there yet is none.
fn load_factor(buckets: Option<&Buckets>) -> Option<i64> {
    let buckets = buckets.filter(|buckets| buckets.count > 0)?;
    Some(buckets.load_factor)
}

/// Writes what is known.
pub fn write(out: &mut (impl Write + ?Sized), report: &StatusReport) -> io::Result<()> {
    for (name, help, value) in GAUGES {
        if let Some(value) = value(report) {
            head(out, name, help)?;
            writeln!(out, "node_ipvs_{name} {value}")?;
        }
    }
    let mut settings = report
        .sysctls
        .numbers()
        .filter(|(name, _)| is_label(name))
        .peekable();
    if settings.peek().is_some() {
        head(
            out,
            "setting",
            "The kernel's settings below net.ipv4.vs that are one number.",
        )?;
    }
    for (name, value) in settings {
        writeln!(out, "node_ipvs_setting{{name=\"{name}\"}} {value}")?;
    }
    Ok(())
}

/// Whether a name needs no escaping.
fn is_label(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn head(out: &mut (impl Write + ?Sized), name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# TYPE node_ipvs_{name} gauge")?;
    writeln!(out, "# HELP node_ipvs_{name} {help}")
}
