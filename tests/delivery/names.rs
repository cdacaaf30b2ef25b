//! Names as each name service module of each Debian release has them: the matrix.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use vm::packages::require;
use vm::{Guest, Kernel, Result, built, cache, error, mirror};

/// Each release with its modules; libnss-db is no longer in sid.
const RELEASES: [(&str, &str); 3] = [
    (
        "bookworm",
        "files dns myhostname resolve mymachines mdns mdns4_minimal sss db",
    ),
    (
        "trixie",
        "files dns myhostname resolve mymachines mdns mdns4_minimal sss db",
    ),
    (
        "sid",
        "files dns myhostname resolve mymachines mdns mdns4_minimal sss",
    ),
];

/// The packages of the modules that are not part of glibc's own.
const PACKAGES: &str =
    "netbase,libnss-myhostname,libnss-resolve,libnss-mymachines,libnss-mdns,libnss-sss";

fn system(suite: &str, modules: &str) -> Result<PathBuf> {
    cache::entry(&format!("names-{suite}.tar"), |partial| {
        require(&[
            ("mmdebstrap", "mmdebstrap"),
            ("xz", "xz-utils"),
            ("curl", "curl"),
        ])?;
        eprintln!("building a Debian ({suite}) with name service modules");
        let scratch = cache::run_dir()?;
        let (mirror, _) = mirror::package_index(suite, &scratch.join("."))?;
        let db = if modules.ends_with(" db") {
            ",libnss-db"
        } else {
            ""
        };
        error::run(
            Command::new("mmdebstrap")
                .args(["--variant=minbase", "--format=tar"])
                // Mirrors that are behind have indices of sid that have expired.
                .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
                .arg(format!("--include={PACKAGES}{db}"))
                .arg("--customize-hook=cd \"$1\" && rm -rf var/lib/apt/lists/* var/cache/apt/* usr/share/doc usr/share/locale")
                .args([suite.as_ref(), partial.as_os_str(), mirror.as_ref()]),
        )?;
        Ok(())
    })
}

fn all_modules(suite: &str) {
    let (_, modules) = RELEASES.iter().find(|(name, _)| *name == suite).unwrap();
    let outcome = Guest::new(Kernel::V6_1)
        .ipvsadm(built::ipvsadm().unwrap())
        .file(system(suite, modules).unwrap(), "/root.tar")
        .text("/modules", modules)
        .text("/names.sh", include_str!("names.sh"))
        .timeout(Duration::from_secs(900))
        .run(&["/names.sh"])
        .unwrap();
    assert_eq!(outcome.status, 0);
}

#[test]
fn debian_12() {
    all_modules("bookworm");
}

#[test]
fn debian_13() {
    all_modules("trixie");
}

#[test]
fn debian_sid() {
    all_modules("sid");
}
