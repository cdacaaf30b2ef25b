//! A firewall that drops what the sync daemons send each other.

use super::accept;
use super::dropped::{chain, evidence, keep};
use super::drops::{Dropped, first_drop};
use crate::diagnose::facts::Facts;
use crate::diagnose::firewall::{Budget, Hook, Interfaces, Packet, States};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{DaemonRole, Family, SyncDaemon};

const UDP: u8 = 17;
/// So many rules are looked at for each daemon.
const BUDGET: u64 = 1_000_000;

/// A daemon whose messages do not get through: that of a master out, that of a backup in.
pub fn sync_port(facts: &Facts) -> Vec<Finding> {
    let Some(firewall) = &facts.firewall else {
        return Vec::new();
    };
    let states = match firewall.has_notrack() {
        true => States::NEW.with(States::UNTRACKED),
        false => States::NEW,
    };
    let find = |daemon: &SyncDaemon| {
        let name = daemon.interface.to_string();
        if !facts.interfaces.get(&name)?.up {
            return None;
        }
        let interface = [name.as_str()];
        let here = Interfaces::AnyOf(&interface);
        let (hooks, input, output, what) = match daemon.role {
            DaemonRole::Master => (
                [Hook::Output, Hook::Postrouting],
                Interfaces::None,
                here,
                "sends",
            ),
            DaemonRole::Backup => (
                [Hook::Prerouting, Hook::Input],
                here,
                Interfaces::None,
                "is sent",
            ),
        };
        let group = daemon.group_or_default();
        let port = daemon.port_or_default();
        let packet = |hook| Packet {
            hook,
            family: Family::of(group),
            input,
            output,
            source: None,
            destination: Some(group),
            to_us: Some(false),
            protocol: Some(UDP),
            source_port: None,
            destination_port: Some(port),
            states,
            flags: None,
            mark: None,
            translated: None,
        };
        let mut budget = Budget::new(BUDGET);
        let (place, packet) = hooks.into_iter().find_map(|hook| {
            let packet = packet(hook);
            Some((first_drop(firewall, &packet, &mut budget)?, packet))
        })?;
        let title = format!(
            "The firewall drops what the {} sync daemon {what} ({group} port {port}): {}",
            daemon.role.name(),
            chain(&place)
        );
        let finding = Finding::new(Id::SyncPortClosed, Grade::Trap, title)
            .seen(evidence(&place))
            .why("No connection is synchronised: on a failover every client loses its connections.")
            .run(accept::command(&place, &Dropped::of(&packet), 0));
        Some(keep(finding, &place))
    };
    facts.daemons.iter().filter_map(find).collect()
}
