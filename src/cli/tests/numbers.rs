//! Numbers as values of options: their bounds and spellings.

use super::{change, refused};
use crate::model::{Change, Family, Forwarding, RealServer, Service, ServiceId, Tunnel};

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

/// The words in front of the number, its bounds, and its place in the request.
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
