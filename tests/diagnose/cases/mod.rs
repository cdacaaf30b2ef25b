//! The cases, a file for each of the places where things go wrong.

mod firewall;
mod healthy;
mod kernel;
mod network;
mod servers;
mod sync;

pub use servers::{OTHER_PORT, add_other_port};

use std::sync::LazyLock;

use crate::error::Result;
use crate::stage::Stage;
use crate::topology::{NAT2, Topology};

/// A case as a lab.
pub struct Lab {
    pub name: &'static str,
    /// What is wrong, in one line.
    pub about: &'static str,
    /// The network it is played on.
    pub on: Topology,
    pub hints: &'static [&'static str],
    pub play: fn(&Stage) -> Result<()>,
}

const fn lab(
    name: &'static str,
    about: &'static str,
    on: Topology,
    play: fn(&Stage) -> Result<()>,
) -> Lab {
    Lab {
        name,
        about,
        on,
        hints: &["ipvsadm --diagnose"],
        play,
    }
}

/// All of them. That IPVS is missing comes first: afterwards it would be in use.
pub static ALL: LazyLock<Vec<&'static Lab>> = LazyLock::new(|| {
    [
        kernel::CASES,
        healthy::CASES,
        network::CASES,
        servers::CASES,
        firewall::CASES,
        sync::CASES,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// A case by its name.
pub fn find(name: &str) -> Option<&'static Lab> {
    ALL.iter().copied().find(|lab| lab.name == name)
}

/// Two masqueraded servers, and the director serves as well.
const SERVING: Topology = Topology {
    picture: NAT2.picture,
    net: || (NAT2.net)()?.http("director", "0.0.0.0:80"),
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
