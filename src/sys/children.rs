//! Other programs that a run starts: for a limited time, and with nothing that the caller left open.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use thiserror::Error;

/// The first descriptor that is not a standard stream.
const FIRST_DESCRIPTOR: i32 = 3;
/// How long the end of a program may go unnoticed.
const TICK: Duration = Duration::from_millis(5);
/// How long to wait for a program that was killed: in the middle of a system call it can take any time.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// What a program printed, and how it ended.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Why a program has no output.
#[derive(Debug, Error)]
pub enum ChildError {
    #[error(transparent)]
    System(#[from] io::Error),
    #[error("it did not end in time and was killed")]
    TimeUp,
    #[error("it printed more than {0} bytes")]
    TooMuch(usize),
}

/// Runs a program until it ends, at most until the deadline.
///
/// It is the leader of a process group of its own. When it has ended, or time is up, the whole group is killed,
/// so nothing that it started lives on in that group. Standard input is empty, and no descriptor that this
/// program inherited is passed on.
///
/// # Errors
/// Where it cannot be started, does not end in time, or prints more than `longest` bytes on one of its streams.
pub fn output(
    command: &mut Command,
    deadline: Instant,
    longest: usize,
) -> Result<Output, ChildError> {
    close_fds::set_fds_cloexec(FIRST_DESCRIPTOR, &[]);
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let followed = follow(&mut child, deadline, longest);
    // The leader is not reaped yet, so its number is still that of the group.
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    let status = reap(&mut child)?;
    let (stdout, stderr) = followed?;
    match status {
        Some(status) => Ok(Output {
            status,
            stdout,
            stderr,
        }),
        None => Err(ChildError::TimeUp),
    }
}

/// Collects what a program prints until it ends, even if another process still holds its streams.
fn follow(
    child: &mut Child,
    deadline: Instant,
    longest: usize,
) -> Result<(Vec<u8>, Vec<u8>), ChildError> {
    let mut stdout = Stream::new(child.stdout.take().map(OwnedFd::from))?;
    let mut stderr = Stream::new(child.stderr.take().map(OwnedFd::from))?;
    loop {
        // Whatever it printed before it ended is in the pipes by then.
        let ended = has_ended(child)?;
        stdout.read(longest)?;
        stderr.read(longest)?;
        if ended {
            return Ok((stdout.bytes, stderr.bytes));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ChildError::TimeUp);
        }
        wait_for(&[&stdout, &stderr], left.min(TICK))?;
    }
}

/// Whether a child has ended; it is not reaped.
fn has_ended(child: &Child) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(Pid::from_child(child)), options) {
        Ok(status) => Ok(status.is_some()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Waits until one of the streams can be read, or for this long.
fn wait_for(streams: &[&Stream], time: Duration) -> io::Result<()> {
    let pipes = streams.iter().filter_map(|stream| stream.pipe.as_ref());
    let mut fds: Vec<PollFd<'_>> = pipes
        .map(|pipe| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN))
        .collect();
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(&mut fds, Some(&time)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// The exit status of a child that was killed or has ended; `None` where it is stuck in the kernel.
fn reap(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + LAST_WAIT;
    loop {
        match child.try_wait()? {
            None if Instant::now() < deadline => sleep(TICK),
            status => return Ok(status),
        }
    }
}

/// A pipe that a program writes to, and what came out of it.
struct Stream {
    /// `None` once it is closed.
    pipe: Option<File>,
    bytes: Vec<u8>,
}

impl Stream {
    fn new(pipe: Option<OwnedFd>) -> io::Result<Stream> {
        if let Some(pipe) = &pipe {
            fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        Ok(Stream {
            pipe: pipe.map(File::from),
            bytes: Vec::new(),
        })
    }

    /// Reads what is there.
    fn read(&mut self, longest: usize) -> Result<(), ChildError> {
        let mut block = [0; 16 * 1024];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut block) {
                Ok(0) => self.pipe = None,
                Ok(length) => self.bytes.extend_from_slice(&block[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
            if self.bytes.len() > longest {
                return Err(ChildError::TooMuch(longest));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::AsRawFd;

    const LONGEST: usize = 100_000;

    fn shell(script: &str, limit: Duration) -> Result<Output, ChildError> {
        let mut command = Command::new("/bin/sh");
        output(
            command.args(["-c", script]),
            Instant::now() + limit,
            LONGEST,
        )
    }

    /// A child that fails the test if it is still there after this time, and the time that it took.
    fn timed(script: &str, limit: Duration) -> (Result<Output, ChildError>, Duration) {
        let begun = Instant::now();
        let output = shell(script, limit);
        (output, begun.elapsed())
    }

    #[test]
    fn output_and_status() {
        let Output {
            status,
            stdout,
            stderr,
        } = shell(
            "echo out; echo err >&2; cat; exit 3",
            Duration::from_secs(20),
        )
        .unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(
            (stdout.as_slice(), stderr.as_slice()),
            (&b"out\n"[..], &b"err\n"[..])
        );
        let long = shell("head -c 90000 /dev/zero", Duration::from_secs(20)).unwrap();
        assert_eq!(long.stdout.len(), 90_000);
    }

    #[test]
    fn too_much_output() {
        let endless = shell(
            "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
            Duration::from_secs(20),
        );
        assert!(
            matches!(endless, Err(ChildError::TooMuch(LONGEST))),
            "{endless:?}"
        );
    }

    #[test]
    fn time_is_up_whatever_is_closed() {
        for script in [
            "sleep 60",
            "exec >&- 2>&-; sleep 60",
            "exec >&- 2>&-; sleep 60 & wait",
            "trap '' TERM INT HUP; while :; do sleep 1; done",
        ] {
            let (output, took) = timed(script, Duration::from_millis(200));
            assert!(
                matches!(output, Err(ChildError::TimeUp)),
                "{script}: {output:?}"
            );
            assert!(took < Duration::from_secs(10), "{script}: {took:?}");
        }
    }

    /// Who holds the pipes is not waited for, and does not live on.
    #[test]
    fn grandchildren_end_too() {
        for script in [
            "sleep 77 & echo $!",
            "sleep 77 & echo $! >&2; echo $!; exec sleep 60",
        ] {
            let mark = std::env::temp_dir().join(format!("ipvsadm-child-{}", std::process::id()));
            let script = format!(
                "exec 3>{}; {}",
                mark.display(),
                script.replace("echo $!", "echo $! >&3; echo")
            );
            let (output, took) = timed(&script, Duration::from_secs(2));
            assert!(
                took < Duration::from_secs(20),
                "{script}: {output:?} {took:?}"
            );
            let grandchild = fs::read_to_string(&mark).unwrap();
            let grandchild = grandchild.split_whitespace().next().unwrap();
            let state =
                || fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            let dead = |state: &str| state.is_empty() || state.contains(") Z ");
            let deadline = Instant::now() + Duration::from_secs(10);
            while !dead(&state()) && Instant::now() < deadline {
                sleep(TICK);
            }
            assert!(dead(&state()), "{script}: {}", state());
            fs::remove_file(&mark).unwrap();
        }
    }

    #[test]
    fn open_descriptors_stay_here() {
        let file = File::open("/dev/null").unwrap();
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
        let script = format!(
            "[ -e /proc/self/fd/{} ] && echo open; true",
            file.as_raw_fd()
        );
        let output = shell(&script, Duration::from_secs(20)).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }
}
