//! The labs, a file for each family.

mod caches;
mod changing;
mod colour;
mod direct;
mod gradual;
mod keeping;
mod limits;
mod nat;
mod netns;
mod programs;
mod query;
mod query_marks;
mod restore;
mod schedulers;
mod screen;
mod services;
mod shared;
mod status;
mod sticky;
mod sync;
mod view;
mod watch;

use std::error::Error;

use net::topology::Topology;
use net::{Net, Result, Stage};
use suite::{Case, Suite};

use crate::programs as guest_programs;

/// A demonstration with its network.
pub struct Lab {
    /// What to call it on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The network it is played on.
    pub on: Topology,
    /// Commands to begin with in a shell on the director.
    pub hints: &'static [&'static str],
    /// Sets rules, makes traffic, and compares what comes of it with what is expected.
    pub play: fn(&Stage) -> Result<()>,
}

impl Lab {
    /// Shows the lab's title and its network, and makes that.
    pub fn open(&self) -> Result<Net> {
        self.on.open(self.name, self.about)
    }
}

/// Those that mostly wait: for the next listing of a watch, or the next step of a weight.
const WAITING: [&str; 5] = ["drain-option", "ramp", "screen", "view", "watch"];

impl Case for Lab {
    fn name(&self) -> &str {
        self.name
    }

    fn waits(&self) -> bool {
        WAITING.contains(&self.name)
    }

    fn play(&self) -> std::result::Result<(), Box<dyn Error>> {
        let stage = Stage::new(self.open()?);
        Ok((self.play)(&stage)?)
    }
}

/// All of them; the first is the one to see first.
pub const ALL: &[Lab] = &[
    nat::NAT,
    direct::DR,
    direct::TUN,
    direct::GUE_LAB,
    direct::GRE_LAB,
    services::IPV6,
    services::VIPS,
    services::FWMARK,
    services::UDP,
    services::SCTP,
    sticky::PERSISTENCE,
    sticky::SH,
    sticky::MH,
    schedulers::WRR,
    schedulers::LC,
    schedulers::WLC,
    schedulers::SED,
    schedulers::NQ,
    schedulers::FO,
    schedulers::OVF,
    caches::DH,
    caches::LBLC,
    caches::LBLCR,
    limits::THRESHOLDS,
    limits::DRAIN,
    gradual::DRAIN_OPTION,
    gradual::RAMP,
    changing::EXIST,
    netns::NETNS,
    programs::PROGRAMS,
    restore::RESTORE,
    keeping::KEEP,
    status::STATUS,
    shared::SHARED,
    sync::SYNC,
    query::QUERY,
    query_marks::QUERY_MARKS,
    query::ORIGIN,
    watch::WATCH,
    screen::SCREEN,
    view::VIEW,
    colour::COLOUR,
];

/// All of them to be played, with a script for commands on other hosts than the director.
pub fn suite() -> Suite {
    Suite::new("lab", ALL)
        .scripts(&[("on", net::host::ON)])
        .equip(guest_programs::add)
}

/// A lab by its name.
pub fn find(name: &str) -> Option<&'static Lab> {
    ALL.iter().find(|lab| lab.name == name)
}
