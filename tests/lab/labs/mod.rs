//! The labs, a file for each family.

mod caches;
mod changing;
mod direct;
mod limits;
mod nat;
mod netns;
mod restore;
mod schedulers;
mod services;
mod sticky;
mod sync;

use crate::error::Result;
use crate::stage::Stage;
use crate::topology::Topology;

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
    changing::EXIST,
    netns::NETNS,
    restore::RESTORE,
    sync::SYNC,
];

/// A lab by its name.
pub fn find(name: &str) -> Option<&'static Lab> {
    ALL.iter().find(|lab| lab.name == name)
}
