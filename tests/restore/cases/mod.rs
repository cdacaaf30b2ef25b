//! The cases, a file for each way in which a restore could hurt.

mod atomic;
mod crowd;
mod dry_run;
mod exist;
mod interrupted;
mod json;
mod killed;
mod lines;
mod refused;
mod rivals;
mod saving;
mod swamped;

use std::error::Error;

use net::{Lan, Net, Result};
use suite::Suite;

use crate::stage::Stage;

/// Something that could go wrong with a restore.
pub struct Case {
    pub name: &'static str,
    /// What is shown, in one line.
    about: &'static str,
    play: fn(&Stage) -> Result<()>,
}

impl suite::Case for Case {
    fn name(&self) -> &'static str {
        self.name
    }

    fn play(&self) -> std::result::Result<(), Box<dyn Error>> {
        println!("{}: {}", self.name, self.about);
        let stage = Stage::new(Net::new(LAN)?);
        Ok((self.play)(&stage)?)
    }
}

const fn case(name: &'static str, about: &'static str, play: fn(&Stage) -> Result<()>) -> Case {
    Case { name, about, play }
}

/// Where they are played.
const LAN: &[Lan] = &[(
    "lan",
    &[("director", "192.0.2.1/24 10.0.0.1/16 2001:db8::1/64")],
)];

/// All of them.
pub static ALL: [Case; 19] = [
    refused::STEPS,
    refused::LATE,
    refused::DELETION,
    atomic::ATOMIC,
    killed::KILLED,
    interrupted::INT,
    interrupted::TERM,
    rivals::RACE,
    rivals::WAIT,
    crowd::CROWD,
    dry_run::DRY_RUN,
    lines::SLOW,
    lines::FAILED,
    exist::EXIST,
    json::JSON,
    json::JSON_ERRORS,
    swamped::SWAMPED,
    saving::ALL,
    saving::OUTPUT,
];

/// All of them to be played.
pub fn suite() -> Suite {
    Suite::new("restore", &ALL)
}
