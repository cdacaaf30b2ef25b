//! Large numbers, long names, every forwarding method, and the order of listings.

use super::tables::shown;
use super::{labels, service_id, sort, table};
use crate::cli::command::View;
use crate::format::labels::Labels;
use crate::model::{Forwarding, Protocol, ServiceWithServers, Stats, Tunnel, TunnelChecksum};

/// A service and a server that have seen much.
fn busy() -> Vec<ServiceWithServers> {
    let mut busy = table(
        "-A -t 10.0.0.1:80 -s rr
        -a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 2147483647 -x 20 -y 10",
    );
    busy[0].entry.stats = Stats {
        connections: 99_999_999,
        in_packets: 100_000_000,
        out_packets: 1_000_000_000,
        in_bytes: 100_000_000_000,
        out_bytes: 100_000_000_000_000,
        connection_rate: 1,
        in_packet_rate: 100_000_000,
        out_packet_rate: 3,
        in_byte_rate: 4,
        out_byte_rate: 1_000_000_000,
    };
    let server = &mut busy[0].servers[0];
    server.stats = Stats {
        connections: 1,
        in_packets: 2,
        out_packets: 3,
        in_bytes: 4,
        out_bytes: u64::MAX,
        connection_rate: 100_000_000,
        in_packet_rate: 1_000_000_000,
        out_packet_rate: 100_000_000_000,
        in_byte_rate: 100_000_000,
        out_byte_rate: 100_000_000_000_000,
    };
    server.active_connections = 1_234_567_890;
    server.inactive_connections = u32::MAX;
    server.persistent_connections = 12;
    busy
}

#[test]
fn large_numbers_in_every_view() {
    let shown = |view, exact| shown(busy(), view, exact, &Labels::default());
    for (view, exact, expected) in [
        (
            View::Plain,
            false,
            "\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:8080                Masq    2147483647 1234567890 4294967295
",
        ),
        (
            View::Stats,
            false,
            "\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.0.0.1:80                  99999999  100000K    1000M     100G     100T
  -> 10.0.0.2:8080                       1        2        3        418446744T
",
        ),
        (
            View::Stats,
            true,
            "\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.0.0.1:80                  99999999 100000000 1000000000 100000000000 100000000000000
  -> 10.0.0.2:8080                       1        2        3        4 18446744073709551615
",
        ),
        (
            View::Rate,
            false,
            "\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
TCP  10.0.0.1:80                         1  100000K        3        4    1000M
  -> 10.0.0.2:8080                100000000 1000000000 100000000000  100000K     100T
",
        ),
        (
            View::Thresholds,
            false,
            "\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn\x20
  -> RemoteAddress:Port
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:8080                20         10         1234567890 4294967295
",
        ),
        (
            View::PersistentConnections,
            false,
            "\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn\x20
  -> RemoteAddress:Port
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:8080                2147483647 12          1234567890 4294967295
",
        ),
    ] {
        assert_eq!(shown(view, exact), expected);
    }
}

#[test]
fn forwarding_methods_and_tunnels() {
    use TunnelChecksum::{Off, On, Remote};
    let gue = |port, checksum| Forwarding::Tunnel(Tunnel::Gue { port, checksum });
    let gre = |checksum| Forwarding::Tunnel(Tunnel::Gre { checksum });
    for (forwarding, method, tunnel) in [
        (Forwarding::Masquerading, "Masq   ", "n/a          "),
        (Forwarding::DirectRouting, "Route  ", "n/a          "),
        (Forwarding::Local, "Local  ", "n/a          "),
        (Forwarding::Tunnel(Tunnel::Ipip), "Tunnel ", "ipip         "),
        (gue(6080, On), "Tunnel ", "gue:6080:+c  "),
        (gue(6080, Off), "Tunnel ", "gue:6080:-c  "),
        (gue(65535, Remote), "Tunnel ", "gue:65535:r+c"),
        (gre(Off), "Tunnel ", "gre:-c       "),
        (gre(On), "Tunnel ", "gre:+c       "),
    ] {
        let mut table = table("-A -f 5\n-a -f 5 -r 1.1.1.1:80 -m");
        table[0].servers[0].server.forwarding = forwarding;
        let server = "  -> 1.1.1.1:80                   ";
        let plain = shown(table.clone(), View::Plain, false, &Labels::default());
        let end = format!("FWM  5 wlc\n{server}{method} 1      0          0         \n");
        assert!(plain.ends_with(&end), "{plain}");
        let tunnels = shown(table, View::TunnelInfo, false, &Labels::default());
        let end = format!("FWM  5 wlc\n{server}{method} {tunnel} 1      0          0         \n");
        assert!(tunnels.ends_with(&end), "{tunnels}");
    }
}

/// One service and one server with names of so many bytes, in the plain view.
fn with_names(service: &str, server: &str) -> (String, String) {
    let table = table("-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m");
    let labels = labels(
        &[("10.0.0.1", service), ("10.0.0.2", server)],
        &[(Protocol::Tcp, 80, "http")],
    );
    let text = shown(table, View::Plain, false, &labels);
    let mut lines = text.lines().skip(2).map(str::to_owned);
    (lines.next().unwrap(), lines.next().unwrap())
}

#[test]
fn long_names_are_cut_to_the_character() {
    const REST: &str = " Masq    1      0          0         ";
    // With protocol and port, 33 columns for the service and 28 for the server.
    let x = |count| "x".repeat(count);
    let full = (x(23), x(23));
    let (service, server) = with_names(&full.0, &full.1);
    assert_eq!(service, format!("TCP  {}:http wlc", full.0));
    assert_eq!(server, format!("  -> {}:http{REST}", full.1));
    let (service, server) = with_names(&x(24), &x(24));
    assert_eq!(service, format!("TCP  {}:htt wlc", x(24)));
    assert_eq!(server, format!("  -> {}:htt{REST}", x(24)));
    // Columns are characters, not bytes.
    let (service, server) = with_names(&"ö".repeat(30), &"ö".repeat(30));
    assert_eq!(service, format!("TCP  {} wlc", "ö".repeat(28)));
    assert_eq!(server, format!("  -> {}{REST}", "ö".repeat(28)));
    let (_, server) = with_names("x", &"ö".repeat(22));
    assert_eq!(server, format!("  -> {}:http {REST}", "ö".repeat(22)));
}

#[test]
fn the_order_of_listings() {
    let sorted = [
        "-A -t 2.0.0.1:80",
        "-A -t 10.0.0.1:80",
        "-A -t 10.0.0.1:443",
        "-A -t 192.168.0.1:1",
        "-A -u 1.0.0.1:53",
        "-A --sctp-service 1.0.0.1:5",
        "-A -t [::1]:80",
        "-A -t [2001:db8::1]:80",
        "-A -u [::1]:53",
        "-A -f 1",
        "-A -f 1 -6",
        "-A -f 2",
        "-A -f 4294967295",
    ];
    let mut shuffled = sorted;
    shuffled.reverse();
    shuffled.swap(2, 9);
    shuffled.swap(0, 5);
    let mut table = table(&shuffled.join("\n"));
    sort(&mut table);
    let ids: Vec<_> = table
        .iter()
        .map(|service| service.entry.service.id)
        .collect();
    assert_eq!(ids, sorted.map(service_id));
}
