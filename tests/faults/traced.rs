//! A run of a program whose every call on a netlink socket passes through our hands.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::process::{Process, Registers};
use net::{Context, Result};

/// The first argument of a call that becomes the program, and is traced from there on.
pub const BECOME: &str = "--become";
/// A run that takes longer than this hangs.
const LIMIT: Duration = Duration::from_secs(120);
/// What the program may wait for an answer, in place of what it asks for.
const PATIENCE: Duration = Duration::from_millis(20);
/// The length of the instruction that makes a system call.
const SYSCALL_LENGTH: u64 = 2;
/// No system call: the kernel does nothing.
const NOTHING: u64 = u64::MAX;

/// What the program gets from a receiving call.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A datagram from the kernel.
    Datagram(Vec<u8>),
    /// From now on always this.
    Endless(Vec<u8>),
    /// An error number.
    Error(i32),
}

/// What is between the program and the kernel.
pub trait Between {
    /// The program sends. What it sends may be changed, but not its length.
    ///
    /// # Errors
    /// The error number that the program gets; the kernel gets nothing then.
    fn send(&mut self, request: &mut [u8]) -> std::result::Result<(), i32>;

    /// The program is about to receive.
    fn about_to_receive(&mut self) -> Result<()>;

    /// What the program gets, one after the other, in the place of what the kernel answers.
    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery>;

    /// A thread of the program, or of one that it started, is about to make a system call.
    fn call(&mut self, _thread: Process, _registers: &Registers) -> Result<()> {
        Ok(())
    }

    /// Such a thread is about to end.
    fn end(&mut self, _thread: Process) -> Result<()> {
        Ok(())
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit status.
    pub status: std::result::Result<i32, Signal>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    /// How long the program would wait for an answer, if it set a time-out.
    pub patience: Option<Duration>,
}

/// Becomes a program that its parent traces. Words such as `PATH=/bin` before its name are for its environment.
pub fn become_program(words: &[String]) -> ExitCode {
    let variables: Vec<_> = words
        .iter()
        .map_while(|word| word.split_once('='))
        .collect();
    let failed: io::Error = match (&words[variables.len()..], ptrace::traceme()) {
        ([program, rest @ ..], Ok(())) => Command::new(program).args(rest).envs(variables).exec(),
        (_, traced) => io::Error::other(format!("no program to become: {traced:?}")),
    };
    eprintln!("{failed}");
    ExitCode::FAILURE
}

/// Runs a program to its end, with files in `directory` for its input and output.
pub fn run(
    line: &str,
    input: &str,
    directory: &Path,
    between: &mut dyn Between,
) -> Result<Outcome> {
    one_processor().context(|| "one processor".to_owned())?;
    let path = |name: &str| directory.join(name);
    let make = |name: &str| File::create(path(name)).context(|| name.to_owned());
    fs::write(path("stdin"), input).context(|| "stdin".to_owned())?;
    let itself = std::env::current_exe().context(|| "own name".to_owned())?;
    let begun = Instant::now();
    let child = Command::new(itself)
        .arg(BECOME)
        .args(line.split_whitespace())
        .stdin(File::open(path("stdin")).context(|| "stdin".to_owned())?)
        .stdout(Stdio::from(make("stdout")?))
        .stderr(Stdio::from(make("stderr")?))
        .spawn()
        .context(|| line.to_owned())?;
    let pid = Pid::from_raw(child.id() as i32);
    let mut traced = Traced {
        process: Process(pid),
        endings: HashMap::new(),
        sockets: HashMap::new(),
        patience: None,
        between,
    };
    let status = within(LIMIT, pid, || traced.follow())?;
    let read = |name: &str| -> Result<String> {
        let bytes = fs::read(path(name)).context(|| name.to_owned())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(Outcome {
        status,
        stdout: read("stdout")?,
        stderr: read("stderr")?,
        took: begun.elapsed(),
        patience: traced.patience,
    })
}

/// Keeps this thread, and what it starts, on one processor: the program and its tracer never run at the same time,
/// and waking another processor takes longer than everything else.
fn one_processor() -> nix::Result<()> {
    let mut first = CpuSet::new();
    first.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &first)
}

/// Kills a process that does not end in time.
fn within<T>(limit: Duration, pid: Pid, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// A program that is stopped at each of its system calls.
struct Traced<'a> {
    process: Process,
    /// Of the system calls that threads are in: those of the program, and of programs that it started.
    endings: HashMap<Pid, Ending>,
    /// What it gets next on each of its netlink sockets, by their descriptors.
    sockets: HashMap<u64, VecDeque<Delivery>>,
    patience: Option<Duration>,
    between: &'a mut dyn Between,
}

/// What is to be done at the end of a system call.
enum Ending {
    Nothing,
    /// The call opens a netlink socket.
    Opened,
    /// The call gets this result, because the kernel was not asked.
    Result(i64),
    /// The call receives what the kernel answered.
    Received,
    /// The call receives what waits in the queue.
    Queued,
}

impl Traced<'_> {
    /// Follows the program to its end, with its threads and the programs that it starts.
    fn follow(&mut self) -> Result<std::result::Result<i32, Signal>> {
        let traced = || "tracing".to_owned();
        let program = self.process.0;
        waitpid(program, None).context(traced)?;
        ptrace::setoptions(
            program,
            Options::PTRACE_O_TRACESYSGOOD
                | Options::PTRACE_O_EXITKILL
                | Options::PTRACE_O_TRACECLONE
                | Options::PTRACE_O_TRACEFORK
                | Options::PTRACE_O_TRACEVFORK
                | Options::PTRACE_O_TRACEEXIT,
        )
        .context(traced)?;
        let mut known = HashSet::from([program]);
        ptrace::syscall(program, None).context(traced)?;
        loop {
            // Whatever else this test program has started belongs to other threads.
            let any = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
            let event = waitpid(None, Some(any)).context(traced)?;
            let mut signal = None;
            match event {
                WaitStatus::Exited(pid, status) if pid == program => return Ok(Ok(status)),
                WaitStatus::Signaled(pid, signal, _) if pid == program => return Ok(Err(signal)),
                WaitStatus::PtraceSyscall(pid) => self.call(Process(pid))?,
                WaitStatus::PtraceEvent(pid, _, libc::PTRACE_EVENT_EXIT) => {
                    self.between.end(Process(pid))?;
                }
                // One of them became another program.
                WaitStatus::Stopped(_, Signal::SIGTRAP) => {}
                // A new one stops before it begins.
                WaitStatus::Stopped(pid, _) if known.insert(pid) => {}
                WaitStatus::Stopped(_, other) => signal = Some(other),
                _ => {}
            }
            // One that was killed cannot be continued.
            let _ = event.pid().map(|pid| ptrace::syscall(pid, signal));
        }
    }

    /// A thread is stopped at the beginning of a system call, or at its end.
    fn call(&mut self, thread: Process) -> Result<()> {
        if let Some(ending) = self.endings.remove(&thread.0) {
            return self.ends(ending);
        }
        let registers = thread.registers()?;
        self.between.call(thread, &registers)?;
        // The program's own thread is the one that talks to the kernel.
        let ending = if thread.0 == self.process.0 {
            self.begins(registers)?
        } else {
            Ending::Nothing
        };
        self.endings.insert(thread.0, ending);
        Ok(())
    }

    fn begins(&mut self, mut registers: Registers) -> Result<Ending> {
        let call = registers.orig_rax as i64;
        if call == libc::SYS_socket {
            let netlink = registers.rdi == libc::AF_NETLINK as u64;
            return Ok(if netlink {
                Ending::Opened
            } else {
                Ending::Nothing
            });
        }
        let Some(queue) = self.sockets.get(&registers.rdi) else {
            return Ok(Ending::Nothing);
        };
        let ending = match call {
            libc::SYS_setsockopt => {
                self.shorten_patience(&registers)?;
                Ending::Nothing
            }
            libc::SYS_sendto => {
                let mut request = self.process.read(registers.rsi, registers.rdx)?;
                match self.between.send(&mut request) {
                    Ok(()) => {
                        self.process.write(registers.rsi, &request)?;
                        Ending::Nothing
                    }
                    Err(errno) => Ending::Result(-i64::from(errno)),
                }
            }
            libc::SYS_recvfrom if !queue.is_empty() => Ending::Queued,
            libc::SYS_recvfrom => {
                self.between.about_to_receive()?;
                Ending::Received
            }
            _ => Ending::Nothing,
        };
        if matches!(ending, Ending::Result(_) | Ending::Queued) {
            registers.orig_rax = NOTHING;
            self.process.set(registers)?;
        }
        Ok(ending)
    }

    fn ends(&mut self, ending: Ending) -> Result<()> {
        let mut registers = match ending {
            Ending::Nothing => return Ok(()),
            _ => self.process.registers()?,
        };
        let result = registers.rax as i64;
        match ending {
            Ending::Opened => {
                if result >= 0 {
                    self.sockets.insert(registers.rax, VecDeque::new());
                }
                return Ok(());
            }
            Ending::Result(forced) => registers.rax = forced as u64,
            Ending::Received if result >= 0 => {
                let length = registers.rax.min(registers.rdx);
                let datagram = self.process.read(registers.rsi, length)?;
                let deliveries = self.between.receive(datagram);
                let queue = self.queue(&registers);
                queue.extend(deliveries);
                if queue.is_empty() {
                    // It asks the kernel again, and does not know it.
                    registers.rax = registers.orig_rax;
                    registers.rip -= SYSCALL_LENGTH;
                } else {
                    self.deliver(&mut registers)?;
                }
            }
            Ending::Queued => self.deliver(&mut registers)?,
            _ => return Ok(()),
        }
        self.process.set(registers)
    }

    /// What waits for the socket of a call.
    fn queue(&mut self, registers: &Registers) -> &mut VecDeque<Delivery> {
        self.sockets.entry(registers.rdi).or_default()
    }

    /// Makes a receiving call return what is next.
    fn deliver(&mut self, registers: &mut Registers) -> Result<()> {
        let queue = self.queue(registers);
        let bytes = match queue.pop_front() {
            Some(Delivery::Error(errno)) => {
                registers.rax = -i64::from(errno) as u64;
                return Ok(());
            }
            Some(Delivery::Datagram(bytes)) => bytes,
            Some(Delivery::Endless(bytes)) => {
                queue.push_front(Delivery::Endless(bytes.clone()));
                bytes
            }
            None => return Ok(()),
        };
        let room = usize::try_from(registers.rdx).unwrap_or(usize::MAX);
        let fits = bytes.len().min(room);
        self.process.write(registers.rsi, &bytes[..fits])?;
        let whole = registers.r10 & libc::MSG_TRUNC as u64 != 0;
        registers.rax = if whole { bytes.len() } else { fits } as u64;
        Ok(())
    }

    /// Has the program wait less than it asks for.
    fn shorten_patience(&mut self, registers: &Registers) -> Result<()> {
        let option = i32::try_from(registers.rdx).unwrap_or(-1);
        if registers.rsi != libc::SOL_SOCKET as u64 || option != libc::SO_RCVTIMEO {
            return Ok(());
        }
        // A struct timeval: seconds and microseconds.
        let seconds = self.process.number(registers.r10)?;
        let micros = self.process.number(registers.r10 + 8)?;
        self.patience = Some(Duration::from_secs(seconds) + Duration::from_micros(micros));
        let less = [
            PATIENCE.as_secs().to_ne_bytes(),
            u64::from(PATIENCE.subsec_micros()).to_ne_bytes(),
        ];
        self.process.write(registers.r10, &less.concat())
    }
}
