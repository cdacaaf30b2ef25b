//! The cases, a file for each way in which a restore could hurt.

mod atomic;
mod crowd;
mod dry_run;
mod exist;
mod interrupted;
mod killed;
mod lines;
mod refused;
mod rivals;
mod saving;
mod swamped;

use crate::error::Result;
use crate::net::Net;
use crate::stage::Stage;

/// A case, in the form of a lab.
pub struct Lab {
    pub name: &'static str,
    /// What is shown, in one line.
    pub about: &'static str,
    pub on: Place,
    /// Commands to begin with in a shell.
    pub hints: &'static [&'static str],
    pub play: fn(&Stage) -> Result<()>,
}

/// Where it is played.
pub struct Place {
    pub picture: &'static str,
    pub net: fn() -> Result<Net>,
}

const fn lab(name: &'static str, about: &'static str, play: fn(&Stage) -> Result<()>) -> Lab {
    Lab {
        name,
        about,
        on: Place {
            picture: "",
            net: || {
                Net::new(&[(
                    "lan",
                    &[("director", "192.0.2.1/24 10.0.0.1/16 2001:db8::1/64")],
                )])
            },
        },
        hints: &["ipvsadm -Ln"],
        play,
    }
}

/// All of them.
pub static ALL: [Lab; 17] = [
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
    swamped::SWAMPED,
    saving::ALL,
    saving::OUTPUT,
];

/// A case by its name.
pub fn find(name: &str) -> Option<&'static Lab> {
    ALL.iter().find(|lab| lab.name == name)
}
