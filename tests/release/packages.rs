//! The packages: `[package.metadata.deb]` in Cargo.toml, the spec file, and what they share.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dependencies::packages;
use crate::tools::{ROOT, command, run};

/// The licences of all that is linked into the program.
const COPYRIGHT: &str = "src/packaging/copyright";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// Files and folders that are to be in the Debian package, `*` in their names resolved.
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

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let found = listing(folder).flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    found.collect()
}

#[test]
fn every_page_completion_and_helper_is_in_the_debian_package() {
    let root = Path::new(ROOT);
    let mut wanted: BTreeSet<PathBuf> = ["target/release/ipvsadm", "README.md"]
        .map(|name| root.join(name))
        .into();
    for folder in ["man", "completions"] {
        wanted.extend(listing(&root.join(folder)));
    }
    // Named by other keys, run while the packages are made, or in the other package.
    let elsewhere = [
        "copyright",
        "cargo",
        "debian/build",
        "debian/changelog",
        "debian/preinst",
        "debian/postinst",
        "debian/prerm",
        "debian/postrm",
        "rpm/ipvsadm.spec",
        "rpm/ipvsadm-config",
        "rpm/system",
    ];
    let packaging = root.join("src/packaging");
    wanted.extend(files(&packaging));
    for name in elsewhere {
        assert!(wanted.remove(&packaging.join(name)), "{name}");
    }
    assert_eq!(assets(), wanted);
}

#[test]
fn every_page_completion_and_helper_is_in_the_rpm_package() {
    let spec = read("src/packaging/rpm/ipvsadm.spec");
    for name in [
        "man/*.8",
        "man/ipvsadm.schema.json",
        "completions/ipvsadm.bash",
        "completions/_ipvsadm",
        "completions/*.fish",
        "README.md",
        "LICENSE",
        COPYRIGHT,
        "src/packaging/ipvsadm.service",
        "src/packaging/ipvsadm-service",
        "src/packaging/rpm/system",
        "src/packaging/rpm/ipvsadm-config",
    ] {
        let installed = spec
            .lines()
            .any(|line| line.starts_with("install ") && line.split(' ').any(|word| word == name));
        assert!(installed, "{name}");
        assert!(!resolve(name).is_empty(), "{name}");
    }
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = read("src/packaging/debian/changelog");
    assert!(
        changelog.starts_with(&format!("ipvsadm (1:{version}-1) ")),
        "{changelog}"
    );
    let spec = read("src/packaging/rpm/ipvsadm.spec");
    let line = spec
        .lines()
        .find(|line| line.starts_with("Version:"))
        .unwrap();
    assert_eq!(line.split_whitespace().last(), Some(version));
}

/// What cargo links into the program: no procedural macros, nothing for building or testing.
fn linked() -> BTreeSet<String> {
    let tree = run(command("cargo", ROOT)
        .args(["tree", "--locked", "--prefix=none", "--format={p}"])
        .arg("--edges=normal,no-proc-macro"));
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "ipvsadm")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_copyright_file_names_all_that_is_linked() {
    let text = read(COPYRIGHT);
    let mut named = BTreeSet::new();
    for paragraph in text.split("\n\n").skip(1) {
        let field = |name: &str| {
            let mut lines = paragraph.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let Some(files) = field("Files") else {
            continue;
        };
        assert!(field("Copyright").is_some(), "{files}: whose is it?");
        assert_eq!(field("License"), Some("MIT"), "{files}");
        named.insert(files.trim_end_matches("/*").to_owned());
    }
    // Ours, and Rust's standard library.
    for name in ["*", "rust/library"] {
        assert!(named.remove(name), "{name}");
    }
    assert_eq!(named, linked(), "the paragraphs of {COPYRIGHT}");
    for package in packages() {
        let licence = package["license"].as_str().unwrap();
        if named.contains(package["name"].as_str().unwrap()) {
            let offered = licence.split(" OR ").flat_map(|part| part.split('/'));
            assert!(
                offered.into_iter().any(|offer| offer == "MIT"),
                "{} is offered under {licence}",
                package["name"]
            );
        }
    }
}

/// EL 9's, the oldest C library that the README names.
const OLDEST_GLIBC: [u32; 2] = [2, 34];

/// Versions of the C library whose symbols a program cannot start without; those that it can are weak.
#[test]
fn no_newer_c_library_is_needed() {
    let table = run(command("objdump", ROOT)
        .arg("-T")
        .arg(env!("CARGO_BIN_EXE_ipvsadm")));
    let mut seen = 0;
    for line in table.lines().filter(|line| line.contains("*UND*")) {
        let Some((before, version)) = line.split_once("(GLIBC_") else {
            continue;
        };
        let version = version.split(')').next().unwrap();
        let version: Vec<u32> = version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        seen += 1;
        assert!(
            before.contains(" w ") || version[..2] <= OLDEST_GLIBC[..],
            "{line}"
        );
    }
    assert!(seen > 20, "{table}");
}
