//! The cases, a file for each of the places where things go wrong.

mod answers;
mod as_server;
mod direct;
mod dropped;
mod firewall;
mod healthy;
mod kernel;
mod local;
mod managed;
mod network;
mod probe;
mod servers;
mod settings;
mod silent;
mod slips;
mod sync;

pub use servers::{OTHER_PORT, add_other_port};

use std::error::Error;

use net::topology::{NAT2, Topology};
use net::{Result, Stage};

use crate::case::Traffic;

/// A diagnosis to be tried on a network.
pub struct Trial {
    name: &'static str,
    /// What is wrong, in one line.
    about: &'static str,
    on: Topology,
    play: fn(&Stage) -> Result<()>,
}

impl suite::Case for Trial {
    fn name(&self) -> &str {
        self.name
    }

    fn play(&self) -> std::result::Result<(), Box<dyn Error>> {
        let stage = Stage::new(self.on.open(self.name, self.about)?);
        Ok((self.play)(&stage)?)
    }
}

const fn trial(
    name: &'static str,
    about: &'static str,
    on: Topology,
    play: fn(&Stage) -> Result<()>,
) -> Trial {
    Trial {
        name,
        about,
        on,
        play,
    }
}

/// All of them. That IPVS is missing comes first: afterwards it would be in use.
pub fn all() -> impl Iterator<Item = &'static Trial> {
    [
        kernel::CASES,
        healthy::CASES,
        network::CASES,
        answers::CASES,
        direct::CASES,
        silent::CASES,
        local::CASES,
        slips::CASES,
        servers::CASES,
        firewall::CASES,
        dropped::CASES,
        managed::CASES,
        sync::CASES,
        settings::CASES,
        as_server::CASES,
        probe::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Two masqueraded servers, and the director serves as well.
const SERVING: Topology = Topology {
    picture: NAT2.picture,
    net: || (NAT2.net)()?.http("director", "0.0.0.0:80"),
};

/// One page after the other, from as many servers.
const FETCH_ALL: &str = "for i in 1 2 3; do timeout 1 wget -qO- http://192.0.2.1/ || exit 1; done";
/// What a client wants of the service, and what the director answers by itself.
const FETCHES: Traffic<'_> = Traffic {
    concerned: &[("client", FETCH_ALL)],
    untouched: &[("client", "ping -c 1 192.0.2.1")],
};

/// A web service by masquerading, for the networks with two masqueraded servers.
const NAT: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
];
const NAT_V6: &[&str] = &[
    "ipvsadm -A -t [2001:db8::1]:80 -s rr",
    "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m",
    "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::12]:80 -m",
];
/// The same by direct routing.
const DIRECT: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
];
/// The same through tunnels.
const IPIP: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11:80 -i",
    "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.12:80 -i",
];
