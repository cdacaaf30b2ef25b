//! Command lines that change something, by the request that they become.

use std::time::Duration;

use super::change;
use crate::cli::command::{Command, RuleChange};
use crate::model::{Change, DaemonRole, Family, Protocol, ServiceId};

#[test]
fn commands_become_requests() {
    let tcp = ServiceId::Address {
        protocol: Protocol::Tcp,
        endpoint: crate::model::Endpoint {
            address: [1, 2, 3, 4].into(),
            port: 80,
        },
    };
    let mark = |family| ServiceId::FirewallMark { mark: 7, family };
    let stop = |role, sync_id| Change::StopDaemon { role, sync_id };
    for (line, expected) in [
        ("-D -t 1.2.3.4:80", Change::DeleteService(tcp)),
        ("-D -f 7", Change::DeleteService(mark(Family::V4))),
        ("-D -f 7 -6", Change::DeleteService(mark(Family::V6))),
        ("-C", Change::Clear),
        ("-C --sort", Change::Clear),
        ("-Z", Change::Zero(None)),
        ("-Z -t 1.2.3.4:80", Change::Zero(Some(tcp))),
        ("-Z -f 7 -6", Change::Zero(Some(mark(Family::V6)))),
        ("--stop-daemon master", stop(DaemonRole::Master, 0)),
        (
            "--stop-daemon backup --syncid 9",
            stop(DaemonRole::Backup, 9),
        ),
    ] {
        assert_eq!(change(line), expected, "{line}");
    }
    assert!(matches!(change("-A -f 7"), Change::AddService(_)));
    assert!(matches!(change("-E -f 7"), Change::EditService(_)));
    assert!(matches!(
        change("-a -f 7 -r 1.1.1.1"),
        Change::AddServer(..)
    ));
    assert!(matches!(
        change("-e -f 7 -r 1.1.1.1"),
        Change::EditServer(..)
    ));
}

#[test]
fn servers_to_delete() {
    for (line, server) in [
        ("-d -t 1.2.3.4:80 -r 2.2.2.2:81", "2.2.2.2:81"),
        ("-d -t 1.2.3.4:80 -r 2.2.2.2", "2.2.2.2:80"),
        ("-d -r vip.example:http -t 1.2.3.4:81", "10.0.0.1:80"),
        ("-d -f 7 -r 2.2.2.2", "2.2.2.2:0"),
        ("-d -f 7 -r 2.2.2.2:tftp", "2.2.2.2:69"),
        ("-d -t 1.2.3.4:80 -r [2001:db8::1]:81", "[2001:db8::1]:81"),
    ] {
        match change(line) {
            Change::DeleteServer(_, endpoint) => assert_eq!(endpoint.to_string(), server, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn what_may_be_made_already() {
    for line in [
        "-A -t 10.0.0.1:80",
        "-D -t 10.0.0.1:80",
        "-a -t 10.0.0.1:80 -r 10.0.1.1 -m",
        "-d -t 10.0.0.1:80 -r 10.0.1.1",
    ] {
        let ensured = super::parse_line(&format!("{line} --exist")).unwrap();
        assert_eq!(ensured, Command::Ensure(change(line)));
        let rule = RuleChange::Make(change(line));
        assert_eq!(rule.ensured(), RuleChange::Ensure(change(line)));
    }
    // What cannot be made already stays as it is.
    for line in ["-E -t 10.0.0.1:80", "-C", "-Z", "--set 1 2 3"] {
        let rule = RuleChange::Make(change(line));
        assert_eq!(rule.ensured(), rule);
    }
}

#[test]
fn what_takes_its_time() {
    let command = |line: &str| super::parse_line(line).unwrap();
    let Command::Drain(drain) = command("-d -t 10.0.0.1:80 -r 10.0.1.1 --drain") else {
        panic!("no drain");
    };
    let server = drain.server.map(|server| server.to_string());
    assert_eq!(server.as_deref(), Some("10.0.1.1:80"));
    assert_eq!((drain.limit, drain.exist), (None, false));
    let Command::Drain(drain) = command("-D -f 7 --drain 30 --exist") else {
        panic!("no drain");
    };
    assert_eq!((drain.server, drain.exist), (None, true));
    assert_eq!(drain.limit, Some(Duration::from_secs(30)));
    for (line, add) in [("-a", true), ("-e", false)] {
        let line = format!("{line} -t 10.0.0.1:80 -r 10.0.1.1 -m -w 50 --ramp 20");
        let Command::Ramp(ramp) = command(&line) else {
            panic!("{line}");
        };
        assert_eq!((ramp.server.weight, ramp.add), (50, add));
        assert_eq!(ramp.duration, Duration::from_secs(20));
    }
    super::refused("-e -f 7 -r 1.1.1.1 --ramp 5", 2, &["--ramp", "-w"]);
    super::refused("-e -f 7 -r 1.1.1.1 -w 5 --ramp 0", 2, &["--ramp"]);
    super::refused("-d -f 7 -r 1.1.1.1 --drain x", 2, &["--drain", "'x'"]);
}
