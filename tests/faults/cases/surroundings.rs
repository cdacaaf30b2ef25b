//! Commands in surroundings that lack something: room, rights, descriptors, memory, /proc.

use std::fs;

use nix::libc;

use crate::commands;
use director::{Case, Output, Stage, case};
use net::{Context, Result};

pub const SURROUNDINGS: Case = case(
    "surroundings",
    "outputs, rights, files and an environment that are not as usual",
    |stage| {
        stage.must(commands::DAEMON, "")?;
        stage.set(commands::TABLE)?;
        for row in ROWS {
            for command in row.commands {
                meet(stage, row.around, command, row.then)?;
            }
        }
        Ok(())
    },
);

/// Commands that print.
const PRINTING: &[&str] = &[
    "ipvsadm -Ln",
    "ipvsadm -Ln --stats --exact",
    "ipvsadm -Lnc",
    "ipvsadm -L --timeout",
    "ipvsadm -L --daemon",
    "ipvsadm -Sn",
    "ipvsadm -Sn --all",
    "ipvsadm -R --replace --dry-run <rules",
    "ipvsadm -h",
    "ipvsadm -v",
];
/// More of them.
const PIPED: &[&str] = &[
    "ipvsadm",
    "ipvsadm -L --json",
    "ipvsadm -L --metrics",
    "ipvsadm -Ln --watch 0.1",
    "ipvsadm -Ln --watch 0.1 --json",
    "ipvsadm -Sn --json",
    "ipvsadm-save -n",
    "ipvsadm --diagnose",
    "ipvsadm -Ln --quiet",
];
/// Those that change the table, to what it is.
const CHANGING: &[&str] = &[
    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 0",
    "ipvsadm -R --exist <table",
    "ipvsadm -R --replace <table",
    "ipvsadm -R --atomic --exist <table",
];
/// One of each kind that asks the kernel.
pub const ASKING: &[&str] = &[
    "ipvsadm -Ln",
    "ipvsadm -Sn",
    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 0",
    "ipvsadm -R --exist <table",
    "ipvsadm -R --replace <table",
    "ipvsadm -R --atomic --exist <table",
];
const READING: &[&str] = &[
    "ipvsadm -R",
    "ipvsadm -R --check",
    "ipvsadm -R --replace",
    "ipvsadm -R --atomic",
    "ipvsadm-restore",
];
const WRONG: &[&str] = &[
    "ipvsadm -A",
    "ipvsadm -D -f 99",
    "ipvsadm -R --check <wrong",
];
const SAVING: &[&str] = &[
    "ipvsadm -Sn --output saved",
    "ipvsadm -Sn --all --output saved",
];

/// What is to become of a command.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// It succeeds without a word of complaint.
    Right,
    /// It succeeds, and says with these words what it lacks.
    Lacks(&'static str),
    /// It fails, with these words.
    Fails(&'static str),
    /// It fails, and has no way to say why.
    FailsMutely,
    /// SIGPIPE ends it without a word, as a shell sees it.
    ClosedPipe,
}

use Then::{ClosedPipe, Fails, FailsMutely, Lacks, Right};

struct Row {
    /// A line for bash, with `{}` in the place of the command.
    around: &'static str,
    commands: &'static [&'static str],
    then: Then,
}

const fn row(around: &'static str, commands: &'static [&'static str], then: Then) -> Row {
    Row {
        around,
        commands,
        then,
    }
}

/// Root or not, in a user namespace of its own.
const IN_CONTAINER: Then =
    Fails("; IPVS requires the capability CAP_NET_ADMIN in the first user namespace, ");

/// A listing of what the kernel shows to everybody.
const WITHOUT_COUNTERS: Then = Lacks("without CAP_NET_ADMIN the kernel does not show counters, ");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Environment.
    row("env -i PATH=$PATH {}", ASKING, Right),
    row("LC_ALL=xx_YY.bogus LANG=../../etc TZ=:/none {}", ASKING, Right),
    row("cd /tmp && mkdir gone && cd gone && rmdir ../gone && {}", &["ipvsadm -Ln", "ipvsadm -Sn"], Right),
    row("exec -a '' {}", ASKING, Right),
    row("exec -a ipvsadm-save {} -n", &["ipvsadm"], Right),
    // Rights.
    row("unshare -U {}", &["ipvsadm -Sn", "ipvsadm -C", "ipvsadm -R --exist <table"], IN_CONTAINER),
    row("unshare -Ur {}", &["ipvsadm -Sn", "ipvsadm -C", "ipvsadm -R --exist <table"], IN_CONTAINER),
    row("unshare -Urn {}", &["ipvsadm -Sn", "ipvsadm -C"], IN_CONTAINER),
    row("unshare -U {}", &["ipvsadm -Ln"], WITHOUT_COUNTERS),
    row("unshare -Ur {}", &["ipvsadm -Ln"], WITHOUT_COUNTERS),
    row("unshare -Urn {}", &["ipvsadm -Ln"], WITHOUT_COUNTERS),
    // Files and mounts.
    row("unshare -m bash -c 'umount -l /proc; {}'", ASKING, Right),
    row("unshare -m bash -c 'umount -l /proc; {}'", &["ipvsadm -Lnc"], Fails("/proc/net/ip_vs_conn")),
    row("unshare -m bash -c 'mount -t tmpfs -o ro none /run; {}'", &["ipvsadm -R --replace <table", "ipvsadm -R --atomic <table", "ipvsadm-restore <table"], Fails("cannot lock /run/ipvsadm.lock: Read-only file system")),
    row("unshare -m bash -c 'mount -t tmpfs -o nr_inodes=1 none /run; {}'", &["ipvsadm -R --replace <table"], Fails("cannot lock /run/ipvsadm.lock: No space left")),
    row("unshare -m bash -c 'mkdir -p room; mount -t tmpfs none room; cd room; echo old >saved; mount -o remount,ro $PWD; {}'", SAVING, Fails("Read-only file system (os error 30); the file is as it was")),
    row("unshare -m bash -c 'mkdir -p room; mount -t tmpfs -o nr_inodes=2 none room; cd room; echo old >saved; {}'", SAVING, Fails("No space left on device (os error 28); the file is as it was")),
    // Standard streams.
    row("{} >/dev/full", PRINTING, Fails("cannot write the output: No space left")),
    row("{} >/dev/full", &["ipvsadm --diagnose"], Fails("cannot write the output: No space left")),
    row("exec 3> >(exec true); wait $!; {} >&3", PRINTING, ClosedPipe),
    row("exec 3> >(exec true); wait $!; {} >&3", PIPED, ClosedPipe),
    row("trap '' PIPE; exec 3> >(exec true); wait $!; {} >&3", PRINTING, ClosedPipe),
    // Of rules with a listing among them, those before it are applied, those after it are not.
    row("exec 3> >(exec true); wait $!; {} <listing >&3; test $? = 141 && ipvsadm -D -t 192.0.2.1:98 && ! ipvsadm -D -t 192.0.2.1:97 2>/dev/null", &["ipvsadm -R"], Right),
    // What is closed is opened on /dev/null before the program begins.
    row("{} >&-", PRINTING, Right),
    row("{} >&- 2>&-", CHANGING, Right),
    row("{} <&- >&- 2>&-", &["ipvsadm -Ln", "ipvsadm -Sn", "ipvsadm -Z", "ipvsadm -R"], Right),
    row("{} <&-", &["ipvsadm -R --replace", "ipvsadm-restore"], Fails("cannot read the rules: standard input is closed")),
    row("{} </dev/null 2>&-", PRINTING, Right),
    row("{} 2>/dev/full", WRONG, FailsMutely),
    row("{} 2>&-", WRONG, FailsMutely),
    row("{} </", READING, Fails("cannot read the rules: Is a directory")),
    // Rules that are none.
    row("head -c 1000000 /dev/zero | tr '\\0' a | {}", READING, Fails("aaa")),
    row("head -c 100000 /dev/zero | {}", READING, Fails("line 1")),
    row("printf -- '-A -f 1\\n-A \\xff\\n' | {}", &["ipvsadm -R --check", "ipvsadm -R --atomic"], Fails("UTF-8")),
];

/// Rules that add two services, with a listing between them.
const LISTING: &str = "-A -t 192.0.2.1:98 -s rr\n-Ln\n-A -t 192.0.2.1:97 -s rr\n";

/// Prepares the files that the rows name, runs a command in its surroundings, and judges it.
fn meet(stage: &Stage, around: &str, command: &str, then: Then) -> Result<()> {
    let line = around.replace("{}", command);
    let output = run(stage, &line)?;
    let as_expected = judge(&output, then);
    stage.expect(
        &format!("{line}: {then:?}"),
        format_args!("{:?}, {}", output.status, shortened(&output.stderr)),
        as_expected,
    )
}

/// Runs a line of bash where the rules lie that it may name.
pub fn run(stage: &Stage, line: &str) -> Result<Output> {
    let directory = stage.path("around")?;
    let write = |name: &str, text: &str| fs::write(directory.join(name), text);
    fs::create_dir_all(&directory)
        .and_then(|()| write("table", commands::TABLE))
        .and_then(|()| write("rules", "-A -t 192.0.2.1:99 -s rr\n"))
        .and_then(|()| write("wrong", "-A -t [bogus\n"))
        .and_then(|()| write("listing", LISTING))
        .and_then(|()| write("script", &format!("cd {}\n{line}\n", directory.display())))
        .context(|| "rules".to_owned())?;
    stage.run(&format!("bash {}/script", directory.display()), "")
}

fn judge(output: &Output, then: Then) -> bool {
    let Output { status, stderr, .. } = output;
    let exited = status.code();
    let complained = !stderr.is_empty() && !stderr.contains("panicked") && stderr.len() < 4096;
    match then {
        Right => exited == Some(0) && stderr.is_empty(),
        Lacks(words) => exited == Some(0) && complained && stderr.contains(words),
        Fails(words) => {
            exited.is_some_and(|code| code != 0) && complained && stderr.contains(words)
        }
        ClosedPipe => exited == Some(128 + libc::SIGPIPE) && stderr.is_empty(),
        FailsMutely => exited.is_some_and(|code| code != 0) && stderr.is_empty(),
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
