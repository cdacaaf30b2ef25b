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
mod stage;
mod state;
mod stepped;
mod tables;

use std::process::ExitCode;

use cases::Case;
use vm::Place;

/// The first argument of a call that shows cases.
const SHOW: &str = "--show";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == SHOW => match show(rest) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => cases::suite().main(),
    }
}

/// Plays the named cases, or all, on each kernel; gives whether all went as expected.
fn show(names: &[String]) -> suite::Result<bool> {
    let named = |case: &&Case| names.is_empty() || names.iter().any(|name| name == case.name);
    let cases: Vec<&str> = cases::ALL
        .iter()
        .filter(named)
        .map(|case| case.name)
        .collect();
    let mut ok = true;
    for place in Place::chosen()? {
        println!("== {place}");
        ok &= cases::suite().show(place, &cases)?;
    }
    Ok(ok)
}
