//! Requests of the family; no I/O.

use netlink_packet_core::Emitable;
use netlink_packet_generic::GenlHeader;

use super::message::{Attributes, HEADER_LENGTH};
use super::uapi::{Command, FAMILY_VERSION};
use super::{config, daemon, real_server, service};
use crate::kernel::netlink::Message;
use crate::model::{Change, ServiceId};

/// What is asked of the kernel.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// What the command alone says.
    Plain(Command),
    /// About one service.
    About(Command, &'a ServiceId),
    Change(&'a Change),
}

impl Request<'_> {
    /// The command of the generic netlink header.
    pub fn command(&self) -> Command {
        match *self {
            Request::Plain(command) | Request::About(command, _) => command,
            Request::Change(change) => match change {
                Change::AddService(_) => Command::NewService,
                Change::EditService(_) => Command::SetService,
                Change::DeleteService(_) => Command::DelService,
                Change::AddServer(..) => Command::NewDest,
                Change::EditServer(..) => Command::SetDest,
                Change::DeleteServer(..) => Command::DelDest,
                Change::Clear => Command::Flush,
                Change::Zero(_) => Command::Zero,
                Change::SetTimeouts(_) => Command::SetConfig,
                Change::StartDaemon(_) => Command::NewDaemon,
                Change::StopDaemon { .. } => Command::DelDaemon,
            },
        }
    }

    /// Writes the attributes that follow the generic netlink header.
    #[inline(always)]
    fn write_attributes(&self, to: &mut Attributes<'_>) {
        match *self {
            Request::Plain(_) => {}
            Request::About(_, id) => service::encode_id(to, id),
            Request::Change(change) => match change {
                Change::AddService(new) | Change::EditService(new) => service::encode(to, new),
                Change::DeleteService(id) | Change::Zero(Some(id)) => service::encode_id(to, id),
                Change::AddServer(id, server) | Change::EditServer(id, server) => {
                    service::encode_id(to, id);
                    real_server::encode(to, server);
                }
                Change::DeleteServer(id, endpoint) => {
                    service::encode_id(to, id);
                    real_server::encode_endpoint(to, endpoint);
                }
                Change::Clear | Change::Zero(None) => {}
                Change::SetTimeouts(timeouts) => config::encode_timeouts(to, timeouts),
                Change::StartDaemon(new) => daemon::encode(to, new),
                Change::StopDaemon { role, sync_id } => daemon::encode_stop(to, *role, *sync_id),
            },
        }
    }
}

/// A request to the family that the kernel gave this number.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    pub family: u16,
    pub request: Request<'a>,
}

impl Message for Addressed<'_> {
    fn message_type(&self) -> u16 {
        self.family
    }

    #[inline(always)]
    fn append_to(&self, bytes: &mut Vec<u8>) {
        let header = GenlHeader {
            cmd: self.request.command() as u8,
            version: FAMILY_VERSION,
        };
        let mut header_bytes = [0; HEADER_LENGTH];
        header.emit(&mut header_bytes);
        bytes.extend_from_slice(&header_bytes);
        self.request.write_attributes(&mut Attributes::to(bytes));
    }
}
