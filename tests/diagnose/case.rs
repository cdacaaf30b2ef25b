//! What a case consists of: a healthy director, what goes wrong with it, what is found, and how it is mended.

use std::net::IpAddr;

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
    /// What is found: the beginning of its first line, with grade and id.
    pub found: &'a str,
    /// What to run instead of the printed command that has a word to be filled in; else nothing.
    pub instead: &'a str,
}

/// What is tried on hosts of the network while a case is played: command lines, each with its host.
pub struct Traffic<'a> {
    /// Fails because of what goes wrong, and succeeds once it was repaired.
    pub concerned: &'a [(&'a str, &'a str)],
    /// Succeeds before and afterwards.
    pub untouched: &'a [(&'a str, &'a str)],
}

impl Traffic<'_> {
    fn of(&self, stage: &Stage, lines: &[(&str, &str)]) -> Result<()> {
        lines
            .iter()
            .try_for_each(|(host, line)| stage.run(host, line).map(drop))
    }

    fn fails(&self, stage: &Stage) -> Result<()> {
        for (host, line) in self.concerned {
            let output = stage.attempt(host, line)?;
            stage.expect("no success", output.status, output.status != 0)?;
        }
        Ok(())
    }
}

impl Case<'_> {
    /// Plays it with traffic: it fails while something is wrong, and succeeds after what was advised.
    pub fn play_with_traffic(&self, stage: &Stage, traffic: &Traffic<'_>) -> Result<()> {
        healthy(stage, self.healthy)?;
        traffic.of(stage, traffic.untouched)?;
        stage.step("Something goes wrong");
        stage.run_all(DIRECTOR, self.broken)?;
        traffic.fails(stage)?;
        let printed = found(stage, self.found)?;
        stage.step("As it says");
        self.follow(stage, &printed)?;
        traffic.of(stage, traffic.concerned)?;
        traffic.of(stage, traffic.untouched)?;
        nothing(stage)
    }

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
        self.follow(stage, &printed)?;
        nothing(stage)
    }

    /// Types every command that was printed, where it is for.
    fn follow(&self, stage: &Stage, printed: &[Fix]) -> Result<()> {
        let gaps = printed.iter().filter(|fix| fix.has_gap()).count();
        stage.expect(
            if self.instead.is_empty() {
                "commands to be run as they are"
            } else {
                "a command with a gap"
            },
            gaps,
            gaps == usize::from(!self.instead.is_empty()),
        )?;
        for fix in printed {
            let command = if fix.has_gap() {
                self.instead
            } else {
                &fix.command
            };
            stage.run(&fix.host(stage)?, command)?;
        }
        Ok(())
    }
}

/// A command that was printed.
pub struct Fix {
    pub command: String,
    /// The address of the host that it is for, if that is another one.
    on: Option<IpAddr>,
}

impl Fix {
    /// `    COMMAND`, or `    COMMAND # on ADDRESS`.
    fn parse(line: &str) -> Option<Fix> {
        let line = line.strip_prefix("    ")?;
        let (command, on) = match line.rsplit_once(" # on ") {
            Some((command, address)) => (command, Some(address.parse().ok()?)),
            None => (line, None),
        };
        Some(Fix {
            command: command.to_owned(),
            on,
        })
    }

    fn has_gap(&self) -> bool {
        let mut words = self.command.split(' ');
        words.any(|word| ["SERVER", "ROUTER", "ADDRESS", "PORT"].contains(&word))
    }

    /// The name of the host that it is for.
    pub fn host(&self, stage: &Stage) -> Result<String> {
        match self.on {
            Some(address) => stage.host_with(address),
            None => Ok(DIRECTOR.to_owned()),
        }
    }
}

/// Sets up a director on which nothing is to be found.
pub fn healthy(stage: &Stage, commands: &[&str]) -> Result<()> {
    stage.step("A director that works");
    stage.run_all(DIRECTOR, commands)?;
    nothing(stage)
}

/// Expects that nothing is found; the kernel may need a moment for an address.
pub fn nothing(stage: &Stage) -> Result<()> {
    let text = stage.run_when(DIRECTOR, DIAGNOSE, |text| {
        text.starts_with("Nothing found: ")
    })?;
    stage.expect("one line", text.lines().count(), text.lines().count() == 1)
}

/// Expects one finding and returns the commands that repair it.
pub fn found(stage: &Stage, first_line: &str) -> Result<Vec<Fix>> {
    found_by(stage, DIAGNOSE, first_line)
}

/// As [`found`], by this command line.
pub fn found_by(stage: &Stage, diagnose: &str, first_line: &str) -> Result<Vec<Fix>> {
    let output = stage.attempt(DIRECTOR, diagnose)?;
    stage.expect("exit status 1", output.status, output.status == 1)?;
    let lines: Vec<&str> = output.text.lines().collect();
    let [first, .., last] = lines[..] else {
        return stage
            .expect("a report", &output.text, false)
            .map(|()| Vec::new());
    };
    let as_expected = first.starts_with(first_line) && last.starts_with("1 finding: ");
    stage.expect(&format!("one finding: {first_line}"), first, as_expected)?;
    Ok(lines.into_iter().filter_map(Fix::parse).collect())
}
