//! What the kernel's Landlock forbids the program to do to files.
//!
//! Whoever plays the program has it make another system call in place of the one that opens /etc/services, as code of
//! somebody else could that runs in it. What is judged is what became of the files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::libc;

use super::privilege::{directory, look_up_names_in_files};
use crate::commands;
use crate::observer::{Argument, Forged, Observer};
use crate::traced::{self, Outcome};
use Argument::{Kept, Made, Number};
use director::{Case, Stage, case};
use net::{Context, Result};

pub const CONFINEMENT: Case = case(
    "privilege-files",
    "no file can be changed, nor a program started, that the command does not need",
    confinement,
);

struct Attempt {
    what: &'static str,
    call: i64,
    arguments: [Argument; 5],
    /// Whether it is forbidden with --output too.
    with_output: bool,
    /// The release of Linux that forbids it first, by its two numbers.
    since: (u32, u32),
}

const HERE: Argument = Number(libc::AT_FDCWD as u64);
const ZERO: Argument = Number(0);
/// Landlock's first.
const FIRST: (u32, u32) = (5, 13);

const fn attempt(what: &'static str, call: i64, arguments: [Argument; 5]) -> Attempt {
    Attempt {
        what,
        call,
        arguments,
        with_output: false,
        since: FIRST,
    }
}

const fn always(what: &'static str, call: i64, arguments: [Argument; 5]) -> Attempt {
    Attempt {
        with_output: true,
        ..attempt(what, call, arguments)
    }
}

#[rustfmt::skip]
const ATTEMPTS: &[Attempt] = &[
    attempt("write", libc::SYS_openat, [HERE, Kept, Number((libc::O_WRONLY | libc::O_TRUNC) as u64), ZERO, ZERO]),
    attempt("create", libc::SYS_openat, [HERE, Made, Number((libc::O_WRONLY | libc::O_CREAT) as u64), Number(0o600), ZERO]),
    attempt("remove", libc::SYS_unlinkat, [HERE, Kept, ZERO, ZERO, ZERO]),
    attempt("rename", libc::SYS_renameat, [HERE, Kept, HERE, Made, ZERO]),
    attempt("link", libc::SYS_linkat, [HERE, Kept, HERE, Made, ZERO]),
    Attempt { since: (6, 2), ..attempt("truncate", libc::SYS_truncate, [Kept, ZERO, ZERO, ZERO, ZERO]) },
    always("make a symbolic link", libc::SYS_symlinkat, [Kept, HERE, Made, ZERO, ZERO]),
    always("make a directory", libc::SYS_mkdirat, [HERE, Made, Number(0o700), ZERO, ZERO]),
    always("make a pipe", libc::SYS_mknodat, [HERE, Made, Number((libc::S_IFIFO | 0o600) as u64), ZERO, ZERO]),
    always("start a program", libc::SYS_execve, [Kept, ZERO, ZERO, ZERO, ZERO]),
];

/// Each looks a service's name up.
const CHANGE: &str = "ipvsadm -A -t 192.0.2.1:ssh -s rr";
const REPLACEMENT: &str = "ipvsadm -R --replace";
const OUTPUT: &str = "ipvsadm -S --output {}/saved";
const RULES: &str = "-A -t 192.0.2.1:ssh -s rr\n";

fn confinement(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    let release = release()?;
    for attempt in ATTEMPTS {
        // Where modprobe is to be started nothing is forbidden, so this shows that the attempt is one.
        let unconfined = changes(stage, CHANGE, attempt, Observer::without_family())?;
        stage.expect(
            &format!("{CHANGE}, without ip_vs: '{}' has its effect", attempt.what),
            format_args!("{unconfined:?}"),
            unconfined.0,
        )?;
        for line in [CHANGE, REPLACEMENT, OUTPUT] {
            let forbidden = release >= attempt.since && (line != OUTPUT || attempt.with_output);
            let found = changes(stage, line, attempt, Observer::default())?;
            stage.expect(
                &format!("{line}: '{}' is forbidden: {forbidden}", attempt.what),
                format_args!("{found:?}"),
                found.0 != forbidden,
            )?;
        }
    }
    Ok(())
}

/// Whether an attempt changes something, and how the run ended.
fn changes(
    stage: &Stage,
    line: &str,
    attempt: &Attempt,
    mut observer: Observer,
) -> Result<(bool, Outcome)> {
    let directory = directory(stage)?;
    let (kept, made) = (format!("{directory}/kept"), format!("{directory}/made"));
    let script = format!("#!/bin/sh\nexec /bin/mkdir {made}\n");
    let executable = fs::Permissions::from_mode(0o755);
    fs::write(&kept, &script)
        .and_then(|()| fs::set_permissions(&kept, executable))
        .context(|| kept.clone())?;
    observer.forged = Some(Forged {
        call: attempt.call,
        arguments: attempt.arguments,
        kept: kept.clone(),
        made: made.clone(),
    });
    let line = line.replace("{}", &directory);
    let outcome = stage.director()?.on(|| {
        look_up_names_in_files(Path::new(&directory)).context(|| "nsswitch.conf".to_owned())?;
        traced::run(&line, RULES, Path::new(&directory), &mut observer)
    })??;
    stage.expect(
        &format!("{line}: it looks a service up"),
        format_args!("{outcome:?}"),
        observer.forged.is_none(),
    )?;
    let is_made = fs::symlink_metadata(&made).is_ok();
    let changed = is_made || fs::read_to_string(&kept).ok().as_ref() != Some(&script);
    if is_made {
        fs::remove_file(&made)
            .or_else(|_| fs::remove_dir(&made))
            .context(|| made.clone())?;
    }
    let _ = stage.run("ipvsadm-reference -D -t 192.0.2.1:22", "")?;
    Ok((changed, outcome))
}

/// The first two numbers of the kernel's release.
pub fn release() -> Result<(u32, u32)> {
    let path = "/proc/sys/kernel/osrelease";
    let text = fs::read_to_string(path).context(|| path.to_owned())?;
    let mut numbers = text.split('.').map_while(|number| number.parse().ok());
    Ok((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
}
