//! A host: a network namespace, in which programs are run and sockets made.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use nix::sched::{CloneFlags, setns};

use crate::error::{Context, Error, Result};

/// Prefix of the namespaces' names, so that they do not collide with others on a machine that is not the guest.
const PREFIX: &str = "lab-";
/// A script that runs a command on another host: `on client wget -qO- http://192.0.2.1/`.
pub const ON: &str = "#!/bin/sh\nhost=lab-$1\nshift\nexec ip netns exec \"$host\" \"$@\"\n";

/// A network namespace that exists; it is removed on drop.
#[derive(Debug)]
pub struct Host {
    name: String,
    namespace: File,
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Output {
    pub status: i32,
    /// Standard output and standard error.
    pub text: String,
}

impl Host {
    /// Makes a namespace, in the place of one that an interrupted run may have left.
    pub fn new(name: &str) -> Result<Self> {
        let namespace = format!("{PREFIX}{name}");
        let path = format!("/run/netns/{namespace}");
        if std::path::Path::new(&path).exists() {
            ip(&["netns", "del", &namespace], "")?;
        }
        ip(&["netns", "add", &namespace], "")?;
        Ok(Self {
            name: name.to_owned(),
            namespace: File::open(&path).context(|| path.clone())?,
        })
    }

    /// The host's name on its network.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace's name, as `ip netns` has it.
    pub fn namespace(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Runs `ip` with these lines as its commands, all in one process.
    pub fn ip(&self, lines: &str) -> Result<()> {
        ip(&["-n", &self.namespace(), "-batch", "-"], lines)
    }

    /// Does something in the namespace: sockets made and programs started there belong to it.
    ///
    /// The thread that does it has ended when this returns; a socket stays in its namespace for good.
    pub fn on<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let entered = thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(&self.namespace, CloneFlags::CLONE_NEWNET)?;
                Ok::<T, nix::Error>(work())
            });
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        entered.context(|| format!("entering {}", self.name))
    }

    /// Sets kernel parameters, given as for `sysctl`.
    pub fn sysctl(&self, settings: &[(&str, &str)]) -> Result<()> {
        self.on(|| {
            settings.iter().try_for_each(|(name, value)| {
                let path = format!("/proc/sys/{}", name.replace('.', "/"));
                std::fs::write(&path, value).context(|| path.clone())
            })
        })?
    }

    /// Runs a shell's command line.
    pub fn shell(&self, line: &str) -> Result<Output> {
        let output = self
            .on(|| {
                Command::new("sh")
                    .args(["-c", &format!("exec 2>&1\n{line}")])
                    .stdin(Stdio::null())
                    .output()
            })?
            .context(|| line.to_owned())?;
        Ok(Output {
            status: output.status.code().unwrap_or(-1),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
        })
    }

    /// Gives the terminal to a shell until it is left.
    pub fn interactive_shell(&self) -> Result<()> {
        self.on(|| {
            Command::new("sh")
                .env("PS1", format!("{}# ", self.name))
                .status()
        })?
        .context(|| "sh".to_owned())?;
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Err(error) = ip(&["netns", "del", &self.namespace()], "") {
            eprintln!("{error}");
        }
    }
}

/// Runs `ip`, which must succeed.
fn ip(arguments: &[&str], input: &str) -> Result<()> {
    let started = Command::new("ip")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let line = || format!("ip {}", arguments.join(" "));
    let mut child = started.context(line)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).context(line)?;
    }
    let output = child.wait_with_output().context(line)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Command {
        host: "setup".to_owned(),
        line: format!("{}\n{input}", line()),
        status: output.status.code().unwrap_or(-1),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
