//! What connections, counters and neighbours show, and what they do not.

use super::*;
use crate::diagnose::Grade;
use crate::diagnose::facts::Tools;
use crate::diagnose::firewall::Firewall;

fn waiting(client: &str) -> String {
    line(client, 80, "10.0.0.11:80", "SYN_RECV", 50)
}

const LOST: &str = "The answers of 10.0.0.11 to the clients of TCP 192.0.2.1:80 do not come back through this host";

#[test]
fn packets_in_and_none_out_are_answers_that_are_lost() {
    let mut facts = healthy();
    count(&mut facts, 2, 6, 0);
    connect(
        &mut facts,
        &[waiting("198.51.100.7:1"), waiting("198.51.100.7:2")],
    );
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::AnswersLost, Grade::Broken)
    );
    assert_eq!(findings[0].title, LOST);
    assert_eq!(
        findings[0].evidence,
        [
            "2 connections wait in SYN_RECV, 10.0.0.11 was sent 6 packets and returned none through here"
        ]
    );
    assert_eq!(
        fixes_of(&facts),
        ["ip route replace default via 10.0.0.1 # on 10.0.0.11"]
    );
    // Connections are forgotten after a minute, what was counted is not.
    connect(&mut facts, &[]);
    assert_eq!(titles_of(&facts), [LOST]);
}

#[test]
fn one_packet_may_have_been_sent_just_now() {
    for (expires, in_packets, found) in [(59, 1, 0), (58, 1, 1), (59, 2, 1), (60, 1, 0)] {
        let mut facts = healthy();
        count(&mut facts, 1, in_packets, 0);
        let new = line("198.51.100.7:1", 80, "10.0.0.11:80", "SYN_RECV", expires);
        connect(&mut facts, &[new]);
        assert_eq!(titles_of(&facts).len(), found, "{expires} {in_packets}");
    }
}

#[test]
fn half_open_clients_of_a_scan_are_answered() {
    let mut facts = healthy();
    count(&mut facts, 500, 500, 2500);
    let lines: Vec<String> = (1..500)
        .map(|port| waiting(&format!("198.51.100.7:{port}")))
        .collect();
    connect(&mut facts, &lines);
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_server_that_has_stopped_answering_is_known_by_its_rates() {
    let mut facts = healthy();
    count(&mut facts, 5000, 20_000, 30_000);
    connect(&mut facts, &[waiting("198.51.100.7:1")]);
    let stats = &mut facts.services[0].servers[0].stats;
    (stats.in_packet_rate, stats.out_packet_rate) = (12, 15);
    assert_eq!(titles_of(&facts), [""; 0]);
    facts.services[0].servers[0].stats.out_packet_rate = 0;
    let findings = examine(&facts);
    assert_eq!(findings[0].title, LOST);
    assert_eq!(
        findings[0].evidence,
        [
            "1 connection waits in SYN_RECV, 10.0.0.11 is sent 12 packets a second and returns none through here"
        ]
    );
    // A packet now and then is rounded to none.
    facts.services[0].servers[0].stats.in_packet_rate = 1;
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_server_that_has_stopped_answering_is_known_by_a_second_look() {
    let mut facts = healthy();
    count(&mut facts, 5000, 20_000, 30_000);
    let earlier = |in_packets, out_packets| Stats {
        in_packets,
        out_packets,
        ..Stats::default()
    };
    let server = facts.services[0].servers[0].server.endpoint;
    let key = (facts.services[0].entry.service.id, server);
    let answered = line("198.51.100.7:9", 80, "10.0.0.11:80", "TIME_WAIT", 100);
    connect(&mut facts, &[waiting("198.51.100.7:1"), answered]);
    assert_eq!(titles_of(&facts), [""; 0]);
    // A client that is half open, and one that has broken off what was answered.
    for (in_packets, out_packets) in [(19_998, 29_998), (19_999, 30_000), (20_000, 30_000)] {
        facts.earlier = [(key, earlier(in_packets, out_packets))].into();
        assert_eq!(titles_of(&facts), [""; 0]);
    }
    facts.earlier = [(key, earlier(19_998, 30_000))].into();
    let findings = examine(&facts);
    assert_eq!(findings[0].title, LOST);
    assert_eq!(
        findings[0].evidence,
        [
            "1 connection waits in SYN_RECV, in four seconds 10.0.0.11 was sent 2 packets more and returned none through here"
        ]
    );
}

#[test]
fn who_need_not_answer_through_here() {
    let quiet = |change: fn(&mut Facts)| {
        let mut facts = healthy();
        count(&mut facts, 2, 6, 0);
        change(&mut facts);
        connect(&mut facts, &[waiting("198.51.100.7:1")]);
        assert_eq!(titles_of(&facts), [""; 0]);
    };
    quiet(|facts| {
        facts.services[0].servers[0].server.forwarding = Forwarding::DirectRouting;
    });
    quiet(|facts| {
        facts.services[0].servers[0].server.forwarding =
            Forwarding::Tunnel(crate::model::Tunnel::Ipip)
    });
    // Taken out of service.
    quiet(|facts| {
        facts.services[0].servers[0].server.weight = 0;
        let other = server("10.0.0.12:80", Forwarding::Masquerading);
        facts.services[0].servers.push(other);
    });
    // A standby director hears of connections only.
    quiet(|facts| facts.daemons = vec![daemon(DaemonRole::Backup)]);
    // Many servers of UDP never answer.
    quiet(|facts| {
        facts.services[0].entry.service.id = ServiceId::Address {
            protocol: Protocol::Udp,
            endpoint: endpoint("192.0.2.1:80"),
        };
    });
}

#[test]
fn other_servers_of_the_service_are_put_right_as_well() {
    let mut facts = healthy();
    for place in ["10.0.0.12:80", "10.0.0.13:80", "10.0.0.14:80"] {
        let fellow = server(place, Forwarding::Masquerading);
        let direct = Route::Direct("eth1".to_owned());
        facts.routes.insert(fellow.server.endpoint.address, direct);
        facts.services[0].servers.push(fellow);
    }
    facts.services[0].servers[1].stats = Stats {
        connections: 1,
        in_packets: 9,
        out_packets: 9,
        ..Stats::default()
    };
    facts.services[0].servers[3].server.weight = 0;
    count(&mut facts, 2, 6, 0);
    assert_eq!(
        fixes_of(&facts),
        [
            "ip route replace default via 10.0.0.1 # on 10.0.0.11\nip route replace default via 10.0.0.1 # on 10.0.0.13"
        ]
    );
    // One of which it is in doubt whether it still answers.
    let last = line("198.51.100.7:1", 80, "10.0.0.12:80", "SYN_RECV", 50);
    connect(&mut facts, &[last]);
    assert_eq!(fixes_of(&facts)[0].lines().count(), 3);
}

#[test]
fn behind_a_router_requests_get_another_source() {
    let mut facts = healthy();
    let behind = Route::Gateway("eth1".to_owned());
    facts.routes.insert(address("10.0.0.11"), behind);
    count(&mut facts, 2, 6, 0);
    let rule = "-t nat -A POSTROUTING -d 10.0.0.11 -p tcp --dport 80 -j MASQUERADE";
    assert_eq!(
        fixes_of(&facts),
        [format!(
            "sysctl -w net.ipv4.vs.conntrack=1\niptables {rule}"
        )]
    );
    facts.settings.conntrack = Some(true);
    facts.tools = Tools {
        nft: true,
        iptables: false,
    };
    let expected = "nft add table ip ipvs_source\n\
        nft 'add chain ip ipvs_source postrouting { type nat hook postrouting priority 100; }'\n\
        nft add rule ip ipvs_source postrouting ip daddr 10.0.0.11 tcp dport 80 masquerade";
    assert_eq!(fixes_of(&facts), [expected]);
    // A kernel without that can do nothing here.
    facts.settings.conntrack = None;
    assert_eq!(fixes_of(&facts), [""]);
}

#[test]
fn clients_in_the_servers_network() {
    let mut facts = healthy();
    count(&mut facts, 40, 400, 400);
    let beside = waiting("10.0.0.50:1");
    let far = line("198.51.100.7:1", 80, "10.0.0.11:80", "ESTABLISHED", 890);
    connect(&mut facts, &[beside.clone(), far]);
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].id, findings[0].title.as_str()),
        (
            Id::ClientBesideServer,
            "Clients of TCP 192.0.2.1:80 are in 10.0.0.0/24, the network of 10.0.0.11"
        )
    );
    assert_eq!(
        fixes_of(&facts),
        ["sysctl -w net.ipv4.vs.conntrack=1\n\
          iptables -t nat -A POSTROUTING -s 10.0.0.0/24 -d 10.0.0.11 -p tcp --dport 80 -j MASQUERADE"]
    );
    // With rules that translate sources, or where one of them was answered, it is a client that is half open.
    let answered = line("10.0.0.51:1", 80, "10.0.0.11:80", "TIME_WAIT", 100);
    connect(&mut facts, &[beside.clone(), answered]);
    assert_eq!(titles_of(&facts), [""; 0]);
    connect(&mut facts, &[beside]);
    facts.settings.conntrack = Some(true);
    facts.firewall = Some(Firewall::parse(
        "ip daddr 10.0.0.0/24 masquerade\n".to_owned(),
    ));
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_known_cause_is_reported_with_what_was_seen() {
    let mut facts = healthy();
    count(&mut facts, 2, 6, 0);
    facts.settings.ip_forward = Some(false);
    for interface in facts.interfaces.values_mut() {
        interface.forwarding = Some(false);
    }
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].id, Id::ForwardingOff);
    assert_eq!(
        findings[0].evidence,
        ["10.0.0.11 was sent 6 packets and returned none through here"]
    );
}

#[test]
fn a_strict_filter_where_only_an_answer_can_come_in() {
    let mut facts = healthy();
    count(&mut facts, 2, 6, 0);
    let mut back = interface("10.2.0.1", 24);
    back.rp_filter = 1;
    facts.interfaces.insert("eth2".to_owned(), back);
    // Without drops it is nothing to do with it.
    assert_eq!(titles_of(&facts), [LOST]);
    facts.reverse_path_drops = 3;
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].id, Id::ReversePathServers);
    assert_eq!(
        fixes_of(&facts),
        ["sysctl -w net.ipv4.conf.eth2.rp_filter=2"]
    );
    // Where clients come in, anybody's packets are dropped.
    let outside = facts.interfaces.get_mut("eth2").unwrap();
    outside.rp_filter = 0;
    facts.interfaces.get_mut("eth0").unwrap().rp_filter = 1;
    facts
        .replies
        .insert(address("192.0.2.1"), Route::Gateway("eth0".to_owned()));
    assert_eq!(titles_of(&facts), [LOST]);
}

#[test]
fn one_card_for_both_sides() {
    let one_card = || {
        let mut facts = healthy();
        let card = interface("192.0.2.1", 24);
        facts.interfaces = [("eth0".to_owned(), card)].into();
        facts.services[0].servers = vec![server("192.0.2.11:80", Forwarding::Masquerading)];
        facts
            .routes
            .insert(address("192.0.2.11"), Route::Direct("eth0".to_owned()));
        facts
            .replies
            .insert(address("192.0.2.1"), Route::Gateway("eth0".to_owned()));
        facts
    };
    assert_eq!(
        fixes_of(&one_card()),
        [
            "sysctl -w net.ipv4.conf.all.send_redirects=0\nsysctl -w net.ipv4.conf.eth0.send_redirects=0\n\
          ip route flush cache # on 192.0.2.11"
        ]
    );
    let quiet = |change: fn(&mut Facts)| {
        let mut facts = one_card();
        change(&mut facts);
        assert_eq!(titles_of(&facts), [""; 0]);
    };
    assert_eq!(examine(&one_card())[0].grade, Grade::Note);
    quiet(|facts| facts.settings.send_redirects = false);
    quiet(|facts| facts.services[0].servers[0].server.forwarding = Forwarding::DirectRouting);
    quiet(|facts| {
        facts.settings.conntrack = Some(true);
        facts.firewall = Some(Firewall::parse(
            "ip daddr 192.0.2.11 masquerade\n".to_owned(),
        ));
    });
    quiet(|facts| facts.replies.clear());
}

#[test]
fn nobody_has_the_servers_address() {
    for (reachability, found) in [
        (Reachability::Failed, true),
        (Reachability::Asked(2), true),
        (Reachability::Asked(1), false),
        (Reachability::Known(vec![2, 0, 0, 0, 0, 1]), false),
    ] {
        let mut facts = healthy();
        let other = server("10.0.0.12:80", Forwarding::Masquerading);
        facts.services[0].servers.push(other);
        neighbour(&mut facts, "10.0.0.11", reachability.clone());
        let title = "Nobody on eth1 has the address 10.0.0.11, a server of TCP 192.0.2.1:80";
        let expected: &[&str] = if found { &[title] } else { &[] };
        assert_eq!(titles_of(&facts), expected, "{reachability:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_taken_out_where_another_one_is() {
    let mut facts = healthy();
    neighbour(&mut facts, "10.0.0.11", Reachability::Failed);
    // What it does not answer is explained by that.
    count(&mut facts, 2, 6, 0);
    assert_eq!(fixes_of(&facts), [""]);
    let other = server("10.0.0.12:80", Forwarding::Masquerading);
    facts.services[0].servers.push(other);
    assert_eq!(
        fixes_of(&facts),
        ["ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0"]
    );
    facts.services[0].entry.service.persistence = Some(300);
    facts.services[0].servers[0].persistent_connections = 1;
    assert_eq!(
        fixes_of(&facts),
        [
            "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0\nsysctl -w net.ipv4.vs.expire_quiescent_template=1"
        ]
    );
    facts.services[0].servers[0].server.weight = 0;
    facts.settings.expire_quiescent_template = Some(true);
    assert_eq!(titles_of(&facts), [""; 0]);
}

#[test]
fn a_server_refuses_where_all_that_it_returned_are_resets() {
    for (out_packets, out_bytes, answered, found) in [
        (3, 120, false, true),
        // With options: it accepts, and somebody else breaks off.
        (3, 180, false, false),
        (0, 0, false, false),
        // What it returned was counted from zero again.
        (3, 120, true, false),
    ] {
        let mut facts = healthy();
        let state = if answered { "ESTABLISHED" } else { "CLOSE" };
        connect(
            &mut facts,
            &[line("198.51.100.7:1", 80, "10.0.0.11:80", state, 9)],
        );
        facts.services[0].servers[0].stats = Stats {
            connections: 3,
            in_packets: 3,
            out_packets,
            out_bytes,
            ..Stats::default()
        };
        let ids: Vec<Id> = examine(&facts).iter().map(|finding| finding.id).collect();
        let expected: &[Id] = match (found, out_packets) {
            (true, _) => &[Id::ServerRefuses],
            (false, 0) => &[Id::AnswersLost],
            (false, _) => &[],
        };
        assert_eq!(ids, expected, "{out_packets} {out_bytes} {answered}");
    }
}
