//! What a watch adds to a table.

use std::time::Duration;

use super::{Stats, table};
use crate::cli::command::View;
use crate::format::labels::Labels;
use crate::format::rate_columns::push_share;
use crate::format::table::{Layout, write_services, write_titles};
use crate::model::ServiceWithServers;
use crate::model::rates::Meter;

const RULES: &str = "
    -A -t 192.0.2.1:80 -s rr
    -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m
    -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m
    -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m
    -A -t [2001:db8::1]:80
    -a -t [2001:db8::1]:80 -r [2001:db8:1111:2222:3333:4444:5555:6666]:80 -m
    -A -f 7";

fn stats(connections: u64) -> Stats {
    Stats {
        connections,
        in_packets: connections * 10_000_000,
        connection_rate: 1,
        in_byte_rate: 100_000_000,
        ..Stats::default()
    }
}

/// The table when its servers have had so many connections.
fn counted(servers: [u64; 4]) -> Vec<ServiceWithServers> {
    let [first, second, third, sixth] = servers;
    let mut table = table(RULES);
    table[0].entry.stats = stats(first + second + third);
    table[1].entry.stats = stats(sixth);
    let entries = table.iter_mut().flat_map(|service| &mut service.servers);
    for (entry, connections) in entries.zip(servers) {
        entry.stats = stats(connections);
    }
    table
}

/// What is shown two seconds after the first listing.
fn shown(first: &[ServiceWithServers], second: &[ServiceWithServers], view: View) -> String {
    let mut meter = Meter::default();
    meter.observe(Duration::ZERO, first);
    meter.observe(Duration::from_secs(2), second);
    let mut out = Vec::new();
    write_titles(&mut out, view, true).unwrap();
    let layout = Layout {
        view,
        exact: false,
        labels: &Labels::default(),
        meter: Some(&meter),
        coloured: false,
        visible: None,
    };
    write_services(&mut out, second, &layout).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn busy(view: View) -> String {
    shown(&counted([5, 5, 5, 0]), &counted([25, 15, 5, 1]), view)
}

#[test]
fn shares_stand_behind_the_columns() {
    let expected = "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn New%
TCP  192.0.2.1:80 rr
  -> 10.0.0.11:80                 Masq    1      0          0          67% ###
  -> 10.0.0.12:80                 Masq    1      0          0          33% ##
  -> 10.0.0.13:80                 Masq    1      0          0
TCP  [2001:db8::1]:80 wlc
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:80 Masq    1      0          0         100% #####
FWM  7 wlc
";
    assert_eq!(busy(View::Plain), expected);
    let expected = "\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes New%
  -> RemoteAddress:Port
TCP  192.0.2.1:80                       45  450000K        0        0        0
  -> 10.0.0.11:80                       25  250000K        0        0        0  67% ###
  -> 10.0.0.12:80                       15  150000K        0        0        0  33% ##
  -> 10.0.0.13:80                        5 50000000        0        0        0
TCP  [2001:db8::1]:80                    1 10000000        0        0        0
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:80        1 10000000        0        0        0 100% #####
FWM  7                                   0        0        0        0        0
";
    assert_eq!(busy(View::Stats), expected);
}

#[test]
fn every_view_has_its_titles_over_its_columns() {
    for view in [
        View::Plain,
        View::TunnelInfo,
        View::Stats,
        View::Rate,
        View::Thresholds,
        View::PersistentConnections,
    ] {
        let text = busy(view);
        let lines: Vec<&str> = text.lines().collect();
        let title = lines.iter().find_map(|line| line.find("New%"));
        let share = lines[3].find(" 67%");
        assert!(title.is_some(), "{text}");
        assert_eq!(title, share, "{text}");
    }
}

#[test]
fn rates_of_the_interval_stand_before_the_averages() {
    let expected = "\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS New%            CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port                                   in the last interval                                 on the kernel's average
TCP  192.0.2.1:80                       15  150000K        0        0        0                   1        0        0  100000K        0
  -> 10.0.0.11:80                       10  100000K        0        0        0  67% ###          1        0        0  100000K        0
  -> 10.0.0.12:80                        5 50000000        0        0        0  33% ##           1        0        0  100000K        0
  -> 10.0.0.13:80                        -        -        -        -        -                   1        0        0  100000K        0
";
    let text = busy(View::Rate);
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn nothing_is_made_up_for_what_is_new() {
    let text = shown(&[], &counted([25, 15, 5, 1]), View::Rate);
    let line = text.lines().nth(3).unwrap();
    let columns: Vec<&str> = line.split_whitespace().skip(2).collect();
    assert_eq!(
        columns,
        ["-", "-", "-", "-", "-", "1", "0", "0", "100000K", "0"]
    );
    let text = shown(&[], &counted([25, 15, 5, 1]), View::Plain);
    assert_eq!(text.matches('%').count(), 1, "{text}");
}

#[test]
fn shares() {
    for (part, whole, expected) in [
        (0, 0, "          "),
        (0, 7, "          "),
        (1, 1000, "  0% #    "),
        (1, 2, " 50% ###  "),
        (1, 3, " 33% ##   "),
        (2, 3, " 67% ###  "),
        (199, 200, "100% #####"),
        (5, 5, "100% #####"),
        (u64::MAX, u64::MAX, "100% #####"),
        // More than there is: where the sum overflowed.
        (7, 5, "100% #####"),
        (7, 0, "  0% #    "),
    ] {
        let mut text = String::new();
        push_share(&mut text, part, whole);
        assert_eq!(text, expected, "{part} of {whole}");
    }
}
