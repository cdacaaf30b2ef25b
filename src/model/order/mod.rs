//! The order of a table, and which entries are left out; no I/O.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use crate::model::rates::{Meter, Rates};
use crate::model::{RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers};

/// In which order services are listed, and the real servers of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The kernel's.
    Kernel,
    /// Services by mark, family, protocol, address and port; servers by address and port.
    Address,
    /// Those with the most active connections first, then with the most inactive ones.
    Connections,
    /// Those with the most new connections per second first.
    Rate,
    /// Those with the largest weight first.
    Weight,
}

/// How a table is arranged.
#[derive(Clone, Copy)]
pub struct Arrangement<'a> {
    pub order: Order,
    /// Without servers that have no connection and get none, and without services of which nothing
    /// is left.
    pub only_active: bool,
    /// Where rates are measured; else they are the kernel's averages.
    pub meter: Option<&'a Meter>,
}

/// As a listing is by default.
pub const BY_ADDRESS: Arrangement<'static> = Arrangement {
    order: Order::Address,
    only_active: false,
    meter: None,
};

impl Arrangement<'_> {
    /// Whether a part of the table can be arranged without the rest of it.
    pub fn in_parts(&self) -> bool {
        matches!(self.order, Order::Kernel | Order::Address)
    }

    /// Whether it asks what the servers have counted.
    pub fn needs_counters(&self) -> bool {
        self.only_active || self.order == Order::Rate
    }

    /// Arranges a table.
    pub fn apply(&self, table: &mut Vec<ServiceWithServers>) {
        table.retain_mut(|service| self.apply_within(service));
        match self.order {
            Order::Kernel => {}
            Order::Address => {
                table.sort_by_cached_key(|service| service.entry.service.id.sort_key())
            }
            Order::Connections => sort_down(table, |_, entry| {
                let active = u64::from(entry.active_connections);
                let inactive = u64::from(entry.inactive_connections);
                (active, inactive)
            }),
            Order::Rate => sort_down(table, |id, entry| (self.connection_rate(id, entry), 0)),
            Order::Weight => sort_down(table, |_, entry| {
                (u64::try_from(entry.server.weight).unwrap_or(0), 0)
            }),
        }
    }

    /// Arranges the real servers of one service, as far as the other services do not matter; false where the
    /// service is left out.
    pub fn apply_within(&self, service: &mut ServiceWithServers) -> bool {
        let ServiceWithServers { entry, servers } = service;
        if self.only_active {
            servers.retain(|server| self.is_active(&entry.service.id, server));
        }
        if self.order == Order::Address {
            sort_within(servers);
        }
        !self.only_active || !servers.is_empty()
    }

    fn is_active(&self, id: &ServiceId, entry: &RealServerEntry) -> bool {
        // Packets that are scheduled one by one leave no connections.
        entry.active_connections > 0
            || entry.inactive_connections > 0
            || self.connection_rate(id, entry) > 0
    }

    fn connection_rate(&self, id: &ServiceId, entry: &RealServerEntry) -> u64 {
        let rates = match self.meter {
            Some(meter) => meter.servers(id).of(&entry.server.endpoint),
            None => None,
        };
        // In the first listing of a watch too the averages are all there is.
        rates.unwrap_or(Rates::average(&entry.stats)).connections
    }
}

/// Sorts from the largest down: servers within their service, services by the sum of their servers.
/// What is equal stays in order of address.
fn sort_down(
    table: &mut [ServiceWithServers],
    load: impl Fn(&ServiceId, &RealServerEntry) -> (u64, u64),
) {
    for service in table.iter_mut() {
        let id = service.entry.service.id;
        let key = |entry: &RealServerEntry| (Reverse(load(&id, entry)), entry.server.endpoint);
        service.servers.sort_by_cached_key(key);
    }
    table.sort_by_cached_key(|service| {
        let id = &service.entry.service.id;
        let loads = service.servers.iter().map(|entry| load(id, entry));
        let sum = loads.fold((0, 0), |(a, b): (u64, u64), (more_a, more_b)| {
            (a.saturating_add(more_a), b.saturating_add(more_b))
        });
        (Reverse(sum), id.sort_key())
    });
}

/// Puts services into listing order: by mark, family, protocol, address and port.
pub fn sort_services(services: &mut [ServiceEntry]) {
    services.sort_by_cached_key(|entry| entry.service.id.sort_key());
}

/// Puts each service's real servers into listing order: by address and port.
pub fn sort_servers(table: &mut [ServiceWithServers]) {
    for service in table {
        sort_within(&mut service.servers);
    }
}

fn sort_within(servers: &mut [RealServerEntry]) {
    // The kernel lists the server first that was added last, and most are added in order.
    let added_in_order =
        servers.is_sorted_by(|later, earlier| later.server.endpoint > earlier.server.endpoint);
    servers.reverse();
    if !added_in_order {
        servers.sort_by_key(|entry| entry.server.endpoint);
    }
}
