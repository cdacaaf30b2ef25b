//! Clients that come back to the same server: by persistence, and by hashing their address.

use std::net::{IpAddr, Ipv4Addr};

use net::topology::NAT3;
use net::{Result, Stage, tally};

use super::Lab;

/// Persistence, for a client and for a network of clients.
pub const PERSISTENCE: Lab = Lab {
    name: "persistence",
    about: "a client keeps its server (-p), or a whole network does (-M)",
    on: NAT3,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr -p 600",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --persistent-conn",
    ],
    play: persistence,
};

fn persistence(stage: &Stage) -> Result<()> {
    stage.step("Persistent for 600 seconds");
    three_servers(stage, "rr -p 600")?;
    let fetch = "for i in 1 2 3 4; do wget -qO- http://192.0.2.1/; done";
    let pages = stage.run("client", fetch)?;
    let pages: Vec<&str> = pages.lines().collect();
    stage.expect(
        "4 requests of one client, 1 server",
        pages.join(" "),
        pages.len() == 4 && pages.iter().all(|page| *page == pages[0]),
    )?;
    let clients = near(101, 106);
    let first = stage.visit(&clients, VIP)?;
    let again = stage.visit(&clients, VIP)?;
    stage.expect(
        "6 other clients: 2 on each server, each client with the same one again",
        format_args!("{}; again {}", first.join(" "), again.join(" ")),
        first == again && tally(&first) == "rs1 2, rs2 2, rs3 2",
    )?;
    let table = stage.run("director", "ipvsadm -Ln --persistent-conn")?;
    let templates: u64 = table
        .lines()
        .filter(|line| line.contains("->"))
        .filter_map(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok())
        .sum();
    stage.expect(
        "7 clients remembered (PersistConn)",
        templates,
        templates == 7,
    )?;

    stage.step("A network counts as one client");
    stage.run(
        "director",
        "ipvsadm -E -t 192.0.2.1:80 -s rr -p 600 -M 255.255.255.0",
    )?;
    stage.run("director", "ipvsadm -Ln")?;
    let near = stage.visit(&near(120, 129), VIP)?;
    let far: Vec<IpAddr> = (1..=9).map(|last| [198, 51, 100, last].into()).collect();
    let far = stage.visit(&far, VIP)?;
    stage.expect(
        "one server for all of 192.0.2.0/24, another one for all of 198.51.100.0/24",
        format_args!("{}; {}", tally(&near), tally(&far)),
        near.iter().all(|server| *server == near[0])
            && far.iter().all(|server| *server == far[0])
            && near[0] != far[0],
    )
}

/// Source hashing, with its fallback.
pub const SH: Lab = Lab {
    name: "sh",
    about: "source hashing: the client's address chooses the server",
    on: NAT3,
    hints: HASH_HINTS,
    play: sh,
};

fn sh(stage: &Stage) -> Result<()> {
    let (stayed, moved) = hashing(stage, "sh")?;
    stage.expect(
        "of the other servers' clients some move too (the scheduler mh spares them that)",
        format_args!("{stayed} stayed, {moved} moved"),
        stayed > 0 && moved > 0,
    )?;

    stage.step("A server with weight 0, without and with a fallback");
    let clients = near(101, 160);
    let before = stage.visit(&clients, VIP)?;
    let lost = before.iter().position(|server| server == "rs3");
    let client = clients[lost.unwrap_or_default()];
    stage.run(
        "director",
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.13:80 -m -w 0",
    )?;
    let refused = stage.visit(&[client], VIP);
    stage.run(
        "director",
        "ipvsadm -E -t 192.0.2.1:80 -s sh -b sh-fallback",
    )?;
    let served = stage.visit(&[client], VIP)?;
    stage.expect(
        &format!("{client}, a client of rs3: refused, then served by another"),
        format_args!(
            "{}, then {}",
            if refused.is_err() {
                "refused"
            } else {
                "served"
            },
            served[0]
        ),
        lost.is_some() && refused.is_err() && served[0] != "rs3",
    )
}

/// Maglev hashing.
pub const MH: Lab = Lab {
    name: "mh",
    about: "maglev hashing: when a server goes, the clients of the others stay",
    on: NAT3,
    hints: HASH_HINTS,
    play: mh,
};

fn mh(stage: &Stage) -> Result<()> {
    let (stayed, moved) = hashing(stage, "mh")?;
    stage.expect(
        "of the other servers' clients at least 9 in 10 stay",
        format_args!("{stayed} stayed, {moved} moved"),
        stayed >= 9 * moved && stayed > 0,
    )
}

const HASH_HINTS: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s mh",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13 -m",
    "on client wget -qO- http://192.0.2.1/",
];

/// Sixty clients before and after a server goes, and when it is back. Of the other servers' clients so many stay
/// and so many move.
fn hashing(stage: &Stage, scheduler: &str) -> Result<(usize, usize)> {
    stage.step("The same client, the same server");
    three_servers(stage, scheduler)?;
    let clients = near(101, 160);
    let first = stage.visit(&clients, VIP)?;
    let again = stage.visit(&clients, VIP)?;
    let used = ["rs1", "rs2", "rs3"].map(|name| first.iter().any(|server| server == name));
    stage.expect(
        "60 clients on three servers, each on the same one again",
        if first == again { "the same" } else { "others" },
        first == again && used == [true; 3],
    )?;

    stage.step("A server goes");
    stage.run("director", "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.13:80")?;
    let without = stage.visit(&clients, VIP)?;
    let others = first.iter().zip(&without).filter(|(was, _)| *was != "rs3");
    let (stayed, moved): (Vec<_>, Vec<_>) = others.partition(|(was, is)| was == is);
    stage.expect(
        "its clients are served by the others",
        tally(&without),
        !without.iter().any(|server| server == "rs3"),
    )?;

    stage.step("It comes back");
    stage.run("director", "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m")?;
    let back = stage.visit(&clients, VIP)?;
    stage.expect(
        "every client on the server it had at first",
        if back == first { "the same" } else { "others" },
        back == first,
    )?;
    Ok((stayed.len(), moved.len()))
}

const VIP: &str = "192.0.2.1:80";

fn three_servers(stage: &Stage, scheduler: &str) -> Result<()> {
    stage.run("director", &format!("ipvsadm -A -t {VIP} -s {scheduler}"))?;
    for last in 11..=13 {
        stage.run(
            "director",
            &format!("ipvsadm -a -t {VIP} -r 10.0.0.{last}:80 -m"),
        )?;
    }
    Ok(())
}

/// Addresses of the client in the director's network.
fn near(first: u8, last: u8) -> Vec<IpAddr> {
    (first..=last)
        .map(|last| Ipv4Addr::new(192, 0, 2, last).into())
        .collect()
}
