//! SIGINT and SIGTERM during a replacement: the table is as it was, unless all was done, and the exit status tells.

use director::{Case, Stage, case};
use net::Result;
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::large;

pub const INT: Case = case(
    "sigint",
    "SIGINT at several moments of a replacement",
    |stage| interrupted(stage, "ipvsadm-restore", Signal::SIGINT, 0),
);
pub const TERM: Case = case(
    "sigterm",
    "SIGTERM at several moments, and again while it undoes",
    |stage| interrupted(stage, "ipvsadm -R --replace", Signal::SIGTERM, 3),
);

/// At how many moments a run must have been interrupted.
const MOMENTS: usize = 3;

/// Sends a signal, and some more while it undoes.
fn interrupted(stage: &Stage, line: &str, signal: Signal, more: usize) -> Result<()> {
    let (base, target) = (large(70, 20, 0), large(70, 20, 1));
    stage.set(&target)?;
    let after = stage.rules()?.sorted();
    stage.set(&base)?;
    let before = stage.rules()?.sorted();

    let mut undone = 0;
    // The later it is, the easier the moment is missed, and all is done: then once more.
    for changes in [1, 2, 3, 4, 1, 2, 3, 4] {
        if undone == MOMENTS {
            break;
        }
        let mut run = Stepped::start(stage, line, &target)?;
        run.until_changes(changes)?;
        let rows = run.rows();
        run.send(signal)?;
        for _ in 0..more {
            if run.slice()? {
                run.send(signal)?;
            }
        }
        let output = run.finish()?;
        let state = stage.rules()?.sorted();
        let saw = format!("{:?}, {}", output.code(), output.stderr.trim_end());
        if output.code() == Some(0) {
            stage.expect_equal("all was done", &after, &state)?;
            stage.set(&base)?;
            continue;
        }
        undone += 1;
        stage.expect(
            &format!("after {changes} changes, at {rows} rows: it says so"),
            saw,
            output.code() == Some(255)
                && output.stderr.starts_with("interrupted by a signal")
                && output
                    .stderr
                    .trim_end()
                    .ends_with("the table is as it was."),
        )?;
        stage.expect_equal("the table is as it was", &before, &state)?;
    }
    stage.expect("undone at 3 moments", undone, undone == MOMENTS)
}
