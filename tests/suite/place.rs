//! The way to where IPVS is: the test program is started again in a virtual machine, or on this very host with our
//! ipvsadm first in PATH.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use vm::cache::{RunDir, run_dir};
use vm::error::PathContext;
use vm::{Guest, Kernel, Place, built, packages};

use crate::error::{Error, Result};
use crate::marks::{Line, Lines};
use crate::{INSIDE, Suite};

/// Where the guest has the list of the cases to play.
const LIST: &str = "/etc/cases";
/// The kernel where this machine's own is asked for and not to be had.
const INSTEAD: Kernel = Kernel::V6_12;

impl Suite {
    /// Plays the cases at these indexes in a place, handing on each line as it comes.
    pub(crate) fn play(
        &self,
        place: Place,
        processors: u32,
        cases: &[usize],
        handle: &mut dyn FnMut(Line<'_>),
    ) -> Result<()> {
        let mut lines = Lines::default();
        let mut sink = |bytes: &[u8]| lines.push(bytes, handle);
        let list: Vec<String> = cases.iter().map(usize::to_string).collect();
        let list = list.join(" ");
        let status = match self.kernel(place) {
            None => Bin::new(self.scripts)?.follow(&list, &mut sink)?,
            Some(kernel) => {
                let guest = self.guest(kernel)?.cpus(processors).text(LIST, &list);
                let outcome = guest.run_with(&[&self.path(), INSIDE, LIST], &mut sink)?;
                outcome.status
            }
        };
        match status {
            0 => Ok(()),
            status => Err(Error::Inside { status }),
        }
    }

    /// Starts this program in a place with other arguments, and gives it the terminal until it ends.
    ///
    /// # Errors
    ///
    /// Where it cannot be started there.
    pub fn attend(&self, place: Place, words: &[&str]) -> Result<()> {
        let Some(kernel) = self.kernel(place) else {
            return Bin::new(self.scripts)?.attend(words);
        };
        let program = self.path();
        let argv = [&[program.as_str()], words].concat();
        self.guest(kernel)?.interactive(true).run(&argv)?;
        Ok(())
    }

    /// The kernel of the virtual machine; none on the host.
    fn kernel(&self, place: Place) -> Option<Kernel> {
        match (place, self.guest_only) {
            (Place::Guest(kernel), _) => Some(kernel),
            (Place::Host, None) => None,
            (Place::Host, Some(why)) => {
                eprintln!("{why}: on {INSTEAD} in a virtual machine");
                Some(INSTEAD)
            }
        }
    }

    fn guest(&self, kernel: Kernel) -> Result<Guest> {
        let mut guest = Guest::new(kernel)
            .program(own_path()?, &self.path())
            .announced(true)
            .timeout(self.patience);
        for (name, script) in self.scripts {
            guest = guest.text(&format!("/sbin/{name}"), script);
        }
        for name in &self.variables {
            if let Ok(value) = std::env::var(name) {
                guest = guest.env(name, &value);
            }
        }
        Ok((self.equip)(guest)?)
    }

    /// Where the program is in the guest.
    fn path(&self) -> String {
        format!("/sbin/{}", self.name)
    }
}

/// On this host: a directory with our program under all its names, and the scripts, to be first in PATH.
struct Bin(RunDir);

impl Bin {
    fn new(scripts: &[(&str, &str)]) -> Result<Self> {
        if !vm::host_has_ipvs() {
            return Err(Error::NoHostIpvs);
        }
        packages::require(&[
            ("ip", "iproute2"),
            ("nft", "nftables"),
            ("busybox", "busybox"),
            ("wget", "wget"),
        ])?;
        let bin = Self(run_dir()?);
        let ipvsadm = built::ipvsadm()?;
        for name in ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"] {
            let link = bin.0.join(name);
            symlink(&ipvsadm, &link).at(&link)?;
        }
        for (name, script) in scripts {
            let path = bin.0.join(name);
            fs::write(&path, script).at(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).at(&path)?;
        }
        Ok(bin)
    }

    /// Has this program play the cases of a list and hands on what it prints; returns its exit status.
    fn follow(&self, list: &str, sink: &mut dyn FnMut(&[u8])) -> Result<i32> {
        let path = self.0.join("cases");
        fs::write(&path, list).at(&path)?;
        let mut command = self.command(&[INSIDE, &path.display().to_string()])?;
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(not_started)?;
        let mut buffer = [0; 4096];
        if let Some(stdout) = &mut child.stdout {
            while let length @ 1.. = stdout.read(&mut buffer).at("its output")? {
                sink(&buffer[..length]);
            }
        }
        let status = child.wait().map_err(not_started)?;
        Ok(status.code().unwrap_or(-1))
    }

    /// Runs this program with the terminal.
    fn attend(&self, words: &[&str]) -> Result<()> {
        self.command(words)?.status().map_err(not_started)?;
        Ok(())
    }

    fn command(&self, words: &[&str]) -> Result<Command> {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.0.join(".").display());
        let mut command = Command::new(own_path()?);
        command.args(words).env("PATH", path);
        Ok(command)
    }
}

fn own_path() -> Result<PathBuf> {
    Ok(std::env::current_exe().at("/proc/self/exe")?)
}

fn not_started(source: io::Error) -> vm::Error {
    vm::Error::Spawn {
        program: "the test program on this host".to_owned(),
        source,
    }
}
