//! `--exist`: rules that may be applied twice, in every way to apply them.

use director::{Case, Stage, case};
use net::Result;

pub const EXIST: Case = case(
    "exist",
    "rules with --exist, and -R --exist, may be applied twice, in order, also with --atomic",
    exist,
);

const BEFORE: &str = "\
-A -t 192.0.2.1:1 -s rr -p 300
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 7 -x 9 -y 3
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m
-A -f 4 -s wlc
";

/// Each line depends on those before it: the last word on anything is the last line that speaks of it.
const RULES: &str = "\
-A -t 192.0.2.1:1 -s wlc --exist
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 5 --exist
-e -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 6
-a -t 192.0.2.1:1 -r 10.0.0.13:80 -m --exist
-d -t 192.0.2.1:1 -r 10.0.0.12:80 --exist
-d -t 192.0.2.1:1 -r 10.0.0.12:80 --exist
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m -w 3 --exist
-A -t 192.0.2.1:2 -s rr --exist
-D -f 4 --exist
-D -f 4 --exist
-d -f 4 -r 10.0.0.11 --exist
-A -t 192.0.2.1:2 -s sh --exist
-E -t 192.0.2.1:2 -s mh
-a -t 192.0.2.1:2 -r 10.0.0.12:2 -m -w 4 --exist
";
const AFTER: &str = "\
-A -t 192.0.2.1:1 -s wlc
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 6
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m -w 3
-a -t 192.0.2.1:1 -r 10.0.0.13:80 -m -w 1
-A -t 192.0.2.1:2 -s mh
-a -t 192.0.2.1:2 -r 10.0.0.12:2 -m -w 4
";

fn exist(stage: &Stage) -> Result<()> {
    let plain = RULES.replace(" --exist", "");
    for (line, rules) in [
        ("ipvsadm -R", RULES),
        ("ipvsadm -R --exist", &plain),
        ("ipvsadm -R --atomic", RULES),
        ("ipvsadm -R --atomic --exist", &plain),
        ("ipvsadm -R --replace", RULES),
        ("ipvsadm -R --replace --exist", &plain),
    ] {
        stage.step(line);
        stage.set(BEFORE)?;
        for time in ["once", "twice"] {
            let output = stage.run(line, rules)?;
            stage.expect(
                &format!("{time}: silent, and well"),
                format_args!("{:?} {}", output.code(), output.stderr.trim_end()),
                output.code() == Some(0) && output.stderr.is_empty(),
            )?;
            let saved = stage.must("ipvsadm -Sn", "")?;
            stage.expect("the same table each time", &saved, saved == AFTER)?;
        }
    }

    stage.step("Without it, the second time is refused");
    stage.set(AFTER)?;
    let output = stage.run("ipvsadm -R", &plain)?;
    let said = output.stderr.lines().next().unwrap_or_default();
    stage.expect(
        "the first line exists",
        said,
        said.starts_with("line 1: ") && said.contains("Service already exists"),
    )?;

    stage.step("What fails for another reason fails, by its line's number");
    stage.set(BEFORE)?;
    let bad = "-a -t 203.0.113.9:9 -r 10.0.0.1:9 -m --exist";
    let mut lines: Vec<&str> = RULES.lines().collect();
    lines.insert(6, bad);
    let rules = lines.join("\n");
    let output = stage.run("ipvsadm -R", &rules)?;
    let said = output.stderr.trim_end();
    let expected = format!("line 7: {bad}: Service not defined");
    stage.expect(
        "line 7, and no other",
        said,
        said.starts_with(&expected) && said.ends_with("1 of 15 lines failed"),
    )?;
    let saved = stage.must("ipvsadm -Sn", "")?;
    stage.expect("the others are applied", &saved, saved == AFTER)?;

    stage.step("--atomic undoes edits and deletions alike");
    stage.set(BEFORE)?;
    let before = stage.state()?.sorted();
    for place in 0..=RULES.lines().count() {
        let mut lines: Vec<&str> = RULES.lines().collect();
        lines.insert(place, bad);
        let output = stage.run("ipvsadm -R --atomic", &lines.join("\n"))?;
        stage.expect(
            &format!("line {} is refused", place + 1),
            output.stderr.trim_end(),
            output.code() == Some(255)
                && output.stderr.starts_with(&format!("line {}: ", place + 1)),
        )?;
        stage.expect_equal("all is as it was", &before, &stage.state()?.sorted())?;
    }
    Ok(())
}
