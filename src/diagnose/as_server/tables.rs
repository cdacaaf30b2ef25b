//! Reads tables of /proc/net that only a real server's diagnosis looks at; no I/O.

use std::net::IpAddr;

use crate::diagnose::facts::Listener;
use crate::model::Protocol;

/// The flag of a route to a router (`RTF_GATEWAY`).
const GATEWAY: u32 = 2;
/// The state of an SCTP endpoint that listens (`SCTP_SS_LISTENING`).
const LISTENING: &str = "10";

/// Whether /proc/net/route or /proc/net/ipv6_route has a route to a router.
pub fn has_gateway(text: &str, ipv6: bool) -> bool {
    // Of IPv6 there is no line of titles; flags are the fourth and the ninth field.
    let (titles, field) = if ipv6 { (0, 8) } else { (1, 3) };
    text.lines().skip(titles).any(|line| {
        let flags = line.split_ascii_whitespace().nth(field);
        let flags = flags.and_then(|flags| u32::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & GATEWAY != 0)
    })
}

/// Whether /proc/net/ip_vs has services for this address or for marks.
pub fn balances(text: &str, address: IpAddr) -> bool {
    let written = match address {
        IpAddr::V4(v4) => format!("{:08X}:", u32::from(v4)),
        IpAddr::V6(v6) => format!("[{}]:", full(v6)),
    };
    text.lines().any(|line| {
        let mut words = line.split_ascii_whitespace();
        let kind = words.next();
        kind == Some("FWM")
            || words.next().is_some_and(|word| word.starts_with(&written)) && kind != Some("->")
    })
}

/// An IPv6 address as the kernel's `%pI6` has it.
fn full(address: std::net::Ipv6Addr) -> String {
    let groups = address.segments().map(|group| format!("{group:04x}"));
    groups.join(":")
}

/// The endpoints that a line of /proc/net/sctp/eps shows, if it is listening.
pub fn sctp_listeners(line: &str) -> Vec<Listener> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, _, _, state, _, port, _, _, addresses @ ..] = &fields[..] else {
        return Vec::new();
    };
    let Some(port) = port.parse().ok().filter(|_| *state == LISTENING) else {
        return Vec::new();
    };
    addresses
        .iter()
        .filter_map(|address| address.parse().ok())
        .map(|address| Listener {
            protocol: Protocol::Sctp,
            address,
            port,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_to_routers() {
        let titles = "Iface\tDestination\tGateway \tFlags\tRefCnt\n";
        let direct = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let default = "eth0\t00000000\tFE0200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        assert!(!has_gateway(titles, false));
        assert!(!has_gateway(&format!("{titles}{direct}"), false));
        assert!(has_gateway(&format!("{titles}{direct}{default}"), false));
        let v6 = |flags: &str| {
            let zero = "0".repeat(32);
            format!("{zero} 00 {zero} 00 {zero} 00000400 00000001 00000000 {flags} eth0\n")
        };
        assert!(has_gateway(&v6("00000003"), true));
        assert!(!has_gateway(&v6("00000001"), true));
    }

    #[test]
    fn services_of_ipvs() {
        let text = "IP Virtual Server version 1.2.1 (size=4096)\n\
            Prot LocalAddress:Port Scheduler Flags\n\
            \x20 -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n\
            TCP  C0000201:0050 rr \n\
            \x20 -> C000020B:0050      Route   1      0          0\n\
            TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr \n";
        for (address, expected) in [
            ("192.0.2.1", true),
            ("192.0.2.11", false),
            ("2001:db8::1", true),
            ("2001:db8::11", false),
        ] {
            assert_eq!(
                balances(text, address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        assert!(balances("FWM  00000001 rr \n", "10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn endpoints_of_sctp() {
        let titles = " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS";
        assert_eq!(sctp_listeners(titles), []);
        let line = "ffff8880 ffff8881 2   10  29   80          0 1234 192.0.2.1 2001:db8::1 ";
        let found = sctp_listeners(line);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].port, found[0].address),
            (80, [192, 0, 2, 1].into())
        );
        assert_eq!(sctp_listeners(&line.replace(" 10 ", " 7 ")), []);
    }
}
