//! Real servers: that there are some, that they take connections, and that they can be reached.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{KEEP_NETWORK, counted, slips, title, titles};
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::{Finding, Grade, Id};
use crate::format::rules;
use crate::model::{Change, RealServer, RealServerEntry, Service, ServiceId, ServiceWithServers};

pub fn none(facts: &Facts) -> Vec<Finding> {
    let empty = facts
        .services
        .iter()
        .filter(|service| service.servers.is_empty());
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let mut selector = String::new();
        rules::change(&mut selector, &Change::DeleteService(id));
        let selector = selector.trim_start_matches("-D ");
        Finding::new(
            Id::NoServer,
            Grade::Broken,
            format!("{} has no server", title(&id)),
        )
        .why("Its clients are refused.")
        .run(format!("ipvsadm -a {selector} -r SERVER"))
    };
    empty.map(find).collect()
}

pub fn none_with_weight(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let first = service.servers.first()?.server;
        if service.servers.iter().any(|entry| entry.server.weight > 0) {
            return None;
        }
        let mended = RealServer { weight: 1, ..first };
        Some(
            Finding::new(
                Id::NoWeight,
                Grade::Broken,
                format!("{}: every server has the weight 0", title(&id)),
            )
            .why("New connections are refused: the weight 0 takes a server out of service.")
            .change(&Change::EditServer(id, mended)),
        )
    };
    facts.services.iter().filter_map(find).collect()
}

/// The kernel closes a server to new connections once it has as many as its upper threshold.
pub fn all_full(facts: &Facts) -> Vec<Finding> {
    let find = |service: &ServiceWithServers| {
        let id = service.entry.service.id;
        let servers = || {
            service
                .servers
                .iter()
                .filter(|entry| entry.server.weight > 0)
        };
        let connections = |entry: &RealServerEntry| {
            entry
                .active_connections
                .saturating_add(entry.inactive_connections)
        };
        let full = |entry: &RealServerEntry| {
            let limit = entry.server.upper_threshold;
            limit != 0 && connections(entry) >= limit
        };
        let first = servers().next()?;
        if !servers().all(full) {
            return None;
        }
        let upper_threshold = connections(first).saturating_mul(2).min(i32::MAX as u32);
        let mended = RealServer {
            upper_threshold,
            ..first.server
        };
        Some(
            Finding::new(
                Id::AllFull,
                Grade::Broken,
                format!(
                    "{}: every server has as many connections as its upper threshold allows",
                    title(&id)
                ),
            )
            .why("New connections are refused until some end.")
            .change(&Change::EditServer(id, mended)),
        )
    };
    facts.services.iter().filter_map(find).collect()
}

pub fn no_route(facts: &Facts) -> Vec<Finding> {
    let mut unreachable = BTreeMap::<IpAddr, (Vec<ServiceId>, u64)>::new();
    for (service, entry) in facts.servers() {
        let place = entry.server.endpoint;
        let misread = slips::meant_server(facts, service, &entry.server).is_some();
        if entry.server.weight > 0
            && !misread
            && facts.routes.get(&place.address) == Some(&Route::None)
        {
            let (ids, given) = unreachable.entry(place.address).or_default();
            ids.push(service.id);
            *given += entry.stats.connections;
        }
    }
    let find = |(address, (ids, given)): (IpAddr, (Vec<ServiceId>, u64))| {
        let finding = Finding::new(
            Id::NoRoute,
            Grade::Broken,
            format!(
                "There is no route to {address}, a server of {}",
                titles(&ids)
            ),
        );
        let finding = match given {
            0 => finding,
            given => finding.seen(format!("it was given {}", counted(given, "connection"))),
        };
        finding
            .why("The connections that it is given fail.")
            .run(format!("ip route add {address} via ROUTER"))
            .why(KEEP_NETWORK)
    };
    unreachable.into_iter().map(find).collect()
}

/// A client that came before the weight was set to 0 stays, and with each visit for longer.
pub fn quiescent_with_clients(facts: &Facts) -> Vec<Finding> {
    let keeps = facts.settings.expire_quiescent_template == Some(false);
    let holding = facts.servers().filter(|(service, entry)| {
        keeps
            && service.persistence.is_some()
            && entry.server.weight == 0
            && entry.persistent_connections > 0
    });
    let find = |(service, entry): (&Service, &RealServerEntry)| {
        let clients = match entry.persistent_connections {
            1 => "a persistent client".to_owned(),
            count => format!("{count} persistent clients"),
        };
        Finding::new(
            Id::QuiescentClients,
            Grade::Trap,
            format!(
                "{} of {} has the weight 0 but still {clients}",
                entry.server.endpoint,
                title(&service.id)
            ),
        )
        .why(
            "New connections of these clients go there, however long it has the weight 0, \
             because net.ipv4.vs.expire_quiescent_template is 0.",
        )
        .sysctl("net.ipv4.vs.expire_quiescent_template", 1)
    };
    holding.map(find).collect()
}
