//! A change that was made, as `--report --json` prints it. It is not read.

use std::net::IpAddr;

use super::server::Server;
use super::service::{MarkFamily, Service, Transport};
use super::{Daemon, Extent, Timeouts};
use crate::format::json::fast::{FastJson, fast_object, fast_word, short_object};
use crate::format::sheet::Sheet;
use crate::model::report::{Effect, Thing};
use crate::model::{
    Change, Endpoint, RealServer, RealServerEntry, ServiceEntry, ServiceId, ServiceWithServers,
    Stats,
};

/// One change.
pub struct ChangeEntry {
    action: Action,
    service: Nullable<ServiceKey>,
    server: Nullable<ServerKey>,
    before: Nullable<State>,
    after: Nullable<State>,
}

fast_object!(ChangeEntry {
    [action] service;
    [] server;
    [] before;
    [] after
});

impl From<&Effect> for ChangeEntry {
    fn from(effect: &Effect) -> ChangeEntry {
        let server = match &effect.change {
            Change::AddServer(_, server) | Change::EditServer(_, server) => Some(server.endpoint),
            Change::DeleteServer(_, endpoint) => Some(*endpoint),
            _ => None,
        };
        ChangeEntry {
            action: Action::of(&effect.change),
            service: Nullable(effect.change.service().map(ServiceKey::from)),
            server: Nullable(server.map(ServerKey::from)),
            before: Nullable(effect.before.as_ref().map(State::from)),
            after: Nullable(effect.after.as_ref().map(State::from)),
        }
    }
}

/// What was done.
#[derive(Clone, Copy)]
enum Action {
    Add,
    Edit,
    Delete,
    Zero,
    Set,
    Start,
    Stop,
}

fast_word!(Action {
    Add = "add",
    Edit = "edit",
    Delete = "delete",
    Zero = "zero",
    Set = "set",
    Start = "start",
    Stop = "stop",
});

impl Action {
    fn of(change: &Change) -> Action {
        match change {
            Change::AddService(_) | Change::AddServer(..) => Action::Add,
            Change::EditService(_) | Change::EditServer(..) => Action::Edit,
            Change::DeleteService(_) | Change::DeleteServer(..) | Change::Clear => Action::Delete,
            Change::Zero(_) => Action::Zero,
            Change::SetTimeouts(_) => Action::Set,
            Change::StartDaemon(_) => Action::Start,
            Change::StopDaemon { .. } => Action::Stop,
        }
    }
}

/// A member that is `null` where it has no value.
struct Nullable<T>(Option<T>);

impl<T: FastJson> FastJson for Nullable<T> {
    fn append(&self, text: &mut Sheet) {
        self.0.append(text);
    }
}

/// What identifies a service.
struct ServiceKey {
    protocol: Option<Transport>,
    address: Option<IpAddr>,
    port: Option<u16>,
    firewall_mark: Option<u32>,
    family: Option<MarkFamily>,
}

short_object!(ServiceKey {
    protocol: Option<Transport>,
    address: Option<IpAddr>,
    port: Option<u16>,
    firewall_mark: Option<u32>,
    family: Option<MarkFamily>,
});

impl From<&ServiceId> for ServiceKey {
    fn from(id: &ServiceId) -> ServiceKey {
        let nothing = ServiceKey {
            protocol: None,
            address: None,
            port: None,
            firewall_mark: None,
            family: None,
        };
        match id {
            ServiceId::Address { protocol, endpoint } => ServiceKey {
                protocol: Some((*protocol).into()),
                address: Some(endpoint.address),
                port: Some(endpoint.port),
                ..nothing
            },
            ServiceId::FirewallMark { mark, family } => ServiceKey {
                firewall_mark: Some(*mark),
                family: Some((*family).into()),
                ..nothing
            },
        }
    }
}

/// What identifies a server of a service.
struct ServerKey {
    address: IpAddr,
    port: u16,
}

short_object!(ServerKey {
    address: IpAddr,
    port: u16
});

impl From<Endpoint> for ServerKey {
    fn from(Endpoint { address, port }: Endpoint) -> ServerKey {
        ServerKey { address, port }
    }
}

/// The configuration of what was changed.
enum State {
    Service(Box<ServiceWithServers>),
    Server(Box<RealServerEntry>),
    Timeouts(Timeouts),
    Daemon(Daemon),
}

impl FastJson for State {
    fn append(&self, text: &mut Sheet) {
        // Writing to memory does not fail.
        let _ = match self {
            State::Service(service) => {
                FastJson::append(&Service::of(service, Extent::Configuration), text);
                Ok(())
            }
            State::Server(server) => {
                FastJson::append(&Server::of(server, Extent::Configuration), text);
                Ok(())
            }
            State::Timeouts(timeouts) => serde_json::to_writer(text, timeouts),
            State::Daemon(daemon) => serde_json::to_writer(text, daemon),
        };
    }
}

impl From<&Thing> for State {
    fn from(thing: &Thing) -> State {
        match thing {
            Thing::Service(configured) => State::Service(Box::new(ServiceWithServers {
                entry: ServiceEntry {
                    service: configured.service,
                    stats: Stats::default(),
                },
                servers: configured.servers.iter().map(unobserved).collect(),
            })),
            Thing::Server(server) => State::Server(Box::new(unobserved(server))),
            Thing::Timeouts(timeouts) => State::Timeouts(timeouts.into()),
            Thing::Daemon(daemon) => State::Daemon(daemon.into()),
        }
    }
}

/// A server of which nothing is known but its configuration.
fn unobserved(server: &RealServer) -> RealServerEntry {
    RealServerEntry {
        server: *server,
        active_connections: 0,
        inactive_connections: 0,
        persistent_connections: 0,
        stats: Stats::default(),
    }
}
