//! Metrics, line by line.

use super::table;
use crate::format::metrics::{Whole, write};
use crate::model::{ServiceWithServers, Stats};

fn text(totals: Option<&Stats>, table: &[ServiceWithServers]) -> String {
    let mut out = Vec::new();
    let whole = Whole {
        totals,
        ..Whole::default()
    };
    write(&mut out, whole, table).unwrap();
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
