//! Every line fails: the kernel's refusals must fit into the socket's queue, and each reach the user.

use std::time::Instant;

use director::{Case, Stage, case};
use net::Result;

pub const SWAMPED: Case = case(
    "swamped",
    "5000 lines, all of which fail, of several lengths",
    swamped,
);

fn swamped(stage: &Stage) -> Result<()> {
    stage.set("")?;
    let no_service = "No such service: ";
    every_line_fails(stage, |n| format!("-D -f {n}"), no_service)?;
    // As short as requests that fail get: the most refusals in one datagram.
    every_line_fails(
        stage,
        |_| "--stop-daemon backup".to_owned(),
        "No daemon is running",
    )?;
    every_line_fails(
        stage,
        |n| format!("-a -t [2001:db8::1]:{n} -r [2001:db8::2]:{n} -m -w 1 -x 9 -y 3"),
        "Service not defined",
    )?;
    // Who has no right to change anything has no right to a longer queue either.
    let lines: Vec<String> = (1..=5000)
        .map(|n| format!("-A -t 192.0.2.1:{n} -s rr"))
        .collect();
    let output = stage.run("unshare -U ipvsadm -R", &lines.join("\n"))?;
    stage.expect(
        "a caller without rights gets a report for the first line, and no other",
        format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
        output.code() == Some(2)
            && output.stderr.lines().count() == 1
            && output
                .stderr
                .starts_with("Permission denied (you must be root): TCP 192.0.2.1:1;"),
    )
}

fn every_line_fails(stage: &Stage, line: impl Fn(usize) -> String, words: &str) -> Result<()> {
    let lines: Vec<String> = (1..=5000).map(line).collect();
    let begun = Instant::now();
    let output = stage.run("ipvsadm -R", &lines.join("\n"))?;
    let took = begun.elapsed().as_secs_f64();
    let mut reports = output.stderr.lines();
    let missing = (1..).zip(&lines).find(|(number, line)| {
        let start = format!("line {number}: {line}: {words}");
        !reports
            .next()
            .is_some_and(|report| report.starts_with(&start))
    });
    let last = output.stderr.lines().last().unwrap_or_default();
    stage.expect(
        &format!("5000 lines like '{}' are reported, each", lines[0]),
        format_args!(
            "{:?} after {took:.1} s, first missing: {missing:?}, {last}",
            output.code()
        ),
        missing.is_none() && output.code() == Some(255) && last == "5000 of 5000 lines failed",
    )
}
