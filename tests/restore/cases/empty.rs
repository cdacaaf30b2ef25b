//! ipvsadm-restore into an empty table: what can be applied is applied, and each other line is reported by its number.
//! Into a table that holds something: all or nothing. And memory that runs out leaves the table as it was.

use director::{Case, Stage, State, case};
use net::{Context, Result};

use crate::tables::large;

pub const EMPTY: Case = case(
    "empty",
    "rules of which some cannot be applied, into an empty table and into another",
    empty,
);
pub const MEMORY: Case = case(
    "memory",
    "a replacement with less and less memory: the table is the new one or the old one",
    memory,
);

/// One line for each way in which a line cannot be applied, each beside lines that can.
const RULES: &str = "\
# a name that is not known yet
-A -t vip.nowhere.example:80 -s rr
-a -t vip.nowhere.example:80 -r 10.0.0.11:80 -m
-A -t 192.0.2.1:1 -s rr
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 1
-a -t 192.0.2.1:1 -r rs.nowhere.example:80 -m -w 1
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m -w 1
-A -t 192.0.2.1:2 -s nosuch
-a -t 192.0.2.1:2 -r 10.0.0.11:2 -m -w 1
-A -t 192.0.2.1:3 -s wlc
-A -t 192.0.2.1:1 -s rr
-A -t 192.0.2.1:3 -s sh
-A -f 5 --nosuch
-L -n
-A -f 6 -s rr
-a -f 6 -r 10.0.0.13:0 -g -w 1 -x 5 -y 9
--set 111 0 0
--start-daemon master --mcast-interface nosuch
";

/// What is made of them.
const MADE: &str = "\
-A -t 192.0.2.1:1 -s rr
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 1
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m -w 1
-A -t 192.0.2.1:3 -s wlc
-A -f 6 -s rr
";

/// The beginning of the report for each line that cannot be applied.
const REPORTED: &[&str] = &[
    "line 2: -A -t vip.nowhere.example:80 -s rr: bad value 'vip.nowhere.example:80' for '-t': ",
    "line 3: -a -t vip.nowhere.example:80 -r 10.0.0.11:80 -m: bad value ",
    "line 6: -a -t 192.0.2.1:1 -r rs.nowhere.example:80 -m -w 1: bad value ",
    "line 13: -A -f 5 --nosuch: unknown option '--nosuch'",
    "line 14: -L -n: '-L' only prints",
    "line 11: -A -t 192.0.2.1:1 -s rr: the same as line 4, and counts once",
    "line 12: -A -t 192.0.2.1:3 -s sh: Service already exists: TCP 192.0.2.1:3",
    "line 8: -A -t 192.0.2.1:2 -s nosuch: Scheduler or persistence engine not found",
    "line 9: -a -t 192.0.2.1:2 -r 10.0.0.11:2 -m -w 1: Service not defined",
    "line 16: -a -f 6 -r 10.0.0.13:0 -g -w 1 -x 5 -y 9: Numerical result out of range",
    "line 18: --start-daemon master --mcast-interface nosuch: ",
];

fn empty(stage: &Stage) -> Result<()> {
    stage.must("ipvsadm -C", "")?;
    let output = stage.run("ipvsadm-restore", RULES)?;
    let end = "10 of 17 lines failed; the others were applied, because the table was empty";
    let said: Vec<&str> = output.stderr.lines().collect();
    let begins = |(line, begin): (&&str, &&str)| line.starts_with(*begin);
    stage.expect(
        "each line that cannot be applied is reported, once",
        format_args!("{:?}, {}", output.code(), output.stderr),
        output.code() == Some(2)
            && output.stdout.is_empty()
            && said.len() == REPORTED.len() + 1
            && said.iter().zip(REPORTED).all(begins)
            && said.last() == Some(&end),
    )?;
    let rules = |text: &str| State::new(text).sorted();
    let saved = stage.must("ipvsadm -Sn", "")?;
    stage.expect_equal("the others are applied", &rules(MADE), &rules(&saved))?;
    let timeouts = stage.must("ipvsadm -L --timeout", "")?;
    stage.expect("and the timeout", &timeouts, timeouts.contains(" 111 "))?;

    stage.step("The same rules again, where the table holds something");
    stage.must("ipvsadm -D -f 6", "")?;
    let before = stage.state()?;
    for (line, status) in [
        ("ipvsadm-restore", 2),
        ("ipvsadm-restore --dry-run", 2),
        ("ipvsadm-restore --check", 2),
        ("ipvsadm -R --replace", 2),
    ] {
        let output = stage.run(line, RULES)?;
        stage.expect(
            &format!("{line}: nothing is changed"),
            format_args!("{:?}, {}", output.code(), output.stderr),
            output.code() == Some(status)
                && output.stdout.is_empty()
                && output
                    .stderr
                    .ends_with("nothing was changed: 6 bad lines\n"),
        )?;
        stage.expect_equal(line, &before, &stage.state()?)?;
    }
    stage.step("With --replace an empty table stays empty");
    stage.must("ipvsadm -C", "")?;
    let before = stage.state()?;
    stage.run("ipvsadm -R --replace", RULES)?;
    stage.expect_equal("nothing is changed", &before, &stage.state()?)?;
    let refused = "-A -f 1 -s rr\n-A -f 2 -s nosuch\n-A -f 3 -s rr\n";
    stage.run("ipvsadm -R --replace", refused)?;
    stage.expect_equal("nor where the kernel refuses", &before, &stage.state()?)?;
    let output = stage.run("ipvsadm-restore", refused)?;
    stage.expect(
        "with ipvsadm-restore the others are applied",
        format_args!("{:?}, {}", output.code(), output.stderr),
        output.code() == Some(255) && output.stderr.contains("1 of 3 lines failed"),
    )?;
    let saved = stage.must("ipvsadm -Sn", "")?;
    stage.expect(
        "two services",
        &saved,
        saved == "-A -f 1 -s rr\n-A -f 3 -s rr\n",
    )?;

    stage.step("What --dry-run prints for an empty table");
    stage.must("ipvsadm -C", "")?;
    let output = stage.run("ipvsadm-restore --dry-run", RULES)?;
    stage.expect(
        "the lines that make sense",
        format_args!("{:?}, {}", output.code(), output.stdout),
        output.code() == Some(2)
            && MADE.lines().all(|line| output.stdout.contains(line))
            && stage.must("ipvsadm -Sn", "")?.is_empty(),
    )
}

/// Kilobytes of address space, from what is too little for anything to what is enough.
/// Kilobytes with which the program starts, which depends on how large it is itself.
fn enough_to_start(stage: &Stage) -> Result<usize> {
    let script = stage.path("start.sh")?;
    let starts = |kilobytes: usize| {
        std::fs::write(&script, format!("ulimit -v {kilobytes}; exec ipvsadm -h\n"))
            .context(|| "writing a script".to_owned())?;
        Ok(stage.run(&format!("sh {}", script.display()), "")?.code() == Some(0))
    };
    let mut kilobytes = 4000;
    while !starts(kilobytes)? {
        kilobytes += 500;
        stage.expect("it starts with 64 MB", kilobytes, kilobytes < 64000)?;
    }
    Ok(kilobytes)
}

fn memory(stage: &Stage) -> Result<()> {
    let (base, target) = (large(60, 40, 0), large(60, 40, 1));
    stage.set(&target)?;
    let after = stage.rules()?.sorted();
    stage.set(&base)?;
    let before = stage.rules()?.sorted();
    let mut outcomes = [0, 0];
    // The last step before the end is the one that matters, and where it is depends on the libraries.
    let script = stage.path("limited.sh")?;
    let enough = enough_to_start(stage)?;
    for kilobytes in (enough - 1000..enough + 6000).step_by(200) {
        for restore in ["ipvsadm -R --replace", "ipvsadm -R --atomic"] {
            let rules = match restore {
                "ipvsadm -R --atomic" => format!("-C\n{target}"),
                _ => target.clone(),
            };
            std::fs::write(&script, format!("ulimit -v {kilobytes}; exec {restore}\n"))
                .context(|| "writing a script".to_owned())?;
            let output = stage.run(&format!("sh {}", script.display()), &rules)?;
            let state = stage.rules()?.sorted();
            let done = output.code() == Some(0);
            outcomes[usize::from(done)] += 1;
            let wanted = if done { &after } else { &before };
            if state != *wanted {
                stage.expect_equal(
                    &format!(
                        "{kilobytes} KiB, {restore}: {:?}, {}",
                        output.code(),
                        output.stderr
                    ),
                    wanted,
                    &state,
                )?;
            }
            if done {
                stage.set(&base)?;
            }
        }
    }
    stage.expect(
        "some had memory enough, and some had not",
        format_args!("{outcomes:?}"),
        outcomes.iter().all(|count| *count >= 10),
    )
}
