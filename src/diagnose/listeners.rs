//! Sockets that wait for packets: /proc/net/tcp, udp and their IPv6 twins; no I/O.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::facts::Listener;
use crate::model::Protocol;

/// The files, with what they list.
pub const FILES: &[(&str, Protocol)] = &[
    ("/proc/net/tcp", Protocol::Tcp),
    ("/proc/net/tcp6", Protocol::Tcp),
    ("/proc/net/udp", Protocol::Udp),
    ("/proc/net/udp6", Protocol::Udp),
];

/// The state of a TCP socket that listens (`TCP_LISTEN`), in hexadecimal.
const LISTENING: &str = "0A";
/// The state of a UDP socket without a peer (`TCP_CLOSE`).
const UNCONNECTED: &str = "07";

/// The socket that a line shows, if it is listening.
pub fn parse(line: &str, protocol: Protocol) -> Option<Listener> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (address, port) = fields.next()?.split_once(':')?;
    let state = fields.nth(1)?;
    let waiting = match protocol {
        Protocol::Udp => UNCONNECTED,
        _ => LISTENING,
    };
    (state == waiting).then_some(Listener {
        protocol,
        address: parse_address(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
    })
}

/// Each 32 bits of the address are printed as a number of the processor's byte order.
fn parse_address(text: &str) -> Option<IpAddr> {
    let word = |index: usize| {
        let digits = text.get(index * 8..index * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut octets = [0; 16];
            for (index, chunk) in octets.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(index)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(octets)))
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_only() {
        let line =
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1";
        let listener = Listener {
            protocol: Protocol::Tcp,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
        };
        assert_eq!(parse(line, Protocol::Tcp), Some(listener));
        let connected = line.replace(" 0A ", " 01 ");
        assert_eq!(parse(&connected, Protocol::Tcp), None);
    }

    #[test]
    fn addresses_of_both_families() {
        assert_eq!(parse_address("5000000A"), "10.0.0.80".parse().ok());
        assert_eq!(
            parse_address("B80D0120000000000000000080000000"),
            "2001:db8::80".parse().ok()
        );
        assert_eq!(parse_address("B80D0120000000000000000080000000X"), None);
    }
}
