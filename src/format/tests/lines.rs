//! Listings of a line or two, and the rows of connections.

use super::labels;
use crate::format::connections::{Columns, counts, row, write_titles};
use crate::format::labels::Labels;
use crate::format::timeouts_and_daemons::{write_daemon, write_timeouts};
use crate::kernel::proc::connections;
use crate::model::connection::{CountBy, CountKey, Tally};
use crate::model::{DaemonRole, Name, Protocol, SyncDaemon, Timeouts};

#[test]
fn timeouts() {
    let mut out = Vec::new();
    let timeouts = Timeouts {
        tcp: 900,
        tcp_fin: 120,
        udp: 300,
    };
    write_timeouts(&mut out, &timeouts).unwrap();
    assert_eq!(out, b"Timeout (tcp tcpfin udp): 900 120 300\n");
}

#[test]
fn daemons() {
    let mut daemon = SyncDaemon {
        role: DaemonRole::Master,
        interface: Name::constant("lo"),
        sync_id: 7,
        max_length: None,
        group: None,
        port: None,
        ttl: None,
    };
    let shown = |daemon: &SyncDaemon| {
        let mut out = Vec::new();
        write_daemon(&mut out, daemon).unwrap();
        String::from_utf8(out).unwrap()
    };
    // Of kernels before 4.3.
    assert_eq!(shown(&daemon), "master sync daemon (mcast=lo, syncid=7)\n");
    daemon.max_length = Some(1400);
    daemon.group = Some([224, 1, 2, 3].into());
    daemon.port = Some(9999);
    daemon.ttl = Some(5);
    assert_eq!(
        shown(&daemon),
        "master sync daemon (mcast=lo, syncid=7, maxlen=1400, group=224.1.2.3, port=9999, ttl=5)\n"
    );
    daemon.role = DaemonRole::Backup;
    daemon.group = Some("ff02::5".parse().unwrap());
    assert_eq!(
        shown(&daemon),
        "backup sync daemon (mcast=lo, syncid=7, maxlen=1400, group=ff02::5, port=9999, ttl=5)\n"
    );
}

/// Lines as the kernel shows them.
const CONNECTIONS: [&str; 4] = [
    "TCP 0A000001 D431 0A000002 0050 C0A80007 1F90 ESTABLISHED     899",
    "UDP 0A000001 13C4 0A000002 13C4 C0A80007 13C4 UDP             6000 sip 1-2@10.0.0.1 x\u{1b}[m",
    "IP  0A000001 0000 00000005 0000 C0A80007 0000 NONE              59",
    "TCP 2001:0db8:0000:0000:0000:0000:0000:0001 D431 2001:0db8:0000:0000:0000:0000:0000:0002 0050 \
        2001:0db8:0000:0000:0000:0000:0000:0003 0050 TIME_WAIT         0",
];

fn rows(labels: &Labels, engine_data: bool) -> String {
    let columns = Columns {
        engine_data,
        origin: false,
    };
    let mut titles = Vec::new();
    write_titles(&mut titles, columns).unwrap();
    let mut text = String::from_utf8(titles).unwrap();
    for line in CONNECTIONS {
        row(
            &mut text,
            &connections::parse(line).unwrap(),
            labels,
            columns,
        );
    }
    text
}

#[test]
fn connections_in_numbers() {
    let expected = "\
IPVS connection entries
pro expire state       source             virtual            destination
TCP 14:59  ESTABLISHED 10.0.0.1:54321     10.0.0.2:80        192.168.0.7:8080
UDP 100:00 UDP         10.0.0.1:5060      10.0.0.2:5060      192.168.0.7:5060
IP  00:59  NONE        10.0.0.1:0         0.0.0.5:0          192.168.0.7:0
TCP 00:00  TIME_WAIT   [2001:db8::1]:54321 [2001:db8::2]:80   [2001:db8::3]:80
";
    assert_eq!(rows(&Labels::default(), false), expected);
}

#[test]
fn connections_with_names_and_engine_data() {
    let labels = labels(
        &[
            ("10.0.0.1", "client.example"),
            ("10.0.0.2", "vip.example.com"),
        ],
        &[(Protocol::Tcp, 80, "http"), (Protocol::Udp, 5060, "sip")],
    );
    let expected = "\
IPVS connection entries
pro expire state       source             virtual            destination        pe name          pe_data
TCP 14:59  ESTABLISHED client.example:54321 vip.example.com:http 192.168.0.7:8080
UDP 100:00 UDP         client.example:sip vip.example.com:sip 192.168.0.7:sip  sip                1-2@10.0.0.1 x?[m
IP  00:59  NONE        client.example:0   0.0.0.5:0          192.168.0.7:0
TCP 00:00  TIME_WAIT   [2001:db8::1]:54321 [2001:db8::2]:http [2001:db8::3]:http
";
    assert_eq!(rows(&labels, true), expected);
}

#[test]
fn connections_with_their_origin() {
    let lines = [
        "TCP 0A000001 D431 0A000002 0050 C0A80007 1F90 ESTABLISHED LOCAL      899",
        "UDP 0A000001 13C4 0A000002 13C4 C0A80007 13C4 UDP         SYNC         9",
    ];
    let expected = "\
IPVS connection entries
pro expire state       origin source             virtual            destination
TCP 14:59  ESTABLISHED LOCAL  10.0.0.1:54321     10.0.0.2:80        192.168.0.7:8080
UDP 00:09  UDP         SYNC   10.0.0.1:5060      10.0.0.2:5060      192.168.0.7:5060
";
    let columns = Columns {
        engine_data: false,
        origin: true,
    };
    let mut titles = Vec::new();
    write_titles(&mut titles, columns).unwrap();
    let mut text = String::from_utf8(titles).unwrap();
    for line in lines {
        let connection = connections::TableFile::WithOrigin.parse(line).unwrap();
        row(&mut text, &connection, &Labels::default(), columns);
    }
    assert_eq!(text, expected);
}

fn counted(by: CountBy, labels: &Labels) -> String {
    let mut tally = Tally::new(by);
    for line in CONNECTIONS {
        tally.add(&connections::parse(line).unwrap());
    }
    counts::table(&tally, &tally.rows(), labels)
}

#[test]
fn counts_in_numbers() {
    let by = CountBy {
        first: CountKey::Client,
        second: None,
    };
    let expected = "\
IPVS connections by client: 3 connections, 1 template
connections  share templates client
          2  66.7%         1 10.0.0.1
          1  33.3%         0 2001:db8::1
";
    assert_eq!(counted(by, &Labels::default()), expected);
    let by = CountBy {
        first: CountKey::Service,
        second: Some(CountKey::State),
    };
    let expected = "\
IPVS connections by service,state: 3 connections, 1 template
connections  share templates service               state
          1  33.3%         0 TCP  10.0.0.2:80      ESTABLISHED
          1  33.3%         0 TCP  [2001:db8::2]:80 TIME_WAIT
          1  33.3%         0 UDP  10.0.0.2:5060    UDP
          0   0.0%         1 FWM  5                NONE
";
    assert_eq!(counted(by, &Labels::default()), expected);
}

#[test]
fn one_connection() {
    let mut tally = Tally::new(CountBy {
        first: CountKey::Client,
        second: None,
    });
    let title = |tally: &Tally| {
        let table = counts::table(tally, &tally.rows(), &Labels::default());
        table.lines().next().unwrap_or_default().to_owned()
    };
    assert!(title(&tally).ends_with(": 0 connections, 0 templates"));
    let line = "TCP C0000201 E7FC C0000201 0050 0A000004 0050 SYN_RECV         59";
    tally.add(&connections::parse(line).unwrap());
    assert!(title(&tally).ends_with(": 1 connection, 0 templates"));
}

#[test]
fn counts_with_names() {
    let labels = labels(
        &[("10.0.0.2", "vip"), ("192.168.0.7", "rs7.example")],
        &[(Protocol::Tcp, 80, "http"), (Protocol::Udp, 5060, "sip")],
    );
    let by = CountBy {
        first: CountKey::Server,
        second: Some(CountKey::Service),
    };
    let expected = "\
IPVS connections by server,service: 3 connections, 1 template
connections  share templates server           service
          1  33.3%         0 rs7.example:5060 UDP  vip:sip
          1  33.3%         0 rs7.example:8080 TCP  vip:http
          1  33.3%         0 [2001:db8::3]:80 TCP  [2001:db8::2]:http
          0   0.0%         1 rs7.example:0    FWM  5
";
    assert_eq!(counted(by, &labels), expected);
}
