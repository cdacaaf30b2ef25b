//! What a case of a real server consists of: the director sends it everything, something goes wrong on it, it is found there, and
//! the printed commands repair it.

use net::{Result, Stage};

/// The host that is looked at.
const SERVER: &str = "rs1";
const FETCH: &str = "timeout 2 wget -qO- http://192.0.2.1/";

/// Something that goes wrong on a real server.
pub struct ServerCase<'a> {
    /// Commands for the director, which make this the only server.
    pub director: &'a [&'a str],
    /// The words that name the service and the method, after `ipvsadm --diagnose --as-server`.
    pub role: &'a str,
    /// Commands for the server after which one thing is wrong.
    pub broken: &'a [&'a str],
    /// What is found: the beginning of its first line, with grade and id.
    pub found: &'a str,
    /// Whether clients then get no page.
    pub fails: bool,
}

impl ServerCase<'_> {
    /// Plays it from beginning to end.
    pub fn play(&self, stage: &Stage) -> Result<()> {
        self.play_after(stage, &[])
    }

    /// As [`ServerCase::play`], with commands for the server before all works.
    pub fn play_after(&self, stage: &Stage, before: &[&str]) -> Result<()> {
        stage.step("A server that works");
        stage.run_all("director", self.director)?;
        stage.run_all(SERVER, before)?;
        nothing(stage, self.role)?;
        works(stage)?;
        stage.step("Something goes wrong");
        stage.run_all(SERVER, self.broken)?;
        if self.fails {
            let output = stage.attempt("client", FETCH)?;
            stage.expect("no page", output.status, output.status != 0)?;
        }
        let commands = found(stage, self.role, self.found)?;
        stage.step("As it says");
        for command in &commands {
            stage.run(SERVER, command)?;
        }
        nothing(stage, self.role)?;
        works(stage)
    }
}

fn works(stage: &Stage) -> Result<()> {
    let page = stage.run("client", FETCH)?;
    stage.expect("the server's page", page.trim(), page.trim() == SERVER)
}

/// Expects that nothing is found.
pub fn nothing(stage: &Stage, role: &str) -> Result<()> {
    let text = stage.run(SERVER, &format!("ipvsadm --diagnose --as-server {role}"))?;
    let as_expected = text.starts_with("Nothing found: ") && text.lines().count() == 1;
    stage.expect("nothing found", text.trim(), as_expected)
}

/// Expects one finding and returns the commands that repair it, all of them for this host.
pub fn found(stage: &Stage, role: &str, first_line: &str) -> Result<Vec<String>> {
    let output = stage.attempt(SERVER, &format!("ipvsadm --diagnose --as-server {role}"))?;
    stage.expect("exit status 1", output.status, output.status == 1)?;
    let (first, last) = (output.text.lines().next(), output.text.lines().last());
    let as_expected = first.is_some_and(|line| line.starts_with(first_line))
        && last.is_some_and(|line| line.starts_with("1 finding: "));
    stage.expect(
        &format!("one finding: {first_line}"),
        first.unwrap_or_default(),
        as_expected,
    )?;
    let commands = output
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("    "));
    Ok(commands.map(str::to_owned).collect())
}
