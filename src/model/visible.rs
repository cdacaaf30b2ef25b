//! The table as far as everybody may see it.

use std::collections::BTreeSet;

use super::{Info, ServiceId, ServiceWithServers};

/// A table without what only the administrator may see: counters, rates, thresholds, numbers of persistent
/// connections, flags, persistence engines, the types of tunnels, and one-packet scheduling of IPv6 addresses. All these
/// are as if there were none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleTable {
    pub info: Info,
    /// In the kernel's order.
    pub services: Vec<ServiceWithServers>,
    /// Firewall marks of which it is not known whether their packets are IPv4 or IPv6; their services are as if of
    /// IPv4. The netmask is not known either, and is as if there were none.
    pub unsure_marks: BTreeSet<u32>,
}

impl VisibleTable {
    /// Whether the family of a service, and its netmask, are not known.
    pub fn is_unsure(&self, id: &ServiceId) -> bool {
        matches!(id, ServiceId::FirewallMark { mark, .. } if self.unsure_marks.contains(mark))
    }

    /// Whether it is not known of a service if it schedules packets one by one.
    pub fn hides_one_packet(id: &ServiceId) -> bool {
        matches!(id, ServiceId::Address { endpoint, .. } if endpoint.address.is_ipv6())
    }

    /// Whether a service is the one that is asked for, or can be.
    pub fn is(&self, id: &ServiceId, wanted: &ServiceId) -> bool {
        match (id, wanted) {
            (ServiceId::FirewallMark { mark, .. }, ServiceId::FirewallMark { mark: asked, .. })
                if self.is_unsure(id) =>
            {
                mark == asked
            }
            _ => id == wanted,
        }
    }
}
