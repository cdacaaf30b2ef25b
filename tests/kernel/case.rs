//! What a test plays.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::HOSTS;
use super::bench::Bench;
use super::native;
use super::program::Family;
use super::random::{Batch, Plan};
use super::scenario::Scenario;
use super::tables;

/// Where the guest has the reference.
const REFERENCE: &str = "/opt/reference";

/// Tables about command lines that are refused, or understood, before the kernel is asked.
const OF_WORDS: [&str; 4] = ["cells", "conflicts", "mistakes", "spelling"];

/// A scenario of the tables, or scripts of the generator.
#[derive(Debug)]
pub struct Case {
    name: String,
    lines: Lines,
}

#[derive(Debug)]
enum Lines {
    Table(Scenario),
    Random(Batch),
}

/// Everything, in the order in which it is played.
pub fn all(plan: Plan) -> Vec<Case> {
    let tables = tables::all().into_iter().map(|scenario| Case {
        name: format!("{}::{}", scenario.group, scenario.name),
        lines: Lines::Table(scenario),
    });
    let random = plan.batches().into_iter().map(|batch| Case {
        name: batch.name(),
        lines: Lines::Random(batch),
    });
    tables.chain(random).collect()
}

/// What all cases share where they are played.
struct Players {
    reference: Family,
    ours: Family,
    /// What scenarios run on; scripts have namespaces of their own.
    bench: Bench,
}

static PLAYERS: Mutex<Option<Players>> = Mutex::new(None);

/// Finds the programs, and makes the namespaces: in a guest, or on a machine whose own kernel has IPVS.
pub fn prepare() -> Result<(), Box<dyn Error>> {
    let in_guest = |directory: &str| Family {
        directory: PathBuf::from(directory),
        libraries: None,
    };
    let (reference, ours) = if Path::new(REFERENCE).exists() {
        (in_guest(REFERENCE), in_guest("/sbin"))
    } else {
        native::families(HOSTS)?
    };
    let bench = Bench::new(&reference, &ours)?;
    let players = Players {
        reference,
        ours,
        bench,
    };
    *PLAYERS.lock().unwrap_or_else(PoisonError::into_inner) = Some(players);
    Ok(())
}

impl suite::Case for Case {
    fn name(&self) -> &str {
        &self.name
    }

    /// The scripts have hung now and then in a guest with one.
    fn processors(&self) -> u32 {
        match &self.lines {
            Lines::Table(_) => 1,
            Lines::Random(_) => 2,
        }
    }

    fn on_any_kernel(&self) -> bool {
        match &self.lines {
            Lines::Table(scenario) => {
                let table = scenario.group.split("::").next();
                table.is_some_and(|table| OF_WORDS.contains(&table))
            }
            Lines::Random(_) => false,
        }
    }

    fn play(&self) -> Result<(), Box<dyn Error>> {
        let mut players = PLAYERS.lock().unwrap_or_else(PoisonError::into_inner);
        let players = players.as_mut().ok_or("not prepared")?;
        let difference = match &self.lines {
            Lines::Table(scenario) => players.bench.run(scenario)?,
            Lines::Random(batch) => batch.play(&players.reference, &players.ours)?,
        };
        difference.map_or(Ok(()), |difference| Err(difference.into()))
    }
}
