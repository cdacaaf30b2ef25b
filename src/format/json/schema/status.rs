//! How full the kernel's tables are, and its settings; only written.

use serde::Serialize;

use crate::kernel::ipvs::status::StatusReport;
use crate::model::status::Buckets;
use crate::model::sysctl::{CONN_MAX, EST_CPULIST, EST_NICE};

/// The state of IPVS. What the kernel does not report is left out.
#[derive(Serialize)]
pub struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections_max: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_table: Option<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_table: Option<Table>,
    estimation: Estimation,
    changed_settings: Vec<Setting>,
    unknown_settings: Vec<Setting>,
    missing: Vec<Missing>,
}

/// A hash table.
#[derive(Serialize)]
struct Table {
    buckets: u64,
    load_factor: i64,
    lengths: Vec<Length>,
}

/// How many buckets have how many entries.
#[derive(Serialize)]
struct Length {
    entries: u64,
    buckets: u64,
}

#[derive(Serialize)]
struct Estimation {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    processors: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nice: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_slots: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_slots_max: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_estimators_max: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_length_max: Option<u64>,
}

#[derive(Serialize)]
struct Setting {
    name: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'static str>,
}

#[derive(Serialize)]
struct Missing {
    what: String,
    why: String,
}

impl From<&StatusReport> for Status {
    fn from(report: &StatusReport) -> Status {
        let StatusReport {
            status, sysctls, ..
        } = report;
        Status {
            connections: status.connections,
            connections_max: sysctls.number(CONN_MAX),
            connection_table: status.connection_buckets.as_ref().map(Table::from),
            services: status.services,
            service_table: status.service_buckets.as_ref().map(Table::from),
            estimation: Estimation {
                enabled: report.estimates(),
                processors: sysctls.get(EST_CPULIST).map(str::to_owned),
                nice: sysctls.number(EST_NICE),
                thread_slots: status.thread_slots,
                thread_slots_max: status.thread_slots_max,
                thread_estimators_max: status.thread_estimators_max,
                chain_length_max: status.chain_length_max,
            },
            changed_settings: sysctls
                .changed()
                .map(|changed| Setting {
                    name: changed.name.to_owned(),
                    value: changed.value.to_owned(),
                    default: Some(changed.default),
                })
                .collect(),
            unknown_settings: sysctls
                .unknown()
                .map(|(name, value)| Setting {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    default: None,
                })
                .collect(),
            missing: report
                .missing()
                .into_iter()
                .map(|missing| Missing {
                    what: missing.what,
                    why: missing.why,
                })
                .collect(),
        }
    }
}

impl From<&Buckets> for Table {
    fn from(buckets: &Buckets) -> Table {
        Table {
            buckets: buckets.count,
            load_factor: buckets.load_factor,
            lengths: buckets
                .lengths
                .iter()
                .map(|&(entries, buckets)| Length { entries, buckets })
                .collect(),
        }
    }
}
