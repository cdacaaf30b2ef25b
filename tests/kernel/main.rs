//! Runs the same command lines through the reference and through ours, on a real IPVS kernel, and compares
//! standard output, exit status and what the kernel then has.
//!
//! ```sh
//! cargo test --test kernel                                    # on the kernels of IPVSADM_TEST_KERNELS
//! IPVSADM_TEST_KERNELS=6.1 cargo test --test kernel -- values::weight     # one kernel, cases with this in their names
//! IPVSADM_TEST_SCRIPTS=3000 cargo test --test kernel -- random    # so many random scripts, not 150
//! cargo test --test kernel -- --print-differences             # where we mean to differ: for the manual, for the README
//! ```
//!
//! The command lines come from tables (`tables/`), and what they should do from the reference, not from us: there is
//! nothing to be updated when the reference's behaviour is found to be odd. Random scripts come from a generator with a
//! seed (`random/`). Where we mean to differ is said in `differences.rs`, and only there.

// The tests need Rust 1.88, the program 1.85.
#![allow(clippy::incompatible_msrv)]

mod bench;
mod case;
mod differences;
mod native;
mod pairwise;
mod program;
mod random;
mod scenario;
mod space;
mod tables;

use std::process::ExitCode;

use suite::Suite;

use case::Case;
use random::Plan;

/// The names that the command lines use.
const HOSTS: &str = include_str!("hosts");

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--print-differences") {
        print!("{}\n{}", differences::mdoc(), differences::markdown());
        return ExitCode::SUCCESS;
    }
    let plan = match Plan::from_environment() {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let cases: &'static [Case] = case::all(plan).leak();
    Suite::new("kernel", cases)
        .patience(plan.patience())
        .variable(random::SEED)
        .variable(random::SCRIPTS)
        .equip(|guest| Ok(guest.text("/etc/hosts", HOSTS)))
        .prepare(case::prepare)
        .check("differences_are_exercised", || {
            differences::check(&tables::all())
        })
        .check("differences_are_documented", differences::check_documents)
        .check("seeds_give_scripts", random::check_seeds)
        .main()
}
