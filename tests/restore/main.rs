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
//! The cases are played like the labs of `tests/lab`, by the same machinery. That traffic goes on during a restore is
//! shown by the lab `restore` there.

// The labs' machinery is compiled for itself here, and used in part.
#[path = "../lab/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "../lab/host.rs"]
#[allow(dead_code)]
mod host;
#[path = "../lab/inside.rs"]
mod inside;
#[path = "../lab/net.rs"]
#[allow(dead_code)]
mod net;
#[path = "../lab/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "../lab/serve.rs"]
#[allow(dead_code)]
mod serve;
#[path = "../lab/tests.rs"]
mod tests;

#[path = "cases/mod.rs"]
mod labs;
mod random;
mod stage;
mod state;
mod stepped;
mod tables;

use std::io::Write;
use std::process::ExitCode;

use vm::Place;

/// The first argument where the cases run: in the guest, or on a host with IPVS.
const INSIDE: &str = "--inside";
/// The first argument of a call that shows cases.
const SHOW: &str = "--show";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == INSIDE => inside::run(rest),
        Some((first, rest)) if first == SHOW => match show(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => tests::run(),
    }
}

/// Plays the named cases, or all, on each kernel.
fn show(names: &[String]) -> error::Result<()> {
    let named = |lab: &&labs::Lab| names.is_empty() || names.iter().any(|name| name == lab.name);
    let cases: Vec<&str> = labs::ALL.iter().filter(named).map(|lab| lab.name).collect();
    for place in Place::chosen()? {
        println!("== {place}");
        place::play(place, &cases, &mut |bytes| {
            let _ = std::io::stdout().write_all(bytes);
        })?;
    }
    Ok(())
}
