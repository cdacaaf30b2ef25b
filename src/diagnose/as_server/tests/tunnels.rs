//! Servers at the end of a tunnel.

use super::*;

#[test]
fn tunnels_that_are_not_unpacked() {
    let mut facts = tunneled(Tunnel::Ipip);
    facts.interfaces[2].up = false;
    finds(&facts, Id::ServerTunnelDown, &["ip link set tunl0 up"]);
    facts.interfaces.pop();
    finds(
        &facts,
        Id::ServerTunnelMissing,
        &["modprobe ipip", "ip link set tunl0 up"],
    );
    facts.modules = Modules::parse(Some("ipip 1 0 - Live 0x0\n"), None, None);
    finds(
        &facts,
        Id::ServerTunnelMissing,
        &[
            "ip link add ipip1 type ipip local 203.0.113.11",
            "ip link set ipip1 up",
        ],
    );
}

#[test]
fn a_tunnel_for_somebody_else() {
    let mut facts = tunneled(Tunnel::Ipip);
    let mut ends = TunnelEnds {
        local: Some(address("203.0.113.11")),
        ..TunnelEnds::default()
    };
    facts.interfaces[2].tunnel = Some(ends);
    finds_nothing(&facts);
    ends.local = Some(address("203.0.113.99"));
    facts.interfaces[2].tunnel = Some(ends);
    assert_eq!(found(&facts)[0].id, Id::ServerTunnelMissing);
}

#[test]
fn checksums_of_gre() {
    let gre = |checksum| Tunnel::Gre { checksum };
    let mut facts = tunneled(gre(TunnelChecksum::On));
    let change = "ip link set gre1 type gre icsum";
    finds(&facts, Id::ServerTunnelChecksum, &[change]);
    facts.interfaces[2].tunnel = Some(TunnelEnds {
        checksum: true,
        ..TunnelEnds::default()
    });
    finds_nothing(&facts);
    facts.role.forwarding = Forwarding::Tunnel(gre(TunnelChecksum::Off));
    let change = "ip link set gre1 type gre noicsum";
    finds(&facts, Id::ServerTunnelChecksum, &[change]);
}

#[test]
fn ports_of_gue() {
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Off,
    };
    let mut facts = tunneled(gue);
    let add = "ip fou add port 6080 gue";
    finds(&facts, Id::ServerTunnelPort, &["modprobe fou", add]);
    facts.fou_ports = Some(vec![FouPort {
        port: 6080,
        ipv6: false,
        gue: false,
    }]);
    facts.modules = Modules::parse(Some("fou 1 0 - Live 0x0\n"), None, None);
    finds(&facts, Id::ServerTunnelPort, &["ip fou del port 6080", add]);
    // It could not be asked.
    facts.fou_ports = None;
    finds_nothing(&facts);
}

#[test]
fn a_strict_filter_on_the_tunnel() {
    let mut facts = tunneled(Tunnel::Ipip);
    let all = facts.settings.get_mut("all").unwrap();
    all.rp_filter = 1;
    finds(
        &facts,
        Id::ServerReversePath,
        &["sysctl -w net.ipv4.conf.tunl0.rp_filter=2"],
    );
    facts.answer.as_mut().unwrap().interface = "tunl0".to_owned();
    finds_nothing(&facts);
}
