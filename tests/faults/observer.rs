//! Notes which rights a program has as it works, and what it opens, connects to and starts.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use nix::libc;
use nix::sys::socket::AddressFamily;
use nix::unistd::Pid;

use crate::messages;
use crate::process::{Process, Registers};
use crate::traced::{Between, Delivery};
use net::{Context, Result};

/// Sets of capabilities of a thread, as /proc shows them: a bit for each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capabilities {
    pub inheritable: u64,
    pub permitted: u64,
    pub effective: u64,
    /// What a program can get when it is started.
    pub bounding: u64,
    /// Whether a program gets no more than this one has.
    pub no_new_privileges: bool,
}

impl Capabilities {
    fn of(thread: Process) -> Result<Self> {
        let path = format!("/proc/{}/status", thread.0);
        let text = std::fs::read_to_string(&path).context(|| path.clone())?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let set = |name: &str| {
            let set = field(name).map(|digits| u64::from_str_radix(digits, 16));
            set.and_then(|set| set.ok()).unwrap_or(u64::MAX)
        };
        Ok(Self {
            inheritable: set("CapInh:"),
            permitted: set("CapPrm:"),
            effective: set("CapEff:"),
            bounding: set("CapBnd:"),
            no_new_privileges: field("NoNewPrivs:") == Some("1"),
        })
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CapInh {:x} CapPrm {:x} CapEff {:x} CapBnd {:x} NoNewPrivs {}",
            self.inheritable,
            self.permitted,
            self.effective,
            self.bounding,
            u8::from(self.no_new_privileges)
        )
    }
}

/// A program that was started, or was to be.
#[derive(Debug)]
pub struct Started {
    pub path: String,
    pub words: Vec<String>,
    pub environment: Vec<String>,
}

/// An argument of a system call.
#[derive(Clone, Copy)]
pub enum Argument {
    /// The address of [`Forged::kept`].
    Kept,
    /// The address of [`Forged::made`].
    Made,
    Number(u64),
}

/// A system call in place of another one.
pub struct Forged {
    pub call: i64,
    pub arguments: [Argument; 5],
    /// The path of a file that is there.
    pub kept: String,
    /// A path where nothing is.
    pub made: String,
}

impl Forged {
    /// Has a thread at the beginning of a system call make this one.
    fn replace(&self, thread: Process, mut registers: Registers) -> Result<()> {
        // Below the stack, and what the compiler may use of it, nothing is of use.
        let kept = registers.rsp - 4 * LONGEST_PATH;
        let made = kept + LONGEST_PATH;
        for (address, path) in [(kept, &self.kept), (made, &self.made)] {
            thread.write(address, format!("{path}\0").as_bytes())?;
        }
        let [first, second, third, fourth, fifth] = self.arguments.map(|argument| match argument {
            Argument::Kept => kept,
            Argument::Made => made,
            Argument::Number(number) => number,
        });
        registers.orig_rax = self.call as u64;
        registers.rdi = first;
        registers.rsi = second;
        registers.rdx = third;
        registers.r10 = fourth;
        registers.r8 = fifth;
        thread.set(registers)
    }
}

/// Bytes for a path of the tests.
const LONGEST_PATH: u64 = 256;
/// The file that a forged call is made for.
const SERVICES: &str = "read /etc/services";

/// Files that are opened to look names up.
const NAME_SERVICE: [&str; 5] = [
    "read /etc/nsswitch.conf",
    "read /etc/host.conf",
    "read /etc/resolv.conf",
    "read /etc/hosts",
    "read /etc/services",
];
/// What is there where IPVS is, and what is not there.
const LOADED: &str = "/proc/net/ip_vs";
const MISSING: &[u8] = b"/proc/net/ip_vX";

/// Stands between the program and the kernel, and changes nothing unless asked to.
#[derive(Default)]
pub struct Observer {
    /// Whether the kernel's next answer is that there is no such family.
    without_family: bool,
    /// What happens in place of opening the services, once.
    pub forged: Option<Forged>,
    /// Those of each of the program's threads whenever it sent something, connected, or opened one of
    /// [`NAME_SERVICE`], and at its end.
    pub capabilities: BTreeSet<Capabilities>,
    /// The paths that were opened, as `read PATH` or `write PATH`, and `connect ADDRESS`.
    pub opened: BTreeSet<String>,
    pub started: Vec<Started>,
    /// Those of the programs that were started, at their ends.
    pub capabilities_of_started: BTreeSet<Capabilities>,
    /// What became another program, and is ours no more.
    others: HashSet<Pid>,
}

impl Observer {
    /// The program does not find the family, and its first question, which is for IPVS, is answered with no.
    pub fn without_family() -> Self {
        Self {
            without_family: true,
            ..Self::default()
        }
    }
}

impl Between for Observer {
    fn send(&mut self, _request: &mut [u8]) -> std::result::Result<(), i32> {
        Ok(())
    }

    fn about_to_receive(&mut self) -> Result<()> {
        Ok(())
    }

    fn receive(&mut self, datagram: Vec<u8>) -> Vec<Delivery> {
        let missing = std::mem::take(&mut self.without_family);
        vec![Delivery::Datagram(if missing {
            messages::error(&datagram, -libc::ENOENT)
        } else {
            datagram
        })]
    }

    fn call(&mut self, thread: Process, registers: &Registers) -> Result<()> {
        if self.others.contains(&thread.0) {
            return Ok(());
        }
        let call = registers.orig_rax as i64;
        if let libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg = call {
            self.capabilities.insert(Capabilities::of(thread)?);
        }
        if self.without_family {
            hide_family(call, thread, registers)?;
        }
        if let Some(started) = started(call, thread, registers)? {
            self.others.insert(thread.0);
            self.started.push(started);
        }
        if let Some(opened) = opened(call, thread, registers)? {
            if opened.starts_with("connect ") || NAME_SERVICE.contains(&opened.as_str()) {
                self.capabilities.insert(Capabilities::of(thread)?);
            }
            if opened == SERVICES {
                if let Some(forged) = self.forged.take() {
                    forged.replace(thread, *registers)?;
                }
            }
            self.opened.insert(opened);
        }
        Ok(())
    }

    fn end(&mut self, thread: Process) -> Result<()> {
        let noted = if self.others.contains(&thread.0) {
            &mut self.capabilities_of_started
        } else {
            &mut self.capabilities
        };
        noted.insert(Capabilities::of(thread)?);
        Ok(())
    }
}

/// Has a system call that looks whether IPVS is there look elsewhere.
fn hide_family(call: i64, thread: Process, registers: &Registers) -> Result<()> {
    let path = match call {
        libc::SYS_stat | libc::SYS_access => registers.rdi,
        libc::SYS_statx | libc::SYS_newfstatat | libc::SYS_faccessat | libc::SYS_faccessat2 => {
            registers.rsi
        }
        _ => return Ok(()),
    };
    // The runtime tries out which calls there are, with no path at all.
    if path != 0 && thread.string(path)? == LOADED {
        thread.write(path, MISSING)?;
    }
    Ok(())
}

/// The program that a system call starts.
fn started(call: i64, thread: Process, registers: &Registers) -> Result<Option<Started>> {
    let (path, words, environment) = match call {
        libc::SYS_execve => (registers.rdi, registers.rsi, registers.rdx),
        libc::SYS_execveat => (registers.rsi, registers.rdx, registers.r10),
        _ => return Ok(None),
    };
    Ok(Some(Started {
        path: thread.string(path)?,
        words: thread.strings(words)?,
        environment: thread.strings(environment)?,
    }))
}

/// What a system call opens or connects to.
fn opened(call: i64, thread: Process, registers: &Registers) -> Result<Option<String>> {
    let with_mode = |path, flags: u64| -> Result<String> {
        let mode = flags as libc::c_int & libc::O_ACCMODE;
        let verb = if mode == libc::O_RDONLY {
            "read"
        } else {
            "write"
        };
        Ok(format!("{verb} {}", thread.string(path)?))
    };
    let what = match call {
        libc::SYS_open => with_mode(registers.rdi, registers.rsi)?,
        libc::SYS_openat => with_mode(registers.rsi, registers.rdx)?,
        // The flags are the first member of a struct open_how.
        libc::SYS_openat2 => with_mode(registers.rsi, thread.number(registers.rdx)?)?,
        libc::SYS_creat => format!("write {}", thread.string(registers.rdi)?),
        libc::SYS_connect => {
            let bytes = thread.read(registers.rsi, registers.rdx)?;
            if is_kernel(&bytes) {
                return Ok(None);
            }
            format!("connect {}", address(&bytes))
        }
        _ => return Ok(None),
    };
    Ok(Some(what))
}

/// Whether an address is the kernel's: a `struct sockaddr_nl` with the port 0, and no groups.
pub fn is_kernel(address: &[u8]) -> bool {
    match address.split_first_chunk() {
        Some((family, rest)) => {
            let family = libc::c_int::from(u16::from_ne_bytes(*family));
            family == libc::AF_NETLINK && rest.iter().all(|byte| *byte == 0)
        }
        None => false,
    }
}

/// A socket's address: the path of a Unix socket, else its family.
fn address(bytes: &[u8]) -> String {
    let Some((family, rest)) = bytes.split_first_chunk() else {
        return "nothing".to_owned();
    };
    let family = libc::c_int::from(u16::from_ne_bytes(*family));
    match AddressFamily::from_i32(family) {
        Some(AddressFamily::Unix) => {
            let end = rest.iter().skip(1).position(|byte| *byte == 0);
            let path = &rest[..end.map_or(rest.len(), |end| end + 1)];
            String::from_utf8_lossy(path).into_owned()
        }
        known => format!("{known:?} ({family})"),
    }
}

/// Whether a text is like a pattern with at most one `*`.
pub fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((begin, end)) => text
            .strip_prefix(begin)
            .is_some_and(|rest| rest.ends_with(end)),
    }
}
