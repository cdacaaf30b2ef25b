//! The cases: each fault of an answer for a kind of command, and surroundings.

mod answers;
mod limits;
mod surroundings;

use std::error::Error;

use net::{Lan, Net, Result};
use suite::Suite;

use crate::stage::Stage;

/// Something that does not do what it should, for one kind of command.
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
pub static ALL: [Case; 9] = [
    answers::LIST,
    answers::SAVE,
    answers::CHANGE,
    answers::RESTORE,
    answers::REPLACE,
    answers::ATOMIC,
    answers::CHATTER,
    surroundings::SURROUNDINGS,
    limits::LIMITS,
];

/// The test program.
pub fn suite() -> Suite {
    Suite::new("faults", &ALL)
}
