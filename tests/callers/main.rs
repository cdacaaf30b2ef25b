//! Programs that people run ipvsadm from, run here with ours and with the reference in its place: what they set up,
//! print and conclude must be the same. And what only shows at scale: slow name servers, a large connection table.
//!
//! ```sh
//! cargo test --test callers                                       # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test callers -- salt      # one kernel, cases with this in their names
//! IPVSADM_TEST_CONNECTIONS=100000 cargo test --test callers -- connections
//! ```
//!
//! The programs are the real ones, from Debian's packages and from PyPI; they go into the virtual machine with all
//! they need. There each case has two sides, in namespaces of their own: one where `/sbin/ipvsadm` is ours, and one
//! where it is the reference.

// The labs' machinery is compiled for itself here, and used in part.
#[path = "../lab/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "../lab/host.rs"]
#[allow(dead_code)]
mod host;
#[path = "../lab/net.rs"]
#[allow(dead_code)]
mod net;
#[path = "../lab/serve.rs"]
#[allow(dead_code)]
mod serve;
#[path = "../lab/tests.rs"]
mod tests;

mod dns;
#[path = "cases/mod.rs"]
mod labs;
mod peak;
mod place;
mod programs;
mod sides;
mod sync;

use std::process::ExitCode;

/// The first argument in the guest.
const INSIDE: &str = "--inside";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == INSIDE => place::inside(rest),
        _ => tests::run(),
    }
}
