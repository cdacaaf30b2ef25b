//! A run that is followed from one request to the kernel to the next with ptrace(2), so that something can happen to it
//! half-way: at the same moment on a fast machine and on a slow one.

use std::fs;
use std::io::Write;
use std::process::Child;
use std::thread::{self, JoinHandle};

use director::{Output, Stage, finish};
use net::{Context, Result};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

/// A run that is stopped, or has ended.
pub struct Stepped {
    child: Child,
    input: JoinHandle<()>,
    ended: bool,
}

impl Stepped {
    /// Starts a program and stops it while it waits for its input.
    pub fn start(stage: &Stage, line: &str, input: &str) -> Result<Self> {
        let mut child = stage.start_with_pipe(line)?;
        let pid = pid(&child);
        ptrace::seize(
            pid,
            Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL,
        )
        .and_then(|()| ptrace::interrupt(pid))
        .and_then(|()| waitpid(pid, None))
        .context(|| format!("tracing {line}"))?;
        let (pipe, input) = (child.stdin.take(), input.to_owned());
        // A pipe is shorter than the rules. Where the program ends early, nobody reads the rest.
        let input = thread::spawn(move || {
            let _ = pipe.map(|mut pipe| pipe.write_all(input.as_bytes()));
        });
        Ok(Self {
            child,
            input,
            ended: false,
        })
    }

    /// Runs until the table has changed so many times, or to the end; returns how many times it has. The kernel
    /// processes requests before the call that sends them returns, so each datagram of changes counts once.
    pub fn until_changes(&mut self, count: usize) -> Result<usize> {
        let mut seen = 0;
        let mut last = self.table();
        while seen < count && self.until_sent()? {
            let now = self.table();
            if now != last {
                seen += 1;
                last = now;
            }
        }
        Ok(seen)
    }

    /// Runs until it has sent something to the kernel; says whether it has not ended.
    pub fn until_sent(&mut self) -> Result<bool> {
        let pid = pid(&self.child);
        let what = || "following the program".to_owned();
        let mut signal = None;
        while !self.ended {
            match ptrace::syscall(pid, signal.take()) {
                // It was killed.
                Ok(()) | Err(Errno::ESRCH) => {}
                failed => failed.context(what)?,
            }
            match next_stop(pid).context(what)? {
                Some(WaitStatus::PtraceSyscall(_)) if has_sent(pid).context(what)? => {
                    return Ok(true);
                }
                Some(WaitStatus::Stopped(_, other)) => signal = Some(other),
                Some(_) => {}
                None => self.ended = true,
            }
        }
        Ok(false)
    }

    /// Sends a signal; the program gets it when it goes on.
    pub fn send(&self, signal: Signal) -> Result<()> {
        kill(pid(&self.child), signal).context(|| signal.as_str().to_owned())
    }

    /// Lets it go on to its end.
    pub fn finish(self) -> Result<Output> {
        // It may be gone already.
        let _ = ptrace::detach(pid(&self.child), None);
        let output = finish(self.child);
        let _ = self.input.join();
        output
    }

    /// How many services and servers the table has.
    pub fn rows(&self) -> usize {
        self.table().lines().count()
    }

    fn table(&self) -> String {
        // Of the program's own network namespace; gone with the program.
        fs::read_to_string(format!("/proc/{}/net/ip_vs", self.child.id())).unwrap_or_default()
    }
}

/// Waits until it stops; `None` where it has ended, which is left for [`finish`] to see.
fn next_stop(pid: Pid) -> nix::Result<Option<WaitStatus>> {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT;
    match waitid(Id::Pid(pid), flags)? {
        WaitStatus::Exited(..) | WaitStatus::Signaled(..) => Ok(None),
        _ => waitpid(pid, None).map(Some),
    }
}

/// Whether it is at the end of a call that sends.
fn has_sent(pid: Pid) -> nix::Result<bool> {
    let registers = ptrace::getregs(pid)?;
    let call = registers.orig_rax as i64;
    // At the beginning of a call its result is ENOSYS.
    let at_end = registers.rax as i64 != -i64::from(libc::ENOSYS);
    Ok(at_end && [libc::SYS_sendto, libc::SYS_sendmsg].contains(&call))
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id() as i32)
}
