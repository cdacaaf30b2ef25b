//! The RPM package: built by Debian's rpmbuild, installed, used and removed in a clean system.

use std::path::{Path, PathBuf};

use vm::packages::require;
use vm::{Guest, Kernel};

use crate::debian::clean_system;
use crate::tools::{ROOT, command, run};

const SPEC: &str = "src/packaging/rpm/ipvsadm.spec";
/// EL 9's, the oldest C library that the README names.
const OLDEST_GLIBC: [u32; 2] = [2, 34];

/// Makes our package.
fn package() -> PathBuf {
    require(&[("rpmbuild", "rpm")]).unwrap();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rpm");
    let define = |name: &str, value: &str| format!("--define={name} {value}");
    let place_name = place.to_str().unwrap();
    run(command("rpmbuild", ROOT)
        .args(["-bb", "--build-in-place"])
        .arg(define("_topdir", place_name))
        .arg(define("_build_name_fmt", "ipvsadm.rpm"))
        .arg(SPEC));
    place.join("RPMS/ipvsadm.rpm")
}

#[test]
fn built_installed_used_and_removed() {
    let package = package();
    let requires = run(command("rpm", ROOT)
        .args(["--query", "--requires", "--package"])
        .arg(&package));
    let versions: Vec<[u32; 2]> = requires
        .lines()
        .filter_map(|line| line.strip_prefix("libc.so.6(GLIBC_")?.split(')').next())
        .map(|version| {
            let mut numbers = version.split('.').map(|part| part.parse().unwrap());
            [numbers.next().unwrap(), numbers.next().unwrap()]
        })
        .collect();
    let newest = versions.iter().max().unwrap();
    assert!(*newest <= OLDEST_GLIBC, "{requires}");

    let outcome = Guest::new(Kernel::V6_1)
        .file(clean_system().unwrap(), "/clean.tar")
        .file(&package, "/ours.rpm")
        .text("/rpm.sh", include_str!("rpm.sh"))
        .timeout(std::time::Duration::from_secs(900))
        .run(&["/rpm.sh", env!("CARGO_PKG_VERSION")])
        .unwrap();
    assert_eq!(outcome.status, 0);
}
