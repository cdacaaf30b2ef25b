//! Settings of the kernel that have effects few expect, and limits that are nearly reached.

use super::{counted, title, titles};
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Protocol, RealServerEntry, Service, ServiceId};

/// Said where connections outlive what they belong to.
const EXPIRE: &str = "net.ipv4.vs.expire_nodest_conn";
const REUSE: &str = "net.ipv4.vs.conn_reuse_mode";
const ESTIMATION: &str = "net.ipv4.vs.run_estimation";
const LIMIT: &str = "net.ipv4.vs.conn_max";
const THRESHOLD: &str = "net.ipv4.vs.amemthresh";
/// Pages of memory (`net.ipv4.vs.amemthresh`) that the kernel begins with.
const DEFAULT_THRESHOLD: i64 = 1024;
/// Percent of the limit from which on the table is nearly full.
const NEARLY: u64 = 90;
/// Entries for each bucket from which on looking one up takes long.
const CROWDED: u64 = 8;
/// The largest `conn_tab_bits` that every kernel takes.
const MOST_BITS: u32 = 20;

/// A setting of IPVS.
fn setting(facts: &Facts, name: &str) -> Option<i64> {
    facts.sysctls.number(name.strip_prefix("net.ipv4.vs.")?)
}

/// The kernel drops the packets of a connection whose server was removed, until the connection's time-out, and tells
/// the client nothing.
pub fn gone_server(facts: &Facts) -> Vec<Finding> {
    if setting(facts, EXPIRE) != Some(0) {
        return Vec::new();
    }
    let gone = facts.connections.gone();
    let Some((service, server, count)) = gone.first() else {
        return Vec::new();
    };
    let all: u64 = gone.iter().map(|(_, _, count)| u64::from(*count)).sum();
    let ids: Vec<ServiceId> = gone.iter().map(|(service, ..)| *service).collect();
    let title = format!(
        "{} of {} {} to servers that are no longer there, and {EXPIRE} is 0",
        counted(all, "connection"),
        titles(&ids),
        if all == 1 { "goes" } else { "go" }
    );
    let finding = Finding::new(Id::GoneServer, Grade::Trap, title)
        .seen(format!(
            "{} of {} to {server}, which the service does not have",
            counted((*count).into(), "connection"),
            super::title(service)
        ))
        .why(
            "What their clients send is dropped until the connections time out, so that they hang. With 1 a connection \
             ends with the next packet, and the client can open another one.",
        )
        .sysctl(EXPIRE, 1);
    vec![finding]
}

/// With 0 the kernel takes a new connection from a port that was used before for the old one, and so
/// sends it to the same server, whatever its weight.
pub fn reused_ports(facts: &Facts) -> Vec<Finding> {
    if setting(facts, REUSE) != Some(0) {
        return Vec::new();
    }
    let drained = |(service, entry): &(&Service, &RealServerEntry)| {
        // Only connections that have an end can be followed by another one.
        let ends = service.id.protocol() != Some(Protocol::Udp);
        let connections = entry
            .active_connections
            .saturating_add(entry.inactive_connections);
        entry.server.weight == 0 && connections > 0 && ends
    };
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let connections = entry
            .active_connections
            .saturating_add(entry.inactive_connections);
        Finding::new(
            Id::ReusedPorts,
            Grade::Trap,
            format!(
                "{} of {} has the weight 0 and still gets new connections of some clients, as {REUSE} is 0",
                entry.server.endpoint,
                title(&service.id)
            ),
        )
        .seen(format!(
            "It has {}",
            counted(connections.into(), "connection")
        ))
        .why(
            "A client that opens a connection from a port that it used a short time ago is sent to the server of the \
             old one. Behind one address with many users, that is every client.",
        )
        .sysctl(REUSE, 1)
    };
    facts.servers().filter(drained).map(find).collect()
}

/// Everything that goes by counters is blind then, this program's own rules as well.
pub fn estimation_off(facts: &Facts) -> Vec<Finding> {
    if facts.counts() {
        return Vec::new();
    }
    let finding = Finding::new(
        Id::EstimationOff,
        Grade::Note,
        format!("{ESTIMATION} is 0: counters and rates stand still"),
    )
    .why("Listings with --stats and --rate show what was counted before it was switched off.")
    .sysctl(ESTIMATION, 1);
    vec![finding]
}

/// Entries of the connection table, as far as servers have them.
fn entries(facts: &Facts) -> u64 {
    let of_server = |entry: &RealServerEntry| {
        u64::from(entry.active_connections)
            + u64::from(entry.inactive_connections)
            + u64::from(entry.persistent_connections)
    };
    facts.servers().map(|(_, entry)| of_server(entry)).sum()
}

/// At the limit the kernel refuses new connections.
pub fn connection_limit(facts: &Facts) -> Vec<Finding> {
    let limit = setting(facts, LIMIT).and_then(|limit| u64::try_from(limit).ok());
    let Some(limit) = limit.filter(|limit| *limit > 0) else {
        return Vec::new();
    };
    let entries = entries(facts);
    let grade = match entries {
        entries if entries >= limit => Grade::Broken,
        entries if entries.saturating_mul(100) >= limit.saturating_mul(NEARLY) => Grade::Trap,
        _ => return Vec::new(),
    };
    let full = if grade == Grade::Broken {
        "full"
    } else {
        "nearly full"
    };
    let doubled = u32::try_from(limit.saturating_mul(2)).unwrap_or(u32::MAX);
    let finding = Finding::new(
        Id::ConnectionLimit,
        grade,
        format!("The connection table is {full}: {entries} of {limit} ({LIMIT})"),
    )
    .why("A new connection that finds no room is dropped.")
    .sysctl(LIMIT, doubled.min(i32::MAX as u32));
    vec![finding]
}

/// Before Linux 7.2 the table never grows: entries that share a bucket are looked through one by one.
pub fn crowded_table(facts: &Facts) -> Vec<Finding> {
    let buckets = u64::from(facts.connection_table_size);
    let entries = entries(facts);
    let grows = facts.sysctls.get("conn_lfactor").is_some();
    if grows || buckets == 0 || entries / buckets < CROWDED {
        return Vec::new();
    }
    let bits = u64::BITS - entries.leading_zeros();
    let bits = bits.min(MOST_BITS);
    if 1 << bits <= buckets {
        return Vec::new();
    }
    let finding = Finding::new(
        Id::CrowdedTable,
        Grade::Note,
        format!("The connection table has {entries} entries in {buckets} buckets"),
    )
    .why(
        "For every packet the kernel looks through a bucket, and the table of this kernel does not grow. It is made \
         when the module ip_vs is loaded: the command takes effect then.",
    )
    .run(format!(
        "echo 'options ip_vs conn_tab_bits={bits}' > /etc/modprobe.d/ip_vs.conf"
    ));
    vec![finding]
}

/// Where memory is short, or always if it was told to, IPVS gives up connections and packets.
pub fn defence(facts: &Facts) -> Vec<Finding> {
    let low = facts
        .sysctls
        .number("amemthresh")
        .filter(|pages| *pages > DEFAULT_THRESHOLD);
    let find = |(name, grade, effect): (&str, Grade, &str)| {
        let value = facts.sysctls.number(name)?;
        let name = format!("net.ipv4.vs.{name}");
        let finding = |what| {
            let title = format!("IPVS's defence is active: {effect} ({name} is {value})");
            Finding::new(Id::DefenceActive, grade, title).why(what)
        };
        match value {
            3 => Some(
                finding("With 3 it is always active, with 1 only while memory is short.")
                    .sysctl(&name, 1),
            ),
            2 => {
                let finding = finding(
                    "With 2 the kernel says that memory is short at the moment: fewer pages are free than \
                     net.ipv4.vs.amemthresh. It ends by itself once there are more.",
                );
                Some(match low {
                    Some(pages) => finding
                        .seen(format!("{THRESHOLD} is {pages}, and {DEFAULT_THRESHOLD} where nobody has changed it"))
                        .sysctl(THRESHOLD, DEFAULT_THRESHOLD as u32),
                    None => finding,
                })
            }
            _ => None,
        }
    };
    [
        ("drop_packet", Grade::Broken, "it drops some of the packets"),
        (
            "drop_entry",
            Grade::Trap,
            "it gives up some of the connections",
        ),
        (
            "secure_tcp",
            Grade::Note,
            "it uses shorter time-outs of TCP",
        ),
    ]
    .into_iter()
    .filter_map(find)
    .collect()
}

/// What is changed by hand does not stay.
pub fn managers(facts: &Facts) -> Vec<Finding> {
    let find = |manager: &crate::diagnose::facts::Keeper| {
        Finding::new(
            Id::TableManaged,
            Grade::Note,
            format!("{} manages this table", manager.name),
        )
        .seen(manager.seen.clone())
        .why("It puts back what others change: make changes in its configuration.")
    };
    facts.keepers.iter().map(find).collect()
}
