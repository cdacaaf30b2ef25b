//! Lines of /proc/net/ip_vs of guests with Linux 6.1, 6.12 and 7.2.

use super::*;

const TITLES: &str = "\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
";
const TICKS: u32 = 250;

fn read(lines: &str) -> VisibleTable {
    parse(&format!("{TITLES}{lines}"), TICKS).unwrap()
}

/// A service as it is identified, and how it is set up.
fn described(listed: &ServiceWithServers) -> String {
    let service = &listed.entry.service;
    let mut text = format!("{:?} {}", service.id, service.scheduler);
    if let Some(seconds) = service.persistence {
        text.push_str(&format!(" persistent {seconds} mask {}", service.netmask));
    }
    if service.one_packet {
        text.push_str(" ops");
    }
    text
}

fn address(protocol: Protocol, endpoint: &str, rest: &str) -> String {
    let (address, port) = endpoint.rsplit_once(':').unwrap();
    let endpoint = Endpoint {
        address: address.trim_matches(['[', ']']).parse().unwrap(),
        port: port.parse().unwrap(),
    };
    format!("{:?} {rest}", ServiceId::Address { protocol, endpoint })
}

fn mark(mark: u32, family: Family, rest: &str) -> String {
    format!("{:?} {rest}", ServiceId::FirewallMark { mark, family })
}

#[test]
fn an_empty_table() {
    let table = read("");
    let info = Info {
        version: 0x10201,
        connection_table_size: 4096,
    };
    assert_eq!(table.info, info);
    assert!(table.services.is_empty() && table.unsure_marks.is_empty());
}

#[test]
fn services() {
    let table = read(
        "\
UDP  C0000204:13C4 wlc  
UDP  C0000203:13C4 wlc  persistent 15000 FFFFFFFF
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 lc persistent 15000 40000000
SCTP  C0000202:0009 wrr  
TCP  [0000:0000:0000:0000:0000:ffff:0102:0304]:0050 lc 
TCP  C0000202:0050 sh  persistent 150000 FFFFFF00
TCP  01020304:FFFF none  
TCP  00000000:0000 lblcr  persistent 90000 FFFFFFFF
UDP  C0000202:0035 mh ops  
UDP  C0000202:0036 mh ops persistent 250 00000080
",
    );
    let seen: Vec<String> = table.services.iter().map(described).collect();
    use Protocol::{Sctp, Tcp, Udp};
    assert_eq!(
        seen,
        [
            address(Udp, "192.0.2.4:5060", "wlc"),
            address(
                Udp,
                "192.0.2.3:5060",
                "wlc persistent 60 mask 255.255.255.255"
            ),
            address(Tcp, "[2001:db8::1]:80", "lc persistent 60 mask 64"),
            address(Sctp, "192.0.2.2:9", "wrr"),
            address(Tcp, "[::ffff:1.2.3.4]:80", "lc"),
            address(Tcp, "192.0.2.2:80", "sh persistent 600 mask 255.255.255.0"),
            address(Tcp, "1.2.3.4:65535", "none"),
            address(
                Tcp,
                "0.0.0.0:0",
                "lblcr persistent 360 mask 255.255.255.255"
            ),
            address(Udp, "192.0.2.2:53", "mh ops"),
            address(Udp, "192.0.2.2:54", "mh persistent 1 mask 0.0.0.128 ops"),
        ]
    );
}

#[test]
fn servers() {
    let table = read(
        "\
TCP  C0000201:0050 rr  
  -> 0A000004:0050      Tunnel  7      1          0         
  -> 0A000002:0050      Masq    2147483647 4294967295 17        
  -> 7F000001:1F90      Local   0      0          0         
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 lc 
  -> 0A000009:0050      Tunnel  1      0          0         
  -> [2001:0db8:1234:5678:9abc:def0:1234:5678]:1F90      Masq    1      0          0         
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Route   1      0          0         
",
    );
    let seen: Vec<Vec<String>> = table
        .services
        .iter()
        .map(|listed| {
            let servers = listed.servers.iter();
            servers
                .map(|entry| {
                    format!(
                        "{} {} {} {} {}",
                        entry.server.endpoint,
                        entry.server.forwarding.name(),
                        entry.server.weight,
                        entry.active_connections,
                        entry.inactive_connections
                    )
                })
                .collect()
        })
        .collect();
    assert_eq!(
        seen,
        [
            vec![
                "10.0.0.4:80 tunnel 7 1 0",
                "10.0.0.2:80 masquerading 2147483647 4294967295 17",
                "127.0.0.1:8080 local 0 0 0",
            ],
            vec![
                "10.0.0.9:80 tunnel 1 0 0",
                "[2001:db8:1234:5678:9abc:def0:1234:5678]:8080 masquerading 1 0 0",
                "[2001:db8::2]:80 direct-routing 1 0 0",
            ],
        ]
    );
}

/// No line says whether a mark's packets are IPv6.
#[test]
fn families_of_marks() {
    let cases = [
        // Only a tunnel leads to servers of the other family.
        ("wlc \n  -> 0A000002:0050 Route 1 0 0\n", Some(Family::V4)),
        (
            "wlc \n  -> [2001:0db8::2]:0050 Masq 1 0 0\n",
            Some(Family::V6),
        ),
        ("wlc \n  -> 0A000002:0050 Tunnel 1 0 0\n", None),
        ("wlc \n  -> 0A000002:0050 Local 1 0 0\n", None),
        (
            "wlc \n  -> 0A000002:0050 Tunnel 1 0 0\n  -> [::2]:0050 Masq 1 0 0\n",
            Some(Family::V6),
        ),
        ("wlc \n", None),
        // Nor can every netmask be the length of a prefix.
        ("wlc persistent 250 FFFF0000\n", Some(Family::V4)),
        ("wlc persistent 250 80000000\n", None),
        ("wlc persistent 250 40000000\n", None),
        ("wlc persistent 250 C0000000\n", Some(Family::V4)),
        ("wlc persistent 250 00000000\n", Some(Family::V4)),
    ];
    for (rest, family) in cases {
        let table = read(&format!("FWM  00000005 {rest}"));
        let id = ServiceId::FirewallMark {
            mark: 5,
            family: family.unwrap_or(Family::V4),
        };
        assert_eq!(table.services[0].entry.service.id, id, "{rest}");
        assert_eq!(table.is_unsure(&id), family.is_none(), "{rest}");
        let other = ServiceId::FirewallMark {
            mark: 5,
            family: Family::V6,
        };
        assert_eq!(table.is(&id, &other), family != Some(Family::V4), "{rest}");
    }
}

#[test]
fn two_services_of_a_mark() {
    let both = "FWM  00000005 lblc persistent 1750 80000000\n\
                FWM  00000005 wlc ops persistent 7500 FFFF0000\n";
    let table = read(both);
    let seen: Vec<String> = table.services.iter().map(described).collect();
    assert_eq!(
        seen,
        [
            mark(5, Family::V6, "lblc persistent 7 mask 128"),
            mark(5, Family::V4, "wlc persistent 30 mask 255.255.0.0 ops"),
        ]
    );
    assert!(table.unsure_marks.is_empty());
    let table = read("FWM  EE6B2800 wlc \nFWM  EE6B2800 rr \n");
    assert_eq!(table.services.len(), 2);
    assert_eq!(table.unsure_marks, BTreeSet::from([0xee6b_2800]));
}

/// The kernel hands the file out in pieces, and a change between two of them can show a service twice.
#[test]
fn a_service_that_is_shown_twice() {
    let table = read(
        "TCP  C0000201:0050 rr  \n  -> 0A000002:0050 Masq 1 0 0\n\
         TCP  C0000201:0051 rr  \n\
         TCP  C0000201:0050 rr  \n  -> 0A000002:0050 Masq 1 3 0\n",
    );
    assert_eq!(table.services.len(), 2);
    assert_eq!(table.services[0].servers[0].active_connections, 0);
}

#[test]
fn another_form_is_refused() {
    for text in [
        "",
        "\n",
        "IP Virtual Server version 1.2 (size=4096)\n",
        "IP Virtual Server version 1.2.1 (size=)\n",
        "IP Virtual Server version 1.2.256 (size=4096)\n",
        "IP Virtual Server version 1.2.1 (size=4096)\n",
        "IP Virtual Server version 1.2.1 (size=4096)\nProt\n",
    ] {
        assert!(parse(text, TICKS).is_err(), "{text}");
    }
    for line in [
        "",
        "TCP",
        "TCP  C0000201:0050",
        "ICMP  C0000201:0050 rr",
        "TCP  C0000201 rr",
        "TCP  C000020:0050 rr",
        "TCP  C0000201:50 rr",
        "TCP  +0000201:0050 rr",
        "TCP  [2001:db8::1:0050 rr",
        "TCP  [10.0.0.1]:0050 rr",
        "TCP  C0000201:0050 a-name-of-16-byte",
        "TCP  C0000201:0050 r\u{1b}r",
        "TCP  C0000201:0050 rr what",
        "TCP  C0000201:0050 rr ops ops",
        "TCP  C0000201:0050 rr persistent",
        "TCP  C0000201:0050 rr persistent 250",
        "TCP  C0000201:0050 rr persistent 0 FFFFFFFF",
        "TCP  C0000201:0050 rr persistent 251 FFFFFFFF",
        "TCP  C0000201:0050 rr persistent 4294967296 FFFFFFFF",
        "TCP  C0000201:0050 rr persistent 250 FFFFFFFFF",
        "FWM  00000000 rr",
        "FWM  5 rr",
        "  -> 0A000002:0050 Masq 1 0 0",
    ] {
        let error = parse(&format!("{TITLES}{line}\n"), TICKS).unwrap_err();
        assert_eq!(error, TableLineError(line.to_owned()));
    }
    for server in [
        "",
        "0A000002:0050",
        "0A000002:0050 Masq",
        "0A000002:0050 Masq 1 0",
        "0A000002:0050 Masq 1 0 0 0",
        "0A000002:0050 Mask 1 0 0",
        "0A000002:0050 Masq 2147483648 0 0",
        "0A000002:0050 Masq 1 -1 0",
        "0A000002:0050 Masq 1 0 4294967296",
    ] {
        let line = format!("  -> {server}");
        let text = format!("{TITLES}TCP  C0000201:0050 rr  \n{line}\n");
        assert_eq!(parse(&text, TICKS), Err(TableLineError(line)));
    }
    // A prefix of no length that there is.
    for line in [
        "TCP  [::1]:0050 rr persistent 250 81000000",
        "TCP  [::1]:0050 rr persistent 250 FFFFFFFF",
    ] {
        let text = format!("{TITLES}{line}\nTCP  [::2]:0050 rr \n");
        assert_eq!(parse(&text, TICKS), Err(TableLineError(line.to_owned())));
    }
    assert!(
        parse(
            &format!("{TITLES}TCP  C0000201:0050 rr persistent 1 FFFFFFFF\n"),
            0
        )
        .is_err()
    );
}
