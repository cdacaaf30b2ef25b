//! Requests about sync daemons.

use super::*;

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
