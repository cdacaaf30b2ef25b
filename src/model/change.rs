//! What can be changed.

use nix::libc;

use super::{DaemonRole, Endpoint, RealServer, Service, ServiceId, SyncDaemon, Timeouts};

/// One request that changes the kernel's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds a service that is not there.
    AddService(Service),
    /// Gives a service that is there all of this configuration.
    EditService(Service),
    /// Deletes a service with its real servers.
    DeleteService(ServiceId),
    /// Adds a real server to a service.
    AddServer(ServiceId, RealServer),
    /// Gives a real server all of this configuration.
    EditServer(ServiceId, RealServer),
    /// Takes a real server from a service.
    DeleteServer(ServiceId, Endpoint),
    /// Deletes every service and real server.
    Clear,
    /// Sets the counters of one service, or of all, to zero.
    Zero(Option<ServiceId>),
    /// Sets the connection timeouts.
    SetTimeouts(Timeouts),
    /// Starts a sync daemon.
    StartDaemon(SyncDaemon),
    /// Stops a sync daemon.
    StopDaemon {
        /// Which of the two.
        role: DaemonRole,
        /// As for [`SyncDaemon::sync_id`].
        sync_id: u8,
    },
}

impl Change {
    /// The service that is changed, or whose server is; `None` for what is about no single service.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Change::AddService(service) | Change::EditService(service) => Some(&service.id),
            Change::DeleteService(id)
            | Change::AddServer(id, _)
            | Change::EditServer(id, _)
            | Change::DeleteServer(id, _) => Some(id),
            Change::Zero(id) => id.as_ref(),
            Change::Clear
            | Change::SetTimeouts(_)
            | Change::StartDaemon(_)
            | Change::StopDaemon { .. } => None,
        }
    }

    /// Whether a refusal with this error number means that others have added, or deleted, what is to be changed since
    /// it was looked at.
    pub(crate) fn is_overtaken(&self, errno: i32) -> bool {
        match self {
            Change::AddService(_) | Change::StartDaemon(_) => errno == libc::EEXIST,
            Change::EditService(_) | Change::DeleteService(_) | Change::StopDaemon { .. } => {
                errno == libc::ESRCH
            }
            Change::AddServer(..) => matches!(errno, libc::EEXIST | libc::ESRCH),
            Change::EditServer(..) | Change::DeleteServer(..) => {
                matches!(errno, libc::ENOENT | libc::ESRCH)
            }
            Change::Clear | Change::Zero(_) | Change::SetTimeouts(_) => false,
        }
    }

    /// What it changes, where that is one thing.
    pub(crate) fn about(&self) -> Option<Subject> {
        match self {
            Change::AddService(service) | Change::EditService(service) => {
                Some(Subject::Service(service.id))
            }
            Change::DeleteService(id) => Some(Subject::Service(*id)),
            Change::AddServer(id, server) | Change::EditServer(id, server) => {
                Some(Subject::Server(*id, server.endpoint))
            }
            Change::DeleteServer(id, endpoint) => Some(Subject::Server(*id, *endpoint)),
            Change::SetTimeouts(_) => Some(Subject::Timeouts),
            Change::StartDaemon(daemon) => Some(Subject::Daemon(daemon.role)),
            Change::StopDaemon { role, .. } => Some(Subject::Daemon(*role)),
            Change::Clear | Change::Zero(_) => None,
        }
    }
}

/// One thing that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Service(ServiceId),
    Server(ServiceId, Endpoint),
    Timeouts,
    Daemon(DaemonRole),
}
