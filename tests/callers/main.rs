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

// The tests need Rust 1.88, the program 1.85.
#![allow(clippy::incompatible_msrv)]

mod cases;
mod dns;
mod peak;
mod programs;
mod sides;
mod sync;

use std::process::ExitCode;

use suite::Suite;

/// All that the cases use, loaded before: one that is loaded while a namespace goes can lock the kernel up, and one
/// that two sides ask for at the same time may come too late for the second.
const MODULES: &[&str] = &[
    "veth",
    "bridge",
    "ip_vs_rr",
    "ip_vs_wrr",
    "ip_vs_wlc",
    "ip_vs_lc",
    "ip_vs_sh",
];

fn main() -> ExitCode {
    Suite::new("callers", cases::ALL)
        .modules(MODULES)
        .equip(programs::add)
        .variable(cases::MANY_VARIABLE)
        // The programs call it, and read files in /etc.
        .guest_only("the host's own /sbin/ipvsadm and /etc stay as they are")
        .main()
}
