//! A cluster of transparent web caches: a request may be for any web site's address, and keeps it.

use super::Topology;
use crate::network::Net;

/// The director sends requests to caches, which answer in the name of the site.
pub const CACHES: Topology = Topology {
    picture: "
┌────────┐    ┌──────────┐    ┌────────────┐  ┌────────────┐  ┌────────────┐
│ client │    │ director │    │   cache1   │  │   cache2   │  │   cache3   │
└───┬────┘    └────┬─────┘    └─────┬──────┘  └─────┬──────┘  └─────┬──────┘
    │ .100         │ .2             │ .11           │ .12           │ .13
────┴──────────────┴────────────────┴───────────────┴───────────────┴───────
192.0.2.0/24. The client's route to the web sites, 198.51.100.0/24, is the
director; director and caches take all of those addresses for their own.
",
    net: || {
        let sites = "ip route add local 198.51.100.0/24 dev lo".to_owned();
        let mut commands: Vec<_> = ["director", "cache1", "cache2", "cache3"]
            .map(|host| (host, sites.clone()))
            .into();
        commands.extend(
            [
                "nft add table ip lab",
                "nft 'add chain ip lab in { type filter hook prerouting priority mangle; }'",
                "nft add rule ip lab in tcp dport 80 meta mark set 1",
            ]
            .map(|line| ("director", line.to_owned())),
        );
        Net::new(&[(
            "lan",
            &[
                ("client", "192.0.2.100/24"),
                ("director", "192.0.2.2/24"),
                ("cache1", "192.0.2.11/24"),
                ("cache2", "192.0.2.12/24"),
                ("cache3", "192.0.2.13/24"),
            ],
        )])?
        .ip(&[("client", "route add 198.51.100.0/24 via 192.0.2.2")])?
        .shown(&commands)?
        .http("cache1", "0.0.0.0:80")?
        .http("cache2", "0.0.0.0:80")?
        .http("cache3", "0.0.0.0:80")
    },
};
