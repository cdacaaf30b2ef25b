//! One run of QEMU: start it, follow the guest's console, and see how it ends.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, PathContext, Result};

/// An oops is as fatal as a panic: what the kernel says after one proves nothing. Addresses are not randomised,
/// because QEMU translates code anew for each address it appears at: a dynamic program would take four times as
/// long to start, and instruction counts would differ from run to run. Whether the timer works is not checked, because
/// on a busy host its ticks come too late for that, and the kernel panics.
const KERNEL_ARGUMENTS: &str = "console=ttyS0 quiet panic=-1 oops=panic rdinit=/init random.trust_cpu=on \
    norandmaps nokaslr no_timer_check";

/// What to start.
#[derive(Debug)]
pub struct Machine<'a> {
    /// The kernel's boot image.
    pub kernel: &'a Path,
    /// The archives of the guest's files, one after the other in one file.
    pub initrd: &'a Path,
    /// The image of a disk, `/dev/vda`; it is written to.
    pub disk: Option<&'a Path>,
    /// Where an archive from the third serial port goes.
    pub profiles: Option<&'a Path>,
    /// Memory in MiB.
    pub memory: u32,
    /// Processors; one when counting.
    pub cpus: u32,
    /// Whether the guest's clock counts instructions.
    pub counting: bool,
    /// Whether the terminal is the guest's.
    pub interactive: bool,
}

/// A running QEMU; it is killed on drop, and by the kernel should this process die first.
pub struct Qemu {
    child: Child,
    console: PathBuf,
    stderr: PathBuf,
    terminal: Option<Terminal>,
}

impl Qemu {
    /// Starts the machine. Its first serial port, the kernel's console, goes to the file `console`; the second
    /// belongs to the payload and is returned. So the kernel's messages never mix with the payload's output.
    pub fn start(
        machine: &Machine<'_>,
        console: PathBuf,
        stderr: PathBuf,
    ) -> Result<(Self, ChildStdout)> {
        let kvm = !machine.counting
            && std::env::var("IPVSADM_VM_ACCEL").is_ok_and(|accel| accel == "kvm");
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]);
        if kvm {
            command.args(["-accel", "kvm", "-cpu", "host"]);
        } else {
            // QEMU 7.2 emulates cmpxchg16b wrongly when it has several threads, and kernels panic at random.
            command.args(["-cpu", "max,-cx16", "-accel"]);
            command.arg(if machine.counting {
                "tcg,thread=single"
            } else {
                "tcg,thread=multi"
            });
        }
        if machine.counting {
            command.args(["-icount", "shift=0,sleep=off"]);
        }
        let cpus = if machine.counting { 1 } else { machine.cpus };
        command.args(["-m", &machine.memory.to_string(), "-smp", &cpus.to_string()]);
        command.args([
            "-display",
            "none",
            "-vga",
            "none",
            "-nodefaults",
            "-no-reboot",
        ]);
        command
            .arg("-serial")
            .arg(format!("file:{}", console.display()));
        command.args([
            "-chardev",
            "stdio,id=payload,signal=off",
            "-serial",
            "chardev:payload",
        ]);
        if let Some(profiles) = machine.profiles {
            command
                .arg("-serial")
                .arg(format!("file:{}", profiles.display()));
        }
        if let Some(disk) = machine.disk {
            command.arg("-drive").arg(format!(
                "file={},format=raw,if=virtio,cache=unsafe",
                disk.display()
            ));
        }
        command
            .arg("-kernel")
            .arg(machine.kernel)
            .arg("-initrd")
            .arg(machine.initrd);
        command.args(["-append", KERNEL_ARGUMENTS]);

        let errors = File::create(&stderr).at(&stderr)?;
        let terminal = machine.interactive.then(Terminal::save);
        let stdin = if machine.interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        };
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|source| Error::Spawn {
                program: "setpriv".to_owned(),
                source,
            })?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| std::io::ErrorKind::BrokenPipe.into())
            .at(&console)?;
        Ok((
            Self {
                child,
                console,
                stderr,
                terminal,
            },
            output,
        ))
    }

    /// Waits until the machine has switched itself off; false if it has not by then.
    pub fn is_off_by(&mut self, deadline: Instant) -> bool {
        loop {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Explains why the guest ended without an exit status.
    pub fn failure(&mut self, timeout: Option<Duration>) -> Error {
        let console = tail(&self.console, 60);
        if console.contains("BUG: ") || console.contains("Oops: ") {
            Error::Oops { console }
        } else if console.contains("Kernel panic") {
            Error::Panic { console }
        } else if let Some(after) = timeout {
            Error::Timeout { after, console }
        } else {
            Error::NoExitStatus {
                qemu: tail(&self.stderr, 20),
                console,
            }
        }
    }

    /// All that the kernel has said so far.
    pub fn console(&self) -> String {
        tail(&self.console, usize::MAX)
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(terminal) = &self.terminal {
            terminal.restore();
        }
    }
}

fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).replace('\r', "");
    let skipped = text.lines().count().saturating_sub(lines);
    text.lines().skip(skipped).collect::<Vec<_>>().join("\n")
}

/// The settings of the host's terminal. QEMU makes it raw, and cannot put it back when killed.
struct Terminal(Option<String>);

impl Terminal {
    fn save() -> Self {
        let output = Command::new("stty")
            .arg("-g")
            .stdin(Stdio::inherit())
            .stderr(Stdio::null())
            .output();
        let settings = output
            .ok()
            .and_then(|output| String::from_utf8(output.stdout).ok());
        Self(
            settings
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty()),
        )
    }

    fn restore(&self) {
        if let Some(settings) = &self.0 {
            let _ = Command::new("stty").arg(settings).status();
        }
    }
}

/// How the payload's stream ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With this exit status.
    Exit(i32),
    /// QEMU is gone.
    Closed,
    /// Not yet.
    TimedOut,
}

/// Follows the payload's stream until its exit marker, and hands each piece of output to `sink` at once.
/// Returns also when the payload was started.
pub fn follow(
    output: impl Read + Send + 'static,
    nonce: &str,
    timeout: Option<Duration>,
    sink: &mut dyn FnMut(&[u8]),
) -> (End, Option<Instant>) {
    let begun = Instant::now();
    let pieces = pieces(output);
    let mut stream = Stream::new(nonce);
    let mut started = None;
    loop {
        let piece = match timeout {
            None => pieces.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(timeout) => pieces.recv_timeout(timeout.saturating_sub(begun.elapsed())),
        };
        match piece {
            Ok(piece) => {
                let end = stream.feed(&piece, sink);
                if stream.started && started.is_none() {
                    started = Some(Instant::now());
                }
                if let Some(status) = end {
                    return (End::Exit(status), started);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return (End::Closed, started),
            Err(RecvTimeoutError::Timeout) => return (End::TimedOut, started),
        }
    }
}

/// Reads in a thread of its own, for a read of a pipe has no timeout. The thread ends with QEMU.
fn pieces(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(length @ 1..) = output.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Finds the two markers in the payload's stream: `NONCE start\n` and `NONCE exit STATUS\n`.
///
/// The nonce is random for each run, so no output can be taken for one; and a marker need not begin a line, so
/// that output without a last newline is passed on as it is.
pub struct Stream {
    nonce: Vec<u8>,
    held: Vec<u8>,
    started: bool,
}

impl Stream {
    /// Waits for the start marker.
    pub fn new(nonce: &str) -> Self {
        Self {
            nonce: nonce.as_bytes().to_vec(),
            held: Vec::new(),
            started: false,
        }
    }

    /// Takes a piece of the stream, passes on what is certainly output, and returns the exit status if it is
    /// there.
    pub fn feed(&mut self, piece: &[u8], sink: &mut dyn FnMut(&[u8])) -> Option<i32> {
        self.held.extend_from_slice(piece);
        loop {
            let found = self
                .held
                .windows(self.nonce.len())
                .position(|window| window == self.nonce);
            let certain = found.unwrap_or_else(|| self.held.len() - self.partial());
            let output: Vec<u8> = self.held.drain(..certain).collect();
            if self.started && !output.is_empty() {
                sink(&output);
            }
            found?;
            let end = self.held.iter().position(|byte| *byte == b'\n')?;
            let marker: Vec<u8> = self.held.drain(..=end).skip(self.nonce.len()).collect();
            let marker = String::from_utf8_lossy(&marker).trim().to_owned();
            match marker.strip_prefix("exit ") {
                Some(status) => return Some(status.parse().unwrap_or(-1)),
                None => self.started = true,
            }
        }
    }

    /// How many bytes at the end may be the beginning of a nonce.
    fn partial(&self) -> usize {
        let longest = self.held.len().min(self.nonce.len().saturating_sub(1));
        (1..=longest)
            .rev()
            .find(|length| {
                self.nonce
                    .starts_with(&self.held[self.held.len() - length..])
            })
            .unwrap_or(0)
    }
}

/// Writes to standard output as it comes.
pub fn to_stdout(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}
