//! Metrics, line by line.

use super::table;
use crate::cli::command::Detail;
use crate::format::metrics::states::StateCounts;
use crate::format::metrics::{TableMetrics, Whole};
use crate::kernel::proc::connections;
use crate::model::{ServiceWithServers, Stats};

fn text(totals: Option<&Stats>, table: &[ServiceWithServers]) -> String {
    detailed(totals, table, Detail::Servers)
}

fn detailed(totals: Option<&Stats>, table: &[ServiceWithServers], detail: Detail) -> String {
    let mut out = Vec::new();
    let whole = Whole {
        totals,
        ..Whole::default()
    };
    let mut metrics = TableMetrics::new(detail);
    table.iter().for_each(|listed| metrics.add(listed));
    metrics.write(&mut out, whole).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn totals_alone() {
    let totals = Stats {
        connections: 1,
        in_packets: 2,
        out_packets: 3,
        in_bytes: 4,
        out_bytes: u64::MAX,
        ..Stats::default()
    };
    let expected = "\
# TYPE node_ipvs_connections counter
# HELP node_ipvs_connections The total number of connections made.
node_ipvs_connections_total 1
# TYPE node_ipvs_incoming_packets counter
# HELP node_ipvs_incoming_packets The total number of incoming packets.
node_ipvs_incoming_packets_total 2
# TYPE node_ipvs_outgoing_packets counter
# HELP node_ipvs_outgoing_packets The total number of outgoing packets.
node_ipvs_outgoing_packets_total 3
# TYPE node_ipvs_incoming_bytes counter
# UNIT node_ipvs_incoming_bytes bytes
# HELP node_ipvs_incoming_bytes The total amount of incoming data.
node_ipvs_incoming_bytes_total 4
# TYPE node_ipvs_outgoing_bytes counter
# UNIT node_ipvs_outgoing_bytes bytes
# HELP node_ipvs_outgoing_bytes The total amount of outgoing data.
node_ipvs_outgoing_bytes_total 18446744073709551615
# EOF
";
    assert_eq!(text(Some(&totals), &[]), expected);
    assert_eq!(text(None, &[]), "# EOF\n");
}

/// The samples of a metric, without its name.
fn samples<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let name = format!("node_ipvs_{name}");
    let samples = text.lines().filter_map(|line| line.strip_prefix(&name));
    samples.filter(|sample| sample.starts_with('{')).collect()
}

#[test]
fn services_and_servers_by_their_labels() {
    let mut table = table(
        "-A -t 192.0.2.1:80
        -a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 7 -x 20 -y 10
        -a -t 192.0.2.1:80 -r 2001:db8::9 -i
        -A -u [2001:db8::1]:53
        -A -f 4026531841
        -A -f 4026531841 -6
        -a -f 4026531841 -6 -r 2001:db8::9",
    );
    table[0].entry.stats.in_packets = 11;
    let server = &mut table[0].servers[0];
    server.stats.out_bytes = 12;
    server.persistent_connections = 13;
    let text = text(None, &table);
    let web = r#"{local_address="192.0.2.1",local_port="80",local_mark="",proto="TCP""#;
    let mark = r#"{local_address="",local_port="0",local_mark="F0000001",proto="FWM""#;
    assert_eq!(
        samples(&text, "service_incoming_packets_total"),
        [
            format!("{web}}} 11"),
            r#"{local_address="2001:db8::1",local_port="53",local_mark="",proto="UDP"} 0"#.into(),
            format!("{mark}}} 0"),
            format!("{mark},local_family=\"ipv6\"}} 0"),
        ]
    );
    let backends = |values: [u64; 3]| {
        [
            format!(
                "{web},remote_address=\"10.0.0.1\",remote_port=\"8080\"}} {}",
                values[0]
            ),
            format!(
                "{web},remote_address=\"2001:db8::9\",remote_port=\"80\"}} {}",
                values[1]
            ),
            format!(
                "{mark},local_family=\"ipv6\",remote_address=\"2001:db8::9\",remote_port=\"0\"}} {}",
                values[2]
            ),
        ]
    };
    for (name, values) in [
        ("backend_weight", [7, 1, 1]),
        ("backend_upper_threshold", [20, 0, 0]),
        ("backend_lower_threshold", [10, 0, 0]),
        ("backend_connections_persistent", [13, 0, 0]),
        ("backend_outgoing_bytes_total", [12, 0, 0]),
    ] {
        assert_eq!(samples(&text, name), backends(values), "{name}");
    }
}

/// Every metric is announced once, and all of its samples follow.
#[test]
fn samples_stand_below_their_metric() {
    let table = table("-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1");
    let text = text(Some(&Stats::default()), &table);
    let mut metric = "";
    let mut announced = std::collections::HashSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["#", "TYPE", name, kind] => {
                assert!(announced.insert(name), "twice: {name}");
                assert!(["counter", "gauge"].contains(&kind), "{line}");
                metric = name;
            }
            ["#", "UNIT" | "HELP", name, ..] => assert_eq!(name, metric),
            ["#", "EOF"] => {}
            _ => assert!(line.starts_with(metric), "{line}"),
        }
    }
    assert_eq!(announced.len(), 5 + 5 + 11);
    assert!(text.ends_with("\n# EOF\n"));
}

/// Servers with their weights, active and inactive connections, as node_exporter's own tests have them.
fn table_of_node_exporter() -> Vec<ServiceWithServers> {
    let mut table = table(
        "-A -t 192.168.0.22:3306
        -a -t 192.168.0.22:3306 -r 192.168.82.22 -i -w 100
        -a -t 192.168.0.22:3306 -r 192.168.83.24 -i -w 100
        -a -t 192.168.0.22:3306 -r 192.168.83.21 -i -w 100
        -A -t 192.168.0.57:3306
        -a -t 192.168.0.57:3306 -r 192.168.84.22 -i -w 0
        -a -t 192.168.0.57:3306 -r 192.168.82.21 -i -w 100
        -a -t 192.168.0.57:3306 -r 192.168.50.21 -i -w 100
        -A -t 192.168.0.55:3306
        -a -t 192.168.0.55:3306 -r 192.168.50.26 -i -w 0
        -a -t 192.168.0.55:3306 -r 192.168.49.32 -i -w 100
        -A -f 0x10001000
        -a -f 0x10001000 -r 192.168.50.26:3306 -i -w 20
        -a -f 0x10001000 -r 192.168.49.32:3306 -i -w 100
        -A -t 192.168.0.1:80",
    );
    let connections = [
        ("192.168.82.22", 248, 2),
        ("192.168.83.24", 248, 2),
        ("192.168.83.21", 248, 1),
        ("192.168.84.22", 0, 0),
        ("192.168.82.21", 1499, 0),
        ("192.168.50.21", 1498, 0),
        ("192.168.50.26", 64, 1),
        ("192.168.49.32", 321, 5),
    ];
    for listed in &mut table {
        let of_mark = listed.entry.service.id.protocol().is_none();
        for entry in &mut listed.servers {
            let address = entry.server.endpoint.address.to_string();
            let found = connections.iter().find(|(server, ..)| *server == address);
            let (_, active, inactive) = found.unwrap();
            // The last two have connections by mark alone.
            let counts = !["192.168.50.26", "192.168.49.32"].contains(&address.as_str()) || of_mark;
            entry.active_connections = if counts { *active } else { 0 };
            entry.inactive_connections = if counts { *inactive } else { 0 };
            entry.persistent_connections = 1;
        }
    }
    table
}

/// The sums are those of node_exporter where it is given fewer labels (`--collector.ipvs.backend-labels`).
#[test]
fn sums_of_services_and_of_everything() {
    let table = table_of_node_exporter();
    let of_services = detailed(None, &table, Detail::Services);
    let labels = |address: &str, port: &str, mark: &str, protocol: &str| {
        format!(
            "{{local_address=\"{address}\",local_port=\"{port}\",local_mark=\"{mark}\",proto=\"{protocol}\"}}"
        )
    };
    for (name, sums) in [
        ("backend_connections_active", [744, 2997, 0, 385]),
        ("backend_connections_inactive", [5, 0, 0, 6]),
        ("backend_connections_persistent", [3, 3, 2, 2]),
        ("backend_weight", [300, 200, 100, 120]),
    ] {
        let services = [
            labels("192.168.0.22", "3306", "", "TCP"),
            labels("192.168.0.57", "3306", "", "TCP"),
            labels("192.168.0.55", "3306", "", "TCP"),
            labels("", "0", "10001000", "FWM"),
        ];
        let expected = services.iter().zip(sums);
        let expected: Vec<String> = expected
            .map(|(labels, sum)| format!("{labels} {sum}"))
            .collect();
        assert_eq!(samples(&of_services, name), expected, "{name}");
    }
    // Each service has its counters; no sum is made of counters, which would fall when a server goes.
    assert_eq!(samples(&of_services, "service_connections_total").len(), 5);
    assert!(!of_services.contains("remote_address"));
    assert!(!of_services.contains("backend_connections_total"));
    assert!(!of_services.contains("threshold"));

    let expected = "\
# TYPE node_ipvs_backend_connections_active gauge
# HELP node_ipvs_backend_connections_active The current active connections by local and remote address.
node_ipvs_backend_connections_active 4126
# TYPE node_ipvs_backend_connections_inactive gauge
# HELP node_ipvs_backend_connections_inactive The current inactive connections by local and remote address.
node_ipvs_backend_connections_inactive 11
# TYPE node_ipvs_backend_connections_persistent gauge
# HELP node_ipvs_backend_connections_persistent The current persistent connections by local and remote address.
node_ipvs_backend_connections_persistent 10
# TYPE node_ipvs_backend_weight gauge
# HELP node_ipvs_backend_weight The current backend weight by local and remote address.
node_ipvs_backend_weight 720
# EOF
";
    assert_eq!(detailed(None, &table, Detail::Whole), expected);

    // Of nothing the sums for everything are there, too, and nothing else.
    let zeros: String = expected
        .lines()
        .map(|line| match line.rsplit_once(' ') {
            Some((name, _)) if !line.starts_with('#') => format!("{name} 0\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert_eq!(detailed(None, &[], Detail::Whole), zeros);
    assert_eq!(detailed(None, &[], Detail::Services), "# EOF\n");
}

#[test]
fn connections_by_state() {
    let mut counts = StateCounts::default();
    for line in [
        "TCP C0000201 E7FC C0000201 0050 0A000004 0050 SYN_RECV         59",
        "TCP C0000201 E804 C0000201 0050 7F000001 1F90 ESTABLISHED     898",
        "TCP C0000201 E805 C0000201 0050 7F000001 1F90 ESTABLISHED     898",
        "UDP C0000201 E7F2 C0000201 0050 0A000003 0050 UDP              59",
        "IP  C0000201 0000 00000005 0000 0A000003 0000 A\"\\B             9",
    ] {
        counts.add(&connections::parse(line).unwrap());
    }
    assert_eq!(counts.total(), 5);
    let mut out = Vec::new();
    let whole = Whole {
        states: Some(&counts),
        ..Whole::default()
    };
    let table = TableMetrics::new(Detail::Servers);
    table.write(&mut out, whole).unwrap();
    let expected = "\
# TYPE node_ipvs_connection_states gauge
# HELP node_ipvs_connection_states Entries of the connection table by protocol and state.
node_ipvs_connection_states{proto=\"IP\",state=\"A\\\"\\\\B\"} 1
node_ipvs_connection_states{proto=\"TCP\",state=\"ESTABLISHED\"} 2
node_ipvs_connection_states{proto=\"TCP\",state=\"SYN_RECV\"} 1
node_ipvs_connection_states{proto=\"UDP\",state=\"UDP\"} 1
# EOF
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

/// More than a piece of the output, with the longest labels and values among short ones; what is expected is made by
/// `format!`.
#[test]
fn every_line_of_a_long_table() {
    let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff";
    let mut rules = String::new();
    let mut labels = Vec::new();
    for (flag, service, of_service) in [
        (
            "--sctp-service",
            format!("[{longest}f]:65535"),
            format!(
                "{{local_address=\"{longest}f\",local_port=\"65535\",local_mark=\"\",proto=\"SCTP\""
            ),
        ),
        (
            "-t",
            String::from("[::]:1"),
            String::from("{local_address=\"::\",local_port=\"1\",local_mark=\"\",proto=\"TCP\""),
        ),
        (
            "-6 -f",
            String::from("4294967295"),
            String::from(
                "{local_address=\"\",local_port=\"0\",local_mark=\"FFFFFFFF\",proto=\"FWM\",local_family=\"ipv6\"",
            ),
        ),
    ] {
        rules += &format!("-A {flag} {service} -s rr\n");
        for index in 0..700 {
            let (address, port) = match index % 2 {
                0 => (format!("{longest}{:x}", index % 16), 65_535 - index),
                _ => (format!("::{index:x}"), index),
            };
            rules += &format!("-a {flag} {service} -r [{address}]:{port} -m\n");
            labels.push(format!(
                "{of_service},remote_address=\"{address}\",remote_port=\"{port}\"}}"
            ));
        }
    }
    let mut table = table(&rules);
    let mut number = 0_u64;
    for server in table.iter_mut().flat_map(|listed| &mut listed.servers) {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        server.persistent_connections = (number >> 32) as u32 >> (number % 32);
        server.stats.out_bytes = number >> (number % 64);
    }
    let text = text(None, &table);
    let servers: Vec<_> = table.iter().flat_map(|listed| &listed.servers).collect();
    for (name, value) in [
        (
            "backend_connections_persistent",
            Box::new(|index: usize| u64::from(servers[index].persistent_connections))
                as Box<dyn Fn(usize) -> u64>,
        ),
        (
            "backend_outgoing_bytes_total",
            Box::new(|index: usize| servers[index].stats.out_bytes),
        ),
    ] {
        let written = samples(&text, name);
        assert_eq!(written.len(), labels.len());
        for (index, (line, labels)) in written.iter().zip(&labels).enumerate() {
            assert_eq!(*line, format!("{labels} {}", value(index)));
        }
    }
}
