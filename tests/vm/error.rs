//! What can go wrong between a test and its kernel.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the tool or of the guest, never of the payload: that one has an exit status.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation of the host.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// A host program could not be started.
    #[error("cannot run {program}: {source}")]
    Spawn { program: String, source: io::Error },
    /// A host program reported failure.
    #[error("{program} failed: {}", stderr.trim())]
    Command { program: String, stderr: String },
    /// The running program is not where cargo puts test programs.
    #[error(
        "{}: not below a target directory of cargo, in which to keep kernels and programs; set IPVSADM_VM_CACHE to a \
         directory for them", program.display()
    )]
    NoTargetDir { program: PathBuf },
    /// Cargo has built no `ipvsadm` for this test program.
    #[error("{}: no such program; cargo builds it together with the tests", path.display())]
    NoIpvsadm { path: PathBuf },
    /// Host packages are missing and we may not install them.
    #[error("missing Debian packages; install them with: apt-get install {}", packages.join(" "))]
    HostPackages { packages: Vec<String> },
    /// No configured mirror has the suite.
    #[error(
        "no Debian mirror in apt's sources serves {suite}; set IPVSADM_VM_MIRROR to one (last error: {last})"
    )]
    NoMirror { suite: String, last: String },
    /// The suite has no such package.
    #[error("suite {suite} has no package {package}")]
    NoPackage { suite: String, package: String },
    /// A download is not what the suite's index promises.
    #[error("{}: SHA256 is {found}, the index says {expected}", path.display())]
    Checksum {
        path: PathBuf,
        expected: String,
        found: String,
    },
    /// The extracted kernel packages hold no kernel image.
    #[error("no vmlinuz below {}", path.display())]
    NoKernelImage { path: PathBuf },
    /// A program needs a library that is nowhere.
    #[error("{}: library {library} not found", program.display())]
    NoLibrary { program: PathBuf, library: String },
    /// A name that is not one of our kernels.
    #[error("unknown kernel {name} (one of 5.10, 6.1, 6.12, 7.2)")]
    UnknownKernel { name: String },
    /// The guest's kernel panicked. An oops is made a panic, and has a variant of its own.
    #[error("the guest's kernel panicked:\n{console}")]
    Panic { console: String },
    /// The guest's kernel hit a bug.
    #[error("the guest's kernel had an oops:\n{console}")]
    Oops { console: String },
    /// The payload did not finish in time.
    #[error("the guest did not finish within {} s; end of its console:\n{console}", after.as_secs())]
    Timeout { after: Duration, console: String },
    /// The guest stopped without reporting an exit status.
    #[error(
        "the guest stopped without an exit status; QEMU said: {qemu}\nend of its console:\n{console}"
    )]
    NoExitStatus { qemu: String, console: String },
}

/// Adds to an I/O error the path it is about.
pub trait PathContext<T> {
    /// Turns the error into [`Error::Io`].
    fn at(self, path: impl AsRef<Path>) -> Result<T>;
}

impl<T> PathContext<T> for io::Result<T> {
    fn at(self, path: impl AsRef<Path>) -> Result<T> {
        self.map_err(|source| Error::Io {
            path: path.as_ref().to_owned(),
            source,
        })
    }
}

/// Runs a host program to its end and returns its output, or an error with what it said.
pub fn run(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| Error::Spawn {
        program: program.clone(),
        source,
    })?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(Error::Command {
            program,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
