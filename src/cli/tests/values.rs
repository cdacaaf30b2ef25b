//! Values of options: what is taken, with its edges, and what is refused.

use super::{change, parse_line, refused};
use crate::model::scheduler::flag_names;
use crate::model::{Change, Family, Name, Netmask, OtherFlags, Service};

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
