//! What a case consists of: a healthy director, what goes wrong with it, what is found, and how it is mended.

use net::{Result, Stage};

/// The host that is looked at.
const DIRECTOR: &str = "director";
const DIAGNOSE: &str = "ipvsadm --diagnose";

/// Something that goes wrong on a director.
pub struct Case<'a> {
    /// Commands after which nothing is wrong.
    pub healthy: &'a [&'a str],
    /// Commands after which one thing is.
    pub broken: &'a [&'a str],
    /// What is found: the beginning of its title.
    pub found: &'a str,
    /// What to run instead of the printed command, where that has a word to be filled in; else nothing.
    pub instead: &'a str,
}

impl Case<'_> {
    /// Plays it from beginning to end.
    pub fn play(&self, stage: &Stage) -> Result<()> {
        self.play_with(stage, || Ok(()))
    }

    /// As [`Case::play`], with something that is no command between what is healthy and what is broken.
    pub fn play_with<T>(&self, stage: &Stage, event: impl FnOnce() -> Result<T>) -> Result<()> {
        healthy(stage, self.healthy)?;
        stage.step("Something goes wrong");
        // What the event leaves behind, such as connections, stays until the end.
        let _kept = event()?;
        stage.run_all(DIRECTOR, self.broken)?;
        let printed = found(stage, self.found)?;
        stage.step("As it says");
        let has_gap = ["SERVER", "ROUTER", "ADDRESS", "PORT"]
            .iter()
            .any(|word| printed.split(' ').any(|printed| printed == *word));
        stage.expect(
            if self.instead.is_empty() {
                "a command to be run as it is"
            } else {
                "a command with a gap"
            },
            &printed,
            has_gap != self.instead.is_empty(),
        )?;
        stage.run(DIRECTOR, if has_gap { self.instead } else { &printed })?;
        nothing(stage)
    }
}

/// Sets up a director on which nothing is to be found.
pub fn healthy(stage: &Stage, commands: &[&str]) -> Result<()> {
    stage.step("A director that works");
    stage.run_all(DIRECTOR, commands)?;
    nothing(stage)
}

/// Expects that nothing is found; the kernel may need a moment for an address.
fn nothing(stage: &Stage) -> Result<()> {
    let text = stage.run_when(DIRECTOR, DIAGNOSE, |text| {
        text.starts_with("Nothing found: ")
    })?;
    stage.expect("one line", text.lines().count(), text.lines().count() == 1)
}

/// Expects one finding and returns the command that repairs it.
pub fn found(stage: &Stage, title: &str) -> Result<String> {
    let output = stage.attempt(DIRECTOR, DIAGNOSE)?;
    stage.expect("exit status 1", output.status, output.status == 1)?;
    let lines: Vec<&str> = output.text.lines().collect();
    let as_expected = lines.len() == 6
        && lines[0].starts_with(title)
        && lines[5].starts_with("1 finding: ")
        && lines[3].starts_with("    ");
    stage.expect(&format!("one finding: {title}"), lines[0], as_expected)?;
    Ok(lines[3].trim().to_owned())
}
