//! A whole configuration in memory, which takes changes as the kernel would; no I/O.
//!
//! It works out what a list of changes amounts to, and how each of them is undone.

use std::collections::HashMap;

use nix::libc;

use crate::model::{
    Change, DaemonRole, Endpoint, Forwarding, OtherFlags, RealServer, Service, ServiceId,
    ServiceWithServers, SyncDaemon, Timeouts,
};

/// To this the kernel raises a lower maximum of a backup's messages.
const BACKUP_LENGTH: u16 = 1024;

/// A service with its real servers, in the order in which they were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceConfig {
    pub service: Service,
    pub servers: Vec<RealServer>,
    positions: HashMap<Endpoint, usize>,
}

/// Services, and what else a configuration may contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// In the order in which they were added; a deleted one leaves a gap.
    services: Vec<Option<ServiceConfig>>,
    positions: HashMap<ServiceId, usize>,
    /// `None` where nothing is said of them.
    pub timeouts: Option<Timeouts>,
    /// `None` where nothing is said of them.
    pub daemons: Option<Vec<SyncDaemon>>,
}

/// Which weights stay as they are where a configuration takes the place of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptWeights {
    All,
    /// A server that takes no new connections still takes none.
    Zero,
}

/// Why a change cannot be: the error number that the kernel would answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelRefusal(pub i32);

impl ServiceConfig {
    fn new(service: Service) -> ServiceConfig {
        let other_flags = OtherFlags::default().edited(service.other_flags);
        ServiceConfig {
            service: Service {
                other_flags,
                ..service
            },
            servers: Vec::new(),
            positions: HashMap::new(),
        }
    }

    pub fn server(&self, endpoint: &Endpoint) -> Option<&RealServer> {
        self.positions
            .get(endpoint)
            .map(|&index| &self.servers[index])
    }

    fn add(&mut self, server: RealServer) -> Result<(), KernelRefusal> {
        let index = self.servers.len();
        match self.positions.entry(server.endpoint) {
            std::collections::hash_map::Entry::Occupied(_) => Err(KernelRefusal(libc::EEXIST)),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(index);
                self.servers.push(server);
                Ok(())
            }
        }
    }

    fn edit(&mut self, server: RealServer) -> Result<RealServer, KernelRefusal> {
        match self.positions.get(&server.endpoint) {
            Some(&index) => Ok(std::mem::replace(&mut self.servers[index], server)),
            None => Err(KernelRefusal(libc::ENOENT)),
        }
    }

    fn delete(&mut self, endpoint: &Endpoint) -> Result<RealServer, KernelRefusal> {
        let index = self
            .positions
            .remove(endpoint)
            .ok_or(KernelRefusal(libc::ENOENT))?;
        let server = self.servers.remove(index);
        for position in self.positions.values_mut().filter(|at| **at > index) {
            *position -= 1;
        }
        Ok(server)
    }

    /// The changes that recreate this service.
    fn creation(&self) -> impl Iterator<Item = Change> + '_ {
        let id = self.service.id;
        let servers = self.servers.iter();
        std::iter::once(Change::AddService(self.service))
            .chain(servers.map(move |server| Change::AddServer(id, *server)))
    }
}

impl Ruleset {
    /// The configuration in what the kernel listed.
    pub fn of_table(table: &[ServiceWithServers]) -> Ruleset {
        let mut ruleset = Ruleset::default();
        for listed in table {
            let mut configured = ServiceConfig::new(listed.entry.service);
            for entry in &listed.servers {
                // The kernel lists no server twice.
                let _ = configured.add(entry.server);
            }
            let _ = ruleset.insert(configured);
        }
        ruleset
    }

    /// The services, in the order in which they were added.
    pub fn services(&self) -> impl Iterator<Item = &ServiceConfig> {
        self.services.iter().flatten()
    }

    pub fn service(&self, id: &ServiceId) -> Option<&ServiceConfig> {
        self.positions
            .get(id)
            .and_then(|&index| self.services[index].as_ref())
    }

    /// Makes a change and returns the changes that undo it, in order.
    ///
    /// # Errors
    /// The kernel's error number for a change that it would refuse; nothing is changed then.
    pub fn apply(&mut self, change: &Change) -> Result<Vec<Change>, KernelRefusal> {
        Ok(match change {
            Change::AddService(service) => {
                self.insert(ServiceConfig::new(*service))?;
                vec![Change::DeleteService(service.id)]
            }
            Change::EditService(service) => {
                let configured = self.get_mut(&service.id)?;
                let old = configured.service;
                let other_flags = old.other_flags.edited(service.other_flags);
                configured.service = Service {
                    other_flags,
                    ..*service
                };
                // An edit keeps the flags that it does not name: those that this one set must be named.
                let undone = OtherFlags {
                    set: old.other_flags.set,
                    clear: other_flags.set & !old.other_flags.set,
                };
                vec![Change::EditService(Service {
                    other_flags: undone,
                    ..old
                })]
            }
            Change::DeleteService(id) => {
                let index = self
                    .positions
                    .remove(id)
                    .ok_or(KernelRefusal(libc::ESRCH))?;
                let old = self.services[index].take();
                old.iter().flat_map(ServiceConfig::creation).collect()
            }
            Change::AddServer(id, server) => {
                self.get_mut(id)?.add(*server)?;
                vec![Change::DeleteServer(*id, server.endpoint)]
            }
            Change::EditServer(id, server) => {
                let old = self.get_mut(id)?.edit(*server)?;
                vec![Change::EditServer(*id, old)]
            }
            Change::DeleteServer(id, endpoint) => {
                let old = self.get_mut(id)?.delete(endpoint)?;
                vec![Change::AddServer(*id, old)]
            }
            Change::Clear => {
                let undo = self.services().flat_map(ServiceConfig::creation).collect();
                self.services.clear();
                self.positions.clear();
                undo
            }
            // Counters are not configuration: what was counted is lost.
            Change::Zero(_) => Vec::new(),
            Change::SetTimeouts(timeouts) => self.set_timeouts(timeouts),
            Change::StartDaemon(daemon) => {
                let daemons = self.daemons.get_or_insert_default();
                if daemons.iter().any(|other| other.role == daemon.role) {
                    return Err(KernelRefusal(libc::EEXIST));
                }
                daemons.push(as_started(daemon));
                vec![Change::StopDaemon {
                    role: daemon.role,
                    sync_id: daemon.sync_id,
                }]
            }
            Change::StopDaemon { role, .. } => {
                let old = self.stop(*role).ok_or(KernelRefusal(libc::ESRCH))?;
                vec![Change::StartDaemon(old)]
            }
        })
    }

    /// Gives the servers that are in another configuration too the weights that they have there.
    pub fn keep_weights(&mut self, running: &Ruleset, kept: KeptWeights) {
        for service in self.services.iter_mut().flatten() {
            let Some(current) = running.service(&service.service.id) else {
                continue;
            };
            for server in &mut service.servers {
                match (current.server(&server.endpoint), kept) {
                    (Some(there), KeptWeights::All) => server.weight = there.weight,
                    (Some(there), KeptWeights::Zero) if there.weight == 0 => server.weight = 0,
                    _ => {}
                }
            }
        }
    }

    /// What is left to do for a change that may be made already: an addition of what is there is an
    /// edit, a deletion of what is missing is nothing.
    pub fn left_to_do(&self, change: &Change) -> Option<Change> {
        let has_service = |id| self.service(id).is_some();
        let has_server = |id, endpoint| {
            let service = self.service(id);
            service.is_some_and(|service| service.server(endpoint).is_some())
        };
        match change {
            Change::AddService(service) if has_service(&service.id) => {
                Some(Change::EditService(*service))
            }
            Change::AddServer(id, server) if has_server(id, &server.endpoint) => {
                Some(Change::EditServer(*id, *server))
            }
            Change::DeleteService(id) if !has_service(id) => None,
            Change::DeleteServer(id, endpoint) if !has_server(id, endpoint) => None,
            change => Some(*change),
        }
    }

    fn insert(&mut self, configured: ServiceConfig) -> Result<(), KernelRefusal> {
        let id = configured.service.id;
        if self.positions.contains_key(&id) {
            return Err(KernelRefusal(libc::EEXIST));
        }
        self.positions.insert(id, self.services.len());
        self.services.push(Some(configured));
        Ok(())
    }

    fn get_mut(&mut self, id: &ServiceId) -> Result<&mut ServiceConfig, KernelRefusal> {
        self.positions
            .get(id)
            .and_then(|&index| self.services[index].as_mut())
            .ok_or(KernelRefusal(libc::ESRCH))
    }

    fn set_timeouts(&mut self, new: &Timeouts) -> Vec<Change> {
        let old = self.timeouts;
        let kept = old.unwrap_or_default();
        let choose = |new, kept| if new == 0 { kept } else { new };
        self.timeouts = Some(Timeouts {
            tcp: choose(new.tcp, kept.tcp),
            tcp_fin: choose(new.tcp_fin, kept.tcp_fin),
            udp: choose(new.udp, kept.udp),
        });
        old.map(Change::SetTimeouts).into_iter().collect()
    }

    fn stop(&mut self, role: DaemonRole) -> Option<SyncDaemon> {
        let daemons = self.daemons.as_mut()?;
        let index = daemons.iter().position(|daemon| daemon.role == role)?;
        Some(daemons.remove(index))
    }
}

/// A sync daemon as the kernel starts it.
fn as_started(daemon: &SyncDaemon) -> SyncDaemon {
    let max_length = match daemon.role {
        DaemonRole::Master => daemon.max_length,
        DaemonRole::Backup => daemon.max_length.map(|length| length.max(BACKUP_LENGTH)),
    };
    SyncDaemon {
        max_length,
        ..*daemon
    }
}

/// Whether a service that runs already is what is wanted.
pub fn same_service(running: &Service, wanted: &Service) -> bool {
    // Without persistence the kernel keeps a mask that means nothing.
    let netmask = match wanted.persistence {
        Some(_) => wanted.netmask,
        None => running.netmask,
    };
    *running
        == Service {
            netmask,
            other_flags: running.other_flags.edited(wanted.other_flags),
            ..*wanted
        }
}

/// Whether a real server that runs already is what is wanted.
pub fn same_server(running: &RealServer, wanted: &RealServer) -> bool {
    // The kernel turns other methods into these two by itself.
    let forwarding = match running.forwarding {
        Forwarding::Local | Forwarding::Bypass if wanted.forwarding != Forwarding::Masquerading => {
            running.forwarding
        }
        _ => wanted.forwarding,
    };
    *running
        == RealServer {
            forwarding,
            ..*wanted
        }
}

/// Whether a sync daemon that runs already is what is wanted; what is not wanted of it may be
/// anything.
pub fn same_daemon(running: &SyncDaemon, wanted: &SyncDaemon) -> bool {
    *running
        == SyncDaemon {
            max_length: wanted.max_length.or(running.max_length),
            group: wanted.group.or(running.group),
            port: wanted.port.or(running.port),
            ttl: wanted.ttl.or(running.ttl),
            ..*wanted
        }
}
