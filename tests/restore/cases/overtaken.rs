//! Others change the table in the middle of a replacement: what they overtake is worked out anew.

use director::{Case, Stage, case, reference};
use net::Result;

use crate::stepped::Stepped;
use crate::tables::large;

pub const OVERTAKEN: Case = case(
    "overtaken",
    "somebody else adds and deletes what the replacement is about to change: the result is what the rules say",
    overtaken,
);
pub const AGAIN: Case = case(
    "overtaken-again",
    "somebody else changes it each time it is read: after the fourth time all is undone",
    again,
);
pub const UNDONE: Case = case(
    "overtaken-undone",
    "what was made before and after the table was read again is undone where a later step is refused",
    undone,
);

const REPLACE: &str = "ipvsadm -R --replace";
/// What is said with --verbose.
const AGAIN_WORDS: &str = "others have changed the table, which is read again";

/// What somebody else does after the first of the replacement's datagrams, and the step that it overtakes.
const OTHERS: [(&str, &str); 7] = [
    // What is to be deleted, last of all.
    (
        "-d -t 192.0.2.1:1059 -r 10.0.1.20:80",
        "-d -t 192.0.2.1:1059 -r 10.0.1.20:80: No such destination",
    ),
    ("-D -t 192.0.2.1:1059", "-a -t 192.0.2.1:1059 -r"),
    // What is to be added.
    (
        "-a -t 192.0.2.1:1058 -r 10.0.2.20:80 -m -w 7",
        "-a -t 192.0.2.1:1058 -r 10.0.2.20:80 -m -w 1: Destination already exists",
    ),
    (
        "-A -t 192.0.2.1:1100 -s sh",
        "-A -t 192.0.2.1:1100 -s wlc: Service already exists",
    ),
    // What is to be edited.
    (
        "-D -t 192.0.2.1:1101",
        "-E -t 192.0.2.1:1101 -s wlc: No such service",
    ),
    (
        "-d -t 192.0.2.1:1102 -r 10.0.0.1:80",
        "-e -t 192.0.2.1:1102 -r 10.0.0.1:80 -m -w 5: No such destination",
    ),
    ("-C", ""),
];

fn tables() -> (String, String) {
    let base = large(60, 20, 0)
        + "-A -t 192.0.2.1:1101 -s rr\n-A -t 192.0.2.1:1102 -s rr\n-a -t 192.0.2.1:1102 -r 10.0.0.1:80 -m -w 1\n";
    let target = large(60, 20, 1)
        + "-A -t 192.0.2.1:1100 -s wlc\n-A -t 192.0.2.1:1101 -s wlc\n-A -t 192.0.2.1:1102 -s rr\n\
           -a -t 192.0.2.1:1102 -r 10.0.0.1:80 -m -w 5\n";
    (base, target)
}

fn overtaken(stage: &Stage) -> Result<()> {
    let (base, target) = tables();
    stage.set(&target)?;
    let wanted = stage.rules()?.sorted();
    for (change, step) in OTHERS {
        // Silent otherwise, whatever the change is.
        let ways = [(" --verbose", true), ("", false)];
        for (options, verbose) in ways.into_iter().take(if step.is_empty() { 2 } else { 1 }) {
            stage.step(&format!("{change}, while {REPLACE}{options} is half-way"));
            stage.set(&base)?;
            let mut run = Stepped::start(stage, &format!("{REPLACE}{options}"), &target)?;
            let steps = run.until_changes(1)?;
            stage.expect("it is stopped half-way", run.rows(), steps == 1)?;
            stage.must(&format!("{} {change}", reference()), "")?;
            let output = run.finish()?;
            let said: Vec<&str> = output
                .stderr
                .lines()
                .filter(|line| !verbose || line.contains(AGAIN_WORDS))
                .collect();
            let as_expected = match (verbose, step) {
                (true, "") => true,
                (true, step) => said.len() == 1 && said[0].starts_with(step),
                (false, _) => said.is_empty(),
            };
            stage.expect(
                "it goes on, and says so only with --verbose",
                format_args!("{:?}, {}", output.code(), said.join("\n")),
                output.code() == Some(0) && as_expected,
            )?;
            stage.expect_equal("the table of the rules", &wanted, &stage.rules()?.sorted())?;
        }
    }
    Ok(())
}

/// The server that somebody else adds and deletes in turn.
const TOGGLED: &str = "-t 192.0.2.1:1 -r 10.0.0.1:80";

fn again(stage: &Stage) -> Result<()> {
    let base = "-A -t 192.0.2.1:1 -s rr\n-a -t 192.0.2.1:1 -r 10.0.0.2:80 -m -w 1\n";
    let target = "-A -t 192.0.2.1:1 -s wlc\n-a -t 192.0.2.1:1 -r 10.0.0.2:80 -m -w 1\n-a -t 192.0.2.1:1 -r 10.0.0.1:80 -m -w 1\n";
    stage.set(base)?;
    let mut run = Stepped::start(stage, &format!("{REPLACE} --verbose"), target)?;
    let mut there = false;
    // After each of its requests: whatever it has read is another thing when it makes the change.
    while run.until_sent()? {
        let line = match there {
            true => format!("-d {TOGGLED}"),
            false => format!("-a {TOGGLED} -m -w 9"),
        };
        // It may just have made that change itself.
        let toggled = stage.run(&format!("{} {line}", reference()), "")?;
        there = match toggled.code() {
            Some(0) => !there,
            _ => there,
        };
    }
    let output = run.finish()?;
    let read = output.stderr.matches(AGAIN_WORDS).count();
    stage.expect(
        "it is read again three times, and then all is undone",
        format_args!("{:?}, {read} times, {}", output.code(), output.stderr),
        output.code() == Some(255)
            && read == 3
            && output
                .stderr
                .trim_end()
                .ends_with("the table is as it was."),
    )?;
    let rules = stage.must("ipvsadm -Sn", "")?;
    stage.expect(
        "the scheduler is the old one",
        &rules,
        rules.starts_with("-A -t 192.0.2.1:1 -s rr\n"),
    )
}

fn undone(stage: &Stage) -> Result<()> {
    let (base, target) = tables();
    // The last service is refused, when all else has been added.
    let target = target + "-A -t 192.0.2.1:1103 -s nosuch\n";
    for change in [
        "-a -t 192.0.2.1:1058 -r 10.0.2.20:80 -m -w 7",
        // Its new servers have been added already, and go with it.
        "-D -t 192.0.2.1:1000",
        "-D -t 192.0.2.1:1101",
    ] {
        stage.step(change);
        stage.set(&base)?;
        stage.must(&format!("{} {change}", reference()), "")?;
        let expected = stage.rules()?.sorted();
        stage.set(&base)?;
        let mut run = Stepped::start(stage, &format!("{REPLACE} --report"), &target)?;
        run.until_changes(1)?;
        stage.must(&format!("{} {change}", reference()), "")?;
        let output = run.finish()?;
        stage.expect(
            "the last step is refused, and all is undone",
            format_args!("{:?}, {}", output.code(), output.stderr),
            output.code() == Some(255)
                && output
                    .stderr
                    .starts_with("-A -t 192.0.2.1:1103 -s nosuch: ")
                && output
                    .stderr
                    .trim_end()
                    .ends_with("the table is as it was."),
        )?;
        stage.expect_equal(
            "as it was, with what somebody else has changed",
            &expected,
            &stage.rules()?.sorted(),
        )?;
    }
    Ok(())
}
