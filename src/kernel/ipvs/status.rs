//! The state of a network namespace's IPVS: how full its tables are, its limits and its settings.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};

use super::client::Ipvs;
use super::error::Error;
use crate::kernel::proc::connections::TableFile;
use crate::kernel::proc::status;
use crate::kernel::proc::sysctls::{self, Sysctls};
use crate::model::Info;
use crate::model::status::Status;
use crate::model::sysctl::{RUN_ESTIMATION, SYSCTLS};
use crate::sys::netns::Netns;

/// Bytes of the connection table that are read at a time.
const BLOCK_LENGTH: usize = 64 * 1024;
/// What only the status file shows.
const OF_STATUS_FILE: &str = "load factors, used buckets, the table of services, estimator threads";

/// What is known of the state of IPVS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    pub info: Info,
    pub status: Status,
    /// Where the status comes from.
    pub source: StatusSource,
    pub sysctls: Sysctls,
}

/// Where a status comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSource {
    /// /proc/net/ip_vs_status.
    File,
    /// The kernel has no such file: what can be counted was counted.
    NoFile,
    /// The file may not be read: what can be counted was counted.
    Denied,
}

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub what: String,
    pub why: String,
}

impl StatusReport {
    /// Whether counters are added up and rates are worked out: kernels without the setting always do.
    pub fn estimates(&self) -> bool {
        self.sysctls.number(RUN_ESTIMATION) != Some(0)
    }

    /// Whether the kernel did not report how many services and connections there are.
    pub(super) fn lacks_counts(&self) -> bool {
        self.source != StatusSource::File
    }

    /// What is not known, and why.
    pub fn missing(&self) -> Vec<Missing> {
        let why = match self.source {
            StatusSource::File => None,
            StatusSource::NoFile => Some(format!(
                "this kernel has no {}, which Linux 7.2 has",
                status::PATH
            )),
            StatusSource::Denied => Some(format!("only root may read {}", status::PATH)),
        };
        let mut missing: Vec<Missing> = Vec::new();
        missing.extend(why.map(|why| Missing {
            what: OF_STATUS_FILE.to_owned(),
            why,
        }));
        if self.sysctls.is_empty() {
            missing.push(Missing {
                what: "settings".to_owned(),
                why: format!("this network namespace has no {}", sysctls::DIRECTORY),
            });
            return missing;
        }
        let mut versions: Vec<(u32, u32)> = SYSCTLS.iter().map(|sysctl| sysctl.since).collect();
        versions.sort_unstable();
        versions.dedup();
        for since @ (major, minor) in versions.into_iter().filter(|since| *since != (0, 0)) {
            let names: Vec<&str> = SYSCTLS
                .iter()
                .filter(|sysctl| sysctl.since == since && self.sysctls.get(sysctl.name).is_none())
                .map(|sysctl| sysctl.name)
                .collect();
            if !names.is_empty() {
                missing.push(Missing {
                    what: names.join(", "),
                    why: format!("settings of Linux {major}.{minor} and later"),
                });
            }
        }
        missing
    }
}

impl Ipvs {
    /// How full the tables are, the limits and the settings. What the kernel does not report is counted, if that is
    /// asked for: the services, and the connections, which can take long.
    ///
    /// # Errors
    /// [`Error::Status`] and [`Error::StatusLine`] where /proc/net/ip_vs_status cannot be read; as for every request.
    pub fn status(&mut self, count: bool) -> Result<StatusReport, Error> {
        let info = self.info()?;
        let mut report = read(&self.netns, info)?;
        if count && report.lacks_counts() {
            report.status.services = Some(self.services()?.len() as u64);
            report.status.connections = Some(self.count_connections()?);
        }
        Ok(report)
    }

    /// Counts the entries of the connection table, which can take long.
    pub(super) fn count_connections(&self) -> Result<u64, Error> {
        let table = TableFile::Plain;
        let count = count_lines(self.connections(table)?);
        let lines = count.map_err(|source| Error::Connections {
            path: table.path(),
            source,
        })?;
        // The first one has the titles.
        Ok(lines.saturating_sub(1))
    }
}

/// Reads the status and the settings of a namespace, of whose IPVS the rest is known.
pub(super) fn read(netns: &Netns, info: Info) -> Result<StatusReport, Error> {
    let files = netns.inside(|| (fs::read_to_string(status::PATH), Sysctls::read()));
    let (text, sysctls) = files?;
    let (status, source) = match text {
        Ok(text) => (status::parse(&text)?, StatusSource::File),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (Status::default(), StatusSource::NoFile)
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            (Status::default(), StatusSource::Denied)
        }
        Err(source) => return Err(Error::Status { source }),
    };
    Ok(StatusReport {
        info,
        status,
        source,
        sysctls,
    })
}

/// The number of lines of a file.
fn count_lines(file: File) -> io::Result<u64> {
    let mut lines = 0;
    let mut file = BufReader::with_capacity(BLOCK_LENGTH, file);
    loop {
        let block = file.fill_buf()?;
        if block.is_empty() {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', block).count() as u64;
        let length = block.len();
        file.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(source: StatusSource, sysctls: Sysctls) -> StatusReport {
        StatusReport {
            info: Info {
                version: 0x10201,
                connection_table_size: 4096,
            },
            status: Status::default(),
            source,
            sysctls,
        }
    }

    fn missing(report: &StatusReport) -> Vec<String> {
        let missing = report.missing().into_iter();
        missing
            .map(|Missing { what, why }| format!("{what}: {why}"))
            .collect()
    }

    #[test]
    fn what_an_older_kernel_lacks() {
        let of_6_1 = Sysctls::of(&[("run_estimation", "1"), ("conntrack", "0")], true);
        let report = report(StatusSource::NoFile, of_6_1);
        assert!(report.estimates());
        assert_eq!(
            missing(&report),
            [
                "load factors, used buckets, the table of services, estimator threads: this kernel has no \
                 /proc/net/ip_vs_status, which Linux 7.2 has",
                "est_cpulist, est_nice: settings of Linux 6.2 and later",
                "conn_lfactor, conn_max, svc_lfactor: settings of Linux 7.2 and later",
            ]
        );
    }

    #[test]
    fn what_may_not_be_read() {
        let denied = report(StatusSource::Denied, Sysctls::default());
        assert_eq!(
            missing(&denied),
            [
                "load factors, used buckets, the table of services, estimator threads: only root may read \
                 /proc/net/ip_vs_status",
                "settings: this network namespace has no /proc/sys/net/ipv4/vs",
            ]
        );
        let all = SYSCTLS.map(|sysctl| (sysctl.name, "0"));
        let whole = report(StatusSource::File, Sysctls::of(&all, true));
        assert_eq!(missing(&whole), [""; 0]);
        assert!(!whole.estimates());
    }
}
