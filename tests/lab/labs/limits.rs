//! Servers that take no more connections: for now (thresholds), or before they go (weight 0).

use net::topology::{DIRECT, NAT2};
use net::{Protocol, Result, Stage, tally};

use super::Lab;
use crate::table::{ACTIVE, INACTIVE, number};

const VIP: &str = "192.0.2.1:80";

/// The upper threshold closes a server, the lower one opens it.
pub const THRESHOLDS: Lab = Lab {
    name: "thresholds",
    about: "a server with enough connections (-x) gets none until it has few (-y)",
    on: DIRECT,
    hints: &[
        "ipvsadm --set 0 1 0",
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g -x 3 -y 2",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12 -g",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --thresholds",
    ],
    play: thresholds,
};

fn thresholds(stage: &Stage) -> Result<()> {
    stage.step("rs1 closes at 3 connections and opens when it has fewer than 2");
    stage.run_all(
        "director",
        &[
            // Else a closed connection counts for two minutes.
            "ipvsadm --set 0 1 0",
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -x 3 -y 2",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
        ],
    )?;
    let mut held = stage.hold(8, Protocol::Tcp, VIP)?;
    stage.run("director", "ipvsadm -Ln --thresholds")?;
    let saw = tally(held.servers());
    stage.expect(
        "3 of 8 on rs1, in turn until then",
        &saw,
        saw == "rs1 3, rs2 5",
    )?;

    stage.step("One connection fewer: 2 are not fewer than 2");
    close_one(stage, &mut held, 2)?;
    let more = stage.hold(2, Protocol::Tcp, VIP)?;
    let saw = tally(more.servers());
    stage.expect("rs1 is still closed", &saw, saw == "rs2 2")?;

    stage.step("Another one fewer");
    close_one(stage, &mut held, 1)?;
    let more = stage.hold(2, Protocol::Tcp, VIP)?;
    let saw = tally(more.servers());
    stage.expect("rs1 takes connections again", &saw, saw == "rs1 1, rs2 1")
}

/// Closes a connection to rs1 and waits until the kernel has forgotten it.
fn close_one(stage: &Stage, held: &mut net::Held, left: u64) -> Result<()> {
    held.close("rs1", 1);
    let table = stage.run_when("director", "ipvsadm -Ln", |text| {
        let of = |column| number(text, "192.0.2.11:80", column);
        of(ACTIVE) + of(INACTIVE) == left
    })?;
    let active = number(&table, "192.0.2.11:80", ACTIVE);
    stage.expect(&format!("{left} active on rs1"), active, active == left)
}

/// Taking a server out of service without breaking a connection.
pub const DRAIN: Lab = Lab {
    name: "drain",
    about: "weight 0: established connections go on, new ones go elsewhere",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -m -w 0",
        "ipvsadm -Lnc",
    ],
    play: drain,
};

fn drain(stage: &Stage) -> Result<()> {
    stage.step("Two servers at work");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
        ],
    )?;
    let mut held = stage.hold(4, Protocol::Tcp, VIP)?;

    stage.step("rs1 is to go");
    stage.run(
        "director",
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0",
    )?;
    let fetch = "for i in 1 2 3 4; do wget -qO- http://192.0.2.1/; done";
    let pages = stage.run("client", fetch)?;
    stage.expect(
        "new connections go to rs2",
        pages.replace('\n', " ").trim(),
        pages == "rs2\n".repeat(4),
    )?;
    let again = held.ask()?;
    println!(
        "client: asks again on its old connections: {}",
        tally(&again)
    );
    let table = stage.run("director", "ipvsadm -Ln")?;
    let active = number(&table, "10.0.0.11:80", ACTIVE);
    stage.expect(
        "old ones go on, two of them on rs1",
        format_args!("{}; active on rs1: {active}", tally(&again)),
        again == held.servers() && tally(&again) == "rs1 2, rs2 2" && active == 2,
    )?;

    stage.step("When it has no connection left it can be removed");
    held.close("rs1", 2);
    let table = stage.run_when("director", "ipvsadm -Ln", |text| {
        number(text, "10.0.0.11:80", ACTIVE) == 0
    })?;
    let active = number(&table, "10.0.0.11:80", ACTIVE);
    stage.expect("no active connection on rs1", active, active == 0)?;
    stage.run("director", "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.11:80")?;
    let pages = stage.run("client", fetch)?;
    stage.expect(
        "the service goes on",
        pages.replace('\n', " ").trim(),
        pages == "rs2\n".repeat(4),
    )
}
