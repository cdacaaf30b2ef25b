//! Partial edits: what is named changes, everything else keeps its value. No I/O.
//!
//! The kernel knows only whole edits. So a patch is resolved against the entry that is there, into the change that
//! sets all of it anew.

mod server;
mod service;

#[cfg(test)]
mod tests;

use nix::libc;
use thiserror::Error;

pub use server::{ForwardingPatch, ServerPatch, TunnelKind, TunnelPatch, WeightPatch};
pub use service::{SchedulerFlagsPatch, ServicePatch};

use super::title::service_title;
use super::{Change, Endpoint, Name, RealServer, Service, ServiceId};

/// A partial edit of a service or of a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    Service(ServicePatch),
    Server(ServerPatch),
}

/// Why a patch cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatchError {
    /// What it edits is not there; the kernel would refuse this change with this error number.
    #[error("what is to be edited does not exist")]
    Missing { change: Box<Change>, errno: i32 },
    #[error(
        "{} has several real servers with the address {}: {}; name one with its port",
        service_title(.service), .found[0].address, listed(.found)
    )]
    Ambiguous {
        service: ServiceId,
        /// At least two, by port.
        found: Vec<Endpoint>,
    },
    #[error("the scheduler '{scheduler}' has no such flag: '{flag}'")]
    NoSuchFlag { scheduler: Name, flag: &'static str },
    #[error("'{option}' {why}")]
    Tunnel {
        option: &'static str,
        why: &'static str,
    },
    #[error("Different address family is allowed only for tunneling servers (-i)")]
    FamiliesDiffer,
    /// A service for all ports, which is not there, would be added without persistence.
    #[error("Zero port specified for non-persistent service: give a port, or -p for all ports")]
    NoPort,
    #[error("{server}: only masquerading (-m) reaches another port than the service's")]
    OtherPort { server: Endpoint },
}

impl Patch {
    /// The service that is edited, or whose server is.
    pub fn service(&self) -> &ServiceId {
        match self {
            Patch::Service(patch) => &patch.id,
            Patch::Server(patch) => &patch.service,
        }
    }

    /// Whether it names nothing that is to change.
    pub fn is_empty(&self) -> bool {
        match self {
            Patch::Service(patch) => patch.is_empty(),
            Patch::Server(patch) => patch.is_empty(),
        }
    }

    /// The change that carries it out on a service with these servers, `None` where all is so already. With
    /// `add`, what is missing is added with the defaults, and with what is named.
    ///
    /// # Errors
    /// [`PatchError`]
    pub fn resolve<'a>(
        &self,
        service: Option<&Service>,
        servers: impl Iterator<Item = &'a RealServer>,
        add: bool,
    ) -> Result<Option<Change>, PatchError> {
        match self {
            Patch::Service(patch) => patch.resolve(service, add),
            Patch::Server(patch) => patch.resolve(service.is_some(), servers, add),
        }
    }
}

/// The error for a change to something that is not there.
fn missing(change: Change) -> PatchError {
    let errno = match change {
        Change::EditServer(..) => libc::ENOENT,
        _ => libc::ESRCH,
    };
    PatchError::Missing {
        change: Box::new(change),
        errno,
    }
}

fn listed(found: &[Endpoint]) -> String {
    let texts: Vec<String> = found.iter().map(Endpoint::to_string).collect();
    texts.join(", ")
}
