//! 10,000 services with 10 servers each: the listings and replacements that `growth` leaves out, with peak memory.

use std::error::Error;

use super::measure::{self, Measured};
use super::{OURS, REFERENCE, rules};

const SERVICES: usize = 10_000;
const SERVERS: usize = 10;

/// Fills the table and measures what reads it, then what replaces it.
pub fn run() -> Result<(), Box<dyn Error>> {
    let (path, other) = ("/tmp/rules", "/tmp/other");
    let text = rules::text(SERVICES, SERVERS);
    std::fs::write(path, &text)?;
    std::fs::write(other, half_others(&text))?;
    measure::quietly_from(OURS, &["-R"], path)?;
    println!(
        "{:34} {:>10} {:>10} {:>12} {:>12}",
        "", "reference", "ours", "memory, ref", "memory, ours"
    );
    for options in ["-Ln", "-Sn"] {
        let reference = measure::command(&[REFERENCE, options], None)?;
        let ours = measure::command(&[OURS, options], None)?;
        row(options, Some(&reference), &ours);
    }
    for form in ["--json", "--metrics"] {
        row(form, None, &measure::command(&[OURS, "-L", form], None)?);
    }
    let replaced = |by| measure::command(&[OURS, "-R", "--replace"], Some(by));
    row("--replace by the same", None, &replaced(path)?);
    // Last, because the deleted servers stay in the kernel's trash for a while.
    row("--replace of every other server", None, &replaced(other)?);
    Ok(())
}

/// The same rules with every other server at another port: that is another server.
fn half_others(rules: &str) -> String {
    let mut text = String::new();
    for line in rules.lines() {
        let server = line
            .rsplit(' ')
            .next()
            .and_then(|weight| weight.parse::<usize>().ok());
        let other = line.starts_with("-a") && server.is_some_and(|server| server % 2 == 0);
        match other {
            true => text.push_str(&line.replace(":8080 ", ":8081 ")),
            false => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn row(title: &str, reference: Option<&Measured>, ours: &Measured) {
    let (millions, memory) = reference.map_or_else(Default::default, |reference| {
        (
            format!("{:.1}", reference.millions()),
            reference.memory.to_string(),
        )
    });
    println!(
        "{title:34} {millions:>10} {:>10.1} {memory:>12} {:>12}",
        ours.millions(),
        ours.memory
    );
}
