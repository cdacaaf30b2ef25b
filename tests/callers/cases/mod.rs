//! The cases.

mod connections;
mod ldirectord;
mod names;
mod salt;
mod scripts;

pub use connections::MANY_VARIABLE;

use std::error::Error;
use std::time::Instant;

use net::Result;

/// Something that is played in the guest.
pub struct Case {
    name: &'static str,
    play: fn() -> Result<()>,
}

impl suite::Case for Case {
    fn name(&self) -> &str {
        self.name
    }

    fn play(&self) -> std::result::Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        let outcome = (self.play)();
        suite::figure(&format!(
            "{}: {:.1} s",
            self.name,
            begun.elapsed().as_secs_f64()
        ));
        Ok(outcome?)
    }

    fn waits(&self) -> bool {
        self.name.ends_with("_name_server")
    }
}

/// All of them.
pub const ALL: &[Case] = &[
    Case {
        name: "ldirectord",
        play: ldirectord::play,
    },
    Case {
        name: "salt_lvs_module",
        play: salt::play,
    },
    Case {
        name: "debian_init_script",
        play: scripts::init_script,
    },
    Case {
        name: "ctdb_lines",
        play: scripts::ctdb,
    },
    Case {
        name: "saved_and_restored_by_units",
        play: scripts::units,
    },
    Case {
        name: "slow_name_server",
        play: names::slow,
    },
    Case {
        name: "hostile_name_server",
        play: names::evil,
    },
    Case {
        name: "silent_name_server",
        play: names::silent,
    },
    Case {
        name: "name_service_modules",
        play: names::modules,
    },
    Case {
        name: "names_outside_of_the_namespace",
        play: names::outside,
    },
    Case {
        name: "connections_at_scale",
        play: connections::play,
    },
];
