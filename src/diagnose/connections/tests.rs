use std::net::IpAddr;

use super::*;
use crate::kernel::proc::connections::parse;
use crate::model::{
    Family, Forwarding, Name, Netmask, OtherFlags, RealServer, SchedulerFlags, Service,
    ServiceEntry, Stats,
};

fn address(text: &str) -> IpAddr {
    text.parse()
        .unwrap_or_else(|_| panic!("no address: {text}"))
}

fn endpoint(text: &str) -> Endpoint {
    let place: std::net::SocketAddr = text.parse().unwrap_or_else(|_| panic!("no place: {text}"));
    Endpoint {
        address: place.ip(),
        port: place.port(),
    }
}

fn id(protocol: Protocol, place: &str) -> ServiceId {
    ServiceId::Address {
        protocol,
        endpoint: endpoint(place),
    }
}

const MARK: ServiceId = ServiceId::FirewallMark {
    mark: 5,
    family: Family::V4,
};

fn service(id: ServiceId, servers: &[&str]) -> ServiceWithServers {
    let entry = |place: &&str| RealServerEntry {
        server: RealServer {
            endpoint: endpoint(place),
            forwarding: Forwarding::Masquerading,
            weight: 1,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: 0,
        inactive_connections: 0,
        persistent_connections: 0,
        stats: Stats::default(),
    };
    ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id,
                scheduler: Name::constant("rr"),
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: None,
                netmask: Netmask::whole(id.family()),
                persistence_engine: None,
                one_packet: false,
            },
            stats: Stats::default(),
        },
        servers: servers.iter().map(entry).collect(),
    }
}

const TIMEOUTS: Timeouts = Timeouts {
    tcp: 900,
    tcp_fin: 120,
    udp: 300,
};

/// The summary of these lines on a host in three networks.
fn summary(services: &[ServiceWithServers], lines: &[&str]) -> Connections {
    let own = ["192.0.2.1", "10.0.0.1", "10.0.0.2", "fd00::1"].map(address);
    let networks = ["192.0.2.1/24", "10.0.0.1/24", "fd00::1/64"].map(|held| held.parse().unwrap());
    let mut summary = Summary::new(services, own.into(), networks.into(), TIMEOUTS);
    for line in lines {
        summary.add(&parse(line).unwrap());
    }
    summary.finish()
}

/// The line of a connection to the service 192.0.2.1:80.
fn tcp(client: &str, server: &str, state: &str) -> String {
    let hex = |text: &str| {
        let Endpoint { address, port } = endpoint(text);
        match address {
            IpAddr::V4(v4) => format!("{:08X} {port:04X}", u32::from(v4)),
            IpAddr::V6(v6) => format!("[{v6}] {port:04X}"),
        }
    };
    let (client, server) = (hex(client), hex(server));
    format!("TCP {client} C0000201 0050 {server} {state} 59")
}

#[test]
fn every_connection_counts_for_its_server_by_how_far_it_has_come() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let services = [service(web, &["10.0.0.11:80", "10.0.0.12:8080"])];
    let line = |state| tcp("192.0.2.100:4711", "10.0.0.12:8080", state);
    let lines = [
        "SYN_RECV",
        "ESTABLISHED",
        "FIN_WAIT",
        "TIME_WAIT",
        "CLOSE",
        "SYN_RECV",
        "NONE",
    ]
    .map(line);
    let lines = lines.each_ref().map(String::as_str);
    let found = summary(&services, &lines);
    assert_eq!(found.to(&web, endpoint("10.0.0.11:80")), Tally::default());
    let tally = found.to(&web, endpoint("10.0.0.12:8080"));
    let expected = Counts {
        waiting: 2,
        answered: 3,
        reset: 1,
        waited: 1,
        waiting_ago: None,
        answered_ago: Some(61),
    };
    assert_eq!((tally.all, tally.beside), (expected, Counts::default()));
    assert_eq!(tally.waiting_at, Some(endpoint("192.0.2.1:80")));
    assert_eq!(found.gone(), []);
}

#[test]
fn clients_in_the_servers_network_and_the_director_itself() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let services = [service(web, &["10.0.0.11:80", "10.1.0.11:80"])];
    for (client, server, beside, own) in [
        ("192.0.2.100:1", "10.0.0.11:80", 0, 0),
        ("10.0.0.100:1", "10.0.0.11:80", 1, 0),
        ("10.0.0.1:1", "10.0.0.11:80", 0, 1),
        ("10.0.0.2:1", "10.0.0.11:80", 0, 1),
        ("192.0.2.1:1", "10.0.0.11:80", 0, 1),
        // Not a network of this host.
        ("10.1.0.100:1", "10.1.0.11:80", 0, 0),
    ] {
        let found = summary(&services, &[&tcp(client, server, "SYN_RECV")]);
        let tally = found.to(&web, endpoint(server));
        let counts = (tally.all.waiting, tally.beside.waiting, tally.own.waiting);
        assert_eq!(counts, (1, beside, own), "{client}");
        let expected = (beside == 1).then(|| endpoint(client).address);
        assert_eq!(tally.beside_client, expected, "{client}");
    }
}

#[test]
fn services_of_every_port_and_of_a_mark() {
    let all_ports = id(Protocol::Tcp, "192.0.2.1:0");
    let services = [
        service(all_ports, &["10.0.0.11:0"]),
        service(MARK, &["10.0.0.12:0", "10.0.0.13:8080"]),
    ];
    for (server, service, entry) in [
        ("10.0.0.11:80", all_ports, "10.0.0.11:0"),
        ("10.0.0.12:443", MARK, "10.0.0.12:0"),
        ("10.0.0.13:8080", MARK, "10.0.0.13:8080"),
    ] {
        let found = summary(&services, &[&tcp("192.0.2.9:1", server, "SYN_RECV")]);
        assert_eq!(
            found.to(&service, endpoint(entry)).all.waiting,
            1,
            "{server}"
        );
        assert_eq!(found.gone(), []);
    }
}

#[test]
fn servers_that_are_no_longer_there() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let services = [service(web, &["10.0.0.11:80"])];
    let line = |server| tcp("192.0.2.9:1", server, "ESTABLISHED");
    let lines = [
        line("10.0.0.13:80"),
        line("10.0.0.12:80"),
        line("10.0.0.13:80"),
    ];
    let found = summary(&services, &lines.each_ref().map(String::as_str));
    let expected = [
        (web, endpoint("10.0.0.12:80"), 1),
        (web, endpoint("10.0.0.13:80"), 2),
    ];
    assert_eq!(found.gone(), expected);
    let ended = tcp("192.0.2.9:1", "10.0.0.13:80", "TIME_WAIT");
    assert_eq!(summary(&services, &[&ended]).gone(), []);
    // Of a service that is gone as well nothing is noted.
    assert_eq!(
        summary(&[], &[&line("10.0.0.13:80")]),
        Connections::default()
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let services = [service(web, &["10.0.0.11:80"])];
    let lines: Vec<String> = (0..2 * MOST_GONE)
        .map(|port| {
            tcp(
                "192.0.2.9:1",
                &format!("10.0.0.12:{}", port + 1),
                "ESTABLISHED",
            )
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(summary(&services, &lines).gone().len(), MOST_GONE);
}

#[test]
fn templates_and_what_knows_no_connections() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let dns = id(Protocol::Udp, "192.0.2.1:80");
    let services = [
        service(web, &["10.0.0.11:80"]),
        service(dns, &["10.0.0.11:80"]),
    ];
    let found = summary(
        &services,
        &[
            "TCP C0000264 0000 C0000201 0050 0A00000B 0050 NONE 300",
            "IP C0000264 0000 00000005 0000 0A00000B 0000 NONE 300",
        ],
    );
    assert_eq!(found, Connections::default());
    let found = summary(
        &services,
        &["UDP C0000264 0035 C0000201 0050 0A00000B 0050 UDP 300"],
    );
    assert_eq!(found.to(&dns, endpoint("10.0.0.11:80")), Tally::default());
}

#[test]
fn sctp_has_other_words() {
    for (state, progress) in [
        ("INIT1", Progress::Waiting),
        ("INIT", Progress::Waiting),
        ("ESTABLISHED", Progress::Answered),
        ("SHUTDOWN_ACK_SENT", Progress::Answered),
        ("REJECTED", Progress::Reset),
        ("CLOSED", Progress::Reset),
        ("NONE", Progress::Unknown),
    ] {
        assert_eq!(Progress::of(Protocol::Sctp, state), progress, "{state}");
    }
}

#[test]
fn ipv6() {
    let web = ServiceId::Address {
        protocol: Protocol::Tcp,
        endpoint: endpoint("[fd00::80]:80"),
    };
    let services = [service(web, &["[fd00::11]:80"])];
    let line = "TCP fd00:0000:0000:0000:0000:0000:0000:0064 1234 fd00:0000:0000:0000:0000:0000:0000:0080 0050 \
                fd00:0000:0000:0000:0000:0000:0000:0011 0050 SYN_RECV 59";
    let tally = summary(&services, &[line]).to(&web, endpoint("[fd00::11]:80"));
    assert_eq!((tally.all.waiting, tally.beside.waiting), (1, 1));
    assert_eq!(tally.beside_client, Some(address("fd00::64")));
}

#[test]
fn what_happened_last_is_what_counts() {
    let web = id(Protocol::Tcp, "192.0.2.1:80");
    let services = [service(web, &["10.0.0.11:80"])];
    let line = |state: &str, expires: u64| {
        format!("TCP C0000264 1234 C0000201 0050 0A00000B 0050 {state} {expires}")
    };
    for (lines, only_wait, work) in [
        (vec![line("SYN_RECV", 60)], true, false),
        (vec![line("TIME_WAIT", 119)], false, true),
        // The last answer is older than the last connection that waits.
        (
            vec![line("TIME_WAIT", 110), line("SYN_RECV", 55)],
            true,
            false,
        ),
        (
            vec![line("ESTABLISHED", 100), line("SYN_RECV", 55)],
            true,
            false,
        ),
        (
            vec![line("TIME_WAIT", 119), line("SYN_RECV", 55)],
            false,
            true,
        ),
        (
            vec![line("ESTABLISHED", 899), line("SYN_RECV", 55)],
            false,
            true,
        ),
        // That one was opened just now.
        (
            vec![line("TIME_WAIT", 110), line("SYN_RECV", 59)],
            false,
            true,
        ),
        // Nobody knows how old these are.
        (vec![line("SYNACK", 5), line("SYN_RECV", 55)], false, true),
    ] {
        let texts: Vec<&str> = lines.iter().map(String::as_str).collect();
        let counts = summary(&services, &texts)
            .to(&web, endpoint("10.0.0.11:80"))
            .all;
        assert_eq!(
            (counts.only_wait(), counts.work()),
            (only_wait, work),
            "{lines:?}"
        );
    }
}
