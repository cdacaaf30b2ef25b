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
//! A lab runs in a virtual machine (see `tests/vm`): hosts are network namespaces, joined by bridges. As tests
//! the labs run on the kernels that `IPVSADM_TEST_KERNELS` names (default `6.1 6.12`). The name `host` stands
//! for the machine at hand, if its kernel has IPVS and the caller is root: then there is no virtual machine, and
//! only the namespaces keep the lab's tables and addresses apart.

mod error;
mod host;
mod inside;
mod labs;
mod net;
mod place;
mod request;
mod serve;
mod stage;
mod table;
mod tests;
mod topology;
mod traffic;

use std::process::ExitCode;

use request::Request;

/// The first argument when `cargo lab` calls.
const SHOW: &str = "--show";
/// The first argument where the labs run: in the guest, or on a host with IPVS.
const INSIDE: &str = "--inside";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == SHOW => match Request::parse(rest) {
            Ok(request) => request.serve(),
            Err(error) => {
                eprintln!("lab: {error}");
                ExitCode::from(2)
            }
        },
        Some((first, rest)) if first == INSIDE => inside::run(rest),
        _ => tests::run(),
    }
}
