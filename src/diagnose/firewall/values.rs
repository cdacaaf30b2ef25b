//! Numbers and names, in the spellings of nft and iptables.

use std::ops::RangeInclusive;

/// A number, decimal or with `0x`.
pub fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// A protocol's number or its name.
pub fn protocol(word: &str) -> Option<u8> {
    let named = [
        ("icmp", 1),
        ("ipencap", 4),
        ("ipip", 4),
        ("tcp", 6),
        ("udp", 17),
        ("dccp", 33),
        ("ipv6", 41),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("ipv6-icmp", 58),
        ("icmpv6", 58),
        ("ospf", 89),
        ("vrrp", 112),
        ("sctp", 132),
        ("udplite", 136),
    ];
    let found = named.iter().find(|(name, _)| *name == word);
    found
        .map(|(_, number)| *number)
        .or_else(|| word.parse().ok())
}

/// `80`, `80-90`; with a colon as iptables writes it.
pub fn ports(word: &str) -> Option<RangeInclusive<u16>> {
    match word.split_once(['-', ':']) {
        Some((first, last)) => Some(first.parse().ok()?..=last.parse().ok()?),
        None => {
            let port = word.parse().ok()?;
            Some(port..=port)
        }
    }
}

/// The bits of TCP flags by name, in nft's or iptables' spelling, or their number.
pub fn flag(word: &str) -> Option<u8> {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECN", "CWR"];
    let named = names
        .iter()
        .position(|name| word.eq_ignore_ascii_case(name));
    match named {
        Some(bit) => Some(1 << bit),
        None => u8::from_str_radix(word.strip_prefix("0x")?, 16).ok(),
    }
}
