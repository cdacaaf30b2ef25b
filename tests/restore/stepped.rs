//! A run that is let go for some milliseconds at a time, so that something can happen to it half-way.

use std::fs;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use director::{Output, Stage, finish};
use net::{Context, Error, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long it runs before it is looked at.
const SLICE: Duration = Duration::from_millis(4);
/// How long a program may take to stop, or to get anywhere.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run that stands still, or has ended.
pub struct Stepped {
    child: Child,
    ended: bool,
}

impl Stepped {
    /// Starts a program and stops it at once.
    pub fn start(stage: &Stage, line: &str, input: &str) -> Result<Self> {
        let child = stage.start(line, input)?;
        let mut stepped = Self {
            child,
            ended: false,
        };
        stepped.stop()?;
        Ok(stepped)
    }

    /// Runs until the table has changed so many times between two looks; says whether it came so far.
    pub fn until_changes(&mut self, count: usize) -> Result<bool> {
        let begun = Instant::now();
        let mut seen = 0;
        let mut last = self.table();
        while seen < count {
            if !self.slice()? {
                return Ok(false);
            }
            let now = self.table();
            if now != last {
                seen += 1;
                last = now;
            }
            if begun.elapsed() > PATIENCE {
                return Err(late("changes of the table"));
            }
        }
        Ok(true)
    }

    /// Runs for a moment; says whether it has not ended.
    pub fn slice(&mut self) -> Result<bool> {
        if !self.ended {
            self.send(Signal::SIGCONT)?;
            sleep(SLICE);
            self.stop()?;
        }
        Ok(!self.ended)
    }

    /// Sends a signal; what stands still gets it when it goes on.
    pub fn send(&self, signal: Signal) -> Result<()> {
        kill(self.pid(), signal).context(|| signal.as_str().to_owned())
    }

    /// Lets it go on to its end.
    pub fn finish(self) -> Result<Output> {
        // It may be gone already.
        let _ = self.send(Signal::SIGCONT);
        finish(self.child)
    }

    /// How many services and servers the table has.
    pub fn rows(&self) -> usize {
        self.table().lines().count()
    }

    fn table(&self) -> String {
        // Of the program's own network namespace; gone with the program.
        fs::read_to_string(format!("/proc/{}/net/ip_vs", self.child.id())).unwrap_or_default()
    }

    fn stop(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.send(Signal::SIGSTOP)?;
        loop {
            match self.status() {
                'T' => return Ok(()),
                'Z' => {
                    self.ended = true;
                    return Ok(());
                }
                _ if begun.elapsed() > PATIENCE => return Err(late("a stop")),
                _ => sleep(SLICE / 16),
            }
        }
    }

    /// The state of the process in the kernel's letters.
    fn status(&self) -> char {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let text = text.unwrap_or_default();
        // The name before it is in parentheses.
        let status = text
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        status.unwrap_or('Z')
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }
}

fn late(what: &str) -> Error {
    Error::Io {
        what: format!("waiting for {what}"),
        source: std::io::ErrorKind::TimedOut.into(),
    }
}
