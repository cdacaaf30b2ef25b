//! Scripts that a generator writes, played by the reference and by ours, each in a fresh namespace.
//!
//! A script is known by its seed: `IPVSADM_TEST_SEED=1234 IPVSADM_TEST_SCRIPTS=1 cargo test --test kernel -- random`
//! plays one again. The next seeds are those of the scripts that follow.

mod grammar;
mod pair;
mod rules;
mod shrink;
mod slips;
mod state;
mod tables;
mod vocabulary;
mod words;

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use fastrand::Rng;

use crate::program::Family;
use crate::scenario::Line;
use crate::tables::BASE;
use pair::Pair;

pub const SEED: &str = "IPVSADM_TEST_SEED";
pub const SCRIPTS: &str = "IPVSADM_TEST_SCRIPTS";
/// Scripts of a usual run, and lines with two mistakes for each of them.
const USUAL: u64 = 150;
const LINES: u64 = 1;
/// How long everything but the scripts may take.
const TABLES: Duration = Duration::from_secs(900);
/// What one test plays.
const SCRIPTS_AT_ONCE: u64 = 25;
/// How many differences of one test are shrunk, which takes time.
const SHRUNK: usize = 3;

/// Where to begin, and how far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    seed: u64,
    scripts: u64,
}

/// What a batch is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scripts,
    /// Single lines with two mistakes, all on the same table.
    TwoMistakes,
}

/// Scripts of consecutive seeds.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    kind: Kind,
    first: u64,
    count: u64,
}

impl Plan {
    /// What the environment asks for.
    ///
    /// # Errors
    ///
    /// If that is not a number.
    pub fn from_environment() -> Result<Self, String> {
        let number = |variable: &str, default| match std::env::var(variable) {
            Err(_) => Ok(default),
            Ok(text) => text
                .parse()
                .map_err(|_| format!("{variable}: '{text}' is not a number")),
        };
        Ok(Self {
            seed: number(SEED, 1)?,
            scripts: number(SCRIPTS, USUAL)?,
        })
    }

    /// How long this may take at most, where the machine has other things to do as well.
    pub fn patience(self) -> Duration {
        TABLES + Duration::from_secs(self.scripts)
    }

    /// Everything, in batches of the size of a test.
    pub fn batches(self) -> Vec<Batch> {
        let mut all = Vec::new();
        for (kind, factor) in [(Kind::Scripts, 1), (Kind::TwoMistakes, LINES)] {
            let (count, step) = (self.scripts * factor, SCRIPTS_AT_ONCE * factor);
            for begin in (0..count).step_by(usize::try_from(step).unwrap_or(1)) {
                all.push(Batch {
                    kind,
                    first: self.seed.wrapping_add(begin),
                    count: step.min(count - begin),
                });
            }
        }
        all
    }
}

impl Batch {
    pub fn name(&self) -> String {
        let kind = match self.kind {
            Kind::Scripts => "scripts",
            Kind::TwoMistakes => "two_mistakes",
        };
        format!("random::{kind}::from_seed_{}", self.first)
    }

    /// Plays all of it; the differences come back as text.
    ///
    /// # Errors
    ///
    /// If a namespace or a program cannot be had.
    pub fn play(&self, reference: &Family, ours: &Family) -> io::Result<Option<String>> {
        let seeds = (0..self.count).map(|index| self.first.wrapping_add(index));
        match self.kind {
            Kind::Scripts => scripts(seeds, reference, ours),
            Kind::TwoMistakes => two_mistakes(seeds, reference, ours),
        }
    }
}

/// A seed gives the same script whenever it is asked for, and another one than the next seed.
pub fn check_seeds() -> Result<(), String> {
    let text = |seed| format!("{:?}", grammar::script(&mut Rng::with_seed(seed)));
    for seed in 0..100 {
        if text(seed) != text(seed) || text(seed) == text(seed + 1) {
            return Err(format!("the script of seed {seed} is not its own"));
        }
    }
    Ok(())
}

fn scripts(
    seeds: impl Iterator<Item = u64>,
    reference: &Family,
    ours: &Family,
) -> io::Result<Option<String>> {
    let mut report = String::new();
    let mut differences = 0;
    for seed in seeds {
        let mut script = grammar::script(&mut Rng::with_seed(seed));
        let Some((at, mut text)) = play(&script, reference, ours)? else {
            continue;
        };
        script.truncate(at + 1);
        differences += 1;
        if differences <= SHRUNK {
            script = shrink::shrunk(script, |variant| {
                let (at, difference) = play(variant, reference, ours).ok().flatten()?;
                text = difference;
                Some(at)
            });
        }
        let lines: String = script.iter().map(|line| format!("{line}\n")).collect();
        note(&mut report, seed, &lines, &text);
    }
    Ok((!report.is_empty()).then_some(report))
}

/// Plays a script in fresh namespaces up to the first line that differs.
fn play(script: &[Line], reference: &Family, ours: &Family) -> io::Result<Option<(usize, String)>> {
    let mut pair = Pair::fresh(reference, ours)?;
    for (index, line) in script.iter().enumerate() {
        if let Some(difference) = pair.step(line)? {
            return Ok(Some((index, difference)));
        }
    }
    Ok(None)
}

fn two_mistakes(
    seeds: impl Iterator<Item = u64>,
    reference: &Family,
    ours: &Family,
) -> io::Result<Option<String>> {
    let mut report = String::new();
    let mut pair = Pair::fresh(reference, ours)?;
    pair.restore(BASE)?;
    let base = pair.state().clone();
    for seed in seeds {
        let line = grammar::two_mistakes(&mut Rng::with_seed(seed));
        let difference = pair.step(&line)?;
        if difference.is_some() || *pair.state() != base {
            pair.restore(BASE)?;
        }
        if let Some(difference) = difference {
            note(&mut report, seed, &format!("{line}\n"), &difference);
        }
    }
    Ok((!report.is_empty()).then_some(report))
}

fn note(report: &mut String, seed: u64, script: &str, difference: &str) {
    let _ = write!(
        report,
        "\n=== seed {seed}: the last line of this differs\n{script}{difference}"
    );
}
