//! ARP as frames of Ethernet (RFC 826, RFC 5227); no I/O.

use std::net::Ipv4Addr;

use super::{Claim, HardwareAddress};

/// Bytes of the shortest frame that Ethernet sends.
const SHORTEST: usize = 60;
const BROADCAST: [u8; 6] = [0xff; 6];
/// `ETH_P_ARP`.
const ARP: [u8; 2] = [0x08, 0x06];
/// Ethernet, IPv4, and the lengths of their addresses.
const KINDS: [u8; 6] = [0, 1, 0x08, 0x00, 6, 4];
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];

/// A frame that asks everybody who has an address.
///
/// It comes from no address, so nobody learns a wrong hardware address for one of ours from it.
pub fn request(own: HardwareAddress, wanted: Ipv4Addr) -> Vec<u8> {
    let no_address = [0; 4];
    let no_hardware = [0; 6];
    let mut frame = [
        &BROADCAST[..],
        &own.0,
        &ARP,
        &KINDS,
        &REQUEST,
        &own.0,
        &no_address,
        &no_hardware,
        &wanted.octets(),
    ]
    .concat();
    frame.resize(SHORTEST, 0);
    frame
}

/// What a frame claims, if it is the answer to a request.
pub fn parse(frame: &[u8]) -> Option<Claim> {
    let packet = frame.get(12..)?.strip_prefix(&ARP)?;
    let packet = packet.strip_prefix(&KINDS)?.strip_prefix(&REPLY)?;
    let (hardware, rest) = packet.split_first_chunk()?;
    let (address, rest) = rest.split_first_chunk::<4>()?;
    // Whom it answers, which must be there.
    rest.get(..10)?;
    let hardware = HardwareAddress(*hardware);
    hardware.is_one_host().then(|| Claim {
        address: Ipv4Addr::from(*address).into(),
        hardware,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: HardwareAddress = HardwareAddress([2, 0, 0, 0, 0, 1]);
    const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 0x11];

    fn reply() -> Vec<u8> {
        let mut frame = [
            &OWN.0[..],
            &OTHER,
            &ARP,
            &KINDS,
            &REPLY,
            &OTHER,
            &[192, 0, 2, 1],
            &OWN.0,
            &[0; 4],
        ]
        .concat();
        frame.resize(SHORTEST, 0);
        frame
    }

    #[test]
    fn a_question_to_everybody() {
        let frame = request(OWN, [192, 0, 2, 1].into());
        assert_eq!(frame.len(), 60);
        assert_eq!(frame[..6], BROADCAST);
        assert_eq!(frame[6..12], OWN.0);
        assert_eq!(frame[12..22], [8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
        assert_eq!(frame[22..28], OWN.0);
        assert_eq!(frame[28..32], [0; 4]);
        assert_eq!(frame[38..42], [192, 0, 2, 1]);
        // A question is no answer.
        assert_eq!(parse(&frame), None);
    }

    #[test]
    fn an_answer() {
        let claim = parse(&reply()).unwrap();
        assert_eq!(claim.address, std::net::IpAddr::from([192, 0, 2, 1]));
        assert_eq!(claim.hardware.to_string(), "02:00:00:00:00:11");
    }

    #[test]
    fn what_is_no_answer() {
        for length in 0..42 {
            assert_eq!(parse(&reply()[..length]), None, "{length}");
        }
        assert!(parse(&reply()[..42]).is_some());
        // Another protocol, other kinds of addresses, another operation, a hardware address of several hosts or of none.
        for (at, value) in [
            (13, 0),
            (15, 6),
            (16, 9),
            (18, 8),
            (19, 6),
            (21, 1),
            (22, 3),
        ] {
            let mut frame = reply();
            frame[at] = value;
            assert_eq!(parse(&frame), None, "{at}");
        }
        let mut frame = reply();
        frame[22..28].fill(0);
        assert_eq!(parse(&frame), None);
    }
}
