//! kill -9 in the middle of a replacement: nothing that stays was missing, and the same restore again makes it good.

use director::{Case, Stage, case};
use net::Result;
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::{common, large};

pub const KILLED: Case = case(
    "killed",
    "kill -9 at several moments of a replacement, and the same restore again",
    killed,
);

const RESTORE: &str = "ipvsadm-restore";

fn killed(stage: &Stage) -> Result<()> {
    let (base, target) = (large(70, 20, 0), large(70, 20, 1));
    let staying = common(&base, &target);
    stage.set(&base)?;
    stage.must(RESTORE, &target)?;
    let wanted = stage.rules()?.sorted();
    stage.expect(
        "the table of the rules",
        format_args!("{} servers", wanted.count("-a")),
        wanted.has_all(target.lines()),
    )?;

    let mut half_way = 0;
    for changes in 0..=4 {
        stage.set(&base)?;
        let mut run = Stepped::start(stage, RESTORE, &target)?;
        let got_there = run.until_changes(changes)?;
        let rows = run.rows();
        run.send(Signal::SIGKILL)?;
        let output = run.finish()?;
        if !got_there {
            break;
        }
        half_way += usize::from(changes > 0);
        let left = stage.rules()?;
        stage.expect(
            &format!("killed after {changes} changes, at {rows} rows: all that stays is there"),
            format_args!("{}, {}", output.status, left.count("-a")),
            output.code().is_none() && left.has_all(staying.iter().copied()),
        )?;
        stage.must(RESTORE, &target)?;
        let again = stage.rules()?.sorted();
        stage.expect_equal(
            "the same restore again: the table of the rules",
            &wanted,
            &again,
        )?;
    }
    stage.expect("killed half-way 3 times or more", half_way, half_way >= 3)
}
