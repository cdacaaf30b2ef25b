//! A director that is alone on its network: nothing is balanced there, but its table is set up, torn down and looked
//! at. Programs are run silently; what the table is afterwards is judged by the reference, ipvsadm 1.31.
//!
//! ```ignore
//! const EMPTY: Case = case("empty", "after -C the table is empty", |stage| {
//!     stage.must("ipvsadm -C", "")?;
//!     stage.expect("no service", stage.rules()?.count("-A"), stage.rules()?.count("-A") == 0)
//! });
//! ```

mod stage;
mod state;

use std::error::Error;

use net::{Lan, Net, Result};

pub use stage::{Output, Stage, finish, reference};
pub use state::State;

/// Where cases are played.
const LAN: &[Lan] = &[(
    "lan",
    &[("director", "192.0.2.1/24 10.0.0.1/16 2001:db8::1/64")],
)];

/// Something to be tried on a director, of a test suite.
pub struct Case {
    name: &'static str,
    about: &'static str,
    play: fn(&Stage) -> Result<()>,
    processors: u32,
    waits: bool,
}

impl Case {
    /// The same in a machine beside the others, because it mostly waits.
    #[must_use]
    pub const fn that_waits(mut self) -> Self {
        self.waits = true;
        self
    }

    /// The same in a machine with two processors, for what happens only where programs really run at the same time.
    #[must_use]
    pub const fn on_two_processors(mut self) -> Self {
        self.processors = 2;
        self
    }
}

/// A case: its name, what it shows in one line, and what is done.
pub const fn case(name: &'static str, about: &'static str, play: fn(&Stage) -> Result<()>) -> Case {
    Case {
        name,
        about,
        play,
        processors: 1,
        waits: false,
    }
}

impl suite::Case for Case {
    fn name(&self) -> &str {
        self.name
    }

    fn processors(&self) -> u32 {
        self.processors
    }

    fn waits(&self) -> bool {
        self.waits
    }

    fn play(&self) -> std::result::Result<(), Box<dyn Error>> {
        println!("{}: {}", self.name, self.about);
        let stage = Stage::new(Net::new(LAN)?);
        Ok((self.play)(&stage)?)
    }
}
