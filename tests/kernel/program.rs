//! Runs a line with the reference's programs or with ours.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::scenario::Line;

/// Any user but root.
const NOBODY: u32 = 65534;
/// A program that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(20);

/// Where the programs of one family are.
#[derive(Clone, Debug)]
pub struct Family {
    pub directory: PathBuf,
    /// Where its libraries are, if not where the system has them.
    pub libraries: Option<PathBuf>,
}

/// What a run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// 128 and the signal where it was killed by one.
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A program that runs.
pub struct Running {
    child: Child,
    watch: Watch,
}

impl Family {
    /// Starts a line in the calling thread's namespace.
    pub fn start(&self, line: &Line) -> io::Result<Running> {
        let name = line.program.name();
        let mut command = Command::new(self.directory.join(name));
        // The reference's scripts call `ipvsadm`.
        let path = format!("{}:/sbin:/bin:/usr/sbin:/usr/bin", self.directory.display());
        command
            .env("PATH", path)
            .env("LC_ALL", "C")
            .current_dir("/");
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command.args(&line.words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if line.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        if line.unprivileged {
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut child = command.spawn()?;
        if let (Some(input), Some(mut stdin)) = (line.input.clone(), child.stdin.take()) {
            // In a thread: a pipe does not hold everything. A program may well end before it has read all.
            thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        let watch = Watch::over(&child);
        Ok(Running { child, watch })
    }
}

impl Running {
    /// Waits for its end.
    pub fn finish(self) -> io::Result<Outcome> {
        let output = self.child.wait_with_output()?;
        drop(self.watch);
        let status = output.status;
        Ok(Outcome {
            status: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }
}

/// Ends programs that do not end by themselves, which the reference has been seen to do.
struct Watch(u32);

/// Programs that run, and when they are late.
static WATCHED: Mutex<BTreeMap<u32, Instant>> = Mutex::new(BTreeMap::new());
static WATCHER: Once = Once::new();

impl Watch {
    fn over(child: &Child) -> Self {
        WATCHER.call_once(|| {
            thread::spawn(watch);
        });
        watched().insert(child.id(), Instant::now() + LONGEST);
        Self(child.id())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        watched().remove(&self.0);
    }
}

fn watched() -> MutexGuard<'static, BTreeMap<u32, Instant>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch() {
    loop {
        thread::sleep(Duration::from_secs(1));
        for (program, end) in watched().iter() {
            if let (true, Ok(program)) = (*end < Instant::now(), i32::try_from(*program)) {
                // It may have ended just now.
                let _ = kill(Pid::from_raw(program), Signal::SIGKILL);
            }
        }
    }
}
