//! What ipvsadm does when the kernel, or what surrounds it, does not do what it should. Whatever happens, a run ends
//! soon, and either its output is right, or it fails with words; what it says of the table is true. And for whoever
//! finds a way to make it do something else: which rights it has then, and which files it opens.
//!
//! ```sh
//! cargo test --test faults                                        # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test faults -- replace    # one kernel, cases with this in their names
//! IPVSADM_TEST_FAULTS=all cargo test --test faults                # each at every place, which takes minutes
//! cargo test --test faults -- --show answers-list                 # every fault of a case, as it goes
//! ```
//!
//! Faults are injected with ptrace(2), between the program as it is shipped and a real kernel: at each call on its
//! netlink socket the program stands still, and what it sent, or is about to get, is changed. Nothing smaller is as
//! real. The program is linked statically, so a library cannot be preloaded; a netlink socket cannot be handed to
//! somebody who plays the kernel; and a seam in the source would leave the socket's code, which is what a fault
//! meets first, untested.
//!
//! Whoever plays the kernel keeps to what a protocol can tell: an answer that is lost between others, with neither an
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
