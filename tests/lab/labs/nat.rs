//! Masquerading (`-m`): requests and replies both pass the director, which rewrites their addresses.

use net::topology::NAT2;
use net::{Result, Stage};

use super::Lab;
use crate::table::{CONNS, OUT_PKTS, number};

/// The main job: two web servers behind one address; their table saved, cleared and restored.
pub const NAT: Lab = Lab {
    name: "nat",
    about: "two web servers behind one address; save, clear and restore",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln",
    ],
    play: nat,
};

const FETCH: &str = "wget -qO- http://192.0.2.1/";

fn nat(stage: &Stage) -> Result<()> {
    stage.step("A virtual service, with its real servers in turn (round robin)");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
        ],
    )?;
    stage.fetch_in_turn("http://192.0.2.1/")?;

    stage.step("What the kernel has counted");
    let table = stage.run("director", "ipvsadm -Ln")?;
    let servers = [
        "-> 10.0.0.11:80                 Masq ",
        "-> 10.0.0.12:80                 Masq ",
    ];
    stage.expect(
        "both servers in the table, forwarding method Masq",
        format_args!(
            "{} of 2",
            servers
                .iter()
                .filter(|server| table.contains(**server))
                .count()
        ),
        servers.iter().all(|server| table.contains(server)),
    )?;
    let connections = |text: &str| {
        ["192.0.2.1:80", "10.0.0.11:80", "10.0.0.12:80"].map(|line| number(text, line, CONNS))
    };
    // The kernel adds its counters up every two seconds, which may be in the middle of the four.
    let stats = stage.run_when("director", "ipvsadm -Ln --stats", |text| {
        connections(text) == [4, 2, 2]
    })?;
    let connections = connections(&stats);
    stage.expect(
        "4 connections to the service, 2 to each server",
        format_args!("{connections:?}"),
        connections == [4, 2, 2],
    )?;
    let replies = number(&stats, "192.0.2.1:80", OUT_PKTS);
    stage.expect(
        "replies pass the director: OutPkts is not 0",
        replies,
        replies > 0,
    )?;

    stage.step("Save, clear and restore");
    let saved = stage.run("director", "ipvsadm -Sn > /tmp/rules; cat /tmp/rules")?;
    stage.run("director", "ipvsadm -C")?;
    let fetched = stage.attempt("client", FETCH)?;
    stage.expect(
        "no answer without a rule",
        format_args!("exit status {}", fetched.status),
        fetched.status != 0,
    )?;
    stage.run("director", "ipvsadm-restore < /tmp/rules")?;
    stage.fetch_in_turn("http://192.0.2.1/")?;
    let restored = stage.run("director", "ipvsadm -Sn")?;
    stage.expect(
        "the same rules as before",
        if saved == restored {
            "the same"
        } else {
            "others"
        },
        saved == restored && saved.lines().count() == 3,
    )
}
