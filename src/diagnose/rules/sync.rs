//! The synchronisation of connections between directors.

use super::{finding, ipvsadm, quote, title};
use crate::diagnose::Finding;
use crate::diagnose::facts::Facts;
use crate::model::{Change, Protocol, Service, SyncDaemon};

/// A daemon keeps running without its interface, and reaches nobody.
pub fn interface(facts: &Facts) -> Vec<Finding> {
    let find = |daemon: &SyncDaemon| {
        let role = daemon.role.name();
        let name = daemon.interface.to_string();
        let (state, mend) = match facts.interfaces.get(&name) {
            Some(interface) if interface.up => return None,
            Some(_) => ("is down", format!("ip link set {} up", quote(&name))),
            None => {
                let stop = Change::StopDaemon {
                    role: daemon.role,
                    sync_id: daemon.sync_id,
                };
                ("does not exist", ipvsadm(&stop))
            }
        };
        Some(finding(
            format!("The {role} sync daemon uses {name}, which {state}"),
            "No connection is synchronised: on a failover every client loses its connections.",
            mend,
        ))
    };
    facts.daemons.iter().filter_map(find).collect()
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
        Some(finding(
            format!(
                "{} is persistent for {seconds} seconds, less than the {name} timeout of {timeout}, and connections \
                 are synchronised",
                title(&service.id)
            ),
            "The director that takes over forgets a silent client before the client's connections, \
             and may then give it another server for its next one.",
            ipvsadm(&Change::EditService(mended)),
        ))
    };
    facts
        .services
        .iter()
        .filter_map(|service| find(&service.entry.service))
        .collect()
}
