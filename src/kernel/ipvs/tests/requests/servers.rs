//! Requests that change real servers.

use super::*;

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
