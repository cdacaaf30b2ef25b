//! The synchronisation of connections between directors.

use super::{KEEP_NETWORK, quote, title};
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Change, DaemonRole, Family, Protocol, Service, SyncDaemon};
use crate::sys::words::counted;

/// The bytes of the headers before a sync message.
const IPV4_AND_UDP: u32 = 28;
const IPV6_AND_UDP: u32 = 48;

/// A daemon keeps running without its interface, and reaches nobody.
pub fn interface(facts: &Facts) -> Vec<Finding> {
    let find = |daemon: &SyncDaemon| {
        let role = daemon.role.name();
        let name = daemon.interface.to_string();
        let found = |state| {
            let title = format!("The {role} sync daemon uses {name}, which {state}");
            Finding::new(Id::SyncInterface, Grade::Trap, title).why(
                "No connection is synchronised: on a failover every client loses its connections.",
            )
        };
        match facts.interfaces.get(&name) {
            Some(interface) if interface.up => None,
            Some(_) => Some(
                found("is down")
                    .run(format!("ip link set {} up", quote(&name)))
                    .why(KEEP_NETWORK),
            ),
            None => {
                let stop = Change::StopDaemon {
                    role: daemon.role,
                    sync_id: daemon.sync_id,
                };
                Some(found("does not exist").change(&stop))
            }
        }
    };
    facts.daemons.iter().filter_map(find).collect()
}

/// A backup joins its group once, on the interface that is there then.
pub fn group(facts: &Facts) -> Vec<Finding> {
    let Some(groups) = &facts.sync.groups else {
        return Vec::new();
    };
    let find = |daemon: &SyncDaemon| {
        let name = daemon.interface.to_string();
        let group = daemon.group_or_default();
        let joined = groups.contains(&(name.clone(), group));
        if daemon.role != DaemonRole::Backup || joined || !facts.interfaces.get(&name)?.up {
            return None;
        }
        let stop = Change::StopDaemon {
            role: daemon.role,
            sync_id: daemon.sync_id,
        };
        let title = format!(
            "The backup sync daemon gets nothing: it is not in the group {group} on {name}"
        );
        let finding = Finding::new(Id::SyncNoGroup, Grade::Trap, title)
            .seen(format!("The kernel's list of multicast groups does not have {group} on {name}"))
            .why(
                "A daemon joins the group when it starts; the interface was removed and made anew since. \
                 On a failover every client loses its connections. It has to be started anew.",
            );
        Some(finding.change(&stop).change(&Change::StartDaemon(*daemon)))
    };
    facts.daemons.iter().filter_map(find).collect()
}

/// Many networks carry multicast all the same, so this is only worth knowing.
pub fn multicast(facts: &Facts) -> Vec<Finding> {
    let find = |daemon: &SyncDaemon| {
        let name = daemon.interface.to_string();
        let interface = facts.interfaces.get(&name)?;
        if interface.multicast || interface.loopback || !interface.up {
            return None;
        }
        let title = format!(
            "The {} sync daemon uses {name}, which takes no part in multicast",
            daemon.role.name()
        );
        let finding = Finding::new(Id::SyncNoMulticast, Grade::Note, title)
            .seen(format!("{name} does not have the flag MULTICAST"))
            .why("Sync messages are multicast. A card may filter them out, and tunnels may not carry them.")
            .run(format!("ip link set {} multicast on", quote(&name)))
            .why(KEEP_NETWORK);
        Some(finding)
    };
    facts.daemons.iter().filter_map(find).collect()
}

/// Longer messages are sent in fragments, which most networks carry; so this is only worth knowing.
pub fn message_length(facts: &Facts) -> Vec<Finding> {
    let find = |daemon: &SyncDaemon| {
        let name = daemon.interface.to_string();
        let mtu = facts.interfaces.get(&name)?.mtu;
        let headers = match Family::of(daemon.group_or_default()) {
            Family::V4 => IPV4_AND_UDP,
            Family::V6 => IPV6_AND_UDP,
        };
        let fits = u16::try_from(mtu.checked_sub(headers)?).unwrap_or(u16::MAX);
        let length = daemon
            .max_length
            .filter(|length| *length > fits && fits > 0)?;
        if daemon.role != DaemonRole::Master {
            return None;
        }
        let title = format!(
            "The master sync daemon sends messages of up to {length} bytes, and a packet on {name} takes {fits}"
        );
        let stop = Change::StopDaemon {
            role: daemon.role,
            sync_id: daemon.sync_id,
        };
        let shorter = SyncDaemon {
            max_length: Some(fits),
            ..*daemon
        };
        let finding = Finding::new(Id::SyncMessageTooLong, Grade::Note, title)
            .seen(format!("{name} has an MTU of {mtu} bytes"))
            .why(
                "Such messages are sent in fragments: one that is lost loses the whole message, and a firewall may drop \
                 all but the first.",
            );
        Some(finding.change(&stop).change(&Change::StartDaemon(shorter)))
    };
    facts.daemons.iter().filter_map(find).collect()
}

/// What no setting shows: another sync id, a switch that does not pass the group on, a master that is down.
pub fn nothing_received(facts: &Facts) -> Vec<Finding> {
    let find = |daemon: &SyncDaemon| {
        if daemon.role != DaemonRole::Backup || facts.sync.received != Some(false) {
            return None;
        }
        let id = daemon.sync_id;
        let title = "The backup sync daemon runs, but no connection came from another director";
        let finding = Finding::new(Id::SyncNothingReceived, Grade::Note, title)
            .seen("/proc/net/ip_vs_conn_sync has no entry of the origin SYNC")
            .why(format!(
                "That is as it should be only where the master has no connections. It must run with the sync id {id} \
                 and the same group and port, and the network must pass multicast on: a switch with IGMP snooping and \
                 no querier stops after some minutes."
            ))
            .run("ipvsadm -L --daemon");
        Some(finding)
    };
    facts.daemons.iter().find_map(find).into_iter().collect()
}

/// The kernel keeps a client's server for as long as one of its connections lives, however short the
/// persistence. The director that takes over does not: it gets connections and clients apart.
pub fn short_persistence(facts: &Facts) -> Vec<Finding> {
    if facts.daemons.is_empty() {
        return Vec::new();
    }
    let find = |service: &Service| {
        let seconds = service.persistence.filter(|_| !service.one_packet)?;
        let (name, timeout) = match service.id.protocol() {
            Some(Protocol::Udp) => ("UDP", facts.timeouts.udp),
            // IPVS lets nobody change the timeouts of SCTP.
            Some(Protocol::Sctp) => return None,
            Some(Protocol::Tcp) | None => ("TCP", facts.timeouts.tcp),
        };
        if seconds >= timeout {
            return None;
        }
        let mended = Service {
            persistence: Some(timeout),
            ..*service
        };
        Some(Finding::new(Id::SyncShortPersistence, Grade::Trap, format!(
                "{} is persistent for {}, less than the {name} timeout of {timeout}, and connections \
                 are synchronised",
                title(&service.id),
                counted(seconds.into(), "second")
            )).why("The director that takes over forgets a silent client before the client's connections, \
             and may then give it another server for its next one.").change(&Change::EditService(mended)))
    };
    facts
        .services
        .iter()
        .filter_map(|service| find(&service.entry.service))
        .collect()
}
