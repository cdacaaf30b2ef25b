//! The fewest changes from one configuration to another; no I/O.

use crate::model::ruleset::{Ruleset, ServiceConfig, same_daemon, same_server, same_service};
use crate::model::scope::Scope;
use crate::model::{Change, ServiceId, SyncDaemon, Timeouts};

/// Changes in two parts: nothing of the second is done before all of the first is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is added or edited.
    pub first: Vec<Change>,
    /// What is deleted: it serves until everything else is in place.
    pub last: Vec<Change>,
}

impl Plan {
    /// All changes, in order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.first.iter().chain(&self.last)
    }
}

/// The plan that makes `running` equal to `wanted` within a scope, and leaves what is outside as it is.
///
/// Timeouts and sync daemons stay as they are where `wanted` says nothing of them, and in any scope but
/// that of everything.
pub fn plan(running: &Ruleset, wanted: &Ruleset, scope: &Scope) -> Plan {
    let mut plan = Plan::default();
    let included = |service: &&ServiceConfig| scope.includes(&service.service.id);
    for service in wanted.services().filter(included) {
        match running.service(&service.service.id) {
            None => add_service(&mut plan, service),
            Some(current) => change_service(&mut plan, current, service),
        }
    }
    delete_services(&mut plan, running.services().filter(included), wanted);
    if !scope.is_everything() {
        return plan;
    }
    if let Some(timeouts) = &wanted.timeouts {
        change_timeouts(&mut plan, running.timeouts.as_ref(), timeouts);
    }
    if let Some(daemons) = &wanted.daemons {
        let running = running.daemons.as_deref().unwrap_or_default();
        change_daemons(&mut plan, running, daemons);
    }
    plan
}

fn add_service(plan: &mut Plan, wanted: &ServiceConfig) {
    let id = wanted.service.id;
    plan.first.push(Change::AddService(wanted.service));
    let servers = wanted.servers.iter();
    plan.first
        .extend(servers.map(|server| Change::AddServer(id, *server)));
}

/// Deletes in the order of a listing: that of the kernel can be another one from one moment to the next.
fn delete_services<'a>(
    plan: &mut Plan,
    running: impl Iterator<Item = &'a ServiceConfig>,
    wanted: &Ruleset,
) {
    let ids = running.map(|current| current.service.id);
    let mut ids: Vec<_> = ids.filter(|id| wanted.service(id).is_none()).collect();
    ids.sort_unstable_by_key(ServiceId::sort_key);
    plan.last.extend(ids.into_iter().map(Change::DeleteService));
}

fn change_service(plan: &mut Plan, running: &ServiceConfig, wanted: &ServiceConfig) {
    let id = wanted.service.id;
    if !same_service(&running.service, &wanted.service) {
        plan.first.push(Change::EditService(wanted.service));
    }
    for server in &wanted.servers {
        match running.server(&server.endpoint) {
            None => plan.first.push(Change::AddServer(id, *server)),
            Some(current) if !same_server(current, server) => {
                plan.first.push(Change::EditServer(id, *server));
            }
            Some(_) => {}
        }
    }
    for server in &running.servers {
        if wanted.server(&server.endpoint).is_none() {
            plan.last.push(Change::DeleteServer(id, server.endpoint));
        }
    }
}

fn change_timeouts(plan: &mut Plan, running: Option<&Timeouts>, wanted: &Timeouts) {
    let same = |running: u32, wanted: u32| wanted == 0 || running == wanted;
    let unchanged = running.is_some_and(|running| {
        same(running.tcp, wanted.tcp)
            && same(running.tcp_fin, wanted.tcp_fin)
            && same(running.udp, wanted.udp)
    });
    if !unchanged {
        plan.first.push(Change::SetTimeouts(*wanted));
    }
}

/// A daemon cannot be edited, and of each role there is one: one that differs is stopped before it is
/// started again.
fn change_daemons(plan: &mut Plan, running: &[SyncDaemon], wanted: &[SyncDaemon]) {
    for daemon in running {
        if !wanted.iter().any(|wanted| same_daemon(daemon, wanted)) {
            plan.last.push(Change::StopDaemon {
                role: daemon.role,
                sync_id: daemon.sync_id,
            });
        }
    }
    for daemon in wanted {
        if !running.iter().any(|running| same_daemon(running, daemon)) {
            plan.last.push(Change::StartDaemon(*daemon));
        }
    }
}
