//! What services, real servers and changes are called in messages.

use super::{Change, Endpoint, Family, ServiceId};

/// A service in a message: `TCP 10.0.0.1:80`, `FWM 5 IPv6`.
pub fn service_title(id: &ServiceId) -> String {
    match id {
        ServiceId::Address { protocol, endpoint } => format!("{} {endpoint}", protocol.title()),
        ServiceId::FirewallMark { mark, family } => match family {
            Family::V4 => format!("FWM {mark}"),
            Family::V6 => format!("FWM {mark} IPv6"),
        },
    }
}

/// A real server in a message: `10.0.0.11:80 of TCP 192.0.2.1:80`.
pub fn server_title(service: &ServiceId, server: &Endpoint) -> String {
    format!("{server} of {}", service_title(service))
}

/// What a change is about, for a message; `None` where it is about everything.
pub fn subject(change: &Change) -> Option<String> {
    match change {
        Change::AddService(service) | Change::EditService(service) => {
            Some(service_title(&service.id))
        }
        Change::DeleteService(id) => Some(service_title(id)),
        Change::Zero(id) => id.as_ref().map(service_title),
        Change::AddServer(id, server) | Change::EditServer(id, server) => {
            Some(server_title(id, &server.endpoint))
        }
        Change::DeleteServer(id, endpoint) => Some(server_title(id, endpoint)),
        Change::StartDaemon(daemon) => {
            Some(format!("{} on {}", daemon.role.name(), daemon.interface))
        }
        Change::StopDaemon { role, .. } => Some(role.name().to_owned()),
        Change::Clear | Change::SetTimeouts(_) => None,
    }
}
