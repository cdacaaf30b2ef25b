//! Command lines that ask about connections.

use super::{parse_line, refused};
use crate::cli::command::{Command, Listed};
use crate::model::connection::{
    ConnectionQuery, CountBy, CountKey, Counting, ServerQuery, StateSet, TableProtocol,
};
use crate::model::{Endpoint, Family, Protocol, ServiceId};

fn query(line: &str) -> ConnectionQuery {
    match parse_line(line) {
        Ok(Command::List(list)) => match list.what {
            Listed::Connections { query, .. } => query,
            other => panic!("{line}: {other:?}"),
        },
        other => panic!("{line}: {other:?}"),
    }
}

fn states(names: &[&str]) -> Option<StateSet> {
    let mut states = StateSet::default();
    names.iter().for_each(|name| assert!(states.add(name)));
    Some(states)
}

#[test]
fn what_is_asked() {
    let none = ConnectionQuery::default();
    let endpoint = |port| Endpoint {
        address: [192, 0, 2, 1].into(),
        port,
    };
    let service = |protocol, port| ConnectionQuery {
        service: Some(ServiceId::Address {
            protocol,
            endpoint: endpoint(port),
        }),
        ..none
    };
    let server = |port| {
        Some(ServerQuery {
            address: [10, 0, 0, 11].into(),
            port,
        })
    };
    let count = |first, second, top| ConnectionQuery {
        count: Some(Counting {
            by: CountBy { first, second },
            top,
        }),
        ..none
    };
    for (line, expected) in [
        ("-Lc", none),
        ("-Lnc -t 192.0.2.1:80", service(Protocol::Tcp, 80)),
        ("-L -c -u 192.0.2.1", service(Protocol::Udp, 0)),
        (
            "-L -c --sctp-service 192.0.2.1:80",
            service(Protocol::Sctp, 80),
        ),
        (
            "-L -f 5 -6 -c",
            ConnectionQuery {
                service: Some(ServiceId::FirewallMark {
                    mark: 5,
                    family: Family::V6,
                }),
                ..none
            },
        ),
        (
            "-Lc -r 10.0.0.11",
            ConnectionQuery {
                server: server(None),
                ..none
            },
        ),
        (
            "-Lc -r 10.0.0.11:0",
            ConnectionQuery {
                server: server(Some(0)),
                ..none
            },
        ),
        (
            "-Lc -r 10.0.0.11:http",
            ConnectionQuery {
                server: server(Some(80)),
                ..none
            },
        ),
        (
            "-Lc -t 192.0.2.1:443 -r 10.0.0.11",
            ConnectionQuery {
                server: server(None),
                ..service(Protocol::Tcp, 443)
            },
        ),
        (
            "-Lc --client 192.0.2.9",
            ConnectionQuery {
                client: Some("192.0.2.9/32".parse().unwrap()),
                ..none
            },
        ),
        (
            "-Lc --client=2001:db8::/32",
            ConnectionQuery {
                client: Some("2001:db8::/32".parse().unwrap()),
                ..none
            },
        ),
        (
            "-Lc --client ::ffff:192.0.2.9",
            ConnectionQuery {
                client: Some("192.0.2.9/32".parse().unwrap()),
                ..none
            },
        ),
        (
            "-Lc --client ::ffff:10.0.0.0/104",
            ConnectionQuery {
                client: Some("10.0.0.0/8".parse().unwrap()),
                ..none
            },
        ),
        (
            "-Lc --state syn_recv,Fin_Wait",
            ConnectionQuery {
                states: states(&["SYN_RECV", "FIN_WAIT"]),
                ..none
            },
        ),
        (
            "-Lc --protocol SCTP --state c-wait",
            ConnectionQuery {
                states: states(&["C-WAIT"]),
                protocol: Some(TableProtocol::Transport(Protocol::Sctp)),
                ..none
            },
        ),
        (
            "-Lc --protocol ip",
            ConnectionQuery {
                protocol: Some(TableProtocol::Ip),
                ..none
            },
        ),
        (
            "-Lc --expires-after 10 --expires-within 11",
            ConnectionQuery {
                expires_after: Some(10),
                expires_within: Some(11),
                ..none
            },
        ),
        (
            "-Lc --origin",
            ConnectionQuery {
                origin: true,
                ..none
            },
        ),
        ("-Lc --count-by client", count(CountKey::Client, None, None)),
        (
            "-Lc --top 3 --count-by server,origin",
            count(CountKey::Server, Some(CountKey::Origin), Some(3)),
        ),
    ] {
        assert_eq!(query(line), expected, "{line}");
    }
}

#[test]
fn what_makes_no_sense() {
    for (line, words) in [
        (
            "-Lc --client localhost",
            &["--client", "'localhost'", "as a number"] as &[&str],
        ),
        ("-Lc --client 10.0.0.1:80", &["'10.0.0.1:80'"]),
        ("-Lc --client 10.0.0.0/33", &["'10.0.0.0/33'"]),
        ("-Lc --client 10.1", &["'10.1'"]),
        (
            "-Lc --client 10.1.2.3/8",
            &["'10.1.2.3/8'", "'10.0.0.0/8'", "'10.1.2.3'"],
        ),
        (
            "-Lc --client 2001:db8::1/32",
            &["'2001:db8::/32'", "'2001:db8::1'"],
        ),
        (
            "-Lc --state SYN",
            &["'SYN'", "SYN_SENT, SYN_RECV", "S-ACK-SENT"],
        ),
        ("-Lc --state ESTABLISHED,", &["no state ''"]),
        ("-Lc --protocol icmp", &["'icmp'", "tcp, udp, sctp, ip"]),
        (
            "-Lc --count-by port",
            &["'port'", "client, service, server, state, origin"],
        ),
        ("-Lc --count-by client,client", &["'client,client'"]),
        (
            "-Lc --count-by client,state,server",
            &["'client,state,server'"],
        ),
        ("-Lc --count-by ,state", &["',state'"]),
        ("-Lc --count-by client --top 0", &["--top", "1"]),
        ("-Lc --expires-within -1", &["'-1'"]),
        ("-Lc --top 3", &["--top", "--count-by"]),
        ("-L --client 10.0.0.1", &["--client", "-c"]),
        ("-L -r 10.0.0.1", &["-r", "-c"]),
        // Filters of which no connection can pass both.
        (
            "-Lc -t 192.0.2.1:80 --protocol udp",
            &["'-t'", "'--protocol'"],
        ),
        ("-Lc -u 192.0.2.1:80 --state SYN_RECV", &["UDP", "SYN_RECV"]),
        (
            "-Lc --protocol ip --state ESTABLISHED",
            &["IP", "ESTABLISHED"],
        ),
        (
            "-Lc --protocol tcp --state C-WAIT,ESTABLISHED",
            &["TCP", "C-WAIT"],
        ),
        (
            "-Lc -t 192.0.2.1:80 --client fd00::/8",
            &["'-t'", "'--client'"],
        ),
        ("-Lc -f 5 --client fd00::1", &["'-f'", "'--client'"]),
        (
            "-Lc --expires-within 10 --expires-after 10",
            &["'--expires-within'"],
        ),
        (
            "-Lc --count-by client --origin",
            &["'--count-by'", "'--origin'"],
        ),
    ] {
        refused(line, 2, words);
    }
}
