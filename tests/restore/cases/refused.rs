//! The kernel refuses a step of a replacement, each of them in turn: nothing is changed.

use director::{Case, Stage, case};
use net::Result;

use crate::tables::{OUTSIDE, large};

pub const STEPS: Case = case(
    "refused",
    "each of the 30 steps of a replacement is refused",
    |stage| each_step(stage, REPLACE, ""),
);
pub const STEPS_WITHIN: Case = case(
    "refused-within",
    "each of the 30 steps of a replacement of a part of the table is refused",
    |stage| each_step(stage, REPLACE_PART, OUTSIDE),
);
pub const LATE: Case = case(
    "refused-late",
    "step 750 of 2000 is refused, in another datagram than the first",
    late_step,
);

const REPLACE: &str = "ipvsadm -R --replace";
const REPLACE_PART: &str = "ipvsadm -R --replace --only 192.0.2.1,fwm:91 --except 192.0.2.1:1000";

/// Services of which every other one exists, with four servers each, of which two exist then.
fn target() -> Vec<String> {
    let mut lines = Vec::new();
    for service in 1..=6 {
        let id = format!("192.0.2.1:{service}");
        lines.push(format!("-A -t {id} -s wrr -p {}", 100 + service));
        for server in 1..=4 {
            lines.push(format!("-a -t {id} -r 10.0.0.{}:80 -m -w 7", 10 + server));
        }
    }
    lines
}

/// What is there before: the existing half, to be edited, and things that are to go.
fn base() -> String {
    let mut rules = String::new();
    for line in target() {
        let existing = ["2.1:2", "2.1:4", "2.1:6"]
            .iter()
            .any(|id| line.contains(id));
        let new = line.contains("0.0.13:") || line.contains("0.0.14:");
        if existing && !new {
            rules += &line
                .replace("-w 7", "-w 1 -x 9 -y 3")
                .replace("-s wrr", "-s rr");
            rules.push('\n');
        }
    }
    rules += "-a -t 192.0.2.1:2 -r 10.0.0.19:80 -m -w 1\n\
              -a -t 192.0.2.1:6 -r 10.0.0.19:80 -m -w 1\n\
              -A -u 192.0.2.1:90 -s rr\n\
              -a -u 192.0.2.1:90 -r 10.0.0.19:90 -g -w 1\n\
              -A -f 91 -s sh\n";
    rules
}

/// The line with something that the kernel alone finds wrong.
fn poisoned(line: &str) -> String {
    if line.starts_with("-A") {
        line.replace("-s wrr", "-s nosuch")
    } else if line.contains("0.0.14:") {
        line.replace("10.0.0.14:", "224.0.0.1:")
    } else {
        format!("{line} -x 5 -y 10")
    }
}

/// Replaces the table with `replace`, where `outside` is what it leaves as it is.
fn each_step(stage: &Stage, replace: &str, outside: &str) -> Result<()> {
    stage.set(&(base() + outside))?;
    let before = stage.state()?;
    let target = target();
    let plan = stage.must(&format!("{replace} --dry-run"), &target.join("\n"))?;
    let steps: Vec<&str> = plan.lines().collect();
    let shape: String = steps.iter().filter_map(|step| step.get(1..2)).collect();
    let (first, last) = shape.split_at(shape.len().min(30));
    stage.expect(
        "30 steps that add and edit, then 4 that delete",
        &shape,
        first == "AaaaaEeeaa".repeat(3) && last.len() == 4 && !last.contains(['A', 'a', 'E', 'e']),
    )?;

    for (index, line) in target.iter().enumerate() {
        let mut rules = target.clone();
        rules[index] = poisoned(line);
        let step = match &steps[index][..2] {
            edit @ ("-E" | "-e") => format!("{edit}{}", &rules[index][2..]),
            _ => rules[index].clone(),
        };
        let output = stage.run(&format!("{replace} --report"), &rules.join("\n"))?;
        let as_expected = output.code() == Some(255)
            && output.stdout.is_empty()
            && output.stderr.starts_with(&format!("{step}: "))
            && output
                .stderr
                .trim_end()
                .ends_with("the table is as it was.");
        stage.expect(
            &format!("step {}, {step}, is refused", index + 1),
            format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
            as_expected,
        )?;
        stage.expect_equal("the table is as it was", &before, &stage.state()?)?;
    }

    let reported = stage.must(&format!("{replace} --report"), &target.join("\n"))?;
    stage.expect("what was planned is reported", &reported, reported == plan)?;
    let after = stage.state()?;
    stage.expect(
        "without a refusal the table is replaced",
        format_args!(
            "{} services, {} servers",
            after.count("-A"),
            after.count("-a")
        ),
        after != before
            && after.has_all(target.iter().map(String::as_str))
            && after.has_all(outside.lines()),
    )
}

fn late_step(stage: &Stage) -> Result<()> {
    stage.set(&large(100, 20, 0))?;
    let before = stage.state()?;
    let steps = stage.must(&format!("{REPLACE} --dry-run"), &large(100, 20, 1))?;
    let step = steps.lines().nth(749).unwrap_or_default();
    let poisoned = large(100, 20, 1).replace(step, &poisoned(step));
    let output = stage.run(REPLACE, &poisoned)?;
    stage.expect(
        &format!("step 750, {step}, is refused"),
        format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
        output.code() == Some(255) && output.stderr.starts_with(step),
    )?;
    stage.expect_equal("the table is as it was", &before, &stage.state()?)
}
