//! What ipvsadm does when the kernel, or what surrounds it, does not do what it should. Whatever happens, a run ends
//! soon, and either its output is right, or it fails with an error; what it reports about the table is true. And in
//! case somebody makes it do something else: which rights it has then, and which files it opens.
//!
//! ```sh
//! cargo test --test faults                                        # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test faults -- replace    # one kernel, cases with this in their names
//! IPVSADM_TEST_FAULTS=all cargo test --test faults                # each at every place, which takes minutes
//! cargo test --test faults -- --show answers-list                 # every fault of a case, as it goes
//! ```
//!
//! Faults are injected with ptrace(2), between the program as it is shipped and a real kernel: at each call on its
//! netlink socket the program is stopped, and what it sent, or is about to receive, is changed. Nothing smaller is as
//! realistic. The program is linked statically, so a library cannot be preloaded; a netlink socket cannot be handed to
//! somebody who plays the kernel; and a seam in the source would leave the socket's code, which is what a fault
//! meets first, untested.
//!
//! The faults are those that a program can detect: an answer that is lost between others, with neither an
//! error nor an end of the dump, cannot be missed by anybody, and the kernel reports such a loss with ENOBUFS.

mod cases;
mod commands;
mod faults;
mod messages;
mod observer;
mod peer;
mod process;
mod traced;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == traced::BECOME => traced::become_program(rest),
        Some((first, rest)) if first == cases::WITHOUT_CHOWN => cases::become_without_chown(rest),
        _ => cases::suite().main(),
    }
}
