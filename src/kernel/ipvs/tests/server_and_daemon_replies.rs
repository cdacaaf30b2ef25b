//! Real servers and sync daemons as kernels send them.

use super::replies::{decoded_32, stats_32, without};
use super::{attr, endpoint, ip, name, sixteen, u16_attr, u32_attr};
use crate::kernel::ipvs::message::DecodeError;
use crate::kernel::ipvs::{daemon, real_server};
use crate::model::{
    DaemonRole, Family, Forwarding, RealServer, RealServerEntry, SyncDaemon, Tunnel, TunnelChecksum,
};

/// A real server as the kernel describes it.
pub(super) fn server_attributes(family: u16, address: &[u8; 16]) -> Vec<Vec<u8>> {
    vec![
        attr(1, address),               // IPVS_DEST_ATTR_ADDR
        attr(2, &[0, 80]),              // IPVS_DEST_ATTR_PORT
        u32_attr(3, 3),                 // IPVS_DEST_ATTR_FWD_METHOD: IP_VS_CONN_F_DROUTE
        u32_attr(4, 0x7fff_ffff),       // IPVS_DEST_ATTR_WEIGHT
        u32_attr(5, 100),               // IPVS_DEST_ATTR_U_THRESH
        u32_attr(6, 50),                // IPVS_DEST_ATTR_L_THRESH
        u32_attr(7, 1),                 // IPVS_DEST_ATTR_ACTIVE_CONNS
        u32_attr(8, u32::MAX),          // IPVS_DEST_ATTR_INACT_CONNS
        u32_attr(9, 3),                 // IPVS_DEST_ATTR_PERSIST_CONNS
        u16_attr(11, family),           // IPVS_DEST_ATTR_ADDR_FAMILY
        attr(10, &stats_32().concat()), // IPVS_DEST_ATTR_STATS
        attr(0x3ffe, &[1, 2, 3]),       // not in this header
    ]
}

#[test]
fn a_server_with_everything() {
    let bytes = server_attributes(10, &sixteen("2001:db8::9")).concat();
    let expected = RealServerEntry {
        server: RealServer {
            endpoint: endpoint("2001:db8::9", 80),
            forwarding: Forwarding::DirectRouting,
            weight: i32::MAX,
            upper_threshold: 100,
            lower_threshold: 50,
        },
        active_connections: 1,
        inactive_connections: u32::MAX,
        persistent_connections: 3,
        stats: decoded_32(),
    };
    // Its own family holds, not the service's.
    assert_eq!(real_server::decode(&bytes, Family::V4, true), Ok(expected));
}

#[test]
fn a_server_without_a_family_has_the_services() {
    let bytes = without(&server_attributes(2, &sixteen("10.0.0.9")), 11);
    let address = |family| {
        let entry = real_server::decode(&bytes, family, true).unwrap();
        entry.server.endpoint.address
    };
    assert_eq!(address(Family::V4), ip("10.0.0.9"));
    assert_eq!(address(Family::V6), ip("a00:9::"));
}

#[test]
fn a_server_lacks_what_it_needs() {
    for (kind, attribute) in [(1, "IPVS_DEST_ATTR_ADDR"), (2, "IPVS_DEST_ATTR_PORT")] {
        let bytes = without(&server_attributes(2, &sixteen("10.0.0.9")), kind);
        let outcome = real_server::decode(&bytes, Family::V4, true);
        assert_eq!(outcome, Err(DecodeError::Missing { attribute }));
    }
}

/// A server with these attributes instead of those of the same types.
fn server_with(others: &[Vec<u8>]) -> Result<RealServerEntry, DecodeError> {
    let bytes = [server_attributes(2, &sixteen("10.0.0.9")), others.to_vec()].concat();
    real_server::decode(&bytes.concat(), Family::V4, true)
}

#[test]
fn forwarding_methods() {
    for (number, forwarding) in [
        (0, Forwarding::Masquerading),
        (1, Forwarding::Local),
        (2, Forwarding::Tunnel(Tunnel::Ipip)),
        (3, Forwarding::DirectRouting),
        (4, Forwarding::Bypass),
        // The other bits of a connection's flags, such as IP_VS_CONN_F_INACTIVE, are not the method.
        (0x0100 | 3, Forwarding::DirectRouting),
        (0xffff_fff8, Forwarding::Masquerading),
    ] {
        let entry = server_with(&[u32_attr(3, number)]).unwrap();
        assert_eq!(entry.server.forwarding, forwarding, "{number:#x}");
    }
    for value in 5..8 {
        let attribute = "IPVS_DEST_ATTR_FWD_METHOD";
        let error = DecodeError::Value { attribute, value };
        assert_eq!(server_with(&[u32_attr(3, value as u32)]), Err(error));
    }
}

#[test]
fn tunnels() {
    use TunnelChecksum::{Off, On, Remote};
    let gue = |port, checksum| Tunnel::Gue { port, checksum };
    let gre = |checksum| Tunnel::Gre { checksum };
    let decode = |kind, port: [u8; 2], flags| {
        server_with(&[
            u32_attr(3, 2),
            attr(13, &[kind]),
            attr(14, &port),
            u16_attr(15, flags),
        ])
    };
    for (kind, port, flags, tunnel) in [
        (0, [0, 0], 0, Tunnel::Ipip),
        (1, [0x17, 0xc0], 0, gue(6080, Off)),
        (1, [0x17, 0xc0], 1, gue(6080, On)),
        (1, [0, 1], 2, gue(1, Remote)),
        (2, [0, 0], 0, gre(Off)),
        (2, [0, 0], 1, gre(On)),
    ] {
        let entry = decode(kind, port, flags).unwrap();
        assert_eq!(entry.server.forwarding, Forwarding::Tunnel(tunnel));
    }
    let attribute = "IPVS_DEST_ATTR_TUN_TYPE";
    assert_eq!(
        decode(3, [0, 0], 0),
        Err(DecodeError::Value {
            attribute,
            value: 3
        })
    );
    // Of a server that is reached otherwise, the tunnel says nothing.
    let entry = server_with(&[attr(13, &[9])]).unwrap();
    assert_eq!(entry.server.forwarding, Forwarding::DirectRouting);
}

/// A sync daemon as kernels since 4.3 describe it.
fn daemon_attributes() -> Vec<Vec<u8>> {
    vec![
        u32_attr(1, 1),            // IPVS_DAEMON_ATTR_STATE: IP_VS_STATE_MASTER
        attr(2, b"eth0\0junk"),    // IPVS_DAEMON_ATTR_MCAST_IFN
        u32_attr(3, 255),          // IPVS_DAEMON_ATTR_SYNC_ID
        u16_attr(4, 1472),         // IPVS_DAEMON_ATTR_SYNC_MAXLEN
        attr(5, &[224, 0, 0, 81]), // IPVS_DAEMON_ATTR_MCAST_GROUP
        u16_attr(7, 8848),         // IPVS_DAEMON_ATTR_MCAST_PORT
        attr(8, &[1]),             // IPVS_DAEMON_ATTR_MCAST_TTL
        attr(9, &[1]),             // not in this header
    ]
}

#[test]
fn daemons() {
    let master = SyncDaemon {
        role: DaemonRole::Master,
        interface: name("eth0"),
        sync_id: 255,
        max_length: Some(1472),
        group: Some(ip("224.0.0.81")),
        port: Some(8848),
        ttl: Some(1),
    };
    assert_eq!(daemon::decode(&daemon_attributes().concat()), Ok(master));
    let backup = [
        u32_attr(1, 2),
        attr(2, b"lo\0"),
        u32_attr(3, 0),
        attr(6, &sixteen("ff02::5")), // IPVS_DAEMON_ATTR_MCAST_GROUP6
    ];
    let expected = SyncDaemon {
        role: DaemonRole::Backup,
        interface: name("lo"),
        sync_id: 0,
        max_length: None,
        group: Some(ip("ff02::5")),
        port: None,
        ttl: None,
    };
    assert_eq!(daemon::decode(&backup.concat()), Ok(expected));
}

#[test]
fn broken_daemons() {
    for (kind, attribute) in [
        (1, "IPVS_DAEMON_ATTR_STATE"),
        (2, "IPVS_DAEMON_ATTR_MCAST_IFN"),
        (3, "IPVS_DAEMON_ATTR_SYNC_ID"),
    ] {
        let outcome = daemon::decode(&without(&daemon_attributes(), kind));
        assert_eq!(outcome, Err(DecodeError::Missing { attribute }));
    }
    for (kind, value, attribute) in [
        (1, 0, "IPVS_DAEMON_ATTR_STATE"),
        (1, 3, "IPVS_DAEMON_ATTR_STATE"),
        (3, 256, "IPVS_DAEMON_ATTR_SYNC_ID"),
    ] {
        let bytes = [daemon_attributes().concat(), u32_attr(kind, value)].concat();
        let value = u64::from(value);
        assert_eq!(
            daemon::decode(&bytes),
            Err(DecodeError::Value { attribute, value })
        );
    }
}
