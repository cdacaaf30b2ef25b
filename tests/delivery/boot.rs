//! The Debian package on machines that systemd boots: over Debian's own package, through a restart, to the purge.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use vm::packages::require;
use vm::{Guest, Kernel, Result, cache, error, mirror};

use crate::debian;
use crate::tools::{ROOT, command, run};

/// What such a machine has beyond the least; the libraries are those of Debian's ipvsadm.
const INCLUDE: &str = "systemd-sysv,udev,dbus,kmod,iproute2,libnl-genl-3-200,libpopt0";

/// A Debian as a disk image, with its ipvsadm as `/srv/theirs.deb`.
pub fn system(suite: &str) -> Result<PathBuf> {
    cache::entry(&format!("system-{suite}.ext2"), |partial| {
        require(&[
            ("mmdebstrap", "mmdebstrap"),
            ("genext2fs", "genext2fs"),
            ("resize2fs", "e2fsprogs"),
            ("xz", "xz-utils"),
            ("curl", "curl"),
        ])?;
        eprintln!("building a Debian ({suite}) to boot");
        let scratch = cache::run_dir()?;
        let (mirror, _) = mirror::package_index(suite, &scratch.join("."))?;
        let fetch =
            "chroot \"$1\" sh -c 'cd /srv && apt-get -q download ipvsadm && mv *.deb theirs.deb'";
        error::run(
            Command::new("mmdebstrap")
                .args(["--variant=minbase", "--format=ext2"])
                // Mirrors that stay behind have indices of sid that have run out.
                .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
                .arg(format!("--include={INCLUDE}"))
                .arg(format!("--customize-hook={fetch}"))
                .arg("--customize-hook=rm -r \"$1\"/var/lib/apt/lists/* \"$1\"/var/cache/apt/*")
                .args([suite.as_ref(), partial.as_os_str(), mirror.as_ref()]),
        )?;
        // It comes without room.
        error::run(Command::new("truncate").args(["-s", "1G"]).arg(partial))?;
        error::run(Command::new("resize2fs").arg("-f").arg(partial))?;
        Ok(())
    })
}

fn passes_through_a_restart(suite: &str, kernel: Kernel) {
    let package = debian::package();
    let version = debian::version(&package);
    let disk = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{suite}.ext2"));
    run(command("cp", ROOT)
        .arg("--sparse=always")
        .args([&system(suite).unwrap(), &disk]));
    for stage in ["before", "after"] {
        let outcome = Guest::new(kernel)
            .disk(&disk)
            .file(&package, "/srv/ours.deb")
            .text("/srv/boot.sh", include_str!("boot.sh"))
            .timeout(Duration::from_secs(900))
            .run(&["/run/srv/boot.sh", stage, &version])
            .unwrap();
        assert_eq!(outcome.status, 0, "{suite}, {stage} the restart");
    }
    fs::remove_file(&disk).unwrap();
}

#[test]
fn debian_12_keeps_its_rules() {
    passes_through_a_restart("bookworm", Kernel::V6_1);
}

#[test]
fn debian_13_keeps_its_rules() {
    passes_through_a_restart("trixie", Kernel::V6_12);
}

#[test]
fn debian_unstable_keeps_its_rules() {
    passes_through_a_restart("sid", Kernel::V7_2);
}
