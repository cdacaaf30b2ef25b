//! Changes as requests; pure.

use super::message::{Attributes, Request};
use super::uapi::Command;
use super::{config, daemon, real_server, service};
use crate::model::Change;

/// The request that makes a change.
pub fn encode(change: &Change) -> Request {
    let mut attributes = Attributes::new();
    let to = &mut attributes;
    let command = match change {
        Change::AddService(new) => {
            service::encode(to, new);
            Command::NewService
        }
        Change::EditService(new) => {
            service::encode(to, new);
            Command::SetService
        }
        Change::DeleteService(id) => {
            service::encode_id(to, id);
            Command::DelService
        }
        Change::AddServer(id, server) => {
            service::encode_id(to, id);
            real_server::encode(to, server);
            Command::NewDest
        }
        Change::EditServer(id, server) => {
            service::encode_id(to, id);
            real_server::encode(to, server);
            Command::SetDest
        }
        Change::DeleteServer(id, endpoint) => {
            service::encode_id(to, id);
            real_server::encode_endpoint(to, endpoint);
            Command::DelDest
        }
        Change::Clear => Command::Flush,
        Change::Zero(id) => {
            if let Some(id) = id {
                service::encode_id(to, id);
            }
            Command::Zero
        }
        Change::SetTimeouts(timeouts) => {
            config::encode_timeouts(to, timeouts);
            Command::SetConfig
        }
        Change::StartDaemon(new) => {
            daemon::encode(to, new);
            Command::NewDaemon
        }
        Change::StopDaemon { role, sync_id } => {
            daemon::encode_stop(to, *role, *sync_id);
            Command::DelDaemon
        }
    };
    Request::new(command, attributes)
}
