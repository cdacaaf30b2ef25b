//! What each rule takes as wrong, and what not quite.

use super::*;
use crate::diagnose::firewall::Firewall;

#[test]
fn forwarding_on_the_one_interface_that_needs_it_is_enough() {
    let mut facts = healthy();
    facts.settings.ip_forward = Some(false);
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn without_ipvs_the_next_step_depends_on_what_is_installed() {
    for (tree, expected) in [
        (Some("kernel/ip_vs.ko:\n"), "it is installed"),
        (Some(""), "linux-modules-extra-6.1.0"),
        (None, "load it on the host"),
    ] {
        let facts = Facts {
            release: "6.1.0".to_owned(),
            modules: Modules::parse(None, None, tree),
            ..Facts::default()
        };
        let findings = examine(&facts);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].why.contains(expected), "{}", findings[0].why);
    }
}

#[test]
fn many_services_of_one_address_are_one_finding() {
    let mut facts = healthy();
    facts.routes.insert(address("192.0.2.1"), Route::None);
    facts.routes.insert(address("10.0.0.11"), Route::None);
    facts.interfaces.remove("eth0");
    facts.services = (1..=1000)
        .map(|port| {
            let servers = vec![server(
                &format!("10.0.0.11:{port}"),
                Forwarding::DirectRouting,
            )];
            service(tcp(&format!("192.0.2.1:{port}")), servers)
        })
        .collect();
    let three = "TCP 192.0.2.1:1, TCP 192.0.2.1:2, TCP 192.0.2.1:3 and 997 more";
    assert_eq!(
        titles_of(&facts),
        [
            format!("192.0.2.1, the address of {three}, is on no interface"),
            format!("There is no route to 10.0.0.11, a server of {three}"),
        ]
    );
}

#[test]
fn persistence_is_only_short_where_connections_are_synchronised() {
    let mut facts = healthy();
    facts.services[0].entry.service.persistence = Some(360);
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.daemons = vec![daemon(DaemonRole::Backup)];
    assert_eq!(
        fixes_of(&facts),
        ["ipvsadm -E -t 192.0.2.1:80 -s wlc -p 900"]
    );
    facts.services[0].entry.service.persistence = Some(900);
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_strict_filter_needs_traces_of_what_it_dropped() {
    let mut facts = healthy();
    facts.settings.rp_filter = 1;
    facts
        .replies
        .insert(address("192.0.2.1"), Route::Gateway("eth1".to_owned()));
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.reverse_path_drops = 7;
    assert_eq!(
        fixes_of(&facts),
        ["sysctl -w net.ipv4.conf.eth0.rp_filter=2"]
    );
    // A service for the director's own networks is reached.
    facts.services[0].entry.stats.connections = 1;
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_loose_filter_anywhere_holds() {
    let mut facts = healthy();
    facts
        .interfaces
        .insert("by.way".to_owned(), interface("172.16.0.1", 24));
    facts
        .routes
        .insert(address("10.0.0.11"), Route::Direct("by.way".to_owned()));
    facts.settings.rp_filter = 1;
    assert_eq!(
        fixes_of(&facts),
        ["sysctl -w net.ipv4.conf.eth1.rp_filter=2"]
    );
    facts.settings.rp_filter = 2;
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn this_host_may_serve_if_somebody_listens() {
    let mut facts = healthy();
    facts.services[0].servers = vec![
        server("192.0.2.1:80", Forwarding::DirectRouting),
        server("192.0.2.1:8080", Forwarding::Masquerading),
    ];
    let listen = |place: &str| {
        let Endpoint { address, port } = endpoint(place);
        Listener {
            protocol: Protocol::Tcp,
            address,
            port,
        }
    };
    facts.listeners = [listen("[::]:80"), listen("10.0.0.1:8080")].into();
    let expected =
        "192.0.2.1:8080 of TCP 192.0.2.1:80 is this host, where nothing listens on 192.0.2.1:8080";
    assert_eq!(titles_of(&facts), [expected]);
    facts.listeners.insert(listen("192.0.2.1:8080"));
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn one_server_below_its_threshold_keeps_a_service_open() {
    let mut facts = healthy();
    let full = |weight, connections| {
        let mut entry = server("10.0.0.11:80", Forwarding::Masquerading);
        entry.server.weight = weight;
        entry.server.upper_threshold = 10;
        entry.inactive_connections = connections;
        entry
    };
    facts.services[0].servers = vec![full(1, 10), full(1, 9)];
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.services[0].servers = vec![full(1, 10), full(0, 9)];
    assert_eq!(
        fixes_of(&facts),
        ["ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 1 -x 20"]
    );
}

#[test]
fn translation_by_the_firewall_where_it_means_masqueraded_servers() {
    let mut facts = healthy();
    let gateway =
        "-A POSTROUTING -s 10.0.0.0/24 -o eth0 -j MASQUERADE\nip daddr 10.1.0.0/24 masquerade\n";
    facts.firewall = Some(Firewall::parse(gateway.to_owned()));
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.firewall = Some(Firewall::parse(format!(
        "{gateway}ip daddr 10.0.0.11 masquerade\n"
    )));
    assert_eq!(fixes_of(&facts), ["sysctl -w net.ipv4.vs.conntrack=1"]);
    facts.services[0].servers[0].server.forwarding = Forwarding::DirectRouting;
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_mark_that_no_rule_sets_unless_packets_come() {
    let mut facts = healthy();
    let id = ServiceId::FirewallMark {
        mark: 5,
        family: crate::model::Family::V4,
    };
    facts.services = vec![service(
        id,
        vec![server("10.0.0.11:80", Forwarding::Masquerading)],
    )];
    assert_eq!(titles_of(&facts), [""; 0], "where the rules are not known");
    facts.firewall = Some(Firewall::default());
    assert_eq!(
        titles_of(&facts),
        ["FWM 5 has seen no packet, and no firewall rule sets that mark"]
    );
    facts.services[0].entry.stats.in_packets = 1;
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_standby_director_has_no_address() {
    let mut facts = healthy();
    facts.routes.insert(address("192.0.2.1"), Route::None);
    facts.interfaces.remove("eth0");
    facts.daemons = vec![daemon(DaemonRole::Backup)];
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.daemons.push(daemon(DaemonRole::Master));
    assert_eq!(titles_of(&facts).len(), 1);
}
