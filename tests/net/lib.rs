//! Small networks for tests: hosts are network namespaces, joined by bridges; web servers run on them, and clients
//! ask those. Needs root, and IPVS in the kernel for what is to be tried; see `tests/vm`.
//!
//! ```ignore
//! let net = net::Net::new(&[(
//!     "lan",
//!     &[("client", "192.0.2.100/24"), ("director", "192.0.2.1/24"), ("rs1", "192.0.2.11/24")],
//! )])?
//! .http("rs1", "192.0.2.11:80")?;
//! let stage = net::Stage::new(net);
//! stage.run("client", "wget -qO- http://192.0.2.11/")?;
//! ```
//!
//! [`topology`] has the networks that directors are usually put into, each with its drawing.

pub mod error;
pub mod host;
pub mod network;
pub mod serve;
pub mod stage;
pub mod topology;
pub mod traffic;

pub use error::{Context, Error, Result};
pub use host::{Host, Output};
pub use network::{Lan, Net};
pub use serve::{Protocol, Server};
pub use stage::{Held, Stage, tally, verdict};
pub use traffic::Connection;
