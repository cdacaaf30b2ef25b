//! Runs a command and reads what the kernel accounted to it.

use std::error::Error;
use std::fs::File;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Usage, UsageWho, getrusage};

use super::SELF;

/// What a command took.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Instructions, user and kernel; counted in thousands.
    pub instructions: i64,
    /// The peak of its memory, KiB.
    pub memory: i64,
}

impl Measured {
    pub fn millions(&self) -> f64 {
        self.instructions as f64 / 1e6
    }
}

/// Instructions of a process so far: the guest's clock counts one a nanosecond.
pub fn instructions(usage: &Usage) -> i64 {
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() * 1_000_000_000 + time.tv_usec() * 1_000)
        .sum()
}

/// Measures a command, which a small process of its own starts, so that nothing else is counted.
pub fn command(argv: &[&str], input: Option<&str>) -> Result<Measured, Box<dyn Error>> {
    let mut measuring = Command::new(SELF);
    measuring.arg("--measure").args(argv);
    read(&mut measuring, input)
}

/// The same in a new network namespace.
///
/// A deleted real server lies in its namespace's trash for a minute, and each one that is added looks
/// all of that through: what ran before would be counted too.
pub fn afresh(argv: &[&str], input: &str) -> Result<Measured, Box<dyn Error>> {
    settle();
    let mut measuring = Command::new(SELF);
    measuring.args(["--afresh", "--measure"]).args(argv);
    read(&mut measuring, Some(input))
}

/// Measures a bare loop of this program in a new network namespace.
pub fn floor_afresh(what: &str, path: &str) -> Result<Measured, Box<dyn Error>> {
    settle();
    read(
        Command::new(SELF).args(["--afresh", "--floor", what, path]),
        None,
    )
}

/// Waits until the kernel has put away the namespaces of earlier runs.
///
/// It does so in the background, and a run in the middle of that finds memory for the counters of its real servers
/// where the next one finds none: up to half of what a restore costs.
fn settle() {
    thread::sleep(Duration::from_secs(2));
}

/// Puts this process into a new network namespace.
pub fn in_new_namespace() -> Result<(), Box<dyn Error>> {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET)?;
    // Without any interface no address counts as unicast.
    quietly("ip", &["link", "set", "lo", "up"])
}

/// Measures a bare loop of this program.
pub fn floor(what: &str, path: &str) -> Result<Measured, Box<dyn Error>> {
    read(Command::new(SELF).args(["--floor", what, path]), None)
}

fn read(measuring: &mut Command, input: Option<&str>) -> Result<Measured, Box<dyn Error>> {
    measuring.stdin(match input {
        Some(path) => File::open(path)?.into(),
        None => Stdio::null(),
    });
    let output = measuring.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{measuring:?} ended with {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let (instructions, memory) = text.trim().split_once(' ').ok_or("no figures")?;
    Ok(Measured {
        instructions: instructions.parse()?,
        memory: memory.parse()?,
    })
}

/// The measuring process: runs the command with its output thrown away and prints its figures.
pub fn run_and_print(argv: &[&str]) -> Result<(), Box<dyn Error>> {
    let (program, arguments) = argv.split_first().ok_or("no command")?;
    // What set the namespace up was a child too.
    let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("{argv:?} ended with {status}").into());
    }
    let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let counted = instructions(&after) - instructions(&before);
    println!("{counted} {}", after.max_rss());
    Ok(())
}

/// Runs a command that reads a file and is not measured.
pub fn quietly_from(program: &str, arguments: &[&str], input: &str) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(File::open(input)?)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} {arguments:?} ended with {status}").into()),
    }
}

/// Runs a command that is not measured.
pub fn quietly(program: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program).args(arguments).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} {arguments:?} ended with {status}").into()),
    }
}
