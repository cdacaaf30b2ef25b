//! kill -9 in the middle of a replacement: nothing that stays was missing, and the same restore again makes it good.

use director::{Case, Stage, case};
use net::Result;
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::{common, large};

pub const KILLED: Case = case(
    "killed",
    "kill -9 after each step of a replacement, and the same restore again",
    killed,
);

const RESTORE: &str = "ipvsadm-restore";

fn killed(stage: &Stage) -> Result<()> {
    let (base, target) = (large(70, 20, 0), large(70, 20, 1));
    let staying = common(&base, &target);
    stage.set(&base)?;
    let mut run = Stepped::start(stage, RESTORE, &target)?;
    let datagrams = run.until_changes(usize::MAX)?;
    run.finish()?;
    let wanted = stage.rules()?.sorted();
    stage.expect(
        "the table of the rules, made in several steps",
        format_args!("{} servers, {datagrams} steps", wanted.count("-a")),
        wanted.has_all(target.lines()) && datagrams >= 4,
    )?;

    for changes in 0..datagrams {
        stage.set(&base)?;
        let mut run = Stepped::start(stage, RESTORE, &target)?;
        run.until_changes(changes)?;
        let rows = run.rows();
        run.send(Signal::SIGKILL)?;
        let output = run.finish()?;
        let left = stage.rules()?;
        stage.expect(
            &format!("killed after step {changes}, at {rows} rows: all that stays is there"),
            format_args!("{}, {}", output.status, left.count("-a")),
            output.code().is_none() && left.has_all(staying.iter().copied()),
        )?;
        let whole = left.sorted() == wanted;
        stage.expect("the new table is not whole", whole, !whole)?;
        stage.must(RESTORE, &target)?;
        let again = stage.rules()?.sorted();
        stage.expect_equal(
            "the same restore again: the table of the rules",
            &wanted,
            &again,
        )?;
    }
    Ok(())
}
