//! What comes from a network segment is read without trust.

use std::net::IpAddr;

use ipvsadm::kernel::probe::{HardwareAddress, arp, solicitation};
use proptest::collection::vec;
use proptest::prelude::*;

fn hardware() -> impl Strategy<Value = [u8; 6]> {
    any::<[u8; 6]>().prop_map(|mut bytes| {
        bytes[0] = bytes[0] & 0xfe | 2;
        bytes
    })
}

/// The answer to a request, padded as Ethernet does.
fn arp_reply(hardware: [u8; 6], address: [u8; 4], padding: &[u8]) -> Vec<u8> {
    let head = [0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 2];
    [
        &[2; 6][..],
        &hardware,
        &head,
        &hardware,
        &address,
        &[2; 6],
        &[0; 4],
        padding,
    ]
    .concat()
}

fn advertisement(hardware: [u8; 6], address: [u8; 16], before: u8) -> Vec<u8> {
    let mut options = vec![];
    for number in 0..before {
        options.extend([200, 1, number, 0, 0, 0, 0, 0]);
    }
    let head = [136, 0, 0, 0, 0x60, 0, 0, 0];
    [&head[..], &address, &options, &[2, 1], &hardware].concat()
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in vec(any::<u8>(), 0..600)) {
        for claim in [arp::parse(&bytes), solicitation::parse(&bytes)].into_iter().flatten() {
            prop_assert!(claim.hardware.is_one_host());
        }
    }

    /// Bytes that begin as an answer does come further than any.
    #[test]
    fn answers_with_any_end(
        own in hardware(),
        v4 in any::<[u8; 4]>(),
        v6 in any::<[u8; 16]>(),
        rest in vec(any::<u8>(), 0..64),
        at in 0_usize..80,
        value in any::<u8>(),
    ) {
        for mut bytes in [arp_reply(own, v4, &rest), [advertisement(own, v6, 2), rest].concat()] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            for length in 0..bytes.len() {
                let _ = (arp::parse(&bytes[..length]), solicitation::parse(&bytes[..length]));
            }
        }
    }

    #[test]
    fn an_answer_says_who_has_what(
        own in hardware(),
        v4 in any::<[u8; 4]>(),
        v6 in any::<[u8; 16]>(),
        padding in vec(any::<u8>(), 0..18),
        before in 0_u8..4,
    ) {
        let claim = arp::parse(&arp_reply(own, v4, &padding)).unwrap();
        prop_assert_eq!((claim.address, claim.hardware), (IpAddr::from(v4), HardwareAddress(own)));
        let claim = solicitation::parse(&advertisement(own, v6, before)).unwrap();
        prop_assert_eq!((claim.address, claim.hardware), (IpAddr::from(v6), HardwareAddress(own)));
    }

    /// A request is none of our own making: nobody learns an address of ours from it, and it is no claim.
    #[test]
    fn requests_claim_nothing(own in hardware(), v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>()) {
        let frame = arp::request(HardwareAddress(own), v4.into());
        prop_assert_eq!(&frame[28..32], &[0; 4]);
        prop_assert_eq!(arp::parse(&frame), None);
        prop_assert_eq!(solicitation::parse(&solicitation::request(HardwareAddress(own), v6.into())), None);
    }
}
