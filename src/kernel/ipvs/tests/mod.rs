//! The codecs against messages made by hand from `include/uapi/linux/ip_vs.h`.

mod refusals;
mod replies;
#[rustfmt::skip] // one attribute a line
mod requests;
mod server_and_daemon_replies;
mod sizes;

use std::net::IpAddr;

use crate::model::{Endpoint, Name, Protocol, ServiceId};

/// An attribute as it travels: length, type, value, padding.
fn attr(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap();
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn u16_attr(kind: u16, value: u16) -> Vec<u8> {
    attr(kind, &value.to_ne_bytes())
}

fn u32_attr(kind: u16, value: u32) -> Vec<u8> {
    attr(kind, &value.to_ne_bytes())
}

fn u64_attr(kind: u16, value: u64) -> Vec<u8> {
    attr(kind, &value.to_ne_bytes())
}

/// The sixteen bytes of an address attribute.
fn sixteen(address: &str) -> [u8; 16] {
    match ip(address) {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

fn ip(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn endpoint(address: &str, port: u16) -> Endpoint {
    Endpoint {
        address: ip(address),
        port,
    }
}

fn service_id(protocol: Protocol, address: &str, port: u16) -> ServiceId {
    ServiceId::Address {
        protocol,
        endpoint: endpoint(address, port),
    }
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).unwrap()
}

#[test]
fn entries_that_a_dump_tells_twice_are_noticed_wherever_they_stand() {
    for (ports, repeat) in [
        (&[][..], false),
        (&[80], false),
        (&[443, 80, 8080], false),
        (&[80, 80], true),
        (&[443, 80, 8080, 443], true),
    ] {
        let entries = ports.iter().map(|port| endpoint("192.0.2.1", *port));
        assert_eq!(super::dump::repeats(entries), repeat, "{ports:?}");
    }
}
