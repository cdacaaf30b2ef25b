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
fn new_service_v4() {
    let service = Service {
        id: tcp(),
        scheduler: name("rr"),
        scheduler_flags: SchedulerFlags(0b011),
        other_flags: OtherFlags::default(),
        persistence: Some(360),
        netmask: Netmask::V4([255, 255, 255, 0].into()),
        persistence_engine: Some(name("sip")),
        one_packet: false,
    };
    let expected = bytes![
        n16!(92), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(2), [0, 0], // IPVS_SVC_ATTR_AF: AF_INET
        n16!(6), n16!(2), n16!(6), [0, 0], // IPVS_SVC_ATTR_PROTOCOL: IPPROTO_TCP
        n16!(20), n16!(3), [10, 0, 0, 1], [0; 12], // IPVS_SVC_ATTR_ADDR
        n16!(6), n16!(4), [0, 80], [0, 0], // IPVS_SVC_ATTR_PORT
        n16!(7), n16!(6), *b"rr\0", [0], // IPVS_SVC_ATTR_SCHED_NAME
        n16!(8), n16!(11), *b"sip\0", // IPVS_SVC_ATTR_PE_NAME
        // IPVS_SVC_ATTR_FLAGS: IP_VS_SVC_F_PERSISTENT, _SCHED1, _SCHED2 and the mask
        n16!(12), n16!(7), n32!(0x0001 | 0x0008 | 0x0010), n32!(0x3d),
        n16!(8), n16!(8), n32!(360), // IPVS_SVC_ATTR_TIMEOUT
        n16!(8), n16!(9), [255, 255, 255, 0], // IPVS_SVC_ATTR_NETMASK
    ];
    check(&Change::AddService(service), 1, &expected); // IPVS_CMD_NEW_SERVICE
    check(&Change::EditService(service), 2, &expected); // IPVS_CMD_SET_SERVICE
}

/// A request speaks of no flag that it does not know, so that an edit keeps those of a newer kernel.
#[test]
fn flags_and_their_mask() {
    let flags = |other_flags| {
        let service = Service {
            id: tcp(),
            scheduler: name("rr"),
            scheduler_flags: SchedulerFlags::default(),
            other_flags,
            persistence: None,
            netmask: Netmask::whole(Family::V4),
            persistence_engine: None,
            one_packet: false,
        };
        let mut bytes = Vec::new();
        let request = Request::Change(&Change::EditService(service));
        Addressed { family: 7, request }.append_to(&mut bytes);
        let header = bytes![n16!(12), n16!(7)];
        let start = bytes
            .windows(4)
            .position(|window| window == header)
            .unwrap();
        let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        (number(start + 4), number(start + 8))
    };
    let other = |set, clear| OtherFlags { set, clear };
    for (other_flags, expected) in [
        (other(0, 0), (0, 0x3d)),
        (other(0x40, 0), (0x40, 0x7d)),
        (other(0x40, 0x8000_0000), (0x40, 0x8000_007d)),
        (other(OtherFlags::ALL, 0), (OtherFlags::ALL, !2)),
    ] {
        assert_eq!(flags(other_flags), expected, "{other_flags:?}");
    }
}

#[test]
fn new_service_v6() {
    let service = Service {
        id: service_id(Protocol::Udp, "2001:db8::1", 0x1234),
        scheduler: name("fifteen-bytes-x"),
        scheduler_flags: SchedulerFlags(0b100),
        other_flags: OtherFlags::default(),
        persistence: None,
        netmask: Netmask::V6(128),
        persistence_engine: None,
        one_packet: true,
    };
    let expected = bytes![
        n16!(96), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(10), [0, 0], // IPVS_SVC_ATTR_AF: AF_INET6
        n16!(6), n16!(2), n16!(17), [0, 0], // IPVS_SVC_ATTR_PROTOCOL: IPPROTO_UDP
        n16!(20), n16!(3), [0x20, 0x01, 0x0d, 0xb8], [0; 11], [1], // IPVS_SVC_ATTR_ADDR
        n16!(6), n16!(4), [0x12, 0x34], [0, 0], // IPVS_SVC_ATTR_PORT
        n16!(20), n16!(6), *b"fifteen-bytes-x\0", // IPVS_SVC_ATTR_SCHED_NAME
        // IPVS_SVC_ATTR_FLAGS: IP_VS_SVC_F_ONEPACKET, _SCHED3
        n16!(12), n16!(7), n32!(0x0004 | 0x0020), n32!(0x3d),
        n16!(8), n16!(8), n32!(0), // IPVS_SVC_ATTR_TIMEOUT
        n16!(8), n16!(9), n32!(128), // IPVS_SVC_ATTR_NETMASK: a prefix length
    ];
    check(&Change::AddService(service), 1, &expected);
}

#[test]
fn new_service_of_a_mark() {
    let service = Service {
        id: mark6(),
        scheduler: name("wlc"),
        scheduler_flags: SchedulerFlags(0),
        other_flags: OtherFlags::default(),
        persistence: Some(1),
        netmask: Netmask::V6(64),
        persistence_engine: None,
        one_packet: false,
    };
    let expected = bytes![
        n16!(56), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(10), [0, 0], // IPVS_SVC_ATTR_AF: AF_INET6
        n16!(8), n16!(5), n32!(0x0102_0304), // IPVS_SVC_ATTR_FWMARK
        n16!(8), n16!(6), *b"wlc\0", // IPVS_SVC_ATTR_SCHED_NAME
        n16!(12), n16!(7), n32!(1), n32!(0x3d), // IPVS_SVC_ATTR_FLAGS
        n16!(8), n16!(8), n32!(1), // IPVS_SVC_ATTR_TIMEOUT
        n16!(8), n16!(9), n32!(64), // IPVS_SVC_ATTR_NETMASK
    ];
    check(&Change::EditService(service), 2, &expected);
}

#[test]
fn services_by_name() {
    check(&Change::DeleteService(tcp()), 3, &tcp_bytes()); // IPVS_CMD_DEL_SERVICE
    check(&Change::DeleteService(mark6()), 3, &mark6_bytes());
    check(&Change::Zero(Some(tcp())), 16, &tcp_bytes()); // IPVS_CMD_ZERO
    check(&Change::Zero(None), 16, &[]);
    check(&Change::Clear, 17, &[]); // IPVS_CMD_FLUSH
}

#[test]
fn an_sctp_service() {
    let expected = bytes![
        n16!(48), n16!(NLA_F_NESTED | 1), // IPVS_CMD_ATTR_SERVICE
        n16!(6), n16!(1), n16!(2), [0, 0], // IPVS_SVC_ATTR_AF
        n16!(6), n16!(2), n16!(132), [0, 0], // IPVS_SVC_ATTR_PROTOCOL: IPPROTO_SCTP
        n16!(20), n16!(3), [1, 2, 3, 4], [0; 12], // IPVS_SVC_ATTR_ADDR
        n16!(6), n16!(4), [0xff, 0xff], [0, 0], // IPVS_SVC_ATTR_PORT
    ];
    let id = service_id(Protocol::Sctp, "1.2.3.4", 65535);
    check(&Change::DeleteService(id), 3, &expected);
}

fn server(forwarding: Forwarding) -> RealServer {
    RealServer {
        endpoint: endpoint("192.168.0.7", 8080),
        forwarding,
        weight: 0x7fff_ffff,
        upper_threshold: 5,
        lower_threshold: 3,
    }
}

/// The request for [`server`] with a forwarding method and the attributes of its tunnel.
fn server_bytes(method: u32, tunnel: &[u8]) -> Vec<u8> {
    let length = u16::try_from(80 - 4 - 4 + tunnel.len()).unwrap();
    bytes![
        tcp_bytes(),
        n16!(length), n16!(NLA_F_NESTED | 2), // IPVS_CMD_ATTR_DEST
        n16!(6), n16!(11), n16!(2), [0, 0], // IPVS_DEST_ATTR_ADDR_FAMILY: AF_INET
        n16!(20), n16!(1), [192, 168, 0, 7], [0; 12], // IPVS_DEST_ATTR_ADDR
        n16!(6), n16!(2), [0x1f, 0x90], [0, 0], // IPVS_DEST_ATTR_PORT, big-endian
        n16!(8), n16!(3), n32!(method), // IPVS_DEST_ATTR_FWD_METHOD
        n16!(8), n16!(4), n32!(0x7fff_ffff), // IPVS_DEST_ATTR_WEIGHT
        n16!(8), n16!(5), n32!(5), // IPVS_DEST_ATTR_U_THRESH
        n16!(8), n16!(6), n32!(3), // IPVS_DEST_ATTR_L_THRESH
        tunnel,
    ]
}

#[test]
fn servers_by_forwarding_method() {
    for (forwarding, method) in [
        (Forwarding::Masquerading, 0), // IP_VS_CONN_F_MASQ
        (Forwarding::Local, 1), // IP_VS_CONN_F_LOCALNODE
        (Forwarding::DirectRouting, 3), // IP_VS_CONN_F_DROUTE
        (Forwarding::Bypass, 4), // IP_VS_CONN_F_BYPASS
    ] {
        let expected = server_bytes(method, &[]);
        check(&Change::AddServer(tcp(), server(forwarding)), 5, &expected); // IPVS_CMD_NEW_DEST
        check(&Change::EditServer(tcp(), server(forwarding)), 6, &expected); // IPVS_CMD_SET_DEST
    }
}

#[test]
fn tunnels() {
    use TunnelChecksum::{Off, On, Remote};
    let gue = |port, checksum| Tunnel::Gue { port, checksum };
    let gre = |checksum| Tunnel::Gre { checksum };
    // IP_VS_CONN_F_TUNNEL_TYPE_*, port, IP_VS_TUNNEL_ENCAP_FLAG_*
    for (tunnel, kind, port, flags) in [
        (Tunnel::Ipip, 0, [0, 0], 0),
        (gue(6080, Off), 1, [0x17, 0xc0], 0),
        (gue(6080, On), 1, [0x17, 0xc0], 1),
        (gue(65535, Remote), 1, [0xff, 0xff], 2),
        (gre(Off), 2, [0, 0], 0),
        (gre(On), 2, [0, 0], 1),
    ] {
        let attributes = bytes![
            n16!(5), n16!(13), [kind], [0; 3], // IPVS_DEST_ATTR_TUN_TYPE
            n16!(6), n16!(14), port, [0, 0], // IPVS_DEST_ATTR_TUN_PORT, big-endian
            n16!(6), n16!(15), n16!(flags), [0, 0], // IPVS_DEST_ATTR_TUN_FLAGS
        ];
        let expected = server_bytes(2, &attributes); // IP_VS_CONN_F_TUNNEL
        let change = Change::AddServer(tcp(), server(Forwarding::Tunnel(tunnel)));
        check(&change, 5, &expected);
    }
}

#[test]
fn a_server_of_the_other_family() {
    let change = Change::DeleteServer(mark6(), endpoint("10.9.8.7", 0));
    let expected = bytes![
        mark6_bytes(),
        n16!(40), n16!(NLA_F_NESTED | 2), // IPVS_CMD_ATTR_DEST
        n16!(6), n16!(11), n16!(2), [0, 0], // IPVS_DEST_ATTR_ADDR_FAMILY: AF_INET
        n16!(20), n16!(1), [10, 9, 8, 7], [0; 12], // IPVS_DEST_ATTR_ADDR
        n16!(6), n16!(2), [0, 0], [0, 0], // IPVS_DEST_ATTR_PORT
    ];
    check(&change, 7, &expected); // IPVS_CMD_DEL_DEST
}

#[test]
fn a_server_to_delete() {
    let change = Change::DeleteServer(tcp(), endpoint("2001:db8::5", 443));
    let expected = bytes![
        tcp_bytes(),
        n16!(40), n16!(NLA_F_NESTED | 2), // IPVS_CMD_ATTR_DEST
        n16!(6), n16!(11), n16!(10), [0, 0], // IPVS_DEST_ATTR_ADDR_FAMILY: AF_INET6
        n16!(20), n16!(1), [0x20, 0x01, 0x0d, 0xb8], [0; 11], [5], // IPVS_DEST_ATTR_ADDR
        n16!(6), n16!(2), [0x01, 0xbb], [0, 0], // IPVS_DEST_ATTR_PORT
    ];
    check(&change, 7, &expected);
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

#[test]
fn a_daemon_with_nothing_but_what_it_needs() {
    let change = Change::StartDaemon(SyncDaemon {
        role: DaemonRole::Backup,
        interface: name("lo"),
        sync_id: 0,
        max_length: None,
        group: None,
        port: None,
        ttl: None,
    });
    let expected = bytes![
        n16!(28), n16!(NLA_F_NESTED | 3), // IPVS_CMD_ATTR_DAEMON
        n16!(8), n16!(1), n32!(2), // IPVS_DAEMON_ATTR_STATE: IP_VS_STATE_BACKUP
        n16!(7), n16!(2), *b"lo\0", [0], // IPVS_DAEMON_ATTR_MCAST_IFN
        n16!(8), n16!(3), n32!(0), // IPVS_DAEMON_ATTR_SYNC_ID
    ];
    check(&change, 9, &expected); // IPVS_CMD_NEW_DAEMON
}

#[test]
fn daemons_with_everything() {
    let daemon = |group| {
        Change::StartDaemon(SyncDaemon {
            role: DaemonRole::Master,
            interface: name("eth0"),
            sync_id: 255,
            max_length: Some(1400),
            group: Some(ip(group)),
            port: Some(9999),
            ttl: Some(5),
        })
    };
    let expected = |length, group: &[u8]| {
        bytes![
            n16!(length), n16!(NLA_F_NESTED | 3), // IPVS_CMD_ATTR_DAEMON
            n16!(8), n16!(1), n32!(1), // IPVS_DAEMON_ATTR_STATE: IP_VS_STATE_MASTER
            n16!(9), n16!(2), *b"eth0\0", [0; 3], // IPVS_DAEMON_ATTR_MCAST_IFN
            n16!(8), n16!(3), n32!(255), // IPVS_DAEMON_ATTR_SYNC_ID
            n16!(6), n16!(4), n16!(1400), [0, 0], // IPVS_DAEMON_ATTR_SYNC_MAXLEN
            group,
            n16!(6), n16!(7), n16!(9999), [0, 0], // IPVS_DAEMON_ATTR_MCAST_PORT, not swapped
            n16!(5), n16!(8), [5], [0; 3], // IPVS_DAEMON_ATTR_MCAST_TTL
        ]
    };
    let v4 = bytes![n16!(8), n16!(5), [224, 1, 2, 3]]; // IPVS_DAEMON_ATTR_MCAST_GROUP
    check(&daemon("224.1.2.3"), 9, &expected(64, &v4));
    let v6 = bytes![n16!(20), n16!(6), [0xff, 0x02], [0; 13], [5]]; // IPVS_DAEMON_ATTR_MCAST_GROUP6
    check(&daemon("ff02::5"), 9, &expected(76, &v6));
}

#[test]
fn a_daemon_to_stop() {
    let expected = |state, id| {
        bytes![
            n16!(20), n16!(NLA_F_NESTED | 3), // IPVS_CMD_ATTR_DAEMON
            n16!(8), n16!(1), n32!(state), // IPVS_DAEMON_ATTR_STATE
            n16!(8), n16!(3), n32!(id), // IPVS_DAEMON_ATTR_SYNC_ID
        ]
    };
    let stop = |role, sync_id| Change::StopDaemon { role, sync_id };
    check(&stop(DaemonRole::Master, 7), 10, &expected(1, 7)); // IPVS_CMD_DEL_DAEMON
    check(&stop(DaemonRole::Backup, 0), 10, &expected(2, 0));
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
