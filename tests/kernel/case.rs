//! What a trial plays.

use std::io;

use super::bench::Bench;
use super::program::Family;
use super::random::{Batch, Played};
use super::scenario::Scenario;

/// A scenario of the tables, or scripts of the generator.
#[derive(Clone, Debug)]
pub enum Case {
    Table(Scenario),
    Random(Batch),
}

impl Case {
    /// The name by which it is reported and chosen.
    pub fn name(&self) -> String {
        match self {
            Self::Table(scenario) => format!("{}::{}", scenario.group, scenario.name),
            Self::Random(batch) => batch.name(),
        }
    }

    /// Plays it. The bench is what scenarios run on; scripts have namespaces of their own.
    ///
    /// # Errors
    ///
    /// If a namespace or a program cannot be had. A difference is no error.
    pub fn play(&self, bench: &mut Bench, reference: &Family, ours: &Family) -> io::Result<Played> {
        match self {
            Self::Table(scenario) => Ok(Played {
                lines: scenario.steps.len(),
                failure: bench.run(scenario)?,
            }),
            Self::Random(batch) => batch.play(reference, ours),
        }
    }
}
