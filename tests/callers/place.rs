//! Where the cases run: always in a virtual machine, because the programs call `/sbin/ipvsadm` and read files in
//! `/etc`, which are not ours to change on a host. One boot of a kernel is for all of its cases.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::{INSIDE, labs, programs};
use vm::{Guest, Kernel, Place};

/// What the programs use, at fixed places.
const PLACES: &str = "/sbin/ipvsadm and /etc";
/// The kernel where this machine's own is asked for.
const INSTEAD: Kernel = Kernel::V6_12;
/// All cases together may take this long on one kernel.
const PATIENCE: Duration = Duration::from_secs(300);
/// All that the cases use, loaded before: one that is loaded while a namespace goes can lock the kernel up, and one
/// that two sides ask for at the same time may come too late for the second.
const MODULES: &[&str] = &[
    "veth",
    "bridge",
    "ip_vs",
    "ip_vs_rr",
    "ip_vs_wrr",
    "ip_vs_wlc",
    "ip_vs_lc",
    "ip_vs_sh",
];
/// Begins the lines that tell the host where a case begins and how it ended.
const MARK: char = '\u{1}';
/// Begins lines that are shown also where the case goes well.
pub const FIGURE: &str = "figure: ";

/// Plays cases there, handing on what they print.
pub fn play(place: Place, cases: &[&str], sink: &mut dyn FnMut(&[u8])) -> Result<()> {
    let program = std::env::current_exe().context(|| "own name".to_owned())?;
    let argv = [&["/sbin/callers", INSIDE], cases].concat();
    let kernel = match place {
        Place::Guest(kernel) => kernel,
        Place::Host => {
            eprintln!(
                "the host's own {PLACES} stay as they are: on {INSTEAD} in a virtual machine"
            );
            INSTEAD
        }
    };
    let mut guest = Guest::new(kernel).program(program, "/sbin/callers");
    if let Ok(many) = std::env::var(labs::MANY_VARIABLE) {
        guest = guest.env(labs::MANY_VARIABLE, &many);
    }
    let guest = programs::add(guest)?.timeout(PATIENCE);
    let mut lines = Lines::default();
    guest.run_with(&argv, &mut |bytes| {
        lines.push(bytes, &mut |line| {
            if let Line::Text(text) = line
                && let Some(figure) = text.strip_prefix(FIGURE)
            {
                eprintln!("{place}: {figure}");
            }
        });
        sink(bytes);
    })?;
    Ok(())
}

/// Plays cases, in the guest.
pub fn inside(names: &[String]) -> ExitCode {
    match play_all(names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("callers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play_all(names: &[String]) -> Result<()> {
    let status = Command::new("modprobe").arg("-a").args(MODULES).status();
    status.context(|| "modprobe".to_owned())?;
    for name in names {
        let case = labs::ALL
            .iter()
            .find(|case| case.name == name)
            .ok_or_else(|| Error::UnknownWord(name.clone()))?;
        println!("{MARK}begin {name}");
        let begun = Instant::now();
        let outcome = (case.play)();
        if let Err(error) = &outcome {
            println!("\n{error}");
        }
        let word = if outcome.is_ok() { "ok" } else { "failed" };
        let seconds = begun.elapsed().as_secs_f64();
        println!("{FIGURE}{name}: {seconds:.1} s");
        println!("{MARK}end {word} {seconds:.1}");
    }
    Ok(())
}

/// Cuts the stream of [`inside`] into lines and tells its marks from text.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

/// A line of the stream.
pub enum Line<'a> {
    /// A case begins.
    Begin(&'a str),
    /// It has ended: well or not.
    End { ok: bool },
    /// What it prints.
    Text(&'a str),
}

impl Lines {
    /// Takes bytes as they come and hands on each line as it is complete.
    pub fn push(&mut self, bytes: &[u8], handle: &mut dyn FnMut(Line<'_>)) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            match line.strip_prefix(MARK).map(|mark| mark.split_once(' ')) {
                Some(Some(("begin", name))) => handle(Line::Begin(name)),
                Some(Some(("end", rest))) => handle(Line::End {
                    ok: rest.starts_with("ok"),
                }),
                _ => handle(Line::Text(line)),
            }
        }
    }
}
