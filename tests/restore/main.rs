//! Proof that a restore cannot hurt: on a real kernel every step of one is refused in turn, runs are killed and
//! interrupted half-way, two replace the table at once, disks are full. What the table is afterwards is judged by
//! the reference, ipvsadm 1.31.
//!
//! ```sh
//! cargo test --test restore                                     # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test restore -- atomic  # one kernel, cases with this in their names
//! cargo test --test restore -- --show killed                    # what a case sees, as it sees it
//! ```
//!
//! The cases are played in a virtual machine (see `tests/suite`). That traffic goes on during a restore is shown by the
//! lab `restore` in `tests/lab`.

mod cases;
mod random;
mod stepped;
mod tables;

use std::process::ExitCode;

fn main() -> ExitCode {
    cases::suite().main()
}
