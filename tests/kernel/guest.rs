//! The side where the programs run.

use std::io::{self, Write};
use std::process::{Command, ExitStatus};

use super::bench::Bench;
use super::case::Case;
use super::program::Family;
use super::random::Played;
use super::report::Event;

/// Two schedulers are loaded before they are wanted: a kernel that loads them while a namespace with services is being
/// removed locks up (see `tests/suite/inside.rs`).
const MODULES: [&str; 3] = ["ip_vs", "ip_vs_lblc", "ip_vs_lblcr"];

pub fn load_modules() -> io::Result<ExitStatus> {
    Command::new("modprobe").arg("-a").args(MODULES).status()
}

/// Plays the cases at these indexes, and hands on what happens.
///
/// # Errors
///
/// If a namespace or a program cannot be had. A difference is no error.
pub fn run(
    cases: &[Case],
    selected: &[usize],
    reference: &Family,
    ours: &Family,
    sink: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut bench = Bench::new(reference, ours)?;
    for &index in selected {
        sink(Event::Begun(index));
        // A case that cannot be played has failed; the others go on.
        let played = cases[index]
            .play(&mut bench, reference, ours)
            .unwrap_or_else(|error| Played {
                lines: 0,
                failure: Some(format!("cannot run it: {error}")),
            });
        sink(Event::Done {
            case: index,
            lines: played.lines,
            failure: played.failure,
        });
    }
    Ok(())
}

/// Writes an event to standard output, which the host reads.
pub fn to_stdout(event: Event) {
    let mut out = io::stdout().lock();
    // If the host is gone, so is everything.
    let _ = writeln!(out, "{}", event.encode()).and_then(|()| out.flush());
}
