//! JSON, byte for byte.

use super::{MEASURED, table};
use crate::format::json::{DocumentWriter, Extent, connection};
use crate::kernel::proc::connections;
use crate::model::{Info, ServiceWithServers, Stats, Timeouts};

/// A document with services, as text.
fn services(table: &[ServiceWithServers], extent: Extent) -> String {
    let mut out = Vec::new();
    let mut document = DocumentWriter::begin(&mut out).unwrap();
    document.begin_services().unwrap();
    for listed in table {
        document.service(listed, extent).unwrap();
    }
    document.end_services().unwrap();
    document.end().unwrap();
    String::from_utf8(out).unwrap()
}

fn configuration(rules: &str) -> String {
    services(&table(rules), Extent::Configuration)
}

#[test]
fn services_with_every_option() {
    let text = configuration(
        "-A -t 192.0.2.1:80
        -A -u [2001:db8::1]:0 -s sh -b sh-port,flag-3 -p 300 -M 64 --pe sip -o
        -A --sctp-service 192.0.2.1:9 -s mh -b mh-port,mh-fallback -p 5 -M 255.255.0.0
        -A -f 4294967295 -6 -s rr -b 0x40",
    );
    let expected = [
        r#"{"schema":1,"services":["#,
        r#"{"protocol":"tcp","address":"192.0.2.1","port":80,"#,
        r#""scheduler":"wlc","scheduler_flags":[],"one_packet":false,"servers":[]},"#,
        r#"{"protocol":"udp","address":"2001:db8::1","port":0,"#,
        r#""scheduler":"sh","scheduler_flags":["sh-port","flag-3"],"#,
        r#""persistence":300,"netmask":64,"persistence_engine":"sip","one_packet":true,"servers":[]},"#,
        r#"{"protocol":"sctp","address":"192.0.2.1","port":9,"#,
        r#""scheduler":"mh","scheduler_flags":["mh-fallback","mh-port"],"#,
        r#""persistence":5,"netmask":"255.255.0.0","one_packet":false,"servers":[]},"#,
        r#"{"firewall_mark":4294967295,"family":"ipv6","#,
        r#""scheduler":"rr","scheduler_flags":[],"other_flags":64,"one_packet":false,"servers":[]}"#,
        "]}\n",
    ];
    assert_eq!(text, expected.concat());
}

#[test]
fn servers_with_every_option() {
    let text = configuration(
        "-A -t 192.0.2.1:80
        -a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 2147483647 -x 10 -y 5
        -a -t 192.0.2.1:80 -r 10.0.0.2 -g -w 0
        -a -t 192.0.2.1:80 -r 2001:db8::3 -i
        -a -t 192.0.2.1:80 -r 10.0.0.4 -i --tun-type gue --tun-port 6080 --tun-remcsum
        -a -t 192.0.2.1:80 -r 10.0.0.5 -i --tun-type gre --tun-csum",
    );
    let limits = r#""upper_threshold":0,"lower_threshold":0"#;
    let expected = [
        r#"{"schema":1,"services":[{"protocol":"tcp","address":"192.0.2.1","port":80,"#,
        r#""scheduler":"wlc","scheduler_flags":[],"one_packet":false,"servers":["#,
        r#"{"address":"10.0.0.1","port":8080,"forwarding":"masquerading","weight":2147483647,"#,
        r#""upper_threshold":10,"lower_threshold":5},"#,
        r#"{"address":"10.0.0.2","port":80,"forwarding":"direct-routing","weight":0,"#,
        limits,
        r#"},{"address":"2001:db8::3","port":80,"forwarding":"tunnel","tunnel":{"type":"ipip"},"#,
        r#""weight":1,"#,
        limits,
        r#"},{"address":"10.0.0.4","port":80,"forwarding":"tunnel","#,
        r#""tunnel":{"type":"gue","port":6080,"checksum":"remote"},"weight":1,"#,
        limits,
        r#"},{"address":"10.0.0.5","port":80,"forwarding":"tunnel","#,
        r#""tunnel":{"type":"gre","checksum":"on"},"weight":1,"#,
        limits,
        "}]}]}\n",
    ];
    assert_eq!(text, expected.concat());
}

/// Counters of more digits than a column of the table has, and than a double holds.
#[test]
fn what_was_counted_is_whole() {
    let mut table = table("-A -f 5\n-a -f 5 -r 10.0.0.1");
    let stats = Stats {
        connections: u64::MAX,
        in_packets: 2,
        out_packets: 3,
        in_bytes: 9_007_199_254_740_993,
        out_bytes: 5,
        connection_rate: 6,
        in_packet_rate: 7,
        out_packet_rate: 8,
        in_byte_rate: 9,
        out_byte_rate: 10,
    };
    table[0].entry.stats = stats;
    let server = &mut table[0].servers[0];
    server.active_connections = 1;
    server.inactive_connections = 2;
    server.persistent_connections = u32::MAX;
    let counted = concat!(
        r#""stats":{"connections":18446744073709551615,"in_packets":2,"out_packets":3,"#,
        r#""in_bytes":9007199254740993,"out_bytes":5},"#,
        r#""rates":{"connections":6,"in_packets":7,"out_packets":8,"in_bytes":9,"out_bytes":10}"#,
    );
    let nothing = r#"{"connections":0,"in_packets":0,"out_packets":0,"in_bytes":0,"out_bytes":0}"#;
    let expected = [
        r#"{"schema":1,"services":[{"firewall_mark":5,"family":"ipv4","#,
        r#""scheduler":"wlc","scheduler_flags":[],"one_packet":false,"#,
        counted,
        r#","servers":[{"address":"10.0.0.1","port":0,"forwarding":"direct-routing","weight":1,"#,
        r#""upper_threshold":0,"lower_threshold":0,"active_connections":1,"#,
        r#""inactive_connections":2,"persistent_connections":4294967295,"stats":"#,
        nothing,
        r#","rates":"#,
        nothing,
        "}]}]}\n",
    ];
    assert_eq!(services(&table, Extent::Everything), expected.concat());
}

#[test]
fn a_table_is_one_line() {
    let text = services(&table(MEASURED), Extent::Everything);
    assert_eq!(text.lines().count(), 1);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let services = document["services"].as_array().unwrap();
    assert_eq!(services.len(), table(MEASURED).len());
    let nothing = self::services(&[], Extent::Everything);
    assert_eq!(nothing, "{\"schema\":1,\"services\":[]}\n");
}

/// A scheduler is a module's name for itself, and the module may be anybody's.
#[test]
fn names_are_escaped() {
    let mut table = table("-A -f 5");
    let name = crate::model::Name::new(b"a\"\\\x1b[2J\n\xff");
    table[0].entry.service.scheduler = name.unwrap();
    let text = services(&table, Extent::Configuration);
    let escaped = "\"scheduler\":\"a\\\"\\\\\\u001b[2J\\n\u{fffd}\"";
    assert!(text.contains(escaped), "{text}");
}

#[test]
fn the_rest_of_a_document() {
    let mut out = Vec::new();
    let mut document = DocumentWriter::begin(&mut out).unwrap();
    let info = Info {
        version: 0x01_02_01,
        connection_table_size: 4096,
    };
    document.info(&info).unwrap();
    let timeouts = Timeouts {
        tcp: 900,
        tcp_fin: 120,
        udp: 300,
    };
    document.timeouts(&timeouts).unwrap();
    let daemons = [
        "--start-daemon master --mcast-interface lo --syncid 7 --sync-maxlen 1400 \
        --mcast-group ff02::5 --mcast-port 9999 --mcast-ttl 5",
        "--start-daemon backup",
    ];
    let daemons = daemons.map(|line| match super::change(line) {
        crate::model::Change::StartDaemon(daemon) => daemon,
        other => panic!("{other:?}"),
    });
    document.daemons(&daemons).unwrap();
    document.end().unwrap();
    let expected = concat!(
        r#"{"schema":1,"ipvs":{"version":"1.2.1","connection_table_size":4096},"#,
        r#""timeouts":{"tcp":900,"tcp_fin":120,"udp":300},"daemons":["#,
        r#"{"role":"master","interface":"lo","sync_id":7,"max_length":1400,"group":"ff02::5","#,
        r#""port":9999,"ttl":5},{"role":"backup","interface":"eth0","sync_id":0}]}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn connections_are_a_line_each() {
    let lines = [
        "TCP C0000264 9C40 C0000201 0050 0A00000B 1F90 ESTABLISHED     899",
        "IP  C0000264 0000 00000005 0000 C0A80007 0000 NONE             5999",
        "UDP 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 \
        2001:0db8:0000:0000:0000:0000:0000:0002 13C4 0A000001 0001 UDP 300 sip \"a\" \x1b[2J\\",
    ];
    let mut text = Vec::new();
    for line in lines {
        connection(&mut text, &connections::parse(line).unwrap()).unwrap();
    }
    let expected = [
        r#"{"schema":1,"protocol":"tcp","state":"ESTABLISHED","expires":899,"#,
        r#""source":{"address":"192.0.2.100","port":40000},"#,
        r#""virtual":{"address":"192.0.2.1","port":80},"#,
        r#""destination":{"address":"10.0.0.11","port":8080}}"#,
        "\n",
        r#"{"schema":1,"protocol":"ip","state":"NONE","expires":5999,"#,
        r#""source":{"address":"192.0.2.100","port":0},"virtual":{"firewall_mark":5},"#,
        r#""destination":{"address":"192.168.0.7","port":0}}"#,
        "\n",
        r#"{"schema":1,"protocol":"udp","state":"UDP","expires":300,"#,
        r#""source":{"address":"2001:db8::1","port":5060},"#,
        r#""virtual":{"address":"2001:db8::2","port":5060},"#,
        r#""destination":{"address":"10.0.0.1","port":1},"#,
        r#""persistence_engine":"sip","persistence_data":"\"a\" \u001b[2J\\"}"#,
        "\n",
    ];
    assert_eq!(String::from_utf8(text).unwrap(), expected.concat());
}
