//! `--metrics` before the parsers of Prometheus' own Python library: that of OpenMetrics, which is strict, and that of
//! the older text format, which node_exporter's textfile collector reads. Nothing is installed: Debian's package is
//! unpacked into the cache of `tests/vm`.

use std::io::Write;
use std::process::{Command, Stdio};

use ipvsadm::cli::Lookup;
use ipvsadm::cli::command::{Detail, RuleChange, RuleCommand};
use ipvsadm::format::metrics::states::StateCounts;
use ipvsadm::format::metrics::{TableMetrics, Whole};
use ipvsadm::format::rules::read::parse_line;
use ipvsadm::kernel::ipvs::status::{StatusReport, StatusSource};
use ipvsadm::kernel::proc::connections;
use ipvsadm::kernel::proc::sysctls::Sysctls;
use ipvsadm::model::status::{Buckets, Status};
use ipvsadm::model::{
    Change, Info, Protocol, RealServerEntry, ServiceEntry, ServiceWithServers, Stats,
};
use vm::packages::{self, Selection};

/// Prints each sample as the parser understands it: kind of metric, name, labels in order, value.
const SCRIPT: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic
parse = {"openmetrics": openmetrics, "classic": classic}[sys.argv[1]]
for family in parse(sys.stdin.read()):
    for sample in family.samples:
        labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
        print(family.type, family.unit or "-", sample.name, labels or "-", int(sample.value))
"#;

/// The rules are numeric.
struct Nameless;

impl Lookup for Nameless {
    fn host(&self, _: &str) -> Option<std::net::IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// A table with counters, of the rules that make it.
fn table(rules: &[&str]) -> Vec<ServiceWithServers> {
    let mut table: Vec<ServiceWithServers> = Vec::new();
    for (number, rule) in (1..).zip(rules) {
        let stats = Stats {
            connections: number,
            in_bytes: u64::MAX >> 11,
            ..Stats::default()
        };
        match parse_line(rule, &Nameless) {
            Ok(Some(RuleCommand::Change(RuleChange::Make(Change::AddService(service))))) => {
                table.push(ServiceWithServers {
                    entry: ServiceEntry { service, stats },
                    servers: Vec::new(),
                });
            }
            Ok(Some(RuleCommand::Change(RuleChange::Make(Change::AddServer(_, server))))) => {
                table.last_mut().unwrap().servers.push(RealServerEntry {
                    server,
                    active_connections: 3,
                    inactive_connections: 2,
                    persistent_connections: 1,
                    stats,
                });
            }
            other => panic!("{rule}: {other:?}"),
        }
    }
    table
}

fn metrics(table: &[ServiceWithServers], detail: Detail) -> TableMetrics {
    let mut metrics = TableMetrics::new(detail);
    table.iter().for_each(|listed| metrics.add(listed));
    metrics
}

/// What a parser makes of a text, a line for each sample; or its complaint.
fn parsed(by: &str, text: &str) -> Result<Vec<String>, String> {
    packages::require(&[("python3", "python3-minimal")]).unwrap();
    let library = packages::fetch(&Selection {
        name: "prometheus-client",
        suite: "bookworm",
        packages: &["python3-prometheus-client", "python3-decorator"],
        follow: &[],
        skip: &[],
    })
    .unwrap();
    let mut python = Command::new("python3")
        .args(["-B", "-c", SCRIPT, by])
        .env("PYTHONPATH", library.join("usr/lib/python3/dist-packages"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let samples = String::from_utf8(output.stdout).unwrap();
    Ok(samples.lines().map(str::to_owned).collect())
}

#[test]
fn both_parsers_understand_every_sample() {
    let table = table(&[
        "-A -t 192.0.2.1:80",
        "-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7 -x 9 -y 4",
        "-a -t 192.0.2.1:80 -r 2001:db8::9 -i",
        "-A -u [2001:db8::1]:53",
        "-A -f 4026531841",
        "-a -f 4026531841 -r 10.0.0.1",
        "-A -f 4026531841 -6",
        "-a -f 4026531841 -6 -r 2001:db8::9",
    ]);
    let totals = Stats {
        connections: 5,
        ..Stats::default()
    };
    let mut text = Vec::new();
    let report = StatusReport {
        info: Info {
            version: 0,
            connection_table_size: 256,
        },
        status: Status {
            connections: Some(4),
            connection_buckets: Some(Buckets {
                count: 256,
                load_factor: -4,
                lengths: vec![(0, 252)],
            }),
            ..Status::default()
        },
        source: StatusSource::File,
        sysctls: Sysctls::of(&[("conntrack", "1"), ("est_nice", "-5")], true),
    };
    let mut states = StateCounts::default();
    let line = "TCP C0000201 E7FC C0000201 0050 0A000004 0050 A\"\\B 59";
    states.add(&connections::parse(line).unwrap());
    let whole = Whole {
        totals: Some(&totals),
        status: Some(&report),
        states: Some(&states),
    };
    metrics(&table, Detail::Servers)
        .write(&mut text, whole)
        .unwrap();
    let text = String::from_utf8(text).unwrap();

    let strict = parsed("openmetrics", &text).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(strict.len(), samples.count());
    let web = "local_address=192.0.2.1,local_mark=,local_port=80,proto=TCP";
    let server = format!("{web},remote_address=10.0.0.1,remote_port=8080");
    for sample in [
        "counter - node_ipvs_connections_total - 5".to_owned(),
        format!("counter - node_ipvs_service_connections_total {web} 1"),
        format!("counter bytes node_ipvs_backend_incoming_bytes_total {server} 9007199254740991"),
        format!("gauge - node_ipvs_backend_weight {server} 7"),
        "gauge - node_ipvs_connection_entries - 4".to_owned(),
        "gauge - node_ipvs_connection_load_factor - -4".to_owned(),
        "gauge - node_ipvs_setting name=est_nice -5".to_owned(),
        "gauge - node_ipvs_connection_states proto=TCP,state=A\"\\B 1".to_owned(),
        "gauge - node_ipvs_backend_connections_active local_address=,local_family=ipv6,\
         local_mark=F0000001,local_port=0,proto=FWM,remote_address=2001:db8::9,remote_port=0 3"
            .to_owned(),
    ] {
        assert!(strict.contains(&sample), "no {sample} in {strict:#?}");
    }

    // The older one knows neither units nor the two names of a counter; the samples are the same.
    let sample = |line: &String| line.split_once(" node_").unwrap().1.to_owned();
    let classic = parsed("classic", &text).unwrap();
    let [mut strict, mut classic] =
        [strict, classic].map(|lines| -> Vec<String> { lines.iter().map(sample).collect() });
    strict.sort();
    classic.sort();
    assert_eq!(classic, strict);
}

/// With sums in the place of servers, or of services too.
#[test]
fn both_parsers_understand_sums() {
    let table = table(&[
        "-A -t 192.0.2.1:80",
        "-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7",
        "-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 5",
        "-A -u [2001:db8::1]:53",
        "-a -u [2001:db8::1]:53 -r 2001:db8::9",
    ]);
    let web = "local_address=192.0.2.1,local_mark=,local_port=80,proto=TCP";
    for (detail, labels, weight, services) in
        [(Detail::Services, web, 12, 2), (Detail::Whole, "-", 13, 0)]
    {
        let mut text = Vec::new();
        metrics(&table, detail)
            .write(&mut text, Whole::default())
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        let strict = parsed("openmetrics", &text).unwrap();
        let classic = parsed("classic", &text).unwrap();
        assert_eq!(strict.len(), classic.len());
        let sum = format!("gauge - node_ipvs_backend_weight {labels} {weight}");
        assert!(strict.contains(&sum), "no {sum} in {strict:#?}");
        let counters = strict
            .iter()
            .filter(|line| line.contains("service_connections_total"));
        assert_eq!(counters.count(), services);
    }
}

/// The parser is one that can say no.
#[test]
fn the_strict_parser_is_strict() {
    let whole = "# TYPE a counter\na_total 1\n# EOF\n";
    assert_eq!(
        parsed("openmetrics", whole).unwrap(),
        ["counter - a_total - 1"]
    );
    let complaint = parsed("openmetrics", "# TYPE a counter\na_total 1\n").unwrap_err();
    assert!(complaint.contains("Missing # EOF"), "{complaint}");
}
