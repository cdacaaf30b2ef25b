//! The director and what is done with it: programs are run there silently, and verdicts are printed.

use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use net::{Context, Error, Host, Net, Result};

use crate::state::State;

/// The reference in a guest, and where Debian has it on a host.
const REFERENCES: [&str; 2] = ["/opt/reference/ipvsadm", "/usr/sbin/ipvsadm"];

/// A network with one director and nothing on it.
pub struct Stage {
    net: Net,
    directory: PathBuf,
}

/// How a run of a program ended.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// The exit status; `None` if a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

impl Stage {
    pub fn new(net: Net) -> Self {
        let directory =
            std::env::temp_dir().join(format!("ipvsadm-director-{}", std::process::id()));
        Self { net, directory }
    }

    pub fn director(&self) -> Result<&Host> {
        self.net.host("director")
    }

    /// A file of this name, for this case.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.directory).context(|| "temporary directory".to_owned())?;
        Ok(self.directory.join(name))
    }

    /// A heading in the transcript.
    pub fn step(&self, text: &str) {
        println!("\n# {text}");
    }

    /// Starts a program with a text as its input.
    pub fn start(&self, line: &str, input: &str) -> Result<Child> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = self.path(&format!("input-{number}"))?;
        let file = std::fs::write(&path, input)
            .and_then(|()| File::open(&path))
            .context(|| path.display().to_string())?;
        let started = self.spawn(line, Stdio::from(file));
        let _ = std::fs::remove_file(&path);
        started
    }

    /// Starts a program with a pipe as its input.
    pub fn start_with_pipe(&self, line: &str) -> Result<Child> {
        self.spawn(line, Stdio::piped())
    }

    fn spawn(&self, line: &str, input: Stdio) -> Result<Child> {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.director()?
            .on(|| command.spawn())?
            .context(|| line.to_owned())
    }

    /// Runs a program to its end.
    pub fn run(&self, line: &str, input: &str) -> Result<Output> {
        finish(self.start(line, input)?)
    }

    /// Runs a program that must succeed and gives what it printed.
    pub fn must(&self, line: &str, input: &str) -> Result<String> {
        let output = self.run(line, input)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Error::Command {
            host: "director".to_owned(),
            line: line.to_owned(),
            status: output.code().unwrap_or(-1),
            output: output.stdout + &output.stderr,
        })
    }

    /// Clears the table, and makes another one as plain lines say.
    pub fn set(&self, rules: &str) -> Result<()> {
        self.must("ipvsadm -C", "")?;
        self.must("ipvsadm -R", rules).map(drop)
    }

    /// The services and servers there.
    pub fn rules(&self) -> Result<State> {
        let text = self.must(&format!("{} -Sn", reference()), "")?;
        Ok(State::new(&text))
    }

    /// All that can be seen of IPVS there.
    pub fn state(&self) -> Result<State> {
        let reference = reference();
        let script = format!(
            "{reference} -Sn && {reference} -Ln --thresholds && cat /proc/net/ip_vs && \
             {reference} -L --timeout && {reference} -L --daemon"
        );
        let path = self.path("state.sh")?;
        std::fs::write(&path, script).context(|| path.display().to_string())?;
        let text = self.must(&format!("sh {}", path.display()), "")?;
        Ok(State::new(&text))
    }

    /// As [`net::verdict`].
    pub fn expect(&self, expected: &str, saw: impl Display, as_expected: bool) -> Result<()> {
        net::verdict(expected, saw, as_expected)
    }

    /// Two states, which must be the same in every byte.
    pub fn expect_equal(&self, expected: &str, wanted: &State, saw: &State) -> Result<()> {
        self.expect(expected, saw.difference(wanted), saw == wanted)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Waits for a program's end.
pub fn finish(child: Child) -> Result<Output> {
    let output = child
        .wait_with_output()
        .context(|| "waiting for a program".to_owned())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Output {
        status: output.status,
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    })
}

/// The reference's path.
pub fn reference() -> &'static str {
    REFERENCES
        .into_iter()
        .find(|path| Path::new(path).exists())
        .unwrap_or(REFERENCES[0])
}
