//! A virtual machine with a real IPVS kernel, for tests.
//!
//! Few machines have the `ip_vs` module at hand, and none should have its tables changed by a test run.
//! So a test program packs itself, our `ipvsadm` and the reference `ipvsadm` into an initramfs, boots a
//! Debian kernel under QEMU, and runs itself there with other arguments:
//!
//! ```ignore
//! let outcome = vm::Guest::new(vm::Kernel::V6_1)
//!     .program(std::env::current_exe()?, "/test")
//!     .run(&["/test", "--in-guest"])?;
//! ```
//!
//! Nothing here needs root, except to install a missing host package. Kernels and programs for the guest are
//! downloaded once, from the Debian mirror that apt is configured with, into a cache below cargo's target
//! directory.
//!
//! Environment variables:
//!
//! * `IPVSADM_VM_ACCEL=kvm` uses KVM. The default is emulation, which is slower but works everywhere:
//!   `/dev/kvm` may exist and still hang (nested virtualisation), which cannot be known without trying.
//! * `IPVSADM_VM_CACHE=DIR` keeps the cache elsewhere, to share it between checkouts.
//! * `IPVSADM_VM_PROFILES=DIR` collects the coverage profiles that programs write in guests, an archive for each.
//! * `IPVSADM_VM_MIRROR=URL` names a Debian mirror, for hosts whose apt is not configured with one.

pub mod base;
pub mod built;
pub mod cache;
pub mod cpio;
pub mod error;
pub mod guest;
pub mod kernels;
pub mod mirror;
pub mod modules;
pub mod packages;
pub mod place;
pub mod progress;
pub mod qemu;

pub use error::{Error, Result};
pub use guest::{Guest, Outcome};
pub use kernels::Kernel;
pub use place::Place;

use std::path::Path;
use std::process::Command;

/// Whether this very machine can run IPVS tests: we are root and `ip_vs` is loaded or can be.
pub fn host_has_ipvs() -> bool {
    nix::unistd::geteuid().is_root()
        && (Path::new("/proc/net/ip_vs").exists()
            || Command::new("modprobe")
                .args(["-q", "ip_vs"])
                .status()
                .is_ok_and(|status| status.success()))
}
