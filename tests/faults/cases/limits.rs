//! Limits of the system, raised step by step until a command works: each step before fails with words.

use std::fs;

use super::surroundings::{ASKING, run};
use crate::commands;
use director::{Case, Stage, case};
use net::{Context, Result};

pub const LIMITS: Case = case(
    "limits",
    "too few descriptors, too little memory, files that may not grow",
    limits,
);

/// The standard streams, and no descriptor more.
const LEAST: u32 = 3;
/// What needs much memory, and changes nothing.
const LARGE: [&str; 3] = [
    "ipvsadm -R --check <large",
    "ipvsadm -R --replace --dry-run <large",
    "ipvsadm -L --metrics",
];

fn limits(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    for command in ASKING {
        descriptors(stage, command)?;
    }
    file_size(stage)?;
    let large = stage.path("around")?.join("large");
    fs::write(large, commands::large()).context(|| "large rules".to_owned())?;
    stage.set(&commands::large())?;
    for command in LARGE {
        memory(stage, command)?;
    }
    names(stage)
}

/// Names of many addresses are looked up by many threads, whose stacks must leave room for the rest.
fn names(stage: &Stage) -> Result<()> {
    stage.set(&many_addresses())?;
    let all = run(stage, "ipvsadm")?;
    for kib in [20_000, 30_000, 60_000] {
        let output = run(stage, &format!("ulimit -v {kib}; exec ipvsadm"))?;
        stage.expect(
            &format!("the names of 400 addresses in {kib} KiB, as without a limit"),
            format_args!("{:?}, {}", output.status, output.stderr.trim_end()),
            output.code() == Some(0) && output.stdout == all.stdout,
        )?;
    }
    Ok(())
}

/// 200 services with a server each, all with addresses of their own.
fn many_addresses() -> String {
    let rules = (1..=200).map(|number| {
        format!(
            "-A -t 192.0.2.{number}:80 -s rr\n-a -t 192.0.2.{number}:80 -r 10.0.3.{number}:80 -m\n"
        )
    });
    rules.collect()
}

/// With ever more descriptors, until there are enough.
fn descriptors(stage: &Stage, command: &str) -> Result<()> {
    for count in LEAST..=16 {
        // What reads rules takes one more, which the shell opens first.
        let output = run(
            stage,
            &format!("exec 2>&1; ulimit -n {count}; {command} 2>&2"),
        )?;
        if output.code() == Some(0) {
            return stage.expect(
                &format!("{command}: it fails with {LEAST} descriptors, and works with some more"),
                format_args!("enough: {count}"),
                count > LEAST,
            );
        }
        stage.expect(
            &format!("{command} with {count} descriptors fails with words"),
            format_args!("{:?}, {}", output.status, output.stdout.trim_end()),
            // Before there are enough for its libraries, the dynamic linker reports it.
            output.code().is_some()
                && (output.stdout.contains("open files")
                    || output.stdout.contains("cannot open shared object file")),
        )?;
    }
    stage.expect(&format!("{command} works with 16 descriptors"), "no", false)
}

/// With ever more memory, until there is enough. Below what the program takes to begin with, it is the system that
/// ends it.
fn memory(stage: &Stage, command: &str) -> Result<()> {
    let within =
        |kib: usize, command: &str| run(stage, &format!("ulimit -v {kib}; exec {command}"));
    let mut begins = false;
    let mut failed = 0;
    for kib in (1024..65536).step_by(1024) {
        if !begins {
            begins = within(kib, "ipvsadm -v")?.code() == Some(0);
            continue;
        }
        let output = within(kib, command)?;
        if output.code() == Some(0) {
            return stage.expect(
                &format!("{command}: enough memory is found"),
                format_args!("{kib} KiB, {failed} failures with words"),
                output.stderr.is_empty() && failed > 0,
            );
        }
        failed += 1;
        stage.expect(
            &format!("{command} in {kib} KiB fails with words"),
            format_args!("{:?}, {}", output.status, output.stderr.trim_end()),
            output.code().is_some_and(|code| matches!(code, 1 | 255))
                && output.stderr.contains("memory")
                && !output.stderr.contains("panicked"),
        )?;
    }
    stage.expect(&format!("{command} works in 64 MiB"), "no", false)
}

/// A file that may not grow is as it was, and nothing lies beside it.
fn file_size(stage: &Stage) -> Result<()> {
    let line = "rm -rf room; mkdir room; cd room; echo old >saved; ulimit -f 0; \
                ipvsadm -Sn --output saved; status=$?; cat saved; ls -A; exit $status";
    let output = run(stage, line)?;
    stage.expect(
        "a file that may not grow is as it was",
        format_args!("{:?}, {}, {}", output.status, output.stdout, output.stderr),
        output.code() == Some(255)
            && output.stdout == "old\nsaved\n"
            && output
                .stderr
                .contains("cannot save to 'saved': File too large"),
    )
}
