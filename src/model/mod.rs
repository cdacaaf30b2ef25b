//! What IPVS holds: virtual services, their real servers, counters, timeouts and sync daemons.
//!
//! Configuration ([`Service`], [`RealServer`]) and observation ([`ServiceEntry`],
//! [`RealServerEntry`]) are different types: only the former can be sent to the kernel, in a [`Change`].

mod change;
#[doc(hidden)]
pub mod connection;
#[doc(hidden)]
pub mod diff;
mod director;
mod endpoint;
mod name;
#[doc(hidden)]
pub mod order;
#[doc(hidden)]
pub mod patch;
#[doc(hidden)]
pub mod rates;
mod real_server;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod ruleset;
pub mod scheduler;
#[doc(hidden)]
pub mod scope;
mod service;
mod stats;
#[doc(hidden)]
pub mod status;
#[doc(hidden)]
pub mod sysctl;
#[doc(hidden)]
pub mod title;
#[doc(hidden)]
pub mod visible;

pub use change::Change;
pub(crate) use change::Subject;
pub use director::{DaemonRole, Info, SyncDaemon, Timeouts};
pub use endpoint::{Endpoint, Family, Protocol};
pub use name::Name;
pub use real_server::{Forwarding, RealServer, RealServerEntry, Tunnel, TunnelChecksum};
pub use scheduler::{OtherFlags, SchedulerFlags};
pub use service::{Netmask, Service, ServiceEntry, ServiceId, ServiceWithServers};
pub use stats::Stats;
