//! Debian systems in directories, and programs that run in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use vm::packages::require;
use vm::{Result, cache, error, mirror};

use crate::tools::command;

/// A release with some packages, made once: in the cache.
pub fn debian(suite: &str, purpose: &str, packages: &str) -> Result<PathBuf> {
    assert!(
        nix::unistd::geteuid().is_root(),
        "only root can make a Debian system and run programs in it"
    );
    cache::entry(&format!("root-{suite}-{purpose}"), |partial| {
        require(&[
            ("mmdebstrap", "mmdebstrap"),
            ("xz", "xz-utils"),
            ("curl", "curl"),
        ])?;
        eprintln!("building a Debian ({suite}) for the {purpose}");
        let scratch = cache::run_dir()?;
        let (mirror, _) = mirror::package_index(suite, &scratch.join("."))?;
        error::run(
            Command::new("mmdebstrap")
                .args(["--variant=minbase", "--format=directory"])
                // Mirrors that are behind have indices of sid that have expired.
                .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
                .arg(format!("--include={packages}"))
                .args([suite.as_ref(), partial.as_os_str(), mirror.as_ref()]),
        )?;
        Ok(())
    })
}

/// A shell script that will run in such a system, with directories of this one mounted there for as long.
pub fn script(root: &Path, mounts: &[(&Path, &str)], script: &str) -> Command {
    let mut command = command("unshare", root);
    command.args(["--mount", "--propagation", "private", "sh", "-euc"]);
    command.arg(
        "root=$1 script=$2; shift 2
         while [ $# != 0 ]; do mkdir -p \"$root$2\"; mount --bind \"$1\" \"$root$2\"; shift 2; done
         mount -t proc proc \"$root/proc\"
         exec chroot \"$root\" sh -euc \"$script\"",
    );
    command.arg("sh").arg(root).arg(script);
    for (here, there) in mounts {
        command.arg(here).arg(there);
    }
    command
}
