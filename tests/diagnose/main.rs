//! Directors with something wrong, made for real: `ipvsadm --diagnose` must find it, and the command that it prints must repair it.
//! And healthy directors, on which it must find nothing.
//!
//! ```sh
//! cargo test --test diagnose                                      # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test diagnose -- service  # one kernel, cases with this in their names
//! ```
//!
//! A case is played in a virtual machine (see `tests/suite`) on the networks of `tests/net`.

mod case;
mod cases;
mod server;

use std::process::ExitCode;

use suite::Suite;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some(cases::OTHER_PORT) {
        return Suite::new("diagnose", cases::all()).main();
    }
    match cases::add_other_port() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
