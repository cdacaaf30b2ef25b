//! A long run: a day in the life of a director, in a third of an hour.
//!
//! ```sh
//! cargo test --release --test long_run                       # 24 hours of the guest's time, on Linux 6.1
//! IPVSADM_TEST_HOURS=2 cargo test --release --test long_run
//! ```
//!
//! The guest's clock counts instructions and leaps ahead while nothing runs, so a day passes as fast as its work is
//! done. Two watches run all the time, one of them on a terminal, while the table is saved, parts of it and all of it
//! are replaced, a client asks for pages, and a server fails and comes back. At the end memory, descriptors and the
//! table must be what they were. No part of a plain `cargo test` (`test = false` in Cargo.toml).

mod day;
mod measure;
mod painted;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use vm::{Guest, Kernel};

/// The first argument in the guest; the second is a number of hours.
const INSIDE: &str = "--inside";
/// This program in the guest.
const SELF: &str = "/long_run";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.as_slice() {
        [first, hours] if first == INSIDE => day::play(hours),
        _ => boot(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("long_run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn boot() -> Result<(), Box<dyn Error>> {
    let hours = std::env::var("IPVSADM_TEST_HOURS").unwrap_or_else(|_| "24".to_owned());
    let kernel: Kernel = match std::env::var("IPVSADM_TEST_KERNELS") {
        Ok(name) => name.parse()?,
        Err(_) => Kernel::V6_1,
    };
    let outcome = Guest::new(kernel)
        .program(std::env::current_exe()?, SELF)
        .counting(true)
        .announced(true)
        .timeout(Duration::from_secs(3 * 3600))
        .run(&[SELF, INSIDE, &hours])?;
    println!(
        "this took {} s of this machine's time",
        outcome.payload.as_secs()
    );
    match outcome.status {
        0 => Ok(()),
        status => Err(format!("the guest ended with status {status}").into()),
    }
}
