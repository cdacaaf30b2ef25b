//! The words for each error number of the kernel, by what was asked of it. Scripts look for them.

use std::io;

use nix::libc;

use super::KernelError;
use crate::kernel::ipvs::operation::Operation;
use crate::model::Change;

impl KernelError {
    /// The words for this operation and error number, which scripts look for.
    pub fn words(&self) -> String {
        use Operation::{Change as Making, ListService};
        let errno = self.refusal.errno;
        let words = match (&self.operation, errno) {
            (Operation::Info | Operation::List | ListService(_), libc::ENOENT) => {
                "this kernel has no IPVS any more: the module ip_vs was unloaded"
            }
            (Making(Change::AddService(_)), libc::EEXIST) => "Service already exists",
            (Making(Change::AddService(_) | Change::EditService(_)), libc::ENOENT) => {
                "Scheduler or persistence engine not found"
            }
            (
                Making(Change::EditService(_) | Change::DeleteService(_) | Change::Zero(_))
                | ListService(_),
                libc::ESRCH,
            ) => "No such service",
            (Making(Change::AddServer(..)), libc::EEXIST) => "Destination already exists",
            (
                Making(Change::AddServer(..) | Change::EditServer(..) | Change::DeleteServer(..)),
                libc::ESRCH,
            ) => "Service not defined",
            (Making(Change::EditServer(..) | Change::DeleteServer(..)), libc::ENOENT) => {
                "No such destination"
            }
            (Making(Change::StartDaemon(_)), libc::EEXIST) => "Daemon has already run",
            (Making(Change::StopDaemon { .. }), libc::ESRCH) => "No daemon is running",
            (_, libc::EPERM) => "Permission denied (you must be root)",
            (_, libc::EINVAL) => {
                "Invalid operation.  Possibly wrong module version, address not unicast, ..."
            }
            (_, libc::ENOPROTOOPT) => "Protocol not available",
            (_, libc::ENOMEM) => "Memory allocation problem",
            (_, libc::EOPNOTSUPP) => "Operation not supported with IPv6",
            (_, libc::EAFNOSUPPORT) => "Operation not supported with specified address family",
            (_, libc::EMSGSIZE) => "Module is wrong version",
            (_, errno) => return system_words(errno),
        };
        words.to_owned()
    }
}

/// The C library's words for an error number, as strerror(3) gives them to ipvsadm 1.31.
fn system_words(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    let number = format!(" (os error {errno})");
    text.strip_suffix(&number).unwrap_or(&text).to_owned()
}
