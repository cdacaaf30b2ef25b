//! Schedulers for clusters of caches: the destination's address chooses the server.

use net::topology::CACHES;
use net::{Held, Protocol, Result, Stage, tally};

use super::Lab;

const HINTS: &[&str] = &[
    "ipvsadm -A -f 1 -s lblc",
    "ipvsadm -a -f 1 -r 192.0.2.11 -g -w 2",
    "ipvsadm -a -f 1 -r 192.0.2.12 -g -w 2",
    "ipvsadm -a -f 1 -r 192.0.2.13 -g -w 2",
    "on client wget -qO- http://198.51.100.7/",
    "ipvsadm -Ln",
];

/// Destination hashing.
pub const DH: Lab = Lab {
    name: "dh",
    about: "destination hashing: a web site's address chooses the cache",
    on: CACHES,
    hints: HINTS,
    play: |stage| {
        let first = cluster(stage, "dh")?;
        stage.step("A cache goes");
        stage.run("director", "ipvsadm -d -f 1 -r 192.0.2.13")?;
        let without = sites(stage)?;
        let pairs = first.iter().zip(&without);
        let moved = pairs.filter(|(was, is)| *was != "cache3" && was != is);
        let note = format!(
            "{}; {} moved between the others",
            tally(&without),
            moved.count()
        );
        stage.expect(
            "its sites are served by the others",
            note,
            !without.iter().any(|cache| cache == "cache3"),
        )
    },
};

/// Locality-based least connections.
pub const LBLC: Lab = Lab {
    name: "lblc",
    about: "a site keeps its cache until that is overloaded; then the site moves",
    on: CACHES,
    hints: HINTS,
    play: |stage| {
        let (_busy, first, second) = overload(stage, "lblc")?;
        let now = one(stage)?;
        stage.expect(
            &format!("the site has moved to {second}, though {first} is free again"),
            &now,
            now == second,
        )
    },
};

/// The same with replication.
pub const LBLCR: Lab = Lab {
    name: "lblcr",
    about: "a site keeps its cache; while that is overloaded, another one joins in",
    on: CACHES,
    hints: HINTS,
    play: |stage| {
        let (_busy, first, second) = overload(stage, "lblcr")?;
        let now = one(stage)?;
        stage.expect(
            &format!("the site now has {first} and {second}, of which {first} has less to do"),
            &now,
            now == first,
        )
    },
};

/// Three caches; every site has one and keeps it. Gives the caches of the sites.
fn cluster(stage: &Stage, scheduler: &str) -> Result<Vec<String>> {
    stage.step("The firewall has marked the requests; the service takes them by that");
    stage.run("director", &format!("ipvsadm -A -f 1 -s {scheduler}"))?;
    for last in 11..=13 {
        stage.run(
            "director",
            &format!("ipvsadm -a -f 1 -r 192.0.2.{last} -g -w 2"),
        )?;
    }
    let first = sites(stage)?;
    let again = sites(stage)?;
    let used = ["cache1", "cache2", "cache3"].map(|name| first.iter().any(|cache| cache == name));
    stage.expect(
        "12 sites on three caches, each on the same one again",
        format_args!(
            "{}; {}",
            tally(&first),
            if first == again { "the same" } else { "others" }
        ),
        first == again && used == [true; 3],
    )?;
    Ok(first)
}

/// A request to each of twelve sites.
fn sites(stage: &Stage) -> Result<Vec<String>> {
    let ask = |last| {
        stage
            .connect(Protocol::Tcp, None, &format!("198.51.100.{last}:80"))?
            .ask()
    };
    let caches = (1..=12).map(ask).collect::<Result<Vec<_>>>()?;
    println!(
        "client: a request to each of 198.51.100.1 to 198.51.100.12: {}",
        tally(&caches)
    );
    Ok(caches)
}

const SITE: &str = "198.51.100.7:80";

fn one(stage: &Stage) -> Result<String> {
    let caches = stage.visits(1, SITE)?;
    Ok(caches.concat())
}

/// Overloads a site's cache until another one has to help, and takes the load away again. Gives the connection to
/// the second cache, the first cache and the second.
fn overload(stage: &Stage, scheduler: &str) -> Result<(Held, String, String)> {
    cluster(stage, scheduler)?;
    stage.step("Overload: more connections than its weight on a site's cache");
    let mut held = stage.hold(3, Protocol::Tcp, SITE)?;
    let first = held.servers()[0].clone();
    let another = stage.hold(1, Protocol::Tcp, SITE)?;
    let second = another.servers()[0].clone();
    stage.run("director", "ipvsadm -Ln")?;
    stage.expect(
        "three connections on one cache, the fourth on another",
        format_args!("{}, then {second}", tally(held.servers())),
        held.servers().iter().all(|cache| *cache == first) && second != first,
    )?;
    stage.step("The first cache is free again");
    held.close(&first, 3);
    Ok((another, first, second))
}
