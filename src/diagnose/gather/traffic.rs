//! What happens on the director: the connection table, the neighbours, and the kernel's counters.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::Facts;
use crate::diagnose::connections::{Connections, Summary};
use crate::diagnose::facts::Neighbour;
use crate::kernel::ipvs::{Error, Ipvs};
use crate::kernel::neighbours;
use crate::kernel::netlink::SocketError;
use crate::kernel::proc::connections::{self, TableFile};
use crate::model::{Endpoint, Forwarding, ServiceId, ServiceWithServers, Stats};

/// The kernel adds up the counters of IPVS every two seconds.
const COUNTERS_LAG: Duration = Duration::from_millis(2200);
/// Twice that: so long a time has packets that clients send again.
const SECOND_LOOK: Duration = Duration::from_millis(4400);
/// The oldest packet, in seconds, whose sender may still try.
const TRIES: u64 = 10;
/// Bytes of the connection table that are read at a time.
const BLOCK_LENGTH: usize = 64 * 1024;

/// A counter of the network namespace, from one of the files in /proc/net in which a line of names is followed by
/// one of numbers; 0 where the kernel does not have it.
pub fn counter(file: &str, group: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/net/{file}")).unwrap_or_default();
    field(&text, group, name).unwrap_or_default()
}

fn field(text: &str, group: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with(group));
    let mut names = lines.next()?.split(' ');
    let mut numbers = lines.next()?.split(' ');
    let position = names.position(|field| field == name)?;
    numbers.nth(position)?.parse().ok()
}

/// The entries of services' and servers' addresses in the tables of neighbours.
pub fn neighbours(facts: &Facts) -> Result<HashMap<IpAddr, Vec<Neighbour>>, SocketError> {
    let mut found = HashMap::<IpAddr, Vec<Neighbour>>::new();
    for neighbour in neighbours::neighbours()? {
        if facts.routes.contains_key(&neighbour.address) {
            let entries = found.entry(neighbour.address).or_default();
            entries.push(neighbour);
        }
    }
    Ok(found)
}

/// The connection table in brief. What does not have the kernel's form is left out.
pub fn connections(facts: &Facts, ipvs: &Ipvs) -> Result<Connections, Error> {
    let addresses = facts
        .interfaces
        .values()
        .flat_map(|interface| &interface.addresses);
    let own = addresses.map(IpNet::addr).collect();
    let networks: BTreeSet<IpNet> = facts.attached().map(IpNet::trunc).collect();
    let networks = networks.into_iter().collect();
    let mut summary = Summary::new(&facts.services, own, networks, facts.timeouts);
    let mut table = BufReader::with_capacity(BLOCK_LENGTH, ipvs.connections(TableFile::Plain)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = table.read_until(b'\n', &mut line);
        if read.map_err(|source| Error::Connections {
            path: TableFile::Plain.path(),
            source,
        })? == 0
        {
            return Ok(summary.finish());
        }
        let text = std::str::from_utf8(line.trim_ascii_end());
        if let Some(connection) = text.ok().and_then(|text| connections::parse(text).ok()) {
            summary.add(&connection);
        }
    }
}

/// The counters of masqueraded servers that did answer, but whose last connections wait: their clients have left them half
/// open, or are not answered any more and try again.
pub fn doubtful(facts: &Facts) -> HashMap<(ServiceId, Endpoint), Stats> {
    if facts.is_standby() {
        return HashMap::new();
    }
    let servers = facts.servers().filter(|(service, entry)| {
        let server = &entry.server;
        let counts = facts.connections.to(&service.id, server.endpoint).all;
        let ago = counts.waiting_ago.unwrap_or(counts.waited);
        server.forwarding == Forwarding::Masquerading
            && server.weight > 0
            && entry.stats.out_packets > 0
            && counts.only_wait()
            && ago <= TRIES
    });
    let counted =
        servers.map(|(service, entry)| ((service.id, entry.server.endpoint), entry.stats));
    counted.collect()
}

/// How long to wait before the counters are read again, if they do not say enough.
pub fn second_look(facts: &Facts) -> Option<Duration> {
    if facts.earlier.is_empty() {
        counters_lag(facts).then_some(COUNTERS_LAG)
    } else {
        Some(SECOND_LOOK)
    }
}

/// Whether the counters of some service may be older than its connections, or a packet to a server too new, where that
/// matters.
fn counters_lag(facts: &Facts) -> bool {
    // What a standby director hears of counts for the other.
    if facts.is_standby() {
        return false;
    }
    let unseen = |service: &ServiceWithServers| {
        let entry = &service.entry;
        entry.stats.connections == 0 && facts.connections.at(&entry.service.id) > 0
    };
    let unanswered = facts.servers().any(|(service, entry)| {
        let counts = facts.connections.to(&service.id, entry.server.endpoint).all;
        let fruitless = counts.answered == 0 && counts.waiting + counts.reset > 0;
        fruitless
            && (entry.stats.in_packets == 0 || entry.stats.in_packets == 1 && counts.waited < 2)
    });
    unanswered || facts.services.iter().any(unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_stands_below_its_name() {
        let text = "TcpExt: SyncookiesSent IPReversePathFilter TW\nTcpExt: 1 7 3\nIpExt: InNoRoutes\nIpExt: 9\n";
        assert_eq!(field(text, "TcpExt:", "IPReversePathFilter"), Some(7));
        assert_eq!(field(text, "IpExt:", "InNoRoutes"), Some(9));
        assert_eq!(field(text, "TcpExt:", "InNoRoutes"), None);
        assert_eq!(field("TcpExt: A B\nTcpExt: 1\n", "TcpExt:", "B"), None);
        assert_eq!(field("", "TcpExt:", "B"), None);
    }
}
