//! Whole tables in each view, as the reference showed them (but sorted by address).

use super::sort;
use super::{MEASURED, measured_labels, table};
use crate::cli::command::View;
use crate::format::labels::Labels;
use crate::format::table::{Layout, write_services, write_titles, write_version};
use crate::model::{Info, ServiceWithServers};

/// A sorted table with its titles.
pub(super) fn shown(
    mut table: Vec<ServiceWithServers>,
    view: View,
    exact: bool,
    labels: &Labels,
) -> String {
    sort(&mut table);
    let mut out = Vec::new();
    write_titles(&mut out, view, false).unwrap();
    let layout = Layout {
        view,
        exact,
        labels,
        meter: None,
        coloured: false,
        visible: None,
    };
    write_services(&mut out, &table, &layout).unwrap();
    String::from_utf8(out).unwrap()
}

fn measured(view: View, labels: &Labels) -> String {
    shown(table(MEASURED), view, false, labels)
}

#[test]
fn the_version() {
    let info = Info {
        version: 0x0001_0201,
        connection_table_size: 4096,
    };
    let mut out = Vec::new();
    write_version(&mut out, &info).unwrap();
    assert_eq!(out, b"IP Virtual Server version 1.2.1 (size=4096)\n");
}

#[test]
fn plain_in_numbers() {
    let expected = "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  0.0.0.0:0 wlc persistent 360
TCP  1.2.3.4:80 wlc persistent 360 mask 255.255.255.0
  -> 3.3.3.3:80                   Tunnel  1      0          0        \x20
TCP  10.0.0.1:80 wlc
TCP  192.168.1.1:80 wlc
TCP  200.1.1.1:80 wlc
UDP  1.1.1.1:53 rr persistent 5
  -> 2.2.2.2:53                   Masq    1      0          0        \x20
  -> 10.9.9.9:65535               Masq    1      0          0        \x20
  -> 100.100.100.100:65535        Masq    1      0          0        \x20
  -> 127.0.0.1:65535              Masq    1      0          0        \x20
  -> 200.200.200.200:65535        Masq    1      0          0        \x20
UDP  1.1.1.1:5060 wlc (flag-3) persistent 360 pe sip ops
SCTP 1.1.1.1:80 wlc
TCP  [2001:db8::1]:80 mh (mh-fallback,mh-port) persistent 360
  -> [2001:db8::2]:80             Tunnel  1      0          0        \x20
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 wlc persistent 360
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535 Masq    1      0          0        \x20
FWM  5 wlc
  -> 3.3.3.3:53                   Route   1      0          0        \x20
  -> 3.3.3.3:80                   Route   1      0          0        \x20
FWM  6 IPv6 sh (sh-port)
  -> [2001:db8::2]:80             Route   1      0          0        \x20
";
    assert_eq!(measured(View::Plain, &Labels::default()), expected);
}

#[test]
fn plain_with_names() {
    let expected = "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  zero.example:0 wlc persistent 360
TCP  a-very-long-host-name-that-d wlc persistent 360 mask 255.255.255.0
  -> a-very-long-host-name-of-a-s Tunnel  1      0          0        \x20
TCP  10.0.0.1:http wlc
TCP  192.168.1.1:http wlc
TCP  200.1.1.1:http wlc
UDP  vip.example.com:domain rr persistent 5
  -> rs.example.com:domain        Masq    1      0          0        \x20
  -> 10.9.9.9:65535               Masq    1      0          0        \x20
  -> 100.100.100.100:65535        Masq    1      0          0        \x20
  -> localhost:65535              Masq    1      0          0        \x20
  -> 200.200.200.200:65535        Masq    1      0          0        \x20
UDP  vip.example.com:sip wlc (flag-3) persistent 360 pe sip ops
SCTP vip.example.com:80 wlc
TCP  [vip6.example.com]:http mh (mh-fallback,mh-port) persistent 360
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:http Tunnel  1      0          0        \x20
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 wlc persistent 360
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535 Masq    1      0          0        \x20
FWM  5 wlc
  -> a-very-long-host-name-of-a-s Route   1      0          0        \x20
  -> a-very-long-host-name-of-a-s Route   1      0          0        \x20
FWM  6 IPv6 sh (sh-port)
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:80 Route   1      0          0        \x20
";
    assert_eq!(measured(View::Plain, &measured_labels()), expected);
}

#[test]
fn thresholds_with_names() {
    let expected = "\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn\x20
  -> RemoteAddress:Port
TCP  zero.example:0 wlc persistent 360
TCP  a-very-long-host-name-that-d wlc persistent 360 mask 255.255.255.0
  -> a-very-long-host-name-of-a-s 0          0          0          0        \x20
TCP  10.0.0.1:http wlc
TCP  192.168.1.1:http wlc
TCP  200.1.1.1:http wlc
UDP  vip.example.com:domain rr persistent 5
  -> rs.example.com:domain        0          0          0          0        \x20
  -> 10.9.9.9:65535               0          0          0          0        \x20
  -> 100.100.100.100:65535        0          0          0          0        \x20
  -> localhost:65535              0          0          0          0        \x20
  -> 200.200.200.200:65535        0          0          0          0        \x20
UDP  vip.example.com:sip wlc (flag-3) persistent 360 pe sip ops
SCTP vip.example.com:80 wlc
TCP  [vip6.example.com]:http mh (mh-fallback,mh-port) persistent 360
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:http 0          0          0          0        \x20
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 wlc persistent 360
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535 0          0          0          0        \x20
FWM  5 wlc
  -> a-very-long-host-name-of-a-s 0          0          0          0        \x20
  -> a-very-long-host-name-of-a-s 0          0          0          0        \x20
FWM  6 IPv6 sh (sh-port)
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:80 0          0          0          0        \x20
";
    assert_eq!(measured(View::Thresholds, &measured_labels()), expected);
}

#[test]
fn tunnels_with_names() {
    let expected = "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
TCP  zero.example:0 wlc persistent 360
TCP  a-very-long-host-name-that-d wlc persistent 360 mask 255.255.255.0
  -> a-very-long-host-name-of-a-s Tunnel  ipip          1      0          0        \x20
TCP  10.0.0.1:http wlc
TCP  192.168.1.1:http wlc
TCP  200.1.1.1:http wlc
UDP  vip.example.com:domain rr persistent 5
  -> rs.example.com:domain        Masq    n/a           1      0          0        \x20
  -> 10.9.9.9:65535               Masq    n/a           1      0          0        \x20
  -> 100.100.100.100:65535        Masq    n/a           1      0          0        \x20
  -> localhost:65535              Masq    n/a           1      0          0        \x20
  -> 200.200.200.200:65535        Masq    n/a           1      0          0        \x20
UDP  vip.example.com:sip wlc (flag-3) persistent 360 pe sip ops
SCTP vip.example.com:80 wlc
TCP  [vip6.example.com]:http mh (mh-fallback,mh-port) persistent 360
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:http Tunnel  ipip          1      0          0        \x20
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 wlc persistent 360
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535 Masq    n/a           1      0          0        \x20
FWM  5 wlc
  -> a-very-long-host-name-of-a-s Route   n/a           1      0          0        \x20
  -> a-very-long-host-name-of-a-s Route   n/a           1      0          0        \x20
FWM  6 IPv6 sh (sh-port)
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:80 Route   n/a           1      0          0        \x20
";
    assert_eq!(measured(View::TunnelInfo, &measured_labels()), expected);
}

#[test]
fn statistics_with_names() {
    let expected = "\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  zero.example:0                      0        0        0        0        0
TCP  a-very-long-host-name-that-d        0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
TCP  10.0.0.1:http                       0        0        0        0        0
TCP  192.168.1.1:http                    0        0        0        0        0
TCP  200.1.1.1:http                      0        0        0        0        0
UDP  vip.example.com:domain              0        0        0        0        0
  -> rs.example.com:domain               0        0        0        0        0
  -> 10.9.9.9:65535                      0        0        0        0        0
  -> 100.100.100.100:65535               0        0        0        0        0
  -> localhost:65535                     0        0        0        0        0
  -> 200.200.200.200:65535               0        0        0        0        0
UDP  vip.example.com:sip                 0        0        0        0        0
SCTP vip.example.com:80                  0        0        0        0        0
TCP  [vip6.example.com]:http             0        0        0        0        0
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:http        0        0        0        0        0
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535        0        0        0        0        0
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535        0        0        0        0        0
FWM  5                                   0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
FWM  6 IPv6                              0        0        0        0        0
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:80        0        0        0        0        0
";
    assert_eq!(measured(View::Stats, &measured_labels()), expected);
}

#[test]
fn rates_with_names() {
    let expected = "\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
TCP  zero.example:0                      0        0        0        0        0
TCP  a-very-long-host-name-that-d        0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
TCP  10.0.0.1:http                       0        0        0        0        0
TCP  192.168.1.1:http                    0        0        0        0        0
TCP  200.1.1.1:http                      0        0        0        0        0
UDP  vip.example.com:domain              0        0        0        0        0
  -> rs.example.com:domain               0        0        0        0        0
  -> 10.9.9.9:65535                      0        0        0        0        0
  -> 100.100.100.100:65535               0        0        0        0        0
  -> localhost:65535                     0        0        0        0        0
  -> 200.200.200.200:65535               0        0        0        0        0
UDP  vip.example.com:sip                 0        0        0        0        0
SCTP vip.example.com:80                  0        0        0        0        0
TCP  [vip6.example.com]:http             0        0        0        0        0
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:http        0        0        0        0        0
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535        0        0        0        0        0
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535        0        0        0        0        0
FWM  5                                   0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
  -> a-very-long-host-name-of-a-s        0        0        0        0        0
FWM  6 IPv6                              0        0        0        0        0
  -> [rs6-with-a-very-long-host-name-indeed.example.com]:80        0        0        0        0        0
";
    assert_eq!(measured(View::Rate, &measured_labels()), expected);
}

#[test]
fn persistent_connections_in_numbers() {
    let expected = "\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn\x20
  -> RemoteAddress:Port
TCP  0.0.0.0:0 wlc persistent 360
TCP  1.2.3.4:80 wlc persistent 360 mask 255.255.255.0
  -> 3.3.3.3:80                   1         0           0          0        \x20
TCP  10.0.0.1:80 wlc
TCP  192.168.1.1:80 wlc
TCP  200.1.1.1:80 wlc
UDP  1.1.1.1:53 rr persistent 5
  -> 2.2.2.2:53                   1         0           0          0        \x20
  -> 10.9.9.9:65535               1         0           0          0        \x20
  -> 100.100.100.100:65535        1         0           0          0        \x20
  -> 127.0.0.1:65535              1         0           0          0        \x20
  -> 200.200.200.200:65535        1         0           0          0        \x20
UDP  1.1.1.1:5060 wlc (flag-3) persistent 360 pe sip ops
SCTP 1.1.1.1:80 wlc
TCP  [2001:db8::1]:80 mh (mh-fallback,mh-port) persistent 360
  -> [2001:db8::2]:80             1         0           0          0        \x20
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 wlc persistent 360
  -> [2001:db8:1111:2222:3333:4444:5555:6666]:65535 1         0           0          0        \x20
FWM  5 wlc
  -> 3.3.3.3:53                   1         0           0          0        \x20
  -> 3.3.3.3:80                   1         0           0          0        \x20
FWM  6 IPv6 sh (sh-port)
  -> [2001:db8::2]:80             1         0           0          0        \x20
";
    assert_eq!(
        measured(View::PersistentConnections, &Labels::default()),
        expected
    );
}

/// As ipvsadm 1.31 lists it; a save has it.
#[test]
fn an_engine_without_persistence_is_not_listed() {
    let engines = table(
        "-A -u 1.1.1.1:5060 -s rr --pe sip -o
        -A -u 1.1.1.1:5061 -s rr -p 90 --pe sip",
    );
    let expected = "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
UDP  1.1.1.1:5060 rr ops
UDP  1.1.1.1:5061 rr persistent 90 pe sip
";
    let labels = Labels::default();
    assert_eq!(shown(engines, View::Plain, false, &labels), expected);
}

#[test]
fn titles_of_an_empty_table() {
    let titles = |view| shown(Vec::new(), view, false, &Labels::default());
    let local = "Prot LocalAddress:Port";
    let remote = "  -> RemoteAddress:Port";
    for (view, first, second) in [
        (
            View::Plain,
            " Scheduler Flags",
            "           Forward Weight ActiveConn InActConn",
        ),
        (
            View::TunnelInfo,
            " Scheduler Flags",
            "           Forward TunnelInfo    Weight ActiveConn InActConn",
        ),
        (
            View::Stats,
            "               Conns   InPkts  OutPkts  InBytes OutBytes",
            "",
        ),
        (
            View::Rate,
            "                 CPS    InPPS   OutPPS    InBPS   OutBPS",
            "",
        ),
        // The last column is as wide as the others, so the line ends in a blank.
        (
            View::Thresholds,
            "            Uthreshold Lthreshold ActiveConn InActConn ",
            "",
        ),
        (
            View::PersistentConnections,
            "            Weight    PersistConn ActiveConn InActConn ",
            "",
        ),
    ] {
        assert_eq!(titles(view), format!("{local}{first}\n{remote}{second}\n"));
    }
}
