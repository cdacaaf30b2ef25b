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

mod connection;
mod global;
mod server;
mod service;
mod status;
mod values;

pub use connection::ConnectionDocument;
pub use global::{Daemon, Ipvs, Timeouts};
pub use service::{IdentifiedService, Service};
pub use status::Status;
pub use values::{Object, Observed};

use serde::Deserialize;
use serde::de::IgnoredAny;

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
}

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
}
