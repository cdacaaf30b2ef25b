//! What shows whether the sync daemons reach each other.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnose::facts::{Facts, Sync};
use crate::model::DaemonRole;

/// The connection table with the origin of each connection.
const ORIGINS: &str = "/proc/net/ip_vs_conn_sync";
/// So many bytes of it are read: of a million connections the first hundred thousand say enough.
const MOST_READ: u64 = 16 * 1024 * 1024;

/// Nothing is looked at where no daemon runs.
pub fn sync(facts: &Facts) -> Sync {
    if facts.daemons.is_empty() {
        return Sync::default();
    }
    let is_backup = facts
        .daemons
        .iter()
        .any(|daemon| daemon.role == DaemonRole::Backup);
    let groups = |file, parse: fn(&str) -> Groups| {
        fs::read_to_string(format!("/proc/net/{file}"))
            .ok()
            .map(|text| parse(&text))
    };
    let (v4, v6) = (groups("igmp", groups_v4), groups("igmp6", groups_v6));
    Sync {
        groups: v4.map(|v4| v4.into_iter().chain(v6.unwrap_or_default()).collect()),
        received: if is_backup { received() } else { None },
    }
}

/// Interfaces, and the multicast groups that this host has joined on them.
type Groups = HashSet<(String, IpAddr)>;

/// A line for each interface, and below it one for each group: the kernel's 32 bits in hexadecimal.
fn groups_v4(text: &str) -> Groups {
    let mut groups = Groups::new();
    let mut interface = None;
    for line in text.lines().skip(1) {
        let mut fields = line.split_ascii_whitespace();
        let Some(first) = fields.next() else {
            continue;
        };
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            interface = fields.next();
        } else if let (Some(interface), Ok(group)) = (interface, u32::from_str_radix(first, 16)) {
            let group = Ipv4Addr::from(group.to_ne_bytes());
            groups.insert((interface.to_owned(), group.into()));
        }
    }
    groups
}

/// `2  eth0  ff020000000000000000000000000001  1 0000000C 0`
fn groups_v6(text: &str) -> Groups {
    let group = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let interface = fields.next()?.to_owned();
        let group = u128::from_str_radix(fields.next()?, 16).ok()?;
        Some((interface, Ipv6Addr::from(group).into()))
    };
    text.lines().filter_map(group).collect()
}

/// Whether the table has a connection that another director has sent; `None` where that cannot be seen.
fn received() -> Option<bool> {
    let file = File::open(ORIGINS).ok()?;
    let mut table = BufReader::new(file.take(MOST_READ));
    let mut line = Vec::new();
    let mut read = 0;
    loop {
        line.clear();
        match table.read_until(b'\n', &mut line).ok()? {
            0 if read >= MOST_READ => return None,
            0 => return Some(false),
            length => read += length as u64,
        }
        if is_received(&line) {
            return Some(true);
        }
    }
}

/// Whether a line of the table ends in `SYNC` and the seconds that are left.
fn is_received(line: &[u8]) -> bool {
    let mut fields = line
        .split(u8::is_ascii_whitespace)
        .filter(|field| !field.is_empty())
        .rev();
    fields.nth(1) == Some(b"SYNC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_both_families() {
        let igmp = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n\
                    1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n\
                    2\te0        :     2      V3\n\t\t\t\t510000E0     1 0:00000000\t\t0\n\
                    \t\t\t\t010000E0     1 0:00000000\t\t0\n";
        let all = ("lo".to_owned(), "224.0.0.1".parse().unwrap());
        let sync = ("e0".to_owned(), "224.0.0.81".parse().unwrap());
        let found = groups_v4(igmp);
        assert_eq!(found.len(), 3);
        if cfg!(target_endian = "little") {
            assert!(found.contains(&all) && found.contains(&sync), "{found:?}");
        }
        let igmp6 =
            "2    e0              ff020000000000000000000000000081     1 00000004 0\nstrange\n\n";
        let sync = ("e0".to_owned(), "ff02::81".parse().unwrap());
        assert_eq!(groups_v6(igmp6), [sync].into());
        assert_eq!(groups_v4("").len(), 0);
    }

    #[test]
    fn connections_that_another_director_has_sent() {
        let line = "TCP C0000264 D431 C0000201 0050 0A00000B 0050 ESTABLISHED SYNC       119\n";
        assert!(is_received(line.as_bytes()));
        assert!(!is_received(line.replace("SYNC ", "LOCAL").as_bytes()));
        assert!(!is_received(
            b"Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires"
        ));
        assert!(!is_received(b""));
    }
}
