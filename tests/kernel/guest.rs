//! The side where the programs run.

use std::io::{self, Write};

use super::bench::Bench;
use super::program::Family;
use super::report::Event;
use super::scenario::Scenario;

/// Runs the scenarios at these indexes, and hands on what happens.
///
/// # Errors
///
/// If a namespace or a program cannot be had. A difference is no error.
pub fn run(
    scenarios: &[Scenario],
    selected: &[usize],
    reference: &Family,
    ours: &Family,
    sink: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut bench = Bench::new(reference, ours)?;
    for &index in selected {
        let scenario = &scenarios[index];
        sink(Event::Begun(index));
        // A scenario that cannot be run has failed; the others go on.
        let failure = bench
            .run(scenario)
            .unwrap_or_else(|error| Some(format!("cannot run it: {error}")));
        sink(Event::Done {
            scenario: index,
            lines: scenario.steps.len(),
            failure,
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
