//! Addresses of services, and the interfaces that have them.

use super::*;
use crate::diagnose::Grade;

#[test]
fn an_interface_that_is_down_matters_where_clients_come_in() {
    let graded = |change: fn(&mut Facts)| {
        let mut facts = healthy();
        facts.interfaces.get_mut("eth0").unwrap().up = false;
        change(&mut facts);
        let findings = examine(&facts);
        let found = findings.iter().map(|finding| (finding.id, finding.grade));
        found.collect::<Vec<_>>()
    };
    assert_eq!(graded(|_| {}), [(Id::VipDown, Grade::Broken)]);
    // Clients far away are reached through another one.
    let elsewhere = |facts: &mut Facts| {
        let route = Route::Gateway("eth1".to_owned());
        facts.replies.insert(address("192.0.2.1"), route);
    };
    assert_eq!(graded(elsewhere), [(Id::VipDown, Grade::Trap)]);
    // kube-proxy's dummy interface, which is never up, and an address without a network.
    assert_eq!(
        graded(|facts| facts.interfaces.get_mut("eth0").unwrap().no_arp = true),
        []
    );
    assert_eq!(
        graded(|facts| {
            let own = interface("192.0.2.1", 32).addresses;
            facts.interfaces.get_mut("eth0").unwrap().addresses = own;
        }),
        []
    );
}

#[test]
fn an_address_that_a_neighbour_has() {
    let mut facts = healthy();
    facts.interfaces.remove("eth0");
    facts
        .routes
        .insert(address("192.0.2.1"), Route::Direct("eth1".to_owned()));
    assert_eq!(examine(&facts)[0].id, Id::VipMissing);
    neighbour(&mut facts, "192.0.2.1", Reachability::Failed);
    assert_eq!(examine(&facts)[0].id, Id::VipMissing);
    let known = Reachability::Known(vec![2, 0, 0, 0xa, 0, 1]);
    neighbour(&mut facts, "192.0.2.1", known);
    let findings = examine(&facts);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::VipElsewhere, Grade::Note)
    );
    assert_eq!(
        findings[0].evidence,
        ["02:00:00:0a:00:01 on eth1 has answered for it"]
    );
    assert_eq!(findings[0].fixes, []);
}

#[test]
fn a_loopback_interface_that_is_down() {
    let mut facts = healthy();
    let lo = Interface {
        loopback: true,
        ..Interface::default()
    };
    facts.interfaces.insert("lo".to_owned(), lo);
    let findings = examine(&facts);
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::LoopbackDown, Grade::Trap)
    );
    assert_eq!(fixes_of(&facts), ["ip link set lo up"]);
    // A server that could not be added.
    facts.services[0].servers.clear();
    let findings = examine(&facts);
    assert_eq!(
        (findings[0].id, findings[0].grade),
        (Id::LoopbackDown, Grade::Broken)
    );
    facts.services.clear();
    assert_eq!(titles_of(&facts), [""; 0]);
}
