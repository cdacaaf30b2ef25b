//! The Debian package on a clean Debian: installed, used and removed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use vm::packages::require;
use vm::{Guest, Kernel, Result, cache, error, mirror};

use crate::tools::{ROOT, command, run};

/// The release that has ipvsadm 1.31.
const SUITE: &str = "bookworm";
/// What the clean system has beyond the least: a reader for manual pages, and what Debian's ipvsadm depends on,
/// and the other package manager.
const INCLUDE: &str = "man-db,libnl-genl-3-200,libpopt0,lsb-base,rpm";

/// A clean Debian as a tar archive, with Debian's own ipvsadm beside it, not installed.
pub fn clean_system() -> Result<PathBuf> {
    cache::entry(&format!("clean-{SUITE}-rpm.tar"), |partial| {
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

/// Makes our package.
pub fn package() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let path = run(&mut command("src/packaging/debian/build", ROOT));
        Path::new(ROOT).join(path.trim())
    })
    .clone()
}

/// A package's version.
pub fn version(package: &Path) -> String {
    let version = run(command("dpkg-deb", ROOT)
        .arg("-f")
        .arg(package)
        .arg("Version"));
    version.trim().to_owned()
}

#[test]
fn lintian_finds_no_errors() {
    require(&[("lintian", "lintian")]).unwrap();
    let words = ["--fail-on=error", "--tag-display-limit=0", "--allow-root"];
    print!(
        "{}",
        run(command("lintian", ROOT).args(words).arg(package()))
    );
}

/// cargo-deb alone makes the package, too; only the version's epoch is missing.
#[test]
fn cargo_deb_needs_no_target() {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plain.deb");
    run(command("cargo", ROOT).args(["deb", "--output"]).arg(&made));
    let plain = format!("{}-1", env!("CARGO_PKG_VERSION"));
    assert_eq!(version(&made), plain);
    assert_eq!(version(&package()), format!("1:{plain}"));
}

#[test]
fn installed_used_and_removed_in_a_clean_system() {
    let package = package();
    let version = version(&package);
    let outcome = Guest::new(Kernel::V6_1)
        .file(clean_system().unwrap(), "/clean.tar")
        .file(&package, "/ours.deb")
        .text("/clean.sh", include_str!("clean.sh"))
        .timeout(std::time::Duration::from_secs(900))
        .run(&["/clean.sh", &version])
        .unwrap();
    assert_eq!(outcome.status, 0);
}
