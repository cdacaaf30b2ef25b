//! How full the kernel's tables are: text, JSON and metrics of an old kernel and of a new one.

use crate::cli::command::Detail;
use crate::format::metrics::{TableMetrics, Whole};
use crate::format::{json::DocumentWriter, status};
use crate::kernel::ipvs::status::{StatusReport, StatusSource};
use crate::kernel::proc::sysctls::Sysctls;
use crate::model::Info;
use crate::model::status::{Buckets, Status};

/// Of a kernel that reports nothing but the size of the connection table; connections and services were counted.
fn old() -> StatusReport {
    StatusReport {
        info: Info {
            version: 0x10201,
            connection_table_size: 4096,
        },
        status: Status {
            connections: Some(3),
            services: Some(2),
            ..Status::default()
        },
        source: StatusSource::NoFile,
        sysctls: Sysctls::of(&[("conntrack", "0"), ("sync_threshold", "3 50")], true),
    }
}

fn new() -> StatusReport {
    let settings = [
        ("conn_lfactor", "-4"),
        ("conn_max", "100000"),
        ("est_cpulist", "0-1"),
        ("est_nice", "-5"),
        ("run_estimation", "1"),
        ("shape", "round"),
        ("sync_threshold", "2 50"),
        ("svc_lfactor", "-3"),
    ];
    StatusReport {
        info: Info {
            version: 0x10201,
            connection_table_size: 256,
        },
        status: Status {
            connections: Some(3),
            connection_buckets: Some(Buckets {
                count: 256,
                load_factor: -4,
                lengths: vec![(0, 252), (1, 4)],
            }),
            services: Some(2),
            service_buckets: Some(Buckets {
                count: 16,
                load_factor: -3,
                lengths: vec![(0, 14), (1, 2)],
            }),
            thread_slots: Some(1),
            thread_slots_max: Some(8),
            chain_length_max: Some(158),
            thread_estimators_max: Some(379_200),
        },
        source: StatusSource::File,
        sysctls: Sysctls::of(&settings, true),
    }
}

fn text(report: &StatusReport) -> String {
    let mut out = Vec::new();
    status::write(&mut out, report).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn lines_of_an_old_kernel() {
    let expected = "\
IP Virtual Server version 1.2.1 (size=4096)
Connections       3
Connection table  4096 buckets
Services          2
Estimation        on
Changed settings  none
Not known         load factors, used buckets, the table of services, estimator threads: this kernel has no /proc/net/ip_vs_status, which Linux 7.2 has
                  run_estimation: settings of Linux 5.15 and later
                  est_cpulist, est_nice: settings of Linux 6.2 and later
                  conn_lfactor, conn_max, svc_lfactor: settings of Linux 7.2 and later
";
    assert_eq!(text(&old()), expected);
}

#[test]
fn lines_of_a_new_kernel() {
    let expected = "\
IP Virtual Server version 1.2.1 (size=256)
Connections       3 of at most 100000
Connection table  256 buckets, load factor -4, 252 empty, at most 1 in one
Services          2
Service table     16 buckets, load factor -3, 14 empty, at most 1 in one
Estimation        on, processors 0-1, nice -5
Estimator threads 1 of at most 8, each for at most 379200 estimators, 158 at a stretch
Changed settings  conn_max=100000 (default 1073741824)
                  est_nice=-5 (default 0)
                  sync_threshold=2 50 (default 3 50)
Unknown settings  shape=round
";
    assert_eq!(text(&new()), expected);
}

/// Before there is a service, and with estimation off.
#[test]
fn lines_of_an_empty_table() {
    let report = StatusReport {
        status: Status {
            connections: Some(0),
            connection_buckets: Some(Buckets::default()),
            thread_slots: Some(1),
            thread_slots_max: Some(0),
            ..Status::default()
        },
        sysctls: Sysctls::of(&[("run_estimation", "0")], true),
        ..new()
    };
    let expected = "\
IP Virtual Server version 1.2.1 (size=256)
Connections       0
Connection table  none yet
Estimation        off: counters and rates stand still
Estimator threads none yet
Changed settings  run_estimation=0 (default 1)
";
    let text = text(&report);
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_document() {
    let written = |report: &StatusReport| {
        let mut out = Vec::new();
        let mut document = DocumentWriter::begin(&mut out).unwrap();
        document.status(report).unwrap();
        document.end().unwrap();
        String::from_utf8(out).unwrap()
    };
    let expected = concat!(
        r#"{"schema":1,"status":{"connections":3,"connections_max":100000,"#,
        r#""connection_table":{"buckets":256,"load_factor":-4,"#,
        r#""lengths":[{"entries":0,"buckets":252},{"entries":1,"buckets":4}]},"services":2,"#,
        r#""service_table":{"buckets":16,"load_factor":-3,"#,
        r#""lengths":[{"entries":0,"buckets":14},{"entries":1,"buckets":2}]},"#,
        r#""estimation":{"enabled":true,"processors":"0-1","nice":-5,"thread_slots":1,"thread_slots_max":8,"#,
        r#""thread_estimators_max":379200,"chain_length_max":158},"#,
        r#""changed_settings":[{"name":"conn_max","value":"100000","default":"1073741824"},"#,
        r#"{"name":"est_nice","value":"-5","default":"0"},"#,
        r#"{"name":"sync_threshold","value":"2 50","default":"3 50"}],"#,
        r#""unknown_settings":[{"name":"shape","value":"round"}],"missing":[]}}"#,
        "\n"
    );
    assert_eq!(written(&new()), expected);
    let old = written(&old());
    assert!(old.starts_with(
        r#"{"schema":1,"status":{"connections":3,"services":2,"estimation":{"enabled":true},"#
    ));
    assert!(old.contains(r#"{"what":"est_cpulist, est_nice","why":"settings of Linux 6.2"#));
}

fn samples(report: &StatusReport) -> Vec<String> {
    let mut out = Vec::new();
    let whole = Whole {
        status: Some(report),
        ..Whole::default()
    };
    let table = TableMetrics::new(Detail::Servers);
    table.write(&mut out, whole).unwrap();
    let text = String::from_utf8(out).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.strip_prefix("node_ipvs_").unwrap().to_owned())
        .collect()
}

#[test]
fn gauges() {
    assert_eq!(
        samples(&new()),
        [
            "connection_entries 3",
            "connection_entries_limit 100000",
            "connection_buckets 256",
            "connection_buckets_empty 252",
            "connection_load_factor -4",
            "services 2",
            "service_buckets 16",
            "service_buckets_empty 14",
            "service_load_factor -3",
            "estimation_enabled 1",
            "estimation_thread_slots 1",
            "estimation_thread_slots_limit 8",
            "estimation_thread_estimators_limit 379200",
            "estimation_chain_limit 158",
            "setting{name=\"conn_lfactor\"} -4",
            "setting{name=\"conn_max\"} 100000",
            "setting{name=\"est_nice\"} -5",
            "setting{name=\"run_estimation\"} 1",
            "setting{name=\"svc_lfactor\"} -3",
        ]
    );
    assert_eq!(
        samples(&old()),
        [
            "connection_entries 3",
            "connection_buckets 4096",
            "services 2",
            "estimation_enabled 1",
            "setting{name=\"conntrack\"} 0",
        ]
    );
    // A name of a kernel to come that would need escaping is left out.
    let odd = StatusReport {
        sysctls: Sysctls::of(&[("a\"b", "1"), ("c", "2")], true),
        ..old()
    };
    let settings = samples(&odd)
        .into_iter()
        .filter(|line| line.starts_with("setting"));
    assert_eq!(settings.collect::<Vec<_>>(), ["setting{name=\"c\"} 2"]);
}
