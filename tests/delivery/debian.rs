//! The Debian package on a clean Debian: installed, used and removed.

use std::path::{Path, PathBuf};
use std::process::Command;

use vm::packages::require;
use vm::{Guest, Kernel, Result, cache, error, mirror};

use crate::tools::{ROOT, command, run};

/// The release that has ipvsadm 1.31.
const SUITE: &str = "bookworm";
/// What the clean system has beyond the least: a reader for manual pages, and what Debian's ipvsadm depends on.
const INCLUDE: &str = "man-db,libnl-genl-3-200,libpopt0,lsb-base";

/// A clean Debian as a tar archive, with Debian's own ipvsadm beside it, not installed.
fn clean_system() -> Result<PathBuf> {
    cache::entry(&format!("clean-{SUITE}.tar"), |partial| {
        require(&[
            ("mmdebstrap", "mmdebstrap"),
            ("xz", "xz-utils"),
            ("curl", "curl"),
        ])?;
        eprintln!("building a clean Debian ({SUITE})");
        let scratch = cache::run_dir()?;
        let (mirror, _) = mirror::package_index(SUITE, &scratch.join("."))?;
        let fetch = "chroot \"$1\" sh -c 'cd /srv && apt-get -q download ipvsadm && mv *.deb ipvsadm_1.31.deb'";
        error::run(
            Command::new("mmdebstrap")
                .args(["--variant=minbase", "--format=tar"])
                .arg(format!("--include={INCLUDE}"))
                .arg(format!("--customize-hook={fetch}"))
                .arg(SUITE)
                .arg(partial)
                .arg(mirror),
        )?;
        Ok(())
    })
}

#[test]
fn installed_used_and_removed_in_a_clean_system() {
    let package = run(&mut command("tests/release/package", ROOT));
    let package = Path::new(package.trim());
    let version = run(command("dpkg-deb", ROOT)
        .arg("-f")
        .arg(package)
        .arg("Version"));
    let outcome = Guest::new(Kernel::V6_1)
        .file(clean_system().unwrap(), "/clean.tar")
        .file(package, "/ours.deb")
        .text("/clean.sh", include_str!("clean.sh"))
        .timeout(std::time::Duration::from_secs(900))
        .run(&["/clean.sh", version.trim()])
        .unwrap();
    assert_eq!(outcome.status, 0);
}
