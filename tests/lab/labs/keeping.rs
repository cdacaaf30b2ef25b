//! Edits of what is named alone, while clients come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use net::topology::NAT2;
use net::{Result, Stage};

use super::Lab;
use super::restore::visit_until;

pub const KEEP: Lab = Lab {
    name: "keep",
    about: "weights are edited with --keep while 50 connections a second come",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s wrr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m -w 4 -x 900",
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -w 50% --keep",
    ],
    play: keep,
};

/// Without --keep each would return the server to direct routing, on which no client gets an answer here.
const EDITS: [(&str, u32); 6] = [
    ("-w 0", 0),
    ("-w +9", 9),
    ("-w 50%", 5),
    ("-w -2", 3),
    ("-x 800", 3),
    ("-w 4", 4),
];

fn keep(stage: &Stage) -> Result<()> {
    stage.step("Two servers at work");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s wrr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 4 -x 900",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 4",
        ],
    )?;

    stage.step("One of them is edited while clients come");
    let stop = AtomicBool::new(false);
    let (load, edited) = thread::scope(|scope| {
        let load = scope.spawn(|| visit_until(stage, &stop));
        let edited = EDITS.iter().try_for_each(|edit| step(stage, edit));
        stop.store(true, Ordering::Relaxed);
        let load = load
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (load, edited)
    });
    edited?;
    stage.expect(
        "no connection fails",
        load.words(),
        load.failures.is_empty() && load.opened > 50,
    )
}

fn step(stage: &Stage, (options, weight): &(&str, u32)) -> Result<()> {
    let line = format!("ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 {options} --keep");
    let said = stage.run("director", &line)?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    let thresholds = ["-x 900", "-x 800"]
        .map(|limit| rules.contains(&format!("-r 10.0.0.11:80 -m -w {weight} {limit}")));
    stage.expect(
        "the method stays",
        &rules,
        said.is_empty() && thresholds.contains(&true),
    )?;
    sleep(Duration::from_millis(500));
    Ok(())
}
