//! A table in another network namespace, seen and changed from outside of it.

use net::topology::NAT2;
use net::{Error, Protocol, Result, Stage};

use super::Lab;
use crate::table::{ACTIVE, number};

pub const NETNS: Lab = Lab {
    name: "netns",
    about: "the director's table from another namespace (--netns), by name, path and process",
    on: NAT2,
    hints: &[
        "ip netns list",
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm --netns lab-director -Ln",
        "ipvsadm --netns lab-rs1 -Ln",
    ],
    play: netns,
};

/// What is read of a table, whole.
const VIEWS: &[&str] = &[
    "-Ln",
    "-Sn",
    "-S",
    "-Lnc",
    "-Ln --stats",
    "-L --timeout",
    "-S --all -n",
    "--diagnose",
];

fn netns(stage: &Stage) -> Result<()> {
    stage.step("The director is set up from the client's namespace");
    let outside = |line: &str| stage.run("client", &format!("ipvsadm --netns lab-director {line}"));
    for line in [
        "-A -t 192.0.2.1:80 -s rr",
        "-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
        "-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
    ] {
        outside(line)?;
    }
    let here = stage.run("client", "ipvsadm -Sn")?;
    stage.expect("the client's own table is empty", &here, here.is_empty())?;
    stage.fetch_in_turn("http://192.0.2.1/")?;
    let held = stage.hold(2, Protocol::Tcp, "192.0.2.1:80")?;

    stage.step("What is seen is what is seen inside: by name, by path, by process");
    let pid = stage.run("director", "sleep 1000 >/dev/null 2>&1 & echo $!")?;
    let pid = pid.trim();
    for view in VIEWS {
        for place in ["lab-director", "/run/netns/lab-director", pid] {
            compare(stage, view, place)?;
        }
    }
    let table = outside("-Ln")?;
    let active = number(&table, "10.0.0.11:80", ACTIVE);
    stage.expect("a connection on rs1", active, active == 1)?;
    drop(held);
    stage.run("director", &format!("kill {pid}"))?;

    stage.step("Files are outside: rules go from one to the other");
    let file = format!("/tmp/lab-netns-{}", std::process::id());
    outside(&format!("-S -n --output {file}"))?;
    stage.run("client", &format!("ipvsadm -R --replace --input {file}"))?;
    let copied = stage.run("client", "ipvsadm -Sn")?;
    let original = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("the same rules", &copied, copied == original)?;
    stage.run_all("client", &["ipvsadm -C", &format!("rm {file}")])?;
    let left = outside("-Sn")?;
    stage.expect("the director keeps its own", &left, left == original)?;

    stage.step("What is no namespace");
    for (line, status, words) in [
        (
            "-C --netns no-such",
            255,
            "there is not a network namespace 'no-such'",
        ),
        (
            "-Ln --netns no-such",
            1,
            "there is not a network namespace 'no-such'",
        ),
        (
            "-C --netns 4194305",
            255,
            "there is not a network namespace '4194305'",
        ),
        (
            "-C --netns /dev/null",
            255,
            "'/dev/null' is not a network namespace",
        ),
    ] {
        let output = stage.attempt("client", &format!("ipvsadm {line}"))?;
        stage.expect(
            &format!("exit status {status}, '{words}'"),
            output.status,
            output.status == status && output.text.contains(words),
        )?;
    }
    Ok(())
}

/// Counters and timers go on between two looks, so an unequal pair is looked at again.
fn compare(stage: &Stage, view: &str, place: &str) -> Result<()> {
    let outside = format!("ipvsadm --netns {place} {view}");
    let mut seen = Vec::new();
    for _ in 0..20 {
        let inside = stage.attempt("director", &format!("ipvsadm {view}"))?;
        let outside = stage.attempt("client", &outside)?;
        if inside.status == outside.status && inside.text == outside.text {
            return stage.expect("the same inside and outside", "the same", true);
        }
        seen = vec![inside.text, outside.text];
    }
    Err(Error::NotAsExpected {
        expected: format!("{outside} prints what is printed inside"),
        saw: seen.join("\n"),
    })
}
