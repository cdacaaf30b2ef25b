//! Values of options: what is taken, with its edges, and what is refused.

use super::{change, parse_line, refused};
use crate::model::scheduler::flag_names;
use crate::model::{
    Change, Family, Forwarding, Name, Netmask, OtherFlags, RealServer, Service, ServiceId, Tunnel,
};

/// A number in a request.
type Place = fn(&Change) -> Option<i64>;

fn of_service(change: &Change, number: impl Fn(&Service) -> Option<u32>) -> Option<i64> {
    match change {
        Change::AddService(service) => number(service).map(i64::from),
        _ => None,
    }
}

fn of_server<T: Into<i64>>(change: &Change, number: impl Fn(&RealServer) -> T) -> Option<i64> {
    match change {
        Change::AddServer(_, server) => Some(number(server).into()),
        _ => None,
    }
}

const SERVER: &str = "-a -t 1.2.3.4:80 -r 2.2.2.2 -m";

/// What stands before the number, its bounds, and where it ends up.
fn numbers() -> Vec<(String, i64, i64, Place)> {
    const LONGEST: i64 = 2_678_400;
    const NATURAL: i64 = 2_147_483_647;
    let daemon = "--start-daemon master";
    let server = |option| format!("{SERVER} {option}");
    vec![
        ("-A -t 1.2.3.4:80 -p".to_owned(), 1, LONGEST, |change| {
            of_service(change, |service| service.persistence)
        }),
        (
            "-A -f".to_owned(),
            1,
            4_294_967_295,
            |change| match change {
                Change::AddService(Service {
                    id: crate::model::ServiceId::FirewallMark { mark, .. },
                    ..
                }) => Some(i64::from(*mark)),
                _ => None,
            },
        ),
        (server("-w"), 0, NATURAL, |change| {
            of_server(change, |server| server.weight)
        }),
        (server("-x"), 0, NATURAL, |change| {
            of_server(change, |server| server.upper_threshold)
        }),
        (server("-y"), 0, NATURAL, |change| {
            of_server(change, |server| server.lower_threshold)
        }),
        (
            "-a -t 1.2.3.4:80 -r 2.2.2.2 -i --tun-type gue --tun-port".to_owned(),
            1,
            65535,
            |change| {
                of_server(change, |server| match server.forwarding {
                    Forwarding::Tunnel(Tunnel::Gue { port, .. }) => port,
                    _ => 0,
                })
            },
        ),
        (
            format!("{daemon} --syncid"),
            0,
            255,
            |change| match change {
                Change::StartDaemon(daemon) => Some(daemon.sync_id.into()),
                _ => None,
            },
        ),
        (
            format!("{daemon} --sync-maxlen"),
            1,
            65507,
            |change| match change {
                Change::StartDaemon(daemon) => daemon.max_length.map(i64::from),
                _ => None,
            },
        ),
        (
            format!("{daemon} --mcast-port"),
            1,
            65535,
            |change| match change {
                Change::StartDaemon(daemon) => daemon.port.map(i64::from),
                _ => None,
            },
        ),
        (
            format!("{daemon} --mcast-ttl"),
            1,
            255,
            |change| match change {
                Change::StartDaemon(daemon) => daemon.ttl.map(i64::from),
                _ => None,
            },
        ),
        (
            "--stop-daemon backup --syncid".to_owned(),
            0,
            255,
            |change| match change {
                Change::StopDaemon { sync_id, .. } => Some(i64::from(*sync_id)),
                _ => None,
            },
        ),
        ("--set 1 2".to_owned(), 0, LONGEST, |change| match change {
            Change::SetTimeouts(timeouts) => Some(timeouts.udp.into()),
            _ => None,
        }),
    ]
}

#[test]
fn numbers_within_their_bounds() {
    for (start, low, high, place) in numbers() {
        for number in [low, low + 1, high - 1, high] {
            let line = format!("{start} {number}");
            assert_eq!(place(&change(&line)), Some(number), "{line}");
        }
        for spelling in ["7", "+7", "' 7'", "'\t\n\u{b}\u{c}\r+7'", "007"] {
            let line = format!("{start} {spelling}");
            assert_eq!(place(&change(&line)), Some(7), "{line}");
        }
    }
}

#[test]
fn numbers_out_of_their_bounds() {
    for (start, low, high, _) in numbers() {
        let above = (high + 1).to_string();
        let below = (low > 0).then(|| (low - 1).to_string());
        let range = format!("from {low} to {high}");
        for word in [above, "99999999999999999999".to_owned()]
            .into_iter()
            .chain(below)
        {
            refused(
                &format!("{start} {word}"),
                2,
                &[&format!("'{word}'"), &range],
            );
        }
        for word in [
            "", " ", "x", "5x", "5 ", "0x10", "1.5", "++5", "+-5", "+ 5", "½", "٣",
        ] {
            if start.contains("-f") && word == "0x10" {
                continue;
            }
            refused(
                &format!("{start} '{word}'"),
                2,
                &[&format!("'{word}'"), &range],
            );
        }
    }
}

#[test]
fn marks_in_hexadecimal() {
    for (word, mark) in [
        ("0x10", 16),
        ("0X1", 1),
        ("0xffffFFFF", u32::MAX),
        ("0x000000000000a", 10),
    ] {
        let family = Family::V4;
        let id = ServiceId::FirewallMark { mark, family };
        assert_eq!(change(&format!("-D -f {word}")), Change::DeleteService(id));
        refused(&format!("-D -f {word} --bogus"), 2, &["'--bogus'"]);
    }
    for word in [
        "0x",
        "0x0",
        "0xg",
        "0x-1",
        "0x+1",
        "0x100000000",
        "00x1",
        "x1",
    ] {
        refused(&format!("-D -f {word}"), 2, &[&format!("'{word}'")]);
    }
}

#[test]
fn negative_numbers() {
    for (start, low, high, _) in numbers() {
        if start.ends_with("-p") || start.starts_with("--set") {
            // Here a dash begins an option.
            refused(&format!("{start} -1"), 255, &["'-1'"]);
        } else {
            let range = format!("from {low} to {high}");
            refused(&format!("{start} -1"), 2, &["'-1'", &range]);
        }
    }
}

#[test]
fn each_of_the_timeouts() {
    let line = "--set 2678400 0 77";
    let timeouts = crate::model::Timeouts {
        tcp: 2_678_400,
        tcp_fin: 0,
        udp: 77,
    };
    assert_eq!(change(line), Change::SetTimeouts(timeouts));
    assert_eq!(change("2678400 0 --set 77"), Change::SetTimeouts(timeouts));
    assert_eq!(
        change("--set -- 2678400 0 77"),
        Change::SetTimeouts(timeouts)
    );
    refused("--set 2678401 1 1", 2, &["'--set'", "'2678401'"]);
    refused("--set 1 2678401 1", 2, &["'--set'", "'2678401'"]);
    refused("--set 1 2", 2, &["requires 3 timeout values"]);
    refused("--set", 2, &["requires 3 timeout values"]);
    refused("--set 1 2 3 4", 2, &["'4'"]);
}

fn service(line: &str) -> Service {
    match change(line) {
        Change::AddService(service) => service,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn persistence_with_and_without_a_value() {
    for (option, seconds) in [
        ("", None),
        ("-p", Some(360)),
        ("--persistent", Some(360)),
        ("-p -s rr", Some(360)),
        ("-p 600", Some(600)),
        ("-p600", Some(600)),
        ("-p=600", Some(600)),
        ("--persistent=600", Some(600)),
        ("--persistent 600", Some(600)),
    ] {
        let service = service(&format!("-A -t 1.2.3.4:80 {option}"));
        assert_eq!(service.persistence, seconds, "{option}");
    }
    refused("-A -t 1.2.3.4:80 --persistent=", 2, &["''"]);
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

#[test]
fn schedulers_and_engines() {
    for (option, scheduler, engine) in [
        ("", "wlc", None),
        ("-s ''", "wlc", None),
        ("--pe ''", "wlc", None),
        ("-s rr", "rr", None),
        ("-s fifteen-bytes-x", "fifteen-bytes-x", None),
        ("--pe sip", "wlc", Some("sip")),
        ("--pe fifteen-bytes-x -s mh", "mh", Some("fifteen-bytes-x")),
        ("-s -x", "-x", None),
    ] {
        let service = service(&format!("-A -f 5 {option}"));
        assert_eq!(service.scheduler, name(scheduler), "{option}");
        assert_eq!(service.persistence_engine, engine.map(name), "{option}");
    }
    // The kernel would not find a longer name, and so 1.31 ended as with any unknown one.
    let words = "Scheduler or persistence engine not found";
    refused(
        "-A -f 5 -s sixteen-bytes-xx",
        255,
        &["'sixteen-bytes-xx'", words],
    );
    refused(
        "-A -f 5 --pe sixteen-bytes-xx",
        255,
        &["'sixteen-bytes-xx'", words],
    );
}

#[test]
fn scheduler_flags() {
    for (options, flags) in [
        ("", 0b000),
        ("-b ''", 0b000),
        ("-b ,", 0b000),
        ("-b flag-1", 0b001),
        ("-b flag-2", 0b010),
        ("-b flag-3", 0b100),
        ("-b flag-3,flag-1", 0b101),
        ("-b ,flag-1,,flag-2,", 0b011),
        ("-b flag-1,flag-1", 0b001),
        ("-s sh -b sh-fallback", 0b001),
        ("-b sh-fallback,sh-port -s sh", 0b011),
        ("-s sh -b flag-1,sh-port,flag-3", 0b111),
        ("-s mh -b mh-port", 0b010),
        ("-s mh -b mh-fallback,flag-2", 0b011),
    ] {
        let service = service(&format!("-A -t 1.2.3.4:80 {options}"));
        assert_eq!(service.scheduler_flags.0, flags, "{options}");
        assert_eq!(service.other_flags, OtherFlags::default(), "{options}");
    }
    for (options, flags, set) in [
        ("-b 0x40", 0b000, 0x40),
        ("-b 0x0", 0b000, 0),
        ("-b flag-1,0x40,0x80000000", 0b001, 0x8000_0040),
        ("-s sh -b 0xffffffc0,sh-port", 0b010, 0xffff_ffc0),
    ] {
        let service = service(&format!("-A -t 1.2.3.4:80 {options}"));
        assert_eq!(service.scheduler_flags.0, flags, "{options}");
        assert_eq!(
            service.other_flags,
            OtherFlags { set, clear: 0 },
            "{options}"
        );
    }
    for (options, word) in [
        ("-s sh -b mh-port", "mh-port"),
        ("-s mh -b sh-port", "sh-port"),
        ("-s rr -b sh-port", "sh-port"),
        ("-b mh-fallback", "mh-fallback"),
        ("-s rr -b 4", "4"),
        // Those that have a name, or are the kernel's own.
        ("-b 0x1", "0x1"),
        ("-b 0x2", "0x2"),
        ("-b 0x60", "0x60"),
        ("-b 0x", "0x"),
        ("-b 0x+40", "0x+40"),
        ("-b 0x100000000", "0x100000000"),
        ("-b 64", "64"),
        ("-b FLAG-1", "FLAG-1"),
        ("-b flag-1,flag-4", "flag-1,flag-4"),
        ("-b 'flag-1, flag-2'", "flag-1, flag-2"),
    ] {
        refused(
            &format!("-A -t 1.2.3.4:80 {options}"),
            2,
            &[&format!("'{word}'")],
        );
    }
}

#[test]
fn netmasks() {
    let v4 = |mask: [u8; 4]| Netmask::V4(mask.into());
    for (options, mask) in [
        ("-t 1.2.3.4:80", v4([255; 4])),
        ("-t 1.2.3.4:80 -M 255.255.255.0", v4([255, 255, 255, 0])),
        ("-t 1.2.3.4:80 -p -M 255.255.0.255", v4([255, 255, 0, 255])),
        ("-t 1.2.3.4:80 -p -M 24", v4([0, 0, 0, 24])),
        ("-t 1.2.3.4:80 -p -M 0.0.0.0", v4([0; 4])),
        ("-t 1.2.3.4:80 -p -M 255.255", v4([255, 0, 0, 255])),
        ("-t 1.2.3.4:80 -p -M 0xffffff00", v4([255, 255, 255, 0])),
        ("-t 1.2.3.4:80 -p -M vip.example", v4([10, 0, 0, 1])),
        ("-f 5 -p -M 255.255.255.0", v4([255, 255, 255, 0])),
        ("-t [2001:db8::1]:80", Netmask::V6(128)),
        ("-t [2001:db8::1]:80 -p -M 1", Netmask::V6(1)),
        // Before an IPv6 service it is read as an IPv4 mask, and dropped.
        ("-M 64 -t [2001:db8::1]:80 -p", Netmask::V6(128)),
        ("-M 255.255.255.0 -t [2001:db8::1]:80 -p", Netmask::V6(128)),
        ("-f 5 -6 -p -M 64", Netmask::V6(64)),
        ("-t [2001:db8::1]:80 -p -M 128", Netmask::V6(128)),
        ("-t [2001:db8::1]:80 -p -M +12", Netmask::V6(12)),
        ("-t [2001:db8::1]:80 -p -M 012", Netmask::V6(12)),
        ("-t [2001:db8::1]:80 -p -M 12x", Netmask::V6(12)),
        ("-t [2001:db8::1]:80 -p -M '12 34'", Netmask::V6(12)),
        ("-t [2001:db8::1]:80 -p -M '\t12+3'", Netmask::V6(12)),
        ("-f 5 -6", Netmask::V6(128)),
        ("-f 5 -p -M 64 -6", Netmask::V6(128)),
    ] {
        assert_eq!(service(&format!("-A {options}")).netmask, mask, "{options}");
    }
    for (service, word) in [
        ("-t 1.2.3.4:80", ""),
        ("-t 1.2.3.4:80", "bogus"),
        ("-t 1.2.3.4:80", "256.0.0.0"),
        ("-t 1.2.3.4:80", "six.example"),
        ("-t [2001:db8::1]:80", ""),
        ("-t [2001:db8::1]:80", "0"),
        ("-t [2001:db8::1]:80", "129"),
        ("-t [2001:db8::1]:80", "-1"),
        ("-t [2001:db8::1]:80", "x"),
        ("-t [2001:db8::1]:80", "255.255.255.0"),
        ("-t [2001:db8::1]:80", "99999999999999999999"),
    ] {
        refused(
            &format!("-A {service} -p -M '{word}'"),
            2,
            &[&format!("'{word}'")],
        );
    }
}

#[test]
fn flags_have_the_names_of_their_scheduler() {
    let names = |scheduler| flag_names(&name(scheduler));
    assert_eq!(names("sh"), [Some("sh-fallback"), Some("sh-port"), None]);
    assert_eq!(names("mh"), [Some("mh-fallback"), Some("mh-port"), None]);
    for other in ["rr", "s", "shx", "dh"] {
        assert_eq!(
            names(other),
            [Some("flag-1"), Some("flag-2"), Some("flag-3")]
        );
    }
}

#[test]
fn daemons() {
    let daemon = |line: &str| match change(line) {
        Change::StartDaemon(daemon) => daemon,
        other => panic!("{line}: {other:?}"),
    };
    let plain = daemon("--start-daemon master");
    assert_eq!(plain.role, crate::model::DaemonRole::Master);
    assert_eq!(plain.interface, name("eth0"));
    assert_eq!(
        (plain.sync_id, plain.max_length, plain.group),
        (0, None, None)
    );
    assert_eq!((plain.port, plain.ttl), (None, None));
    assert_eq!(
        daemon("--start-daemon=backup").role,
        crate::model::DaemonRole::Backup
    );
    for interface in ["lo", "", "fifteen-bytes-x"] {
        let line = format!("--start-daemon master --mcast-interface '{interface}'");
        assert_eq!(daemon(&line).interface, name(interface));
    }
    for group in ["224.0.0.0", "239.255.255.255", "ff00::", "ff02::5"] {
        let line = format!("--start-daemon master --mcast-group {group}");
        assert_eq!(daemon(&line).group, Some(group.parse().unwrap()));
    }
    for group in [
        "223.255.255.255",
        "240.0.0.0",
        "fe80::1",
        "bogus",
        "",
        "224.1",
        "[ff02::5]",
    ] {
        let line = format!("--start-daemon master --mcast-group '{group}'");
        refused(&line, 2, &[&format!("'{group}'"), "multicast address"]);
    }
    let long = "--start-daemon master --mcast-interface sixteen-bytes-xx";
    refused(long, 255, &["'sixteen-bytes-xx'", "No such device"]);
    for command in ["--start-daemon", "--stop-daemon"] {
        refused(
            &format!("{command} bogus"),
            2,
            &["'bogus'", "master, backup"],
        );
        refused(&format!("{command} Master"), 2, &["'Master'"]);
        refused(command, 255, &[&format!("'{command}'")]);
    }
}

#[test]
fn tunnel_types() {
    for word in ["bogus", "", "IPIP", "gue "] {
        let line = format!("-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type '{word}'");
        refused(&line, 2, &[&format!("'{word}'"), "ipip, gue, gre"]);
    }
    assert!(parse_line("-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type ipip").is_ok());
}

#[test]
fn whole_netmasks() {
    assert!(Netmask::whole(Family::V4).is_whole());
    assert!(Netmask::whole(Family::V6).is_whole());
    assert!(!Netmask::V6(127).is_whole());
    assert!(!Netmask::V4([255, 255, 255, 254].into()).is_whole());
}
