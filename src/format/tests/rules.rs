//! Saved lines: single blanks, one order.

use super::sort;
use super::{MEASURED, change, measured_labels, service_id, table};
use crate::format::labels::Labels;
use crate::format::rules;
use crate::model::title;
use crate::model::{Forwarding, Name, RealServer, Service, Tunnel, TunnelChecksum};

fn saved(labels: &Labels) -> String {
    let mut table = table(MEASURED);
    sort(&mut table);
    let mut text = String::new();
    for service in &table {
        let configured = &service.entry.service;
        rules::service(&mut text, configured, labels);
        text.push('\n');
        for server in &service.servers {
            rules::server(&mut text, &configured.id, &server.server, labels);
            text.push('\n');
        }
    }
    text
}

/// As the reference saved it, but sorted by address; -x and -y it loses.
#[test]
fn a_table_in_numbers() {
    let expected = "\
-A -t 0.0.0.0:0 -s wlc -p 360
-A -t 1.2.3.4:80 -s wlc -p 360 -M 255.255.255.0
-a -t 1.2.3.4:80 -r 3.3.3.3:80 -i -w 1 --tun-type ipip
-A -t 10.0.0.1:80 -s wlc
-A -t 192.168.1.1:80 -s wlc
-A -t 200.1.1.1:80 -s wlc
-A -u 1.1.1.1:53 -s rr -p 5
-a -u 1.1.1.1:53 -r 2.2.2.2:53 -m -w 1
-a -u 1.1.1.1:53 -r 10.9.9.9:65535 -m -w 1
-a -u 1.1.1.1:53 -r 100.100.100.100:65535 -m -w 1
-a -u 1.1.1.1:53 -r 127.0.0.1:65535 -m -w 1
-a -u 1.1.1.1:53 -r 200.200.200.200:65535 -m -w 1
-A -u 1.1.1.1:5060 -s wlc -p 360 --pe sip -o -b flag-3
-A --sctp-service 1.1.1.1:80 -s wlc
-A -t [2001:db8::1]:80 -s mh -p 360 -b mh-fallback,mh-port
-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -i -w 1 --tun-type ipip
-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -s wlc -p 360
-a -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -r [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -m -w 1
-A -f 5 -s wlc
-a -f 5 -r 3.3.3.3:53 -g -w 1
-a -f 5 -r 3.3.3.3:80 -g -w 1
-A -f 6 -6 -s sh -b sh-port
-a -f 6 -6 -r [2001:db8::2]:80 -g -w 1
";
    assert_eq!(saved(&Labels::default()), expected);
}

/// Nothing is cut: the reference cut long names of IPv4, port and all.
#[test]
fn a_table_with_names() {
    let expected = "\
-A -t zero.example:0 -s wlc -p 360
-A -t a-very-long-host-name-that-does-not-fit.example.com:http -s wlc -p 360 -M 255.255.255.0
-a -t a-very-long-host-name-that-does-not-fit.example.com:http -r a-very-long-host-name-of-a-server-that-does-not-fit.example.com:http -i -w 1 --tun-type ipip
-A -t 10.0.0.1:http -s wlc
-A -t 192.168.1.1:http -s wlc
-A -t 200.1.1.1:http -s wlc
-A -u vip.example.com:domain -s rr -p 5
-a -u vip.example.com:domain -r rs.example.com:domain -m -w 1
-a -u vip.example.com:domain -r 10.9.9.9:65535 -m -w 1
-a -u vip.example.com:domain -r 100.100.100.100:65535 -m -w 1
-a -u vip.example.com:domain -r localhost:65535 -m -w 1
-a -u vip.example.com:domain -r 200.200.200.200:65535 -m -w 1
-A -u vip.example.com:sip -s wlc -p 360 --pe sip -o -b flag-3
-A --sctp-service vip.example.com:80 -s wlc
-A -t [vip6.example.com]:http -s mh -p 360 -b mh-fallback,mh-port
-a -t [vip6.example.com]:http -r [rs6-with-a-very-long-host-name-indeed.example.com]:http -i -w 1 --tun-type ipip
-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -s wlc -p 360
-a -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -r [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -m -w 1
-A -f 5 -s wlc
-a -f 5 -r a-very-long-host-name-of-a-server-that-does-not-fit.example.com:53 -g -w 1
-a -f 5 -r a-very-long-host-name-of-a-server-that-does-not-fit.example.com:80 -g -w 1
-A -f 6 -6 -s sh -b sh-port
-a -f 6 -6 -r [rs6-with-a-very-long-host-name-indeed.example.com]:80 -g -w 1
";
    assert_eq!(saved(&measured_labels()), expected);
}

#[test]
fn every_option_of_a_service() {
    let crate::model::Change::AddService(plain) = change("-A -u 1.1.1.1:53 -p 7 -M 255.0.0.0")
    else {
        panic!();
    };
    let full = Service {
        scheduler: Name::constant("mh"),
        persistence_engine: Some(Name::constant("sip")),
        one_packet: true,
        scheduler_flags: crate::model::SchedulerFlags(0b111),
        ..plain
    };
    let mut text = String::new();
    rules::service(&mut text, &full, &Labels::default());
    assert_eq!(
        text,
        "-A -u 1.1.1.1:53 -s mh -p 7 -M 255.0.0.0 --pe sip -o -b mh-fallback,mh-port,flag-3"
    );
}

#[test]
fn flags_without_a_name() {
    for flags in [
        "0x40",
        "0x80000040",
        "sh-port,0x40",
        "sh-fallback,sh-port,flag-3,0xffffffc0",
    ] {
        let rule = format!("-A -f 1 -s sh -b {flags}");
        let made = change(&rule);
        let mut text = String::new();
        rules::change(&mut text, &made);
        assert_eq!(text, rule);
    }
}

#[test]
fn scheduler_flags() {
    for (scheduler, names) in [
        ("sh", ["sh-fallback", "sh-port", "flag-3"]),
        ("mh", ["mh-fallback", "mh-port", "flag-3"]),
        ("rr", ["flag-1", "flag-2", "flag-3"]),
    ] {
        for bits in 0..8_usize {
            let mut service = match change(&format!("-A -f 1 -s {scheduler}")) {
                crate::model::Change::AddService(service) => service,
                other => panic!("{other:?}"),
            };
            service.scheduler_flags.0 = bits as u8;
            let chosen = (0..3)
                .filter(|bit| bits >> bit & 1 != 0)
                .map(|bit| names[bit]);
            let expected = chosen.collect::<Vec<_>>().join(",");
            let expected = (bits != 0).then_some(expected);
            assert_eq!(rules::flags(&service), expected);
        }
    }
}

#[test]
fn every_kind_of_server() {
    use TunnelChecksum::{Off, On, Remote};
    let gue = |port, checksum| Forwarding::Tunnel(Tunnel::Gue { port, checksum });
    let gre = |checksum| Forwarding::Tunnel(Tunnel::Gre { checksum });
    for (forwarding, text) in [
        (Forwarding::Masquerading, "-m -w 5"),
        (Forwarding::DirectRouting, "-g -w 5"),
        (Forwarding::Local, "-g -w 5"),
        (Forwarding::Bypass, "-g -w 5"),
        (Forwarding::Tunnel(Tunnel::Ipip), "-i -w 5 --tun-type ipip"),
        (
            gue(6080, Off),
            "-i -w 5 --tun-type gue --tun-port 6080 --tun-nocsum",
        ),
        (gue(1, On), "-i -w 5 --tun-type gue --tun-port 1 --tun-csum"),
        (
            gue(65535, Remote),
            "-i -w 5 --tun-type gue --tun-port 65535 --tun-remcsum",
        ),
        (gre(Off), "-i -w 5 --tun-type gre --tun-nocsum"),
        (gre(On), "-i -w 5 --tun-type gre --tun-csum"),
    ] {
        for (upper, lower, thresholds) in [
            (0, 0, ""),
            (10, 0, " -x 10"),
            (10, 5, " -x 10 -y 5"),
            (0, 5, " -y 5"),
        ] {
            let server = RealServer {
                endpoint: crate::model::Endpoint {
                    address: [2, 2, 2, 2].into(),
                    port: 81,
                },
                forwarding,
                weight: 5,
                upper_threshold: upper,
                lower_threshold: lower,
            };
            let id = service_id("-A -t 1.1.1.1:80");
            let mut line = String::new();
            rules::server(&mut line, &id, &server, &Labels::default());
            assert_eq!(
                line,
                format!("-a -t 1.1.1.1:80 -r 2.2.2.2:81 {text}{thresholds}")
            );
        }
    }
}

/// Every change as a command line, which is read as the same change again.
#[test]
fn changes_as_command_lines() {
    for line in [
        "-A -t 1.1.1.1:80 -s rr -p 5",
        "-E -f 5 -6 -s wlc",
        // As words of their own these names would not be read.
        "-A -u 1.1.1.1:80 -s=ipvsadm --pe=ipvsadm",
        "--start-daemon master --mcast-interface=ipvsadm --syncid 0",
        "--start-daemon master --mcast-interface= --syncid 0",
        "-D --sctp-service 1.1.1.1:80",
        "-a -u [2001:db8::1]:53 -r [2001:db8::2]:5353 -m -w 0",
        "-e -f 5 -r 1.1.1.1:0 -g -w 1 -x 2 -y 1",
        "-d -f 5 -6 -r [2001:db8::2]:80",
        "-C",
        "-Z",
        "-Z -u 1.1.1.1:53",
        "--set 1 0 2678400",
        "--start-daemon master --mcast-interface lo --syncid 0",
        "--start-daemon backup --mcast-interface d0 --syncid 255 --sync-maxlen 1400 \
            --mcast-group ff02::5 --mcast-port 9999 --mcast-ttl 5",
        "--stop-daemon backup --syncid 3",
    ] {
        let mut text = String::new();
        rules::change(&mut text, &change(line));
        let line: Vec<_> = line.split_whitespace().collect();
        assert_eq!(text, line.join(" "));
    }
}

#[test]
fn what_errors_speak_of() {
    for (line, subject) in [
        ("-A -t 1.1.1.1:80", Some("TCP 1.1.1.1:80")),
        ("-E -f 5 -6", Some("FWM 5 IPv6")),
        ("-D -u [2001:db8::1]:53", Some("UDP [2001:db8::1]:53")),
        ("-Z --sctp-service 1.1.1.1:80", Some("SCTP 1.1.1.1:80")),
        ("-Z", None),
        ("-C", None),
        ("--set 1 2 3", None),
        ("-a -f 5 -r 1.1.1.1:80", Some("1.1.1.1:80 of FWM 5")),
        (
            "-e -t 1.1.1.1:80 -r 2.2.2.2",
            Some("2.2.2.2:80 of TCP 1.1.1.1:80"),
        ),
        (
            "-d -t 1.1.1.1:80 -r 2.2.2.2:81",
            Some("2.2.2.2:81 of TCP 1.1.1.1:80"),
        ),
        ("--start-daemon master", Some("master on eth0")),
        ("--stop-daemon backup", Some("backup")),
    ] {
        assert_eq!(title::subject(&change(line)).as_deref(), subject, "{line}");
    }
}
