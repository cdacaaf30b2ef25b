//! Command lines that change nothing.

use std::time::Duration;

use super::{Book, parse_line};
use crate::cli::command::{
    ColorChoice, Command, Detail, Diagnose, Examined, Format, List, Listed, Order, Restore,
    RestoreMode, Save, View, Watch,
};
use crate::cli::parse::{parse, parse_call, parse_rule};
use crate::model::connection::ConnectionQuery;
use crate::model::{Family, Forwarding, Protocol, ServiceId, Tunnel, TunnelChecksum};

fn list(line: &str) -> List {
    match parse_line(line) {
        Ok(Command::List(list)) => list,
        other => panic!("{line}: {other:?}"),
    }
}

fn table(view: View) -> Listed {
    Listed::Table {
        service: None,
        view,
    }
}

#[test]
fn no_words_list_the_table_with_names() {
    let nothing = parse(std::iter::empty(), &Book);
    assert_eq!(nothing, Ok(Command::List(List::DEFAULT)));
    assert_eq!(list("-L"), List::DEFAULT);
    let default = List {
        what: table(View::Plain),
        format: Format::Text,
        numeric: false,
        exact: false,
        order: Order::Address,
        only_active: false,
        detail: Detail::Servers,
        states: false,
        color: ColorChoice::Never,
    };
    assert_eq!(List::DEFAULT, default);
}

#[test]
fn what_is_listed() {
    let connections = |engine_data| Listed::Connections {
        engine_data,
        query: ConnectionQuery::default(),
    };
    for (line, what) in [
        ("-L", table(View::Plain)),
        ("--list", table(View::Plain)),
        ("-l --stats", table(View::Stats)),
        ("-L --rate", table(View::Rate)),
        ("-L --thresholds", table(View::Thresholds)),
        ("-L --persistent-conn", table(View::PersistentConnections)),
        ("-L --tun-info", table(View::TunnelInfo)),
        ("-L --syncid 5", table(View::Plain)),
        // The first of this order wins, wherever it stands.
        (
            "-L --tun-info --persistent-conn",
            table(View::PersistentConnections),
        ),
        ("-L --persistent-conn --thresholds", table(View::Thresholds)),
        ("-L --thresholds --rate", table(View::Rate)),
        ("-L --rate --stats", table(View::Stats)),
        (
            "-L --tun-info --rate --stats --thresholds",
            table(View::Stats),
        ),
        ("-Lc", connections(false)),
        ("-lnc", connections(false)),
        ("-L -c --tun-info", connections(false)),
        ("-L --persistent-conn -c", connections(true)),
        ("-L --timeout", Listed::Timeouts),
        ("-L --timeout --tun-info", Listed::Timeouts),
        ("-L --daemon --nosort", Listed::Daemons),
        ("-L --status", Listed::Status),
        ("-Ln --status --json", Listed::Status),
    ] {
        assert_eq!(list(line).what, what, "{line}");
    }
}

#[test]
fn how_it_is_listed() {
    for (line, numeric, exact, order) in [
        ("-L", false, false, Order::Address),
        ("-Ln", true, false, Order::Address),
        ("-n -L", true, false, Order::Address),
        ("-L --exact", false, true, Order::Address),
        ("-L --nosort", false, false, Order::Kernel),
        ("-L --nosort --sort", false, false, Order::Kernel),
        ("-L --sort", false, false, Order::Address),
        ("-Lnc --exact --nosort", true, true, Order::Kernel),
        ("-L --timeout -n --exact", true, true, Order::Address),
        ("-L --sort-by connections", false, false, Order::Connections),
        ("-L --sort --sort-by=rate", false, false, Order::Rate),
        ("-Ln --sort-by weight", true, false, Order::Weight),
        ("-L --sort-by address", false, false, Order::Address),
    ] {
        let list = list(line);
        let found = (list.numeric, list.exact, list.order);
        assert_eq!(found, (numeric, exact, order), "{line}");
        assert!(!list.only_active, "{line}");
    }
    assert!(list("-L --only-active").only_active);
    assert_eq!(list("-L --metrics").detail, Detail::Servers);
    assert_eq!(list("-L --metrics --sum service").detail, Detail::Services);
    assert_eq!(list("-L --sum=all --metrics").detail, Detail::Whole);
    assert!(list("-L --metrics --states").states);
    super::refused(
        "-L --sort-by load",
        2,
        &["'load'", "connections, rate, weight, address"],
    );
}

#[test]
fn when_it_is_coloured() {
    use ColorChoice::{Always, Auto, Never};
    for (line, expected) in [
        ("-L", Never),
        ("-L --color auto", Auto),
        ("-L --color=always -n", Always),
        ("-L --watch", Auto),
        ("--color never -L --watch 2", Never),
        ("-L --watch --color always", Always),
        ("-L --json --color always", Always),
        ("--diagnose", Auto),
        ("--diagnose --color never", Never),
        ("--color always --diagnose --json", Always),
    ] {
        let found = match parse_call(line.split(' '), &Book).unwrap().command {
            Command::List(list) | Command::Watch(list, _) => list.color,
            Command::Diagnose(diagnose) => diagnose.color,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(found, expected, "{line}");
    }
    for (line, status, words) in [
        ("-L --color yes", 2, &["'yes'", "auto, always, never"][..]),
        ("-L --color=", 2, &["''", "auto, always, never"]),
        ("-L --color", 255, &["--color", "WHEN"]),
        ("-L --color never --color never", 2, &["multiple"]),
        ("-S --color always", 2, &["not possible", "-S"]),
    ] {
        super::refused(line, status, words);
    }
    // Whoever wrote the rules does not decide for whom they are printed.
    let rule = parse_rule("-L --color always".split(' '), &Book);
    assert!(rule.unwrap_err().to_string().contains("whole call"));
    for (choice, supported, on) in [
        (Auto, true, true),
        (Auto, false, false),
        (Always, false, true),
        (Never, true, false),
    ] {
        assert_eq!(choice.is_on(|| supported), on, "{choice:?}");
    }
}

#[test]
fn how_often_it_is_listed() {
    for (line, milliseconds, count) in [
        ("-L --watch", 1000, None),
        ("-L --watch -n", 1000, None),
        ("-L --watch 2", 2000, None),
        ("-L --watch=0.5 --count 3", 500, Some(3)),
        ("-L --count 4294967295 --watch .1", 100, Some(u32::MAX)),
        ("-Lc --watch 86400", 86_400_000, None),
        ("-L --timeout --watch 3.", 3000, None),
    ] {
        let watch = Watch {
            interval: Duration::from_millis(milliseconds),
            count,
        };
        let command = parse_line(line);
        let watched = matches!(command, Ok(Command::Watch(_, often)) if often == watch);
        assert!(watched, "{line}: {command:?}");
    }
    for word in [
        "0", "0.09", "86400.1", "-1", "+1", "1e3", "inf", "nan", "x", "1s", ".", "1.2.3", "",
    ] {
        let line = format!("-L --watch={word}");
        super::refused(&line, 2, &[&format!("'{word}'"), "0.1 to 86400"]);
    }
    for word in ["0", "-1", "4294967296", "two"] {
        let line = format!("-L --watch --count={word}");
        super::refused(&line, 2, &[&format!("'{word}'"), "1 to 4294967295"]);
    }
}

#[test]
fn what_it_is_written_as() {
    for (line, format) in [
        ("-Ln", Format::Text),
        ("-L --json", Format::Json),
        ("--json -Lnc --persistent-conn", Format::Json),
        ("-L --timeout --json", Format::Json),
        ("-L --daemon --json", Format::Json),
        ("-L --stats --exact --nosort --json", Format::Json),
        ("-L --metrics --rate -n", Format::Metrics),
        ("-L -f 7 --metrics", Format::Metrics),
    ] {
        assert_eq!(list(line).format, format, "{line}");
    }
}

#[test]
fn one_service_is_listed() {
    let mark = |family| ServiceId::FirewallMark { mark: 7, family };
    let udp = ServiceId::Address {
        protocol: Protocol::Udp,
        endpoint: crate::model::Endpoint {
            address: [1, 2, 3, 4].into(),
            port: 0,
        },
    };
    for (line, service) in [
        ("-L -f 7", mark(Family::V4)),
        ("-L -6 -f 7 --stats", mark(Family::V6)),
        ("-L -u 1.2.3.4", udp),
    ] {
        let Listed::Table { service: found, .. } = list(line).what else {
            panic!("{line}");
        };
        assert_eq!(found, Some(service), "{line}");
    }
}

#[test]
fn help_and_version_end_the_reading() {
    for (line, command) in [
        ("-h", Command::Help),
        ("--help", Command::Help),
        ("-h foo", Command::Help),
        ("-h -L --bogus", Command::Help),
        ("-v", Command::Version),
        ("--version", Command::Version),
        ("-v -n", Command::Version),
    ] {
        assert_eq!(parse_line(line), Ok(command), "{line}");
    }
}

#[test]
fn saving() {
    for (line, numeric, json, all, output) in [
        ("-S", false, false, false, None),
        ("-Sn", true, false, false, None),
        ("--save --numeric --sort", true, false, false, None),
        ("-S --all --output rules", false, false, true, Some("rules")),
        ("-S --output=-", false, false, false, Some("-")),
        ("-Sn --json --all", true, true, true, None),
    ] {
        let save = Save { numeric, json, all };
        let command = match output {
            None => Command::Save(save),
            Some(path) => Command::SaveFile(save, path.into()),
        };
        assert_eq!(parse_line(line), Ok(command), "{line}");
    }
}

#[test]
fn restoring() {
    let replace = |dry_run| RestoreMode::Replace { dry_run };
    for (line, mode, check, input, seconds) in [
        ("-R", RestoreMode::Apply, false, None, None),
        ("-R --check", RestoreMode::Apply, true, None, None),
        ("-R --atomic", RestoreMode::Atomic, false, None, None),
        (
            "-R --atomic --wait 0",
            RestoreMode::Atomic,
            false,
            None,
            Some(0),
        ),
        ("-R --replace", replace(false), false, None, None),
        (
            "--wait=2678400 --input rules --dry-run --check --replace -R",
            replace(true),
            true,
            Some("rules"),
            Some(2_678_400),
        ),
    ] {
        let mut restore = Restore::new(mode);
        restore.check = check;
        restore.input = input.map(Into::into);
        if let Some(seconds) = seconds {
            restore.wait = Duration::from_secs(seconds);
        }
        assert_eq!(parse_line(line), Ok(Command::Restore(restore)), "{line}");
    }
    assert_eq!(Restore::new(RestoreMode::Apply).wait.as_secs(), 60);
    for (line, json, notes) in [
        ("--diagnose", false, false),
        ("--diagnose --verbose", false, true),
        ("--json --diagnose", true, true),
    ] {
        let call = parse_call(line.split(' '), &Book).unwrap();
        assert_eq!(
            call.command,
            Command::Diagnose(Diagnose {
                json,
                notes,
                color: ColorChoice::Auto,
                examined: Examined::Director { probe: false }
            }),
            "{line}"
        );
    }
}

#[test]
fn what_is_diagnosed() {
    let role = |line: &str| match parse_line(&format!("--diagnose --as-server {line}")) {
        Ok(Command::Diagnose(Diagnose {
            examined: Examined::Server(role),
            ..
        })) => role,
        other => panic!("{line}: {other:?}"),
    };
    let direct = role("-t 192.0.2.1:80");
    assert_eq!(direct.protocol, Protocol::Tcp);
    assert_eq!(direct.endpoint.to_string(), "192.0.2.1:80");
    assert_eq!(direct.forwarding, Forwarding::DirectRouting);
    assert_eq!(direct.director, None);
    let tunneled = role("-u [2001:db8::1]:53 -i --tun-type gue --tun-port 6080");
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Off,
    };
    assert_eq!(tunneled.protocol, Protocol::Udp);
    assert_eq!(tunneled.forwarding, Forwarding::Tunnel(gue));
    assert_eq!(
        parse_line("--diagnose --probe"),
        Ok(Command::Diagnose(Diagnose {
            examined: Examined::Director { probe: true },
            ..Diagnose::default()
        }))
    );
    let masqueraded = role("--sctp-service 192.0.2.1:80 -m --director 10.0.0.1");
    assert_eq!(masqueraded.protocol, Protocol::Sctp);
    assert_eq!(masqueraded.director, "10.0.0.1".parse().ok());
}

#[test]
fn a_server_of_nothing() {
    for (line, said) in [
        ("--diagnose --as-server", "'--as-server' needs the service"),
        (
            "--diagnose -t 192.0.2.1:80",
            "'-t' goes only with --as-server",
        ),
        ("--diagnose --as-server -f 1", "option '-f' is not possible"),
        (
            "--diagnose --as-server -t 192.0.2.1",
            "'-t' needs a port here",
        ),
        (
            "--diagnose --as-server --probe -t 192.0.2.1:80",
            "exclude each other",
        ),
        (
            "--diagnose --as-server -t 192.0.2.1:80 --director 10.0.0.1",
            "goes only with masquerading (-m)",
        ),
        (
            "--diagnose --as-server -t 192.0.2.1:80 -m --director 10.0.0.1:80",
            "'10.0.0.1:80'",
        ),
        (
            "--diagnose --as-server -t 192.0.2.1:80 -m --director fd00::1",
            "of the same family",
        ),
        (
            "--diagnose --as-server -t 192.0.2.1:80 -w 1",
            "option '-w' is not possible",
        ),
        (
            "--diagnose --as-server -t 192.0.2.1:80 --tun-type gre",
            "goes only with tunneling (-i)",
        ),
        (
            "-L --as-server -t 192.0.2.1:80",
            "option '--as-server' is not possible",
        ),
    ] {
        super::refused(line, 2, &[said]);
    }
}
