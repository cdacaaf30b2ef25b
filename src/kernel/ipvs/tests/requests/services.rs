//! Requests that change services.

use super::*;

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
