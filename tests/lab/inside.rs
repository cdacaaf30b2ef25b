//! The part that runs where IPVS is: plays labs one after the other, or gives a shell in one.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::error::{Context, Error, Result};
use crate::labs::{self, Lab};
use crate::net::Net;
use crate::stage::Stage;

/// Begins the lines that tell the other side where a lab begins and how it ended.
pub const MARK: char = '\u{1}';

/// Arguments: `shell LAB`, or the labs' names.
pub fn run(arguments: &[String]) -> ExitCode {
    let outcome = match arguments {
        [word, name] if word == "shell" => find(name).and_then(shell),
        names => play_all(names),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}

fn find(name: &str) -> Result<&'static Lab> {
    labs::find(name).ok_or_else(|| Error::UnknownWord(name.to_owned()))
}

fn play_all(names: &[String]) -> Result<()> {
    load_modules()?;
    for name in names {
        let lab = find(name)?;
        println!("{MARK}begin {name}");
        let begun = Instant::now();
        let outcome = play(lab);
        if let Err(error) = &outcome {
            println!("\n{error}");
        }
        let word = if outcome.is_ok() { "ok" } else { "failed" };
        let seconds = begun.elapsed().as_secs_f64();
        println!("{MARK}end {word} {seconds:.1}");
    }
    Ok(())
}

fn play(lab: &Lab) -> Result<()> {
    let stage = Stage::new(open(lab)?);
    (lab.play)(&stage)
}

/// Shows the network and makes it.
fn open(lab: &Lab) -> Result<Net> {
    println!("{}: {}\n{}", lab.name, lab.about, lab.on.picture);
    (lab.on.net)()
}

fn shell(lab: &Lab) -> Result<()> {
    load_modules()?;
    let net = open(lab)?;
    println!(
        "\nThis is a shell on the director; \"exit\" takes the network down. To try:\n\n  {}\n",
        lab.hints.join("\n  ")
    );
    net.host("director")?.interactive_shell()
}

/// Most schedulers the kernel loads when they are named. These two must be there before: if a namespace with
/// services is being removed just when a new service has them loaded, the kernel locks up. The service holds
/// IPVS's lock, which the removal waits for; the removal holds that of the namespaces, which the module waits for.
/// Seen on Linux 6.1 and 6.12 by the stacks of all three, and on 5.10.
const MODULES: [&str; 3] = ["ip_vs", "ip_vs_lblc", "ip_vs_lblcr"];

fn load_modules() -> Result<()> {
    let status = Command::new("modprobe").arg("-a").args(MODULES).status();
    status.context(|| "modprobe".to_owned()).map(drop)
}
