//! Directors with something wrong, made for real: `ipvsadm --diagnose` must find it, and what it says must mend it.
//! And healthy directors, on which it must find nothing.
//!
//! ```sh
//! cargo test --test diagnose                                      # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test diagnose -- service  # one kernel, cases with this in their names
//! ```
//!
//! A case is a lab like those of `tests/lab`, played on the same networks by the same machinery.

// The labs' machinery is compiled for itself here, and used in part.
#[path = "../lab/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "../lab/host.rs"]
mod host;
#[path = "../lab/inside.rs"]
mod inside;
#[path = "../lab/net.rs"]
mod net;
#[path = "../lab/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "../lab/serve.rs"]
mod serve;
#[path = "../lab/stage.rs"]
#[allow(dead_code)]
mod stage;
#[path = "../lab/tests.rs"]
mod tests;
#[path = "../lab/topology/mod.rs"]
#[allow(dead_code, unused_imports)]
mod topology;
#[path = "../lab/traffic.rs"]
#[allow(dead_code)]
mod traffic;

mod case;
#[path = "cases/mod.rs"]
mod labs;

use std::process::ExitCode;

/// The first argument where the cases run: in the guest, or on a host with IPVS.
const INSIDE: &str = "--inside";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == INSIDE => inside::run(rest),
        Some((first, _)) if first == labs::OTHER_PORT => match labs::add_other_port() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => tests::run(),
    }
}
