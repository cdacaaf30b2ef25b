//! A modprobe that does not end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::privilege::directory;
use crate::commands;
use crate::observer::Observer;
use crate::traced;
use director::{Case, Stage, case};
use net::{Context, Result};

pub const HANGING: Case = case(
    "privilege-hanging",
    "a modprobe that does not end is killed, with what it started",
    hanging,
)
.that_waits();

const MODPROBE: &str = "/sbin/modprobe";
const KEPT: &str = "/sbin/modprobe.kept";
/// How long a run gives modprobe.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the rest of the run may take, on a slow machine.
const REST: Duration = Duration::from_secs(60);

fn hanging(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    let what = || MODPROBE.to_owned();
    fs::rename(MODPROBE, KEPT).context(what)?;
    let judged = judge(stage);
    fs::rename(KEPT, MODPROBE).context(what)?;
    judged
}

fn judge(stage: &Stage) -> Result<()> {
    let directory = directory(stage)?;
    let sleeper = format!("{directory}/sleeper");
    // It closes its streams, so that nobody who waits for their end sees that it is still there.
    let script =
        format!("#!/bin/sh\nexec >&- 2>&-\nsleep 1000 &\necho $! > {sleeper}\nsleep 1000\n");
    fs::write(MODPROBE, script)
        .and_then(|()| fs::set_permissions(MODPROBE, fs::Permissions::from_mode(0o755)))
        .context(|| MODPROBE.to_owned())?;
    let mut observer = Observer::without_family();
    let outcome = stage.director()?.on(|| {
        let line = "ipvsadm -Ln --verbose";
        traced::run(line, "", Path::new(&directory), &mut observer)
    })??;
    stage.expect(
        "it is killed after 30 seconds, and the listing goes on",
        format_args!("{outcome:?}"),
        outcome.status == Ok(0)
            && (PATIENCE..PATIENCE + REST).contains(&outcome.took)
            && outcome
                .stderr
                .contains("modprobe -- ip_vs -> it did not end in time and was killed"),
    )?;
    let number = fs::read_to_string(&sleeper).context(|| sleeper.clone())?;
    let status = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    stage.expect(
        "what it had started is gone",
        format_args!("{number} {status:?}"),
        status.is_empty() || status.contains(") Z "),
    )
}
