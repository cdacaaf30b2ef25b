//! What `--dry-run` prints is what `--replace` does, and both end at what the rules say.

use director::{Case, Stage, State, case, reference};
use net::Result;

use crate::random::Random;

pub const DRY_RUN: Case = case(
    "dry-run",
    "20 pairs of random tables: replaced, as --dry-run and --report print it, and made by the reference",
    dry_run,
);

const PAIRS: usize = 20;
/// After this there is no service and no daemon.
const NOTHING: &str = "-C\n--stop-daemon master\n--stop-daemon backup\n";

fn dry_run(stage: &Stage) -> Result<()> {
    let mut random = Random(1);
    let mut old = random.table();
    make(stage, "ipvsadm -R", &old)?;
    let mut steps = 0;
    for pair in 1..=PAIRS {
        println!("\n# Pair {pair}");
        let new = random.table();
        let plan = stage.must("ipvsadm -R --replace --dry-run", &new)?;
        steps += plan.lines().count();
        stage.must("ipvsadm -R", &plan)?;
        let planned = stage.state()?.sorted();

        make(stage, "ipvsadm -R", &old)?;
        let reported = stage.must("ipvsadm -R --replace --report", &new)?;
        stage.expect(
            "--report prints what --dry-run printed before",
            format_args!("{} changes", reported.lines().count()),
            reported == plan,
        )?;
        let replaced = stage.state()?.sorted();
        stage.expect_equal("--replace does what --dry-run prints", &planned, &replaced)?;
        let rest = stage.must("ipvsadm -R --replace --dry-run", &new)?;
        stage.expect(
            "nothing is left to do",
            format_args!("'{rest}'"),
            rest.is_empty(),
        )?;

        let made = make(stage, &format!("{} -R", reference()), &new)?;
        stage.expect_equal(
            "the same as the reference makes of the rules",
            &made,
            &replaced,
        )?;
        old = new;
    }
    stage.expect("hundreds of steps", steps, steps > 400)
}

/// Makes a table from nothing.
fn make(stage: &Stage, restore: &str, rules: &str) -> Result<State> {
    // One of the daemons does not run.
    stage.run("ipvsadm -R", NOTHING)?;
    let output = stage.run(restore, rules)?;
    stage.expect(
        &format!("{restore} makes a table of {} lines", rules.lines().count()),
        format_args!("{:?}, {}{}", output.code(), output.stdout, output.stderr),
        output.code() == Some(0) && output.stdout.is_empty() && output.stderr.is_empty(),
    )?;
    Ok(stage.state()?.sorted())
}
