//! One service, for whoever has no right to ask the kernel.

use nix::libc;

use crate::commands::error::Error;
use crate::kernel::ipvs::{Ipvs, KernelError, Operation};
use crate::kernel::netlink::Refusal;
use crate::model::{ServiceId, ServiceWithServers};

/// Whether the caller lacks the right to ask the kernel.
pub fn is_denied(error: &Error) -> bool {
    error.refusal().is_some_and(KernelError::is_permission)
}

/// The service with its real servers, as far as everybody may see them.
///
/// # Errors
/// It does not exist, or the table cannot be read.
pub fn visible_service(ipvs: &Ipvs, id: &ServiceId) -> Result<ServiceWithServers, Error> {
    let visible = ipvs.visible_table()?;
    let mut services = visible.services.iter();
    let found = services.find(|listed| visible.is(&listed.entry.service.id, id));
    found.cloned().ok_or_else(|| missing(id))
}

/// A service that does not exist, as the kernel refuses it.
pub fn missing(wanted: &ServiceId) -> Error {
    let error = KernelError {
        operation: Operation::ListService(*wanted),
        refusal: Refusal {
            errno: libc::ESRCH,
            text: None,
        },
        explanation: None,
    };
    error.into()
}
