//! Labs: small virtual networks in which our `ipvsadm` balances real traffic. Each is a demonstration to read,
//! a place to try commands in, and a test.
//!
//! ```sh
//! cargo lab                       # the NAT lab: its network, its commands, what was expected and seen
//! cargo lab dr                    # another one; `cargo lab list` names them, `cargo lab all` shows all
//! cargo lab dr shell              # a shell on the director of that network, for as long as you like
//! cargo lab --kernel 6.12 nat     # on another kernel
//! cargo test --test lab           # all of them as tests
//! ```
//!
//! A lab runs in a virtual machine (see `tests/suite`): hosts are network namespaces, joined by bridges (`tests/net`).
//! As tests the labs run on the kernels that `IPVSADM_TEST_KERNELS` names. The name `host` means the machine at
//! hand; then only the namespaces keep the lab's tables and addresses apart.

mod labs;
mod programs;
mod request;
mod table;
mod terminal;

use std::process::ExitCode;

use request::Request;

/// The first argument when `cargo lab` calls.
const SHOW: &str = "--show";
/// The first argument in the guest, or on a host with IPVS, for a shell there.
const SHELL: &str = "--shell";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, words)) if first == SHOW => match Request::parse(words) {
            Ok(request) => request.serve(),
            Err(error) => {
                eprintln!("lab: {error}");
                return ExitCode::from(2);
            }
        },
        Some((first, words)) if first == SHELL => request::shell(words).map(|()| true),
        _ => return labs::suite().main(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}
