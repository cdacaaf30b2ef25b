//! The rules on made-up facts: above all what they must not say, and the edges that no real director
//! is made for. That each says what it should, and mends it, is tested on real ones (tests/diagnose).

mod addresses;
mod direct;
mod edges;
mod firewall;
mod many;
mod probe;
mod settings;
mod silent;
mod slips;
mod sync;
mod traffic;

use std::net::IpAddr;

use ipnet::IpNet;

use super::*;
use crate::diagnose::connections::Summary;
use crate::diagnose::facts::{Interface, Listener, Neighbour, Reachability, Route, Settings};
use crate::diagnose::modules::Modules;
use crate::diagnose::report;
use crate::kernel::proc::connections::parse;
use crate::model::{
    DaemonRole, Endpoint, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer,
    RealServerEntry, SchedulerFlags, Service, ServiceEntry, ServiceWithServers, Stats, SyncDaemon,
    Timeouts,
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

fn server(place: &str, forwarding: Forwarding) -> RealServerEntry {
    RealServerEntry {
        server: RealServer {
            endpoint: endpoint(place),
            forwarding,
            weight: 1,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: 0,
        inactive_connections: 0,
        persistent_connections: 0,
        stats: Stats::default(),
    }
}

fn service(id: ServiceId, servers: Vec<RealServerEntry>) -> ServiceWithServers {
    ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id,
                scheduler: Name::constant("wlc"),
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: None,
                netmask: Netmask::whole(id.family()),
                persistence_engine: None,
                one_packet: false,
            },
            stats: Stats::default(),
        },
        servers,
    }
}

fn tcp(place: &str) -> ServiceId {
    ServiceId::Address {
        protocol: Protocol::Tcp,
        endpoint: endpoint(place),
    }
}

fn interface(held: &str, prefix: u8) -> Interface {
    Interface {
        up: true,
        multicast: true,
        mtu: 1500,
        addresses: vec![IpNet::new(address(held), prefix).unwrap()],
        forwarding: Some(true),
        ..Interface::default()
    }
}

fn daemon(role: DaemonRole) -> SyncDaemon {
    SyncDaemon {
        role,
        interface: Name::constant("eth1"),
        sync_id: 0,
        max_length: None,
        group: None,
        port: None,
        ttl: None,
    }
}

/// A director with one masqueraded server, on which all is well.
fn healthy() -> Facts {
    let direct = |interface: &str| Route::Direct(interface.to_owned());
    Facts {
        release: "6.1.0".to_owned(),
        modules: Modules::parse(Some("ip_vs 1\nip_vs_wlc 1\n"), Some(""), Some("")),
        ipvs_loaded: true,
        services: vec![service(
            tcp("192.0.2.1:80"),
            vec![server("10.0.0.11:80", Forwarding::Masquerading)],
        )],
        timeouts: Timeouts {
            tcp: 900,
            tcp_fin: 120,
            udp: 300,
        },
        interfaces: [
            ("eth0".to_owned(), interface("192.0.2.1", 24)),
            ("eth1".to_owned(), interface("10.0.0.1", 24)),
        ]
        .into(),
        routes: [
            (address("192.0.2.1"), Route::Local),
            (address("10.0.0.11"), direct("eth1")),
        ]
        .into(),
        settings: Settings {
            ip_forward: Some(true),
            ip6_forward: Some(false),
            rp_filter: 0,
            send_redirects: true,
            conntrack: Some(false),
            expire_quiescent_template: Some(false),
            tcp_loose: Some(true),
            tcp_be_liberal: Some(false),
        },
        ..Facts::default()
    }
}

fn titles_of(facts: &Facts) -> Vec<String> {
    examine(facts)
        .into_iter()
        .map(|finding| finding.title)
        .collect()
}

/// The commands of each finding, a line each.
fn fixes_of(facts: &Facts) -> Vec<String> {
    let commands = |finding: Finding| {
        let fixes: Vec<String> = finding.fixes.iter().map(|fix| fix.to_string()).collect();
        fixes.join("\n")
    };
    examine(facts).into_iter().map(commands).collect()
}

/// The line of a connection to a service at a port of 192.0.2.1.
fn line(client: &str, port: u16, server: &str, state: &str, expires: u64) -> String {
    let hex = |text: &str| {
        let Endpoint { address, port } = endpoint(text);
        match address {
            IpAddr::V4(v4) => format!("{:08X} {port:04X}", u32::from(v4)),
            IpAddr::V6(v6) => format!("[{v6}] {port:04X}"),
        }
    };
    format!(
        "TCP {} C0000201 {port:04X} {} {state} {expires}",
        hex(client),
        hex(server)
    )
}

/// Gives the director these connections.
fn connect(facts: &mut Facts, lines: &[String]) {
    let own = facts.interfaces.values().flat_map(|held| &held.addresses);
    let own = own.map(IpNet::addr).collect();
    let networks = facts.attached().copied().collect();
    let services = facts.services.clone();
    let mut summary = Summary::new(&services, own, networks, facts.timeouts);
    for line in lines {
        summary.add(&parse(line).unwrap());
    }
    facts.connections = summary.finish();
}

/// Counters of the first server of the first service.
fn count(facts: &mut Facts, connections: u64, in_packets: u64, out_packets: u64) {
    facts.services[0].servers[0].stats = Stats {
        connections,
        in_packets,
        out_packets,
        in_bytes: in_packets * 60,
        out_bytes: out_packets * 60,
        ..Stats::default()
    };
}

fn neighbour(facts: &mut Facts, held: &str, reachability: Reachability) {
    let entry = Neighbour {
        address: address(held),
        interface: "eth1".to_owned(),
        reachability,
    };
    facts.neighbours.insert(entry.address, vec![entry]);
}

#[test]
fn nothing_on_a_healthy_director() {
    let facts = healthy();
    assert_eq!(examine(&facts), []);
    assert_eq!(
        report::text(&report::Extent::of(&facts).to_string(), &[], false),
        "Nothing found: looked at 1 service with 1 server, and at 0 sync daemons.\n"
    );
}

#[test]
fn a_report_with_one_finding() {
    let mut facts = healthy();
    facts.settings.ip_forward = Some(false);
    facts
        .interfaces
        .values_mut()
        .for_each(|interface| interface.forwarding = Some(false));
    assert_eq!(
        report::text(
            &report::Extent::of(&facts).to_string(),
            &examine(&facts),
            false
        ),
        "broken[forwarding-off]: net.ipv4.ip_forward is 0, and TCP 192.0.2.1:80 masquerades.\n\
         The answers of masqueraded servers go through this host, which drops them: clients never get one. \
         To keep it at the next start, write 'net.ipv4.ip_forward = 1' to a file in /etc/sysctl.d.\n\
         \n    sysctl -w net.ipv4.ip_forward=1\n\
         \n1 finding: looked at 1 service with 1 server, and at 0 sync daemons.\n"
    );
}

#[test]
fn a_grade_is_coloured_and_nothing_else() {
    use crate::diagnose::{finding::Grade, id::Id};
    for (grade, colour) in [(Grade::Broken, 31), (Grade::Trap, 33), (Grade::Note, 36)] {
        let finding = Finding::new(Id::NoServer, grade, "a title").seen("something");
        let coloured = report::text("everything", std::slice::from_ref(&finding), true);
        let plain = report::text("everything", &[finding], false);
        assert_eq!(
            coloured
                .replacen(&format!("\x1b[1m\x1b[{colour}m"), "", 1)
                .replacen("\x1b[0m", "", 1),
            plain
        );
        assert!(!plain.contains('\x1b'));
        assert!(
            coloured.contains("[no-server]\x1b[0m: a title.\n"),
            "{coloured:?}"
        );
    }
}

#[test]
fn commands_are_safe_to_paste() {
    assert_eq!(
        interface_parameter("eth0.100", "rp_filter"),
        "net.ipv4.conf.eth0/100.rp_filter"
    );
    assert_eq!(quote("eth0"), "eth0");
    assert_eq!(quote("a;reboot"), "'a;reboot'");
    assert_eq!(quote("it's"), "\"it's\"");
}

#[test]
fn a_kernel_that_knows_no_tunnel_but_ipip() {
    let with = |release: &str, forwarding| {
        let servers = vec![server("10.0.0.11:80", forwarding)];
        let facts = Facts {
            release: release.to_owned(),
            services: vec![service(tcp("192.0.2.1:80"), servers)],
            ..healthy()
        };
        super::kernel::older_than_tunnel_types(&facts)
    };
    let tunnel = Forwarding::Tunnel(crate::model::Tunnel::Ipip);
    for release in ["4.19.0-27-amd64", "5.2.21", "3.18"] {
        let findings = with(release, tunnel);
        assert_eq!(findings.len(), 1, "{release}");
        assert!(findings[0].title.contains(release), "{findings:?}");
        assert!(findings[0].title.contains("10.0.0.11:80"), "{findings:?}");
        assert!(with(release, Forwarding::Masquerading).is_empty());
    }
    for release in ["5.3.0", "5.10.0-32-cloud-amd64", "6.1.0", "10.0", "strange"] {
        assert!(with(release, tunnel).is_empty(), "{release}");
    }
}
