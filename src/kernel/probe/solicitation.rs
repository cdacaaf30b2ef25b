//! Neighbour solicitations and what answers them (RFC 4861), as messages of ICMPv6; no I/O.

use std::net::Ipv6Addr;

use super::{Claim, HardwareAddress};

/// The hop limit that no packet from beyond a router can have.
pub const HOPS: i32 = 255;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// Options: the hardware address of the sender, and of the address that is asked for.
const SOURCE: u8 = 1;
const TARGET: u8 = 2;
/// Bytes before the address that is asked for, and before the options.
const HEADER: usize = 8;
const OPTIONS: usize = HEADER + 16;

/// A message that asks who has an address; the kernel fills in the checksum.
pub fn request(own: HardwareAddress, wanted: Ipv6Addr) -> Vec<u8> {
    let header = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0];
    [
        &header[..],
        &wanted.octets(),
        // Its length in units of eight bytes.
        &[SOURCE, 1],
        &own.0,
    ]
    .concat()
}

/// The group that hosts with an address listen to.
pub fn group(wanted: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = wanted.octets();
    let last = u16::from_be_bytes([b, c]);
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), last)
}

/// What a message claims, if it is an advertisement that says where the address is. Who calls checks its hop limit.
pub fn parse(message: &[u8]) -> Option<Claim> {
    let [ADVERTISEMENT, 0, ..] = message else {
        return None;
    };
    let address: [u8; 16] = message.get(HEADER..OPTIONS)?.try_into().ok()?;
    let address = Ipv6Addr::from(address);
    let mut options = message.get(OPTIONS..)?;
    while let [kind, units, ..] = *options {
        let length = usize::from(units) * 8;
        // One without a length would never end.
        let (option, rest) = options.split_at_checked(length).filter(|_| length > 0)?;
        if kind == TARGET {
            let hardware = HardwareAddress(option.get(2..8)?.try_into().ok()?);
            let claim = Claim {
                address: address.into(),
                hardware,
            };
            return hardware.is_one_host().then_some(claim);
        }
        options = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 0x11];

    fn vip() -> Ipv6Addr {
        "2001:db8::1".parse().unwrap()
    }

    fn advertisement(options: &[&[u8]]) -> Vec<u8> {
        let header = [ADVERTISEMENT, 0, 0x12, 0x34, 0x60, 0, 0, 0];
        [&header[..], &vip().octets(), &options.concat()].concat()
    }

    #[test]
    fn a_question_to_the_group() {
        let own = HardwareAddress([2, 0, 0, 0, 0, 1]);
        let message = request(own, "2001:db8::12:3456".parse().unwrap());
        assert_eq!(message.len(), 32);
        assert_eq!((message[0], message[24], message[25]), (135, 1, 1));
        assert_eq!(parse(&message), None);
        let group = group("2001:db8::12:3456".parse().unwrap());
        assert_eq!(group.to_string(), "ff02::1:ff12:3456");
    }

    #[test]
    fn an_answer_with_other_options_before_it() {
        let unknown = [14, 2, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0];
        let target = [&[TARGET, 1][..], &OTHER].concat();
        for options in [&[&target[..]][..], &[&unknown, &target]] {
            let claim = parse(&advertisement(options)).unwrap();
            assert_eq!(claim.address, std::net::IpAddr::from(vip()));
            assert_eq!(claim.hardware, HardwareAddress(OTHER));
        }
    }

    #[test]
    fn what_is_no_answer() {
        let target = [&[TARGET, 1][..], &OTHER].concat();
        let whole = advertisement(&[&target]);
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), None, "{length}");
        }
        // No option that says it, one without length, one that is longer than the message, one of many hosts.
        for options in [
            &[][..],
            &[0, 0],
            &[TARGET, 0, 2, 0, 0, 0, 0, 1],
            &[TARGET, 2, 2, 0, 0, 0, 0, 1],
            &[TARGET, 1, 0x33, 0x33, 0, 0, 0, 1],
        ] {
            assert_eq!(parse(&advertisement(&[options])), None, "{options:?}");
        }
        let mut code = whole;
        code[1] = 1;
        assert_eq!(parse(&code), None);
    }
}
