//! Documents, right and wrong.

use std::net::IpAddr;

use super::*;
use crate::cli::Lookup;
use crate::cli::command::{RuleChange, RuleCommand};
use crate::format::rules::read::parse_line;
use crate::model::{Change, Protocol};
use crate::sys::netns;

/// Changes with their places.
type Changes = Vec<(String, RuleChange)>;

/// What was said of a document.
#[derive(Debug)]
struct Refused {
    reported: Vec<String>,
    error: Box<crate::error::Error>,
}

fn read_document(text: &str, change: impl FnOnce(&mut Restore)) -> Result<Changes, Refused> {
    let mut wanted = Restore::new(RestoreMode::Atomic);
    change(&mut wanted);
    let mut out = Vec::new();
    let mut reported = Vec::new();
    let mut report = |text: &str| reported.push(text.to_owned());
    let read = read(
        &mut text.as_bytes(),
        &wanted,
        &mut Session::new(netns::Netns::Own, &mut out, &mut report),
    );
    match read {
        Ok(rules) => {
            let changes = rules.changes.into_iter();
            Ok(changes
                .map(|(entry, change)| (rules.source.quote(&entry).position, change))
                .collect())
        }
        Err(error) => Err(Refused {
            reported,
            error: Box::new(error.into()),
        }),
    }
}

struct NoNames;

impl Lookup for NoNames {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

fn rule(line: &str) -> RuleChange {
    match parse_line(line, &NoNames) {
        Ok(Some(RuleCommand::Change(rule))) => rule,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn a_document_means_what_command_lines_mean() {
    let text = r#"{
        "schema": 1,
        "services": [
            {
                "protocol": "tcp", "address": "192.0.2.1", "port": 80,
                "servers": [
                    { "address": "10.0.0.1" },
                    { "address": "10.0.0.2", "port": 8080, "forwarding": "masquerading",
                      "weight": 0, "upper_threshold": 9, "lower_threshold": 3 },
                    { "address": "2001:db8::3", "forwarding": "tunnel" },
                    { "address": "2001:db8::3", "port": 80, "forwarding": "tunnel",
                      "tunnel": { "type": "gue", "port": 6080, "checksum": "remote" } },
                    { "address": "10.0.0.4", "forwarding": "local", "active_connections": 5 },
                    { "address": "10.0.0.5", "forwarding": "bypass", "stats": {}, "rates": [] }
                ]
            },
            { "protocol": "udp", "address": "2001:db8::1", "scheduler": "sh",
              "scheduler_flags": ["sh-port", "flag-3"], "persistence": 5, "netmask": 64,
              "persistence_engine": "sip", "one_packet": true, "stats": 1 },
            { "protocol": "sctp", "address": "192.0.2.1", "persistence": 5,
              "netmask": "255.255.0.0" },
            { "firewall_mark": 4294967295, "family": "ipv6", "scheduler_flags": ["flag-1"],
              "other_flags": 64 },
            { "firewall_mark": 5, "servers": [{ "address": "10.0.0.1", "port": 7 }] }
        ],
        "ipvs": null,
        "timeouts": { "udp": 7 },
        "daemons": [
            { "role": "backup" },
            { "role": "master", "interface": "lo", "sync_id": 7, "max_length": 1400,
              "group": "ff02::5", "port": 9999, "ttl": 5 }
        ]
    }"#;
    let expected = [
        ("services[0]", "-A -t 192.0.2.1:80"),
        ("services[0].servers[0]", "-a -t 192.0.2.1:80 -r 10.0.0.1"),
        (
            "services[0].servers[1]",
            "-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 0 -x 9 -y 3",
        ),
        (
            "services[0].servers[2]",
            "-a -t 192.0.2.1:80 -r 2001:db8::3 -i",
        ),
        (
            "services[0].servers[3]",
            "-a -t 192.0.2.1:80 -r [2001:db8::3]:80 -i --tun-type gue --tun-port 6080 --tun-remcsum",
        ),
        (
            "services[0].servers[4]",
            "-a -t 192.0.2.1:80 -r 10.0.0.4 -g",
        ),
        (
            "services[0].servers[5]",
            "-a -t 192.0.2.1:80 -r 10.0.0.5 -g",
        ),
        (
            "services[1]",
            "-A -u 2001:db8::1 -s sh -b sh-port,flag-3 -p 5 -M 64 --pe sip -o",
        ),
        (
            "services[2]",
            "-A --sctp-service 192.0.2.1 -p 5 -M 255.255.0.0",
        ),
        ("services[3]", "-A -f 4294967295 -6 -b flag-1,0x40"),
        ("services[4]", "-A -f 5"),
        ("services[4].servers[0]", "-a -f 5 -r 10.0.0.1:7"),
        ("timeouts", "--set 0 0 7"),
        ("daemons[0]", "--start-daemon backup"),
        (
            "daemons[1]",
            "--start-daemon master --mcast-interface lo --syncid 7 --sync-maxlen 1400 \
             --mcast-group ff02::5 --mcast-port 9999 --mcast-ttl 5",
        ),
    ];
    let read = read_document(text, |_| {}).unwrap();
    assert_eq!(read.len(), expected.len());
    for ((place, command), (expected_place, line)) in read.iter().zip(expected) {
        assert_eq!((place.as_str(), command), (expected_place, &rule(line)));
    }
    let ensured = read_document(text, |wanted| wanted.exist = true).unwrap();
    assert!(matches!(
        ensured[0].1,
        RuleChange::Ensure(Change::AddService(_))
    ));
}

/// A document with one service, and a server of it with these members.
fn with_server(members: &str) -> String {
    format!(
        r#"{{"schema":1,"services":[{{"protocol":"tcp","address":"192.0.2.1","port":80,
        "servers":[{{{members}}}]}}]}}"#
    )
}

fn with_service(members: &str) -> String {
    format!(r#"{{"schema":1,"services":[{{{members}}}]}}"#)
}

/// Every value is judged, and each that makes no sense is told with its place.
#[test]
fn bad_values_are_all_reported() {
    let text = r#"{"schema":1,
        "services":[
            {"protocol":"tcp","address":"192.0.2.1","one_packet":true,"persistence":1},
            {"protocol":"tcp","address":"192.0.2.1","port":80,"servers":[
                {"address":"10.0.0.1","weight":-1},
                {"address":"10.0.0.1"},
                {"address":"2001:db8::1"}
            ]},
            {"protocol":"tcp","address":"192.0.2.1"},
            {"firewall_mark":0}
        ],
        "timeouts":{"tcp":2678401},
        "daemons":[{"role":"slave"},{"role":"master","ttl":0}]}"#;
    let Refused { reported, error } = read_document(text, |_| {}).unwrap_err();
    let expected = [
        "services[0].one_packet: -A -t 192.0.2.1:0 -p 1 -o: '-o' is only for",
        "services[1].servers[0].weight: -a -t 192.0.2.1:80 -r 10.0.0.1 -w -1: bad value '-1' for '-w': \
         a number from 0 to 2147483647 is needed",
        "services[1].servers[2]: -a -t 192.0.2.1:80 -r 2001:db8::1: Different address family",
        "services[2]: -A -t 192.0.2.1:0: Zero port",
        "services[3].firewall_mark: -A -f 0: bad value '0' for '-f'",
        "timeouts: --set 2678401 0 0: bad value '2678401'",
        "daemons[0].role: --start-daemon slave: bad value 'slave'",
        "daemons[1].ttl: --start-daemon master --mcast-ttl 0: bad value '0'",
    ];
    assert_eq!(reported.len(), expected.len(), "{reported:#?}");
    for (reported, expected) in reported.iter().zip(expected) {
        assert!(reported.starts_with(expected), "{reported}");
    }
    assert_eq!(error.to_string(), "nothing was changed: 8 bad entries");
    assert_eq!(error.exit_status(false) as u8, 2);
}

#[test]
fn values_of_each_member() {
    for (members, member) in [
        (
            r#""firewall_mark":1,"scheduler":"a-name-of-16-byte""#,
            "scheduler",
        ),
        (
            r#""firewall_mark":1,"scheduler_flags":["sh-port"]"#,
            "scheduler_flags",
        ),
        (r#""firewall_mark":1,"persistence":0"#, "persistence"),
        (
            r#""firewall_mark":1,"family":"ipv6","persistence":1,"netmask":0"#,
            "netmask",
        ),
        (r#""firewall_mark":4294967296"#, "firewall_mark"),
    ] {
        let Refused { reported, .. } = read_document(&with_service(members), |_| {}).unwrap_err();
        let place = format!("services[0].{member}: -A -f ");
        assert!(reported[0].starts_with(&place), "{reported:?}");
    }
    for (members, member) in [
        (r#""upper_threshold":-1"#, "upper_threshold"),
        (r#""lower_threshold":2147483648"#, "lower_threshold"),
        (r#""tunnel":{"type":"ipip"}"#, "tunnel.type"),
        (
            r#""forwarding":"tunnel","tunnel":{"type":"vxlan"}"#,
            "tunnel.type",
        ),
        (
            r#""forwarding":"tunnel","tunnel":{"type":"gue"}"#,
            "tunnel.type",
        ),
        (
            r#""forwarding":"tunnel","tunnel":{"type":"gue","port":0}"#,
            "tunnel.port",
        ),
        (
            r#""forwarding":"tunnel","tunnel":{"type":"ipip","checksum":"on"}"#,
            "tunnel.checksum",
        ),
    ] {
        let text = with_server(&format!(r#""address":"10.0.0.1",{members}"#));
        let Refused { reported, .. } = read_document(&text, |_| {}).unwrap_err();
        let place = format!("services[0].servers[0].{member}: -a -t ");
        assert!(reported[0].starts_with(&place), "{reported:?}");
    }
}

/// What has another form than a document is told with its place in the text.
#[test]
fn forms_that_are_refused() {
    let server = "services[0].servers[0]";
    for (text, words) in [
        (String::new(), vec!["EOF", "line 1 column 0"]),
        ("{".into(), vec!["line 1 column 1"]),
        ("[1]".into(), vec!["an object", "line 1"]),
        ("{}".into(), vec!["`schema`"]),
        (r#"{"schema":2,"news":1}"#.into(), vec!["'schema' is 2"]),
        (
            r#"{"schema":"1"}"#.into(),
            vec!["string \"1\"", "column 13"],
        ),
        (
            r#"{"schema":1} {"schema":1}"#.into(),
            vec!["trailing characters"],
        ),
        (
            r#"{"schema":1,"service":[]}"#.into(),
            vec!["unknown field `service`", "`services`"],
        ),
        (
            r#"{"schema":1,"timeouts":[1,2,3]}"#.into(),
            vec!["timeouts: ", "an object"],
        ),
        (
            r#"{"schema":1,"services":[["tcp"]]}"#.into(),
            vec!["services[0]: ", "an object"],
        ),
        (
            with_server(r#""address":"10.0.0.1","wieght":1"#),
            vec![server, "`wieght`", "`weight`", "line 2"],
        ),
        (
            with_server(r#""address":"10.0.0.1","weight":"1""#),
            vec![server, ".weight", "string \"1\""],
        ),
        (
            with_server(r#""address":"10.0.0.1","weight":1.5"#),
            vec![server, ".weight", "`1.5`"],
        ),
        (
            with_server(r#""address":"10.0.0.1","weight":1,"weight":2"#),
            vec![server, "duplicate"],
        ),
        (
            with_server(r#""address":"10.0.0.1:80""#),
            vec![server, ".address", "IP address"],
        ),
        (
            with_server(r#""address":"10.0.0.1","port":65536"#),
            vec![".port", "`65536`", "from 0 to 65535"],
        ),
        (
            with_server(r#""address":"10.0.0.1","forwarding":"nat""#),
            vec!["`nat`", "`masquerading`"],
        ),
        (with_server(""), vec![server, "missing field `address`"]),
        (with_service(""), vec!["services[0]", "a firewall_mark"]),
        (
            with_service(r#""protocol":"tcp""#),
            vec!["services[0]", "an address"],
        ),
        (
            with_service(r#""firewall_mark":1,"port":80"#),
            vec!["services[0]", "or else"],
        ),
        (
            with_service(r#""firewall_mark":1,"netmask":24"#),
            vec!["services[0]", "255.255.255.0"],
        ),
        (
            with_service(r#""firewall_mark":1,"netmask":"24""#),
            vec!["services[0].netmask", "\"24\""],
        ),
        (
            with_service(r#""firewall_mark":1,"scheduler":"""#),
            vec![".scheduler", "a name"],
        ),
        (
            with_service(r#""firewall_mark":1,"family":"ipv6","netmask":"255.0.0.0""#),
            vec!["services[0]", "from 1 to 128"],
        ),
    ] {
        let Refused { reported, error } = read_document(&text, |_| {}).unwrap_err();
        assert_eq!(reported, [""; 0]);
        let said = error.to_string();
        for word in words.into_iter().chain(["nothing was changed"]) {
            assert!(said.contains(word), "no '{word}' in: {said}");
        }
        assert_eq!(error.exit_status(false) as u8, 2);
    }
}

/// Without its services a document would clear the table.
#[test]
fn a_replacement_has_services() {
    let replace = |wanted: &mut Restore| wanted.mode = RestoreMode::Replace { dry_run: false };
    let text = r#"{"schema":1,"timeouts":{"tcp":900}}"#;
    let Refused { error, .. } = read_document(text, replace).unwrap_err();
    assert!(error.to_string().contains("'services'"), "{error}");
    assert_eq!(error.exit_status(false) as u8, 2);
    assert_eq!(read_document(text, |_| {}).unwrap().len(), 1);
    let empty = read_document(r#"{"schema":1,"services":[]}"#, replace);
    assert_eq!(empty.unwrap().len(), 0);
}

/// No list of daemons leaves them alone, an empty one wants none.
#[test]
fn daemons_that_are_spoken_of() {
    let daemons = |text: &str| {
        let document = Document::read(&mut text.as_bytes()).unwrap();
        document.into_source().initial_ruleset().daemons
    };
    assert_eq!(daemons(r#"{"schema":1}"#), None);
    assert_eq!(daemons(r#"{"schema":1,"daemons":[]}"#), Some(Vec::new()));
}
