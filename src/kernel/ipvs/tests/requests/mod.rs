//! The bytes of every request that changes something.

use super::{endpoint, ip, name, service_id};
use crate::kernel::ipvs::request::{Addressed, Request};
use crate::model::{
    Change, DaemonRole, Family, Forwarding, Netmask, OtherFlags, Protocol, RealServer, SchedulerFlags, Service,
    ServiceId, SyncDaemon, Timeouts, Tunnel, TunnelChecksum,
};
use crate::kernel::netlink::Message;

/// 16-bit number, split into its bytes as this machine orders them.
macro_rules! n16 {
    ($number:expr) => {
        u16::to_ne_bytes($number)
    };
}

/// 32-bit number, likewise.
macro_rules! n32 {
    ($number:expr) => {
        u32::to_ne_bytes($number)
    };
}

/// One array of bytes from several.
macro_rules! bytes {
    ($($part:expr),* $(,)?) => { [$(&$part[..]),*].concat() };
}

mod daemons;
mod servers;
mod services;

const NLA_F_NESTED: u16 = 0x8000;

/// Checks the request of a change: the generic netlink command, and every byte behind the header.
#[track_caller]
fn check(change: &Change, command: u8, expected: &[u8]) {
    let request = Request::Change(change);
    let mut bytes = vec![0xaa];
    Addressed { family: 7, request }.append_to(&mut bytes);
    // IPVS_GENL_VERSION, and two bytes that nobody uses.
    let header = [0xaa, command, 1, 0, 0];
    assert_eq!(bytes, bytes![header, expected]);
}

fn tcp() -> ServiceId {
    service_id(Protocol::Tcp, "10.0.0.1", 80)
}

fn mark6() -> ServiceId {
    ServiceId::FirewallMark {
        mark: 0x0102_0304,
        family: Family::V6,
    }
}

/// What names [`tcp`].
fn tcp_bytes() -> Vec<u8> {
    bytes![
        n16!(48), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(2), [0, 0], // IPVS_SVC_ATTR_AF: AF_INET
        n16!(6), n16!(2), n16!(6), [0, 0], // IPVS_SVC_ATTR_PROTOCOL: IPPROTO_TCP
        n16!(20), n16!(3), [10, 0, 0, 1], [0; 12], // IPVS_SVC_ATTR_ADDR
        n16!(6), n16!(4), [0, 80], [0, 0], // IPVS_SVC_ATTR_PORT, big-endian
    ]
}

/// What names [`mark6`].
fn mark6_bytes() -> Vec<u8> {
    bytes![
        n16!(20), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(10), [0, 0], // IPVS_SVC_ATTR_AF: AF_INET6
        n16!(8), n16!(5), n32!(0x0102_0304), // IPVS_SVC_ATTR_FWMARK
    ]
}

#[test]
fn timeouts() {
    let change = Change::SetTimeouts(Timeouts {
        tcp: 900,
        tcp_fin: 0,
        udp: 2_678_400,
    });
    let expected = bytes![
        n16!(8), n16!(4), n32!(900), // IPVS_CMD_ATTR_TIMEOUT_TCP
        n16!(8), n16!(5), n32!(0), // IPVS_CMD_ATTR_TIMEOUT_TCP_FIN
        n16!(8), n16!(6), n32!(2_678_400), // IPVS_CMD_ATTR_TIMEOUT_UDP
    ];
    check(&change, 12, &expected); // IPVS_CMD_SET_CONFIG
}

/// Whatever the types allow fits the room for a request: a longer one would end the program.
#[test]
fn the_longest_requests() {
    let service = Service {
        id: service_id(Protocol::Sctp, "2001:db8::1", 65535),
        scheduler: name("fifteen-letters"),
        scheduler_flags: SchedulerFlags(7),
        other_flags: OtherFlags { set: OtherFlags::ALL, clear: 0 },
        persistence: Some(u32::MAX),
        netmask: Netmask::V6(128),
        persistence_engine: Some(name("fifteen-letters")),
        one_packet: true,
    };
    let server = RealServer {
        endpoint: endpoint("2001:db8::2", 65535),
        forwarding: Forwarding::Tunnel(Tunnel::Gue { port: 65535, checksum: TunnelChecksum::Remote }),
        weight: i32::MAX,
        upper_threshold: u32::MAX,
        lower_threshold: u32::MAX,
    };
    let daemon = SyncDaemon {
        role: DaemonRole::Backup,
        interface: name("fifteen-letters"),
        sync_id: 255,
        max_length: Some(u16::MAX),
        group: Some(ip("ff02::1")),
        port: Some(u16::MAX),
        ttl: Some(u8::MAX),
    };
    for (change, length) in [
        (Change::AddService(service), 120),
        (Change::AddServer(service.id, server), 148),
        (Change::StartDaemon(daemon), 88),
    ] {
        let mut bytes = Vec::new();
        let request = Request::Change(&change);
        Addressed { family: 7, request }.append_to(&mut bytes);
        assert_eq!(bytes.len(), length, "{change:?}");
    }
}
