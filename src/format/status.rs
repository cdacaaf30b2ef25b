//! How full the kernel's tables are, and its settings: the lines of `-L --status`.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::table;
use crate::kernel::ipvs::status::{StatusReport, StatusSource};
use crate::model::status::{Buckets, Status};
use crate::model::sysctl::{CONN_MAX, EST_CPULIST, EST_NICE};

/// Columns of the words on the left.
const WIDTH: usize = 18;

/// Writes what is known, and what is not.
pub fn write(out: &mut (impl Write + ?Sized), report: &StatusReport) -> io::Result<()> {
    table::write_version(out, &report.info)?;
    let mut lines = Lines::default();
    let status = &report.status;
    lines.all("Connections", connections(report));
    lines.all("Connection table", connection_table(report));
    lines.all("Services", status.services.map(|count| count.to_string()));
    lines.all(
        "Service table",
        status.service_buckets.as_ref().map(table_of),
    );
    lines.all("Estimation", Some(estimation(report)));
    lines.all("Estimator threads", threads(status));
    let changed = report.sysctls.changed();
    let changed = changed.map(|it| format!("{}={} (default {})", it.name, it.value, it.default));
    lines.all("Changed settings", or_none(changed.collect()));
    let unknown = report.sysctls.unknown();
    lines.all(
        "Unknown settings",
        unknown.map(|(name, value)| format!("{name}={value}")),
    );
    let missing = report.missing().into_iter();
    lines.all(
        "Not known",
        missing.map(|it| format!("{}: {}", it.what, it.why)),
    );
    out.write_all(lines.0.as_bytes())
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Appends a line for each text, the first one with the label.
    fn all(&mut self, label: &str, texts: impl IntoIterator<Item = String>) {
        let mut label = label;
        for text in texts {
            // Writing into a string cannot fail.
            let _ = writeln!(self.0, "{label:WIDTH$}{text}");
            label = "";
        }
    }
}

fn or_none(texts: Vec<String>) -> Vec<String> {
    if texts.is_empty() {
        vec!["none".to_owned()]
    } else {
        texts
    }
}

fn connections(report: &StatusReport) -> Option<String> {
    let mut text = report.status.connections?.to_string();
    if let Some(most) = report.sysctls.get(CONN_MAX) {
        let _ = write!(text, " of at most {most}");
    }
    Some(text)
}

fn connection_table(report: &StatusReport) -> Option<String> {
    match (&report.status.connection_buckets, report.source) {
        (Some(buckets), _) => Some(table_of(buckets)),
        (None, StatusSource::File) => None,
        (None, _) => Some(format!("{} buckets", report.info.connection_table_size)),
    }
}

fn table_of(buckets: &Buckets) -> String {
    if buckets.count == 0 {
        return "none yet".to_owned();
    }
    let mut text = format!(
        "{} buckets, load factor {}",
        buckets.count, buckets.load_factor
    );
    if let Some(empty) = buckets.of_length(0) {
        let _ = write!(text, ", {empty} empty");
    }
    if let Some(longest) = buckets.longest() {
        let _ = write!(text, ", at most {longest} in one");
    }
    text
}

fn estimation(report: &StatusReport) -> String {
    if !report.estimates() {
        return "off: counters and rates stand still".to_owned();
    }
    let mut text = "on".to_owned();
    if let Some(processors) = report.sysctls.get(EST_CPULIST) {
        let _ = write!(text, ", processors {processors}");
    }
    if let Some(nice) = report.sysctls.get(EST_NICE) {
        let _ = write!(text, ", nice {nice}");
    }
    text
}

fn threads(status: &Status) -> Option<String> {
    let (slots, most) = (status.thread_slots?, status.thread_slots_max?);
    if most == 0 {
        return Some("none yet".to_owned());
    }
    let mut text = format!("{slots} of at most {most}");
    if let Some(estimators) = status.thread_estimators_max {
        let _ = write!(text, ", each for at most {estimators} estimators");
    }
    if let Some(length) = status.chain_length_max {
        let _ = write!(text, ", {length} at a stretch");
    }
    Some(text)
}
