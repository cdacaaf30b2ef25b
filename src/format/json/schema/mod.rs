//! The form of a document, for both directions: each object with its members in the order in which they are written,
//! how it is made from the model, and the equivalent command line. The published schema is
//! `man/ipvsadm.schema.json`.
//!
//! Numbers and words are read as they come: whether a value is valid is judged by the parser of command lines. What
//! is observed, and not configured, is ignored, so that a listing can be restored too. Any other unknown member is
//! an error: it is more likely a typing mistake than meant.

/// The name of a member: `name!(Service.scheduler)` is `"scheduler"`, and does not compile without that field.
macro_rules! name {
    ($object:ident . $field:ident) => {{
        let _ = |object: &$object| _ = &object.$field;
        stringify!($field).trim_start_matches("r#")
    }};
}
pub(super) use name;

mod change;
mod connection;
mod global;
mod server;
mod service;
mod status;
mod values;

pub use change::ChangeEntry;
pub use connection::{ConnectionDocument, CountDocument};
pub use global::{Daemon, Ipvs, Timeouts};
pub use service::{IdentifiedService, Service};
pub use status::Status;
pub use values::{Object, Observed};

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// The version of the schema. It grows when a member goes or means something else, not when one is
/// added.
pub const VERSION: u32 = 1;

/// How much of a service is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What can be configured.
    Configuration,
    /// Counters, rates and connections too.
    Everything,
    /// What everybody may see: see [`VisibleTable`](crate::model::visible::VisibleTable).
    Visible,
}

/// The members that a document of [`Extent::Visible`] lacks.
pub const ABSENT: [&str; 9] = [
    "scheduler_flags",
    "other_flags",
    "persistence_engine",
    "tunnel",
    "upper_threshold",
    "lower_threshold",
    "persistent_connections",
    "stats",
    "rates",
];
/// The one that it lacks besides for services of IPv6 addresses.
pub const ABSENT_OF_IPV6: &str = "one_packet";
/// Those that it lacks besides where a firewall mark's packets can be IPv4 or IPv6.
pub const ABSENT_OF_MARKS: [&str; 2] = ["family", "netmask"];

/// A document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    pub schema: IgnoredAny,
    #[serde(default)]
    pub ipvs: Observed<Ipvs>,
    pub services: Option<Vec<IdentifiedService>>,
    pub timeouts: Option<Object<Timeouts>>,
    pub daemons: Option<Vec<Object<Daemon>>>,
    #[serde(default)]
    pub status: Observed<Status>,
    pub absent: Option<Incomplete>,
}

/// That something is missing which a restore would need: such a document is written, but not read.
pub enum Incomplete {}

impl<'de> Deserialize<'de> for Incomplete {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(D::Error::custom(
            "the document lacks these members, because it was made without CAP_NET_ADMIN: it cannot be restored",
        ))
    }
}
