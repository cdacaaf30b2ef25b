//! Two replacements at the same time wait for one another, and the result is one of them whole.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::Instant;

use director::{Case, Stage, State, case, finish};
use net::{Context, Result};
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::large;

pub const RACE: Case = case(
    "rivals",
    "replacements with different rules, at the same time",
    race,
);
pub const WAIT: Case = case(
    "rivals-wait",
    "a replacement waits, says so, gives up after --wait, and goes on when the other is killed",
    wait,
);

const REPLACE: &str = "ipvsadm -R --replace";
const WAITING: &str = "another ipvsadm is changing the table: waiting for it to finish";

/// The table that rules make.
fn table(stage: &Stage, rules: &str) -> Result<State> {
    stage.must(REPLACE, rules)?;
    Ok(stage.state()?.sorted())
}

fn race(stage: &Stage) -> Result<()> {
    let rules = [0, 1, 2].map(|variant| large(50, 20, variant));
    let tables = [
        table(stage, &rules[0])?,
        table(stage, &rules[1])?,
        table(stage, &rules[2])?,
    ];
    for round in 0..4 {
        let rivals = [1, 2].map(|number| &rules[(round + number) % 3]);
        let children = [
            stage.start(REPLACE, rivals[0])?,
            stage.start(REPLACE, rivals[1])?,
        ];
        for child in children {
            let output = finish(child)?;
            stage.expect(
                "it succeeds",
                format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
                output.code() == Some(0),
            )?;
        }
        let state = stage.state()?.sorted();
        let whole = [1, 2].map(|number| state == tables[(round + number) % 3]);
        stage.expect(
            "the table of one of them, whole",
            format_args!("{whole:?}"),
            whole != [false, false],
        )?;
    }

    stage.step("The second begins while the first is half-way");
    let mut first = Stepped::start(stage, REPLACE, &rules[0])?;
    first.until_changes(1)?;
    let mut second = stage.start(REPLACE, &rules[1])?;
    expect_waiting(stage, &mut second)?;
    let codes = [first.finish()?.code(), finish(second)?.code()];
    stage.expect(
        "both succeed",
        format_args!("{codes:?}"),
        codes == [Some(0), Some(0)],
    )?;
    stage.expect_equal(
        "the second one's table",
        &tables[1],
        &stage.state()?.sorted(),
    )
}

/// Waits until a program says that it waits.
fn expect_waiting(stage: &Stage, program: &mut Child) -> Result<()> {
    let mut said = String::new();
    if let Some(stderr) = program.stderr.take() {
        let read = BufReader::new(stderr).read_line(&mut said);
        read.context(|| "the second one's words".to_owned())?;
    }
    stage.expect(
        "the second one says that it waits",
        said.trim_end(),
        said.trim_end() == WAITING,
    )
}

fn wait(stage: &Stage) -> Result<()> {
    let rules = [0, 1, 2].map(|variant| large(50, 20, variant));
    let last = table(stage, &rules[2])?;
    stage.set(&rules[0])?;

    let mut holder = Stepped::start(stage, REPLACE, &rules[1])?;
    let steps = holder.until_changes(1)?;
    stage.expect(
        "a replacement is stopped half-way",
        holder.rows(),
        steps == 1,
    )?;
    let half_way = stage.state()?;

    for (line, seconds, words) in [
        ("ipvsadm -R --replace --wait 0", 0, "0 seconds"),
        ("ipvsadm -R --replace --wait 1", 1, "1 second"),
        ("ipvsadm -R --atomic --wait 0", 0, "0 seconds"),
    ] {
        let begun = Instant::now();
        let output = stage.run(line, &rules[2])?;
        let took = begun.elapsed().as_secs();
        let message = format!("another ipvsadm is still changing the table after {words}: ");
        stage.expect(
            &format!("{line}: refused after {words}"),
            format_args!(
                "{:?} after {took} s, {}",
                output.code(),
                output.stderr.trim_end()
            ),
            output.code() == Some(255) && output.stderr.contains(&message) && took >= seconds,
        )?;
        stage.expect_equal("nothing was changed", &half_way, &stage.state()?)?;
    }

    let elsewhere = [
        ("unshare -n ipvsadm -R --replace --wait 0", 0),
        (
            "unshare -n ipvsadm --netns lab-director -R --replace --wait 0",
            255,
        ),
    ];
    for (line, status) in elsewhere {
        let output = stage.run(line, "-A -f 5 -s rr")?;
        stage.expect(
            &format!("another namespace does not wait, this one from outside does: {line}"),
            format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
            output.code() == Some(status),
        )?;
        stage.expect_equal("nothing was changed", &half_way, &stage.state()?)?;
    }

    let mut second = stage.start(REPLACE, &rules[2])?;
    expect_waiting(stage, &mut second)?;
    stage.expect_equal("and does nothing", &half_way, &stage.state()?)?;
    holder.send(Signal::SIGKILL)?;
    holder.finish()?;
    let output = finish(second)?;
    stage.expect(
        "it goes on when the first is killed",
        format_args!("{:?}", output.code()),
        output.code() == Some(0),
    )?;
    stage.expect_equal("the second one's table", &last, &stage.state()?.sorted())
}
