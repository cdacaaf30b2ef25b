//! A network namespace with an IPVS table of its own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, setns, unshare};

/// The calling thread's own view; `/proc/net` is that of the process's first thread.
const NETWORK: &str = "/proc/thread-self/ns/net";
const TABLE: &str = "/proc/thread-self/net/ip_vs";
/// As much as the kernel writes into one read. It writes whole services with all their servers.
const PAGE: usize = 4096;
const INTERFACES: &[u8] = b"\
link set lo up
link add d0 type dummy
addr add 10.9.9.9/24 dev d0
link set d0 up
";

/// Kept alive by its descriptor; the kernel removes it after that.
pub struct Space {
    namespace: OwnedFd,
    /// The setup that the table is in just now, if it is known.
    pub setup: Option<&'static str>,
    /// The kernel's text of the table at that setup.
    pub table: String,
    /// Whether a sync daemon may be running.
    pub daemons: bool,
}

impl Space {
    /// A fresh one, with `lo` and a dummy interface `d0` that can multicast. The thread is in it afterwards.
    pub fn new() -> io::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET)?;
        let namespace = File::open(NETWORK)?.into();
        let mut ip = Command::new("ip")
            .args(["-batch", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = ip.stdin.take() {
            input.write_all(INTERFACES)?;
        }
        let output = ip.wait_with_output()?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!("ip -batch: {text}")));
        }
        Ok(Self {
            namespace,
            setup: None,
            table: String::new(),
            daemons: false,
        })
    }

    /// Moves the calling thread, and what it will start, into this namespace.
    pub fn enter(&self) -> io::Result<()> {
        Ok(setns(&self.namespace, CloneFlags::CLONE_NEWNET)?)
    }

    /// The table as the kernel itself writes it, if it fits into what one read gets.
    ///
    /// Up to Linux 6.x, services of all namespaces are in one hash table. A second read goes on at a position that
    /// counts the others' services too, and so skips some. And services come in the order of that hash, which
    /// depends on the namespace's address in memory: it cannot be compared from one namespace to another, so they are
    /// put in order here, with their servers as they come. (What programs print is compared as it is.)
    pub fn kernel_table(&self) -> io::Result<String> {
        self.enter()?;
        let mut buffer = vec![0; PAGE];
        let length = File::open(TABLE)?.read(&mut buffer)?;
        if length > PAGE / 2 {
            return Ok("(too long to be read at once)".to_owned());
        }
        let text = String::from_utf8_lossy(&buffer[..length]);
        let mut blocks: Vec<String> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            match blocks.last_mut() {
                // The titles, and a service's servers.
                Some(block) if number < 3 || line.starts_with("  ->") => {
                    block.push('\n');
                    block.push_str(line);
                }
                _ => blocks.push(line.to_owned()),
            }
        }
        if let Some(services) = blocks.get_mut(1..) {
            services.sort_unstable();
        }
        Ok(blocks.join("\n"))
    }
}
