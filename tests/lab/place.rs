//! Where labs run: in a virtual machine, or on this very host.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::{INSIDE, inside};
use vm::{Guest, Kernel, Place, packages};

/// All labs together may take this long on one kernel.
const PATIENCE: Duration = Duration::from_secs(900);
/// Runs a command on another host of the lab: `on client wget -qO- http://192.0.2.1/`.
const ON: &str = "#!/bin/sh\nhost=lab-$1\nshift\nexec ip netns exec \"$host\" \"$@\"\n";

/// Plays labs there, handing on what they print.
pub fn play(place: Place, labs: &[&str], sink: &mut dyn FnMut(&[u8])) -> Result<()> {
    let program = std::env::current_exe().context(|| "own name".to_owned())?;
    match place {
        Place::Guest(kernel) => {
            let argv = [&["/sbin/lab", INSIDE], labs].concat();
            guest(kernel, &program).run_with(&argv, sink)?;
            Ok(())
        }
        Place::Host => {
            let bin = Bin::new()?;
            let mut command = Command::new(program);
            command.arg(INSIDE).args(labs).env("PATH", bin.path());
            let mut child = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .context(|| "lab".to_owned())?;
            if let Some(stdout) = child.stdout.take() {
                follow(stdout, sink).context(|| "lab".to_owned())?;
            }
            child.wait().context(|| "lab".to_owned()).map(drop)
        }
    }
}

/// Gives the terminal to a shell in a lab.
pub fn shell(place: Place, lab: &str) -> Result<()> {
    let program = std::env::current_exe().context(|| "own name".to_owned())?;
    match place {
        Place::Guest(kernel) => {
            let argv = ["/sbin/lab", INSIDE, "shell", lab];
            let guest = guest(kernel, &program).interactive(true);
            guest.run(&argv)?;
            Ok(())
        }
        Place::Host => {
            let bin = Bin::new()?;
            let mut command = Command::new(program);
            command.args([INSIDE, "shell", lab]);
            let status = command.env("PATH", bin.path()).status();
            status.context(|| "lab".to_owned()).map(drop)
        }
    }
}

fn guest(kernel: Kernel, program: &Path) -> Guest {
    Guest::new(kernel)
        .program(program, "/sbin/lab")
        .text("/sbin/on", ON)
        .timeout(PATIENCE)
}

fn follow(mut stream: impl io::Read, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => sink(&buffer[..length]),
        }
    }
}

/// A directory with our program under all its names, to be first in PATH.
struct Bin(PathBuf);

impl Bin {
    fn new() -> Result<Self> {
        if !vm::host_has_ipvs() {
            return Err(Error::NoHostIpvs);
        }
        packages::require(&[
            ("ip", "iproute2"),
            ("nft", "nftables"),
            ("busybox", "busybox"),
            ("wget", "wget"),
        ])?;
        let dir =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lab-{}", std::process::id()));
        let bin = Self(dir);
        bin.fill().context(|| bin.0.display().to_string())?;
        Ok(bin)
    }

    fn fill(&self) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        for name in ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"] {
            symlink(env!("CARGO_BIN_EXE_ipvsadm"), self.0.join(name))?;
        }
        let on = self.0.join("on");
        fs::write(&on, ON)?;
        fs::set_permissions(on, fs::Permissions::from_mode(0o755))
    }

    fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        format!("{}:{path}", self.0.display())
    }
}

impl Drop for Bin {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Cuts the stream of [`inside`] into lines and tells its marks from text.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

/// A line of the stream.
pub enum Line<'a> {
    /// A lab begins.
    Begin(&'a str),
    /// The lab has ended: well or not, and after so many seconds.
    End { ok: bool, seconds: &'a str },
    /// What it prints.
    Text(&'a str),
}

impl Lines {
    /// Takes bytes as they come and hands on each line as it is complete.
    pub fn push(&mut self, bytes: &[u8], handle: &mut dyn FnMut(Line<'_>)) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            match line.strip_prefix(inside::MARK) {
                None => handle(Line::Text(line)),
                Some(mark) => match mark.split(' ').collect::<Vec<_>>()[..] {
                    ["begin", name] => handle(Line::Begin(name)),
                    ["end", word, seconds] => handle(Line::End {
                        ok: word == "ok",
                        seconds,
                    }),
                    _ => handle(Line::Text(line)),
                },
            }
        }
    }
}
