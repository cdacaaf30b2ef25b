//! SIGINT and SIGTERM during a replacement: the table is as it was, unless all was done, and the exit status says which.

use director::{Case, Stage, case};
use net::Result;
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::large;

pub const INT: Case = case(
    "sigint",
    "SIGINT after each step of a replacement",
    |stage| interrupted(stage, "ipvsadm-restore", Signal::SIGINT, 0),
);
pub const TERM: Case = case(
    "sigterm",
    "SIGTERM after each step, and again while it undoes",
    |stage| interrupted(stage, "ipvsadm -R --replace", Signal::SIGTERM, 3),
);

/// Sends a signal, and some more while it undoes.
fn interrupted(stage: &Stage, line: &str, signal: Signal, more: usize) -> Result<()> {
    let (base, target) = (large(70, 20, 0), large(70, 20, 1));
    stage.set(&base)?;
    let before = stage.rules()?.sorted();
    let mut run = Stepped::start(stage, line, &target)?;
    let datagrams = run.until_changes(usize::MAX)?;
    run.finish()?;
    let after = stage.rules()?.sorted();
    stage.expect("made in several steps", datagrams, datagrams >= 4)?;

    stage.set(&base)?;
    for changes in 1..datagrams {
        let mut run = Stepped::start(stage, line, &target)?;
        run.until_changes(changes)?;
        let rows = run.rows();
        run.send(signal)?;
        let mut repeated = 0;
        while repeated < more && run.until_sent()? {
            run.send(signal)?;
            repeated += 1;
        }
        let output = run.finish()?;
        stage.expect(
            &format!("after step {changes}, at {rows} rows, {repeated} more while it undoes"),
            format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
            repeated == more.min(changes)
                && output.code() == Some(255)
                && output.stderr.starts_with("interrupted by a signal")
                && output
                    .stderr
                    .trim_end()
                    .ends_with("the table is as it was."),
        )?;
        let state = stage.rules()?.sorted();
        stage.expect_equal("the table is as it was", &before, &state)?;
    }

    let mut run = Stepped::start(stage, line, &target)?;
    run.until_changes(datagrams)?;
    run.send(signal)?;
    let output = run.finish()?;
    stage.expect(
        "after the last step it is too late: success",
        format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
        output.code() == Some(0) && output.stderr.is_empty(),
    )?;
    let state = stage.rules()?.sorted();
    stage.expect_equal("and all is done", &after, &state)
}
