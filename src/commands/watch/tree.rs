//! The rows of a watched table: which services are folded, and what changed since the last listing; no I/O.

use std::collections::{HashMap, HashSet};

use crate::model::{Endpoint, RealServer, RealServerEntry, ServiceId, ServiceWithServers};

/// What a row shows. Numbers are places in the table; those of what is gone, in the table before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Service(usize),
    /// A service, and its server.
    Server(usize, usize),
    /// A service that was in the last listing.
    GoneService(usize),
    /// A server of it, or of a service that is still there.
    GoneServer(usize, usize),
}

/// What has happened to a service or a server since the last listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Nothing,
    Came,
    /// It was set anew; a folded service has the changes of its servers.
    Changed,
    Went,
}

impl Change {
    /// The character that marks it.
    pub fn mark(self) -> char {
        match self {
            Change::Nothing => ' ',
            Change::Came => '+',
            Change::Changed => '*',
            Change::Went => '-',
        }
    }
}

/// Which services show no servers.
#[derive(Clone, Debug, Default)]
pub struct Folding {
    all: bool,
    /// Those that are not as all others.
    exceptions: HashSet<ServiceId>,
}

impl Folding {
    pub fn is_folded(&self, id: &ServiceId) -> bool {
        self.all != self.exceptions.contains(id)
    }

    pub fn toggle(&mut self, id: ServiceId) {
        if !self.exceptions.remove(&id) {
            self.exceptions.insert(id);
        }
    }

    /// Folds all services, or unfolds them where they were folded.
    pub fn toggle_all(&mut self) {
        self.all = !self.all;
        self.exceptions.clear();
    }
}

/// The table of the last listing; none before the first.
#[derive(Debug, Default)]
pub struct Before {
    table: Option<Vec<ServiceWithServers>>,
    places: HashMap<ServiceId, usize>,
}

impl Before {
    pub fn new(table: Vec<ServiceWithServers>) -> Before {
        let ids = table.iter().map(|listed| listed.entry.service.id);
        Before {
            places: ids.zip(0..).collect(),
            table: Some(table),
        }
    }

    fn table(&self) -> &[ServiceWithServers] {
        self.table.as_deref().unwrap_or_default()
    }

    /// A service, as it was.
    pub fn service(&self, id: &ServiceId) -> Option<&ServiceWithServers> {
        self.table().get(*self.places.get(id)?)
    }

    /// A server of it, as it was.
    pub fn server(&self, id: &ServiceId, endpoint: &Endpoint) -> Option<&RealServerEntry> {
        let servers = &self.service(id)?.servers;
        servers
            .iter()
            .find(|entry| entry.server.endpoint == *endpoint)
    }

    /// What a row of [`Row::GoneService`] shows.
    pub fn gone_service(&self, place: usize) -> Option<&ServiceWithServers> {
        self.table().get(place)
    }

    /// What has happened to a service.
    pub fn change_of_service(&self, now: &ServiceWithServers, folded: bool) -> Change {
        let id = &now.entry.service.id;
        let Some(then) = self.service(id) else {
            return match self.table {
                Some(_) => Change::Came,
                None => Change::Nothing,
            };
        };
        let changed = then.entry.service != now.entry.service;
        if changed || folded && !has_same_servers(then, now) {
            Change::Changed
        } else {
            Change::Nothing
        }
    }

    /// What has happened to a server.
    pub fn change_of_server(&self, id: &ServiceId, now: &RealServerEntry) -> Change {
        match self.server(id, &now.server.endpoint) {
            Some(then) if then.server == now.server => Change::Nothing,
            Some(_) => Change::Changed,
            None if self.table.is_some() => Change::Came,
            None => Change::Nothing,
        }
    }
}

/// Whether a service has the servers that it had, set as they were, in any order.
fn has_same_servers(then: &ServiceWithServers, now: &ServiceWithServers) -> bool {
    let servers = |listed: &ServiceWithServers| -> HashMap<Endpoint, RealServer> {
        let servers = listed.servers.iter().map(|entry| entry.server);
        servers.map(|server| (server.endpoint, server)).collect()
    };
    servers(then) == servers(now)
}

/// The rows of a table, those of what is gone at the end of the service or of the table.
pub fn rows(table: &[ServiceWithServers], before: &Before, folding: &Folding) -> Vec<Row> {
    let mut rows = Vec::new();
    for (place, listed) in table.iter().enumerate() {
        let id = &listed.entry.service.id;
        rows.push(Row::Service(place));
        if folding.is_folded(id) {
            continue;
        }
        rows.extend((0..listed.servers.len()).map(|server| Row::Server(place, server)));
        let Some(old) = before.places.get(id) else {
            continue;
        };
        let then = &before.table()[*old].servers;
        // Where nothing was moved, nothing is gone.
        let endpoint = |entry: &RealServerEntry| entry.server.endpoint;
        if then
            .iter()
            .map(endpoint)
            .eq(listed.servers.iter().map(endpoint))
        {
            continue;
        }
        let now: HashSet<Endpoint> = listed.servers.iter().map(endpoint).collect();
        let gone = then.iter().enumerate();
        let gone = gone.filter(|(_, entry)| !now.contains(&entry.server.endpoint));
        rows.extend(gone.map(|(server, _)| Row::GoneServer(*old, server)));
    }
    let now: HashSet<ServiceId> = table.iter().map(|listed| listed.entry.service.id).collect();
    for (place, listed) in before.table().iter().enumerate() {
        let id = &listed.entry.service.id;
        if now.contains(id) {
            continue;
        }
        rows.push(Row::GoneService(place));
        if !folding.is_folded(id) {
            rows.extend((0..listed.servers.len()).map(|server| Row::GoneServer(place, server)));
        }
    }
    rows
}
