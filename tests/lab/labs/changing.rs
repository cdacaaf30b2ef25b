//! Changing a table under traffic.

use net::topology::NAT2;
use net::{Protocol, Result, Stage, tally};

use super::Lab;
use crate::table::{ACTIVE, CONNS, number};

const VIP: &str = "192.0.2.1:80";

/// A script that may be run twice.
pub const EXIST: Lab = Lab {
    name: "exist",
    about: "a script with --exist may be run twice: connections and counters stay",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr --exist",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m --exist",
        "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.12 --exist",
    ],
    play: exist,
};

/// The last server was never there.
const SCRIPT: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr --exist",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 1 --exist",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 2 --exist",
    "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.13:80 --exist",
    "ipvsadm -D -t 192.0.2.1:81 --exist",
];

fn exist(stage: &Stage) -> Result<()> {
    stage.step("The first time");
    run_silently(stage)?;
    let first = stage.run("director", "ipvsadm -Sn")?;
    let mut held = stage.hold(4, Protocol::Tcp, VIP)?;
    // It is to be put right again.
    stage.run(
        "director",
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 9",
    )?;

    stage.step("The second time");
    run_silently(stage)?;
    let second = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("the same table", &second, second == first)?;
    let line = "ipvsadm -A -t 192.0.2.1:80 -s rr --exist";
    let said = stage.run("director", &format!("{line} --verbose"))?;
    let lines: Vec<&str> = said.lines().collect();
    stage.expect(
        "--verbose shows that it is an edit, and how long it took",
        lines.join(" / "),
        matches!(lines[..], [socket, family, add, edit]
            if socket.starts_with("socket -> ok (")
                && family.starts_with("GETFAMILY IPVS -> ")
                && add.starts_with("NEW_SERVICE -A -t 192.0.2.1:80 -s rr -> Service already exists (")
                && edit.starts_with("SET_SERVICE -E -t 192.0.2.1:80 -s rr -> ok (")
                && lines.iter().all(|line| line.ends_with(" ms)"))),
    )?;
    let said = stage.run("director", "ipvsadm -Sn --verbose 2>&1 >/dev/null")?;
    stage.expect(
        "and of a listing, the two services and servers",
        said.trim_end(),
        said.contains("GET_SERVICE -> 1 entry (")
            && said.contains("GET_DEST TCP 192.0.2.1:80 -> 2 entries ("),
    )?;
    let rules = "printf '%s\\n' '--set 0 0 0' '-D -t 192.0.2.9:9' | ipvsadm -R --verbose";
    let said = stage.attempt("director", rules)?.text;
    stage.expect(
        "and of a datagram with two",
        said.trim_end(),
        said.contains(
            "SET_CONFIG --set 0 0 0 -> ok\nDEL_SERVICE -D -t 192.0.2.9:9 -> No such service\n",
        ) && said.contains("2 requests were sent in one datagram ("),
    )?;
    let output = stage.attempt("director", "ipvsadm -D -t 192.0.2.9:9 --quiet")?;
    stage.expect(
        "--quiet: exit status 255 and not a word",
        format_args!("{} {}", output.status, output.text),
        output.status == 255 && output.text.is_empty(),
    )?;
    let again = held.ask()?;
    stage.expect(
        "the connections go on",
        tally(&again),
        again == held.servers() && tally(&again) == "rs1 2, rs2 2",
    )?;
    let table = stage.run("director", "ipvsadm -Ln")?;
    let active = number(&table, "10.0.0.11:80", ACTIVE);
    stage.expect("2 active on rs1", active, active == 2)?;
    let counted = |text: &str| {
        ["192.0.2.1:80", "10.0.0.11:80", "10.0.0.12:80"].map(|place| number(text, place, CONNS))
    };
    let stats = stage.run_when("director", "ipvsadm -Ln --stats", |text| {
        counted(text) == [4, 2, 2]
    })?;
    let saw = counted(&stats);
    stage.expect(
        "the counters too: 4 connections, 2 and 2",
        format_args!("{saw:?}"),
        saw == [4, 2, 2],
    )
}

fn run_silently(stage: &Stage) -> Result<()> {
    for line in SCRIPT {
        let said = stage.run("director", line)?;
        if !said.is_empty() {
            stage.expect("not a word", &said, false)?;
        }
    }
    Ok(())
}
