//! kill -9 in the middle of a replacement: nothing that stays was missing, and the same restore again makes it good. In a
//! replacement of a part of the table, what is outside stays as it is.

use director::{Case, Stage, case};
use net::Result;
use nix::sys::signal::Signal;

use crate::stepped::Stepped;
use crate::tables::{OUTSIDE, common, large};

pub const KILLED: Case = case(
    "killed",
    "kill -9 after each step of a replacement, and the same restore again",
    |stage| killed(stage, "ipvsadm-restore", ""),
);
pub const KILLED_WITHIN: Case = case(
    "killed-within",
    "kill -9 after each step of a replacement of a part of the table",
    |stage| {
        killed(
            stage,
            "ipvsadm -R --replace --only 192.0.2.1 --except udp",
            OUTSIDE,
        )
    },
);

/// Replaces the table with `restore`, where `outside` is what it leaves as it is.
fn killed(stage: &Stage, restore: &str, outside: &str) -> Result<()> {
    let (base, target) = (large(70, 20, 0) + outside, large(70, 20, 1));
    let kept = target.clone() + outside;
    let staying = common(&base, &kept);
    stage.set(&base)?;
    let mut run = Stepped::start(stage, restore, &target)?;
    let datagrams = run.until_changes(usize::MAX)?;
    run.finish()?;
    let wanted = stage.rules()?.sorted();
    stage.expect(
        "the table of the rules, made in several steps",
        format_args!("{} servers, {datagrams} steps", wanted.count("-a")),
        wanted.has_all(kept.lines()) && datagrams >= 4,
    )?;

    for changes in 0..datagrams {
        stage.set(&base)?;
        let mut run = Stepped::start(stage, restore, &target)?;
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
        stage.must(restore, &target)?;
        let again = stage.rules()?.sorted();
        stage.expect_equal(
            "the same restore again: the table of the rules",
            &wanted,
            &again,
        )?;
    }
    Ok(())
}
