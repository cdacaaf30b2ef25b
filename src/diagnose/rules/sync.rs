//! The synchronisation of connections between directors.

use super::{KEEP_NETWORK, quote, title};
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Change, Protocol, Service, SyncDaemon};

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
                "{} is persistent for {seconds} seconds, less than the {name} timeout of {timeout}, and connections \
                 are synchronised",
                title(&service.id)
            )).why("The director that takes over forgets a silent client before the client's connections, \
             and may then give it another server for its next one.").change(&Change::EditService(mended)))
    };
    facts
        .services
        .iter()
        .filter_map(|service| find(&service.entry.service))
        .collect()
}
