//! Patches of real servers.

use super::*;

#[test]
fn weights_stay_within_their_bounds() {
    const MAX: i32 = i32::MAX;
    for (patch, current, expected) in [
        (WeightPatch::Exactly(5), 7, 5),
        (WeightPatch::More(10), 7, 17),
        (WeightPatch::More(0), 7, 7),
        (WeightPatch::More(1), MAX, MAX),
        (WeightPatch::More(MAX as u32), MAX, MAX),
        (WeightPatch::Less(10), 7, 0),
        (WeightPatch::Less(7), 7, 0),
        (WeightPatch::Less(MAX as u32), MAX, 0),
        (WeightPatch::Percent(50), 7, 4),
        (WeightPatch::Percent(50), 8, 4),
        (WeightPatch::Percent(1), 1, 1),
        (WeightPatch::Percent(0), 7, 0),
        (WeightPatch::Percent(100), MAX, MAX),
        (WeightPatch::Percent(99), MAX, 2_126_008_811),
        (WeightPatch::Percent(101), MAX, MAX),
        (WeightPatch::Percent(MAX as u32), MAX, MAX),
        (WeightPatch::Percent(200), 0, 0),
        // No kernel reports these.
        (WeightPatch::More(1), -5, 0),
        (WeightPatch::Percent(50), i32::MIN, 0),
    ] {
        assert_eq!(patch.from(current), expected, "{patch:?} of {current}");
    }
}

#[test]
fn only_what_is_named_of_a_server_changes() {
    let gue = Forwarding::Tunnel(Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Remote,
    });
    let gre = |checksum| Forwarding::Tunnel(Tunnel::Gre { checksum });
    let none = ServerPatch::new(id(53), [10, 0, 0, 1].into(), None);
    let tunnel = |kind, port, checksum| ServerPatch {
        tunnel: TunnelPatch {
            kind,
            port,
            checksum,
        },
        ..none
    };
    let method = |method| ServerPatch {
        forwarding: Some(method),
        ..none
    };
    let on = TunnelChecksum::On;
    for (patch, before, after) in [
        (
            tunnel(None, Some(1), None),
            gue,
            Tunnel::Gue {
                port: 1,
                checksum: TunnelChecksum::Remote,
            }
            .into(),
        ),
        (
            tunnel(None, None, Some(on)),
            gue,
            Tunnel::Gue {
                port: 6080,
                checksum: on,
            }
            .into(),
        ),
        (
            tunnel(Some(TunnelKind::Ipip), None, None),
            gue,
            Tunnel::Ipip.into(),
        ),
        (
            tunnel(Some(TunnelKind::Gre), None, None),
            gue,
            gre(TunnelChecksum::Off),
        ),
        (
            tunnel(Some(TunnelKind::Gue), Some(5), None),
            gre(on),
            Tunnel::Gue {
                port: 5,
                checksum: on,
            }
            .into(),
        ),
        (
            method(ForwardingPatch::DirectRouting),
            gue,
            Forwarding::DirectRouting,
        ),
        (
            method(ForwardingPatch::Masquerading),
            Forwarding::Local,
            Forwarding::Masquerading,
        ),
        (
            method(ForwardingPatch::Tunnel),
            Forwarding::DirectRouting,
            Tunnel::Ipip.into(),
        ),
    ] {
        let expected = Change::EditServer(id(53), server(1, 53, after));
        let made = on_servers(patch, &[server(1, 53, before)]);
        assert_eq!(made, Ok(Some(expected)), "{patch:?}");
    }
    // What is so already is no change.
    for (patch, there) in [
        (none, gue),
        (method(ForwardingPatch::Tunnel), gue),
        (method(ForwardingPatch::DirectRouting), Forwarding::Local),
        (
            ServerPatch {
                weight: Some(WeightPatch::Exactly(7)),
                ..none
            },
            gue,
        ),
    ] {
        assert_eq!(
            on_servers(patch, &[server(1, 53, there)]),
            Ok(None),
            "{patch:?}"
        );
    }
    for (patch, there, option) in [
        (
            tunnel(None, None, Some(on)),
            Forwarding::Masquerading,
            "--tun-csum",
        ),
        (tunnel(None, Some(5), None), gre(on), "--tun-port"),
        (
            tunnel(Some(TunnelKind::Gue), None, None),
            gre(on),
            "--tun-type",
        ),
        (
            tunnel(None, None, Some(TunnelChecksum::Remote)),
            gre(on),
            "--tun-remcsum",
        ),
        (
            tunnel(Some(TunnelKind::Ipip), None, Some(on)),
            gue,
            "--tun-csum",
        ),
    ] {
        let error = on_servers(patch, &[server(1, 53, there)]).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("'{option}'")),
            "{error}"
        );
    }
}

#[test]
fn which_server_is_meant() {
    let weight = Some(WeightPatch::Exactly(0));
    let none = ServerPatch::new(id(53), [10, 0, 0, 1].into(), None);
    let by_address = ServerPatch { weight, ..none };
    let masquerading = Forwarding::Masquerading;
    let [one, other] = [81, 80].map(|port| server(1, port, masquerading));
    let stranger = server(2, 80, masquerading);
    let changed = |server| {
        Ok(Some(Change::EditServer(
            id(53),
            RealServer {
                weight: 0,
                ..server
            },
        )))
    };
    assert_eq!(on_servers(by_address, &[stranger, one]), changed(one));
    let ambiguous = on_servers(by_address, &[one, stranger, other]).unwrap_err();
    assert_eq!(
        ambiguous.to_string(),
        "UDP 192.0.2.1:53 has several real servers with the address 10.0.0.1: 10.0.0.1:80, 10.0.0.1:81; \
         name one with its port"
    );
    let by_port = ServerPatch {
        port: Some(80),
        ..by_address
    };
    assert_eq!(on_servers(by_port, &[one, other]), changed(other));
    let moved = ServerPatch {
        forwarding: Some(ForwardingPatch::DirectRouting),
        ..by_address
    };
    assert!(matches!(
        on_servers(moved, &[one]),
        Err(PatchError::OtherPort { .. })
    ));
    // Of another family only through a tunnel.
    let six = "2001:db8::1".parse().unwrap();
    let mut there = server(1, 53, Forwarding::Tunnel(Tunnel::Ipip));
    there.endpoint.address = six;
    let patch = ServerPatch {
        address: six,
        ..by_address
    };
    assert_eq!(on_servers(patch, &[there]), changed(there));
    let patch = ServerPatch {
        address: six,
        ..moved
    };
    assert_eq!(on_servers(patch, &[there]), Err(PatchError::FamiliesDiffer));
}
