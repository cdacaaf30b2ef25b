//! Servers that get packets as they are.

use super::*;
use crate::diagnose::Grade;
use crate::model::{Family, Tunnel};

fn direct(place: &str) -> Facts {
    let mut facts = healthy();
    facts.services[0].servers = vec![server(place, Forwarding::DirectRouting)];
    let route = Route::Direct("eth0".to_owned());
    facts.routes.insert(endpoint(place).address, route);
    facts
}

#[test]
fn a_router_in_between_that_is_needed_or_not() {
    let mut facts = direct("203.0.113.11:80");
    let behind = Route::Gateway("eth0".to_owned());
    facts.routes.insert(address("203.0.113.11"), behind.clone());
    assert_eq!(
        fixes_of(&facts),
        [
            "modprobe ipip # on 203.0.113.11\nip link set tunl0 up # on 203.0.113.11\n\
          sysctl -w net.ipv4.conf.tunl0.rp_filter=2 # on 203.0.113.11\n\
          ipvsadm -e -t 192.0.2.1:80 -r 203.0.113.11:80 -i -w 1 --tun-type ipip"
        ]
    );
    let mut facts = direct("192.0.2.11:80");
    facts.routes.insert(address("192.0.2.11"), behind);
    assert_eq!(fixes_of(&facts), ["ip route replace 192.0.2.11 dev eth0"]);
    // What works, works; and who is out of service gets nothing.
    connect(
        &mut facts,
        &[line(
            "198.51.100.7:1",
            80,
            "192.0.2.11:80",
            "ESTABLISHED",
            800,
        )],
    );
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn another_port_matters_as_far_as_connections_show() {
    for (state, grade, fix) in [
        (
            "SYN_RECV",
            Grade::Broken,
            "iptables -t nat -A PREROUTING -d 192.0.2.1 -p tcp --dport 80 -j DNAT --to-destination 192.0.2.11:8080 \
             # on 192.0.2.11",
        ),
        (
            "ESTABLISHED",
            Grade::Note,
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -w 1\nipvsadm -d -t 192.0.2.1:80 -r 192.0.2.11:8080",
        ),
        (
            "NONE",
            Grade::Trap,
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -w 1\nipvsadm -d -t 192.0.2.1:80 -r 192.0.2.11:8080",
        ),
    ] {
        let mut facts = direct("192.0.2.11:8080");
        let connection = line("198.51.100.7:1", 80, "192.0.2.11:8080", state, 50);
        connect(&mut facts, &[connection]);
        let findings = examine(&facts);
        assert_eq!((findings.len(), findings[0].id), (1, Id::PortNotTranslated));
        assert_eq!(findings[0].grade, grade, "{state}");
        assert_eq!(fixes_of(&facts), [fix], "{state}");
    }
}

#[test]
fn ports_of_a_mark_are_what_clients_use() {
    let mark = ServiceId::FirewallMark {
        mark: 5,
        family: Family::V4,
    };
    let mut facts = direct("192.0.2.11:8080");
    facts.services[0].entry.service.id = mark;
    assert_eq!(titles_of(&facts), [""; 0], "nobody has come");
    connect(
        &mut facts,
        &[line(
            "198.51.100.7:1",
            8080,
            "192.0.2.11:8080",
            "SYN_RECV",
            50,
        )],
    );
    assert_eq!(titles_of(&facts), [""; 0], "they come to that port");
    connect(
        &mut facts,
        &[line(
            "198.51.100.7:1",
            80,
            "192.0.2.11:8080",
            "SYN_RECV",
            50,
        )],
    );
    assert_eq!(examine(&facts)[0].grade, Grade::Broken);
}

#[test]
fn the_director_as_a_client() {
    let mut facts = direct("192.0.2.11:80");
    let own = |state, expires| line("192.0.2.1:1", 80, "192.0.2.11:80", state, expires);
    connect(&mut facts, &[own("SYN_RECV", 50)]);
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    // Without another address on that link nothing can be done here.
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::OwnClient, Grade::Note)
    );
    let other = "192.0.2.2/24".parse().unwrap();
    let link = facts.interfaces.get_mut("eth0").unwrap();
    link.addresses.insert(0, other);
    link.rp_filter = 1;
    // The question for its link-layer address is not answered either.
    neighbour(&mut facts, "192.0.2.11", Reachability::Failed);
    assert_eq!(examine(&facts)[0].grade, Grade::Broken);
    assert_eq!(
        fixes_of(&facts),
        [
            "ip route replace table local local 192.0.2.1 dev eth0 proto kernel scope host src 192.0.2.2\n\
          sysctl -w net.ipv4.conf.eth0.accept_local=1\nsysctl -w net.ipv4.conf.eth0.rp_filter=2"
        ]
    );
    facts.neighbours.clear();
    connect(&mut facts, &[own("SYN_RECV", 50), own("ESTABLISHED", 899)]);
    assert_eq!(titles_of(&facts), [""; 0]);
    // Half-open clients elsewhere are another matter.
    connect(
        &mut facts,
        &[line("198.51.100.7:1", 80, "192.0.2.11:80", "SYN_RECV", 50)],
    );
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn healthy_directors_of_other_kinds() {
    // Just started: a table, and nothing that ever happened.
    let mut facts = direct("192.0.2.11:80");
    for (place, forwarding) in [
        ("192.0.2.12:80", Forwarding::DirectRouting),
        ("203.0.113.11:80", Forwarding::Tunnel(Tunnel::Ipip)),
        ("10.0.0.11:80", Forwarding::Masquerading),
    ] {
        facts.services[0].servers.push(server(place, forwarding));
    }
    let behind = Route::Gateway("eth0".to_owned());
    facts.routes.insert(address("203.0.113.11"), behind);
    let near = Route::Direct("eth0".to_owned());
    facts.routes.insert(address("192.0.2.12"), near);
    assert_eq!(titles_of(&facts), [""; 0]);
    // Idle for long: only counters are left.
    for entry in &mut facts.services[0].servers {
        let out = u64::from(entry.server.forwarding == Forwarding::Masquerading);
        entry.stats = Stats {
            connections: 1000,
            in_packets: 9000,
            out_packets: 8000 * out,
            in_bytes: 1_000_000,
            out_bytes: 9_000_000 * out,
            ..Stats::default()
        };
    }
    assert_eq!(titles_of(&facts), [""; 0]);
    // Out of service, and not there.
    let mut gone = server("10.0.0.12:80", Forwarding::Masquerading);
    gone.server.weight = 0;
    gone.stats.connections = 5;
    gone.stats.in_packets = 15;
    facts.services[0].servers.push(gone);
    facts
        .routes
        .insert(address("10.0.0.12"), Route::Direct("eth1".to_owned()));
    neighbour(&mut facts, "10.0.0.12", Reachability::Failed);
    assert_eq!(titles_of(&facts), [""; 0]);
}
