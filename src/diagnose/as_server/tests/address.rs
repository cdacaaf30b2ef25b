//! Where a server has the VIP, and who hears of it by ARP.

use super::*;

#[test]
fn without_the_vip_the_segment_is_silenced_first() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    facts.vip = Route::Direct("eth0".to_owned());
    finds(&facts, Id::VipMissing, &["ip addr add 192.0.2.1/32 dev lo"]);
    facts.settings.clear();
    let add = ["ip addr add 192.0.2.1/32 dev lo"];
    finds(&facts, Id::VipMissing, &[&SILENT[..], &add].concat());
    // A rule that redirects the packets is another way to serve them.
    facts.firewall = Some(Firewall::parse(
        "-A PREROUTING -d 192.0.2.1/32 -p tcp -j REDIRECT".to_owned(),
    ));
    finds_nothing(&facts);
    facts.firewall = Some(Firewall::parse(
        "-A PREROUTING -d 192.0.2.9/32 -p tcp -j REDIRECT".to_owned(),
    ));
    assert_eq!(found(&facts).len(), 1);
}

#[test]
fn a_local_route_is_as_good_as_an_address() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    finds_nothing(&facts);
}

#[test]
fn the_larger_of_two_settings_holds() {
    let answering = |all: u32, own: u32| {
        let mut facts = direct();
        let set = |arp_ignore| Settings {
            arp_ignore,
            arp_announce: 2,
            ..Settings::default()
        };
        facts.settings = [("all".to_owned(), set(all)), ("eth0".to_owned(), set(own))].into();
        let found = found(&facts);
        let commands = found.first().map(|finding| {
            let commands = finding.fixes.iter().map(|fix| fix.command.clone());
            commands.collect::<Vec<String>>()
        });
        commands.unwrap_or_default()
    };
    let all = "sysctl -w net.ipv4.conf.all.arp_ignore=1";
    let own = "sysctl -w net.ipv4.conf.eth0.arp_ignore=1";
    for (settings, expected) in [
        ((0, 0), &[all][..]),
        ((1, 0), &[]),
        ((0, 1), &[]),
        ((2, 1), &[]),
        ((8, 0), &[]),
        // 3 is silent only for addresses of scope host.
        ((3, 1), &[all]),
        ((1, 4), &[own]),
        ((0, 4), &[all, own]),
    ] {
        assert_eq!(answering(settings.0, settings.1), expected, "{settings:?}");
    }
}

#[test]
fn silence_where_nobody_asks_or_something_else_keeps_it() {
    let mut facts = direct();
    facts.settings.clear();
    finds(&facts, Id::ServerAnswersArp, &SILENT);
    // A host that balances the service has the VIP by right.
    let director = Facts {
        is_director: true,
        ..facts.clone()
    };
    finds_nothing(&director);
    let mut filtered = facts.clone();
    filtered.firewall = Some(Firewall::parse(
        "table arp filter {\n\tchain IN {\n".to_owned(),
    ));
    finds_nothing(&filtered);
    filtered.firewall = Some(Firewall::default());
    filtered.old_arp_tables = true;
    finds_nothing(&filtered);
    // Perhaps the VIP's requests do not come to this segment.
    facts.interfaces[1].addresses = vec![on("10.0.0.11/24")];
    finds_nothing(&facts);
}

#[test]
fn announcing_alone() {
    let mut facts = direct();
    facts.settings.get_mut("all").unwrap().arp_announce = 0;
    finds(&facts, Id::ServerAnnouncesVip, &SILENT[1..]);
    // 1 is enough: the VIP is in no network of the interface itself.
    facts.settings.get_mut("all").unwrap().arp_announce = 1;
    finds_nothing(&facts);
}

#[test]
fn the_vip_on_the_segment_is_moved_without_what_it_holds_up() {
    let mut facts = direct();
    facts.interfaces[0].addresses.pop();
    let mut own = on("192.0.2.11/24");
    own.secondary = true;
    facts.interfaces[1].addresses = vec![on("192.0.2.1/24"), own];
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "sysctl -w net.ipv4.conf.eth0.promote_secondaries=1",
        "ip addr del 192.0.2.1/24 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
    facts.interfaces[1].addresses[1] = on("10.0.0.11/24");
    facts.interfaces[1].addresses.push(on("192.0.3.11/16"));
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "ip addr del 192.0.2.1/24 dev eth0",
        "ip route replace 192.0.2.0/24 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
}

#[test]
fn ipv6_on_the_segment() {
    let mut facts = direct();
    facts.role.endpoint.address = address("2001:db8::1");
    facts.listeners = [listener("::")].into();
    facts.interfaces[0].addresses = vec![on("2001:db8::1/128")];
    facts.interfaces[1].addresses = vec![on("2001:db8::11/64")];
    facts.settings.clear();
    finds_nothing(&facts);
    facts.interfaces[0].addresses.clear();
    facts.interfaces[1].addresses.push(on("2001:db8::1/128"));
    let expected = [
        "ip addr add 2001:db8::1/128 dev lo nodad",
        "ip addr del 2001:db8::1/128 dev eth0",
    ];
    finds(&facts, Id::ServerAnswersArp, &expected);
    facts.interfaces[1].addresses[1].duplicate = true;
    facts.vip = Route::Direct("eth0".to_owned());
    finds(&facts, Id::VipTentative, &expected);
}

#[test]
fn a_whole_network_on_loopback() {
    let mut facts = direct();
    facts.interfaces[0].addresses[1] = on("192.0.2.1/24");
    let expected = [
        "ip addr add 192.0.2.1/32 dev lo",
        "ip addr del 192.0.2.1/24 dev lo",
    ];
    finds(&facts, Id::ServerVipPrefix, &expected);
    // All of a network that nobody else is in may be meant.
    facts.interfaces[1].addresses = vec![on("10.0.0.11/24")];
    finds_nothing(&facts);
}
