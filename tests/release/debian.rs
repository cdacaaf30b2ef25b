//! The Debian package: `[package.metadata.deb]` in Cargo.toml.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vm::packages::require;
use vm::{Guest, Kernel, Result, cache, error, mirror};

use crate::dependencies::packages;
use crate::tools::{ROOT, command, run};

/// The release that has ipvsadm 1.31.
const SUITE: &str = "bookworm";
/// What the clean system has beyond the least: a reader for manual pages, and what Debian's ipvsadm depends on.
const INCLUDE: &str = "man-db,libnl-genl-3-200,libpopt0,lsb-base";

/// Files and folders that are to be in the package, `*` in their names resolved.
fn assets() -> BTreeSet<PathBuf> {
    let ours = packages();
    let ours = ours
        .iter()
        .find(|package| package["name"] == "ipvsadm")
        .unwrap();
    let assets = ours["metadata"]["deb"]["assets"].as_array().unwrap();
    // Those that are no list are links.
    let sources = assets
        .iter()
        .filter_map(Value::as_array)
        .map(|asset| asset[0].as_str().unwrap());
    sources.flat_map(resolve).collect()
}

fn resolve(source: &str) -> Vec<PathBuf> {
    let path = Path::new(ROOT).join(source);
    let (folder, name) = (
        path.parent().unwrap(),
        path.file_name().unwrap().to_str().unwrap(),
    );
    match name.split_once('*') {
        None => vec![path],
        Some((start, end)) => listing(folder)
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(start) && name.ends_with(end)
            })
            .collect(),
    }
}

fn listing(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
}

#[test]
fn every_page_and_completion_is_packaged() {
    let mut wanted: BTreeSet<PathBuf> = ["target/release/ipvsadm", "README.md"]
        .map(|name| Path::new(ROOT).join(name))
        .into();
    for folder in ["man", "completions"] {
        wanted.extend(listing(&Path::new(ROOT).join(folder)));
    }
    assert_eq!(assets(), wanted);
}

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
        let fetch = "chroot \"$1\" sh -c 'cd /root && apt-get -q download ipvsadm && mv *.deb ipvsadm_1.31.deb'";
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
#[ignore = "needs cargo-deb; a release build and a clean Debian take minutes"]
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
