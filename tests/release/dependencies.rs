//! What the program is built from, as `deny.toml` allows it. cargo-deny judges by the same file, and also asks
//! RustSec's list of known faults (tests/delivery); it takes minutes to install, so that the rest is looked at here, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::tools::{ROOT, command, run};

const POLICY: &str = "tests/release/deny.toml";

/// What cargo knows of the packages that are built for this platform, ours among them.
pub fn packages() -> Vec<Value> {
    let platform = run(command("rustc", ROOT).args(["--print", "host-tuple"]));
    // Locked: this fails where Cargo.lock does not fit Cargo.toml.
    let metadata = run(command("cargo", ROOT)
        .args([
            "metadata",
            "--locked",
            "--format-version=1",
            "--filter-platform",
        ])
        .arg(platform.trim()));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn policy() -> toml::Table {
    fs::read_to_string(Path::new(ROOT).join(POLICY))
        .unwrap()
        .parse()
        .unwrap()
}

fn name(package: &Value) -> String {
    format!("{} {}", text(package, "name"), text(package, "version"))
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field}: {package}"))
}

/// A licence expression is met if each of its parts between `AND` offers a licence that is allowed: however it is
/// bracketed, that is never less than what it asks for.
fn is_met(expression: &str, allowed: &[&str]) -> bool {
    expression.split(" AND ").all(|part| {
        // Older manifests write `/` for `OR`.
        part.split(" OR ")
            .flat_map(|part| part.split('/'))
            .any(|licence| allowed.contains(&licence.trim_matches([' ', '(', ')'])))
    })
}

#[test]
fn licence_expressions() {
    for (expression, met) in [
        ("A", true),
        ("C", false),
        ("C OR A", true),
        ("C/A", true),
        ("A AND C", false),
        ("(C OR A) AND B", true),
        ("(C OR A) AND C", false),
        ("C WITH exception OR B", true),
        ("A WITH exception", false),
    ] {
        assert_eq!(is_met(expression, &["A", "B"]), met, "{expression}");
    }
}

#[test]
fn licences_are_allowed() {
    let policy = policy();
    let allowed = policy["licenses"]["allow"].as_array().unwrap();
    let allowed: Vec<&str> = allowed.iter().filter_map(|word| word.as_str()).collect();
    let mut refused = packages();
    refused.retain(|package| !is_met(text(package, "license"), &allowed));
    let refused: Vec<String> = refused.iter().map(name).collect();
    assert_eq!(refused, [""; 0], "their licences are not in {POLICY}");
}

#[test]
fn everything_is_from_the_registry() {
    for package in packages() {
        let manifest = Path::new(text(&package, "manifest_path"));
        match package["source"].as_str() {
            Some(source) => assert_eq!(
                source,
                "registry+https://github.com/rust-lang/crates.io-index"
            ),
            None => assert!(manifest.starts_with(ROOT), "{manifest:?}"),
        }
    }
}

#[test]
fn each_is_there_once() {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for package in packages() {
        let (name, version) = (text(&package, "name"), text(&package, "version"));
        versions
            .entry(name.to_owned())
            .or_default()
            .insert(version.to_owned());
    }
    versions.retain(|_, versions| versions.len() > 1);
    let policy = policy();
    let skipped: BTreeSet<&str> = policy["bans"]["skip"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["crate"].as_str().unwrap().split('@').next().unwrap())
        .collect();
    let duplicates: BTreeSet<&str> = versions.keys().map(String::as_str).collect();
    assert_eq!(
        duplicates, skipped,
        "more than one version, and those that {POLICY} gives a reason for"
    );
}

/// A version of Rust: `1.91` or `1.91.0`.
fn rust(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect()
}

/// What the program is built from needs no newer Rust than the program says, and what its tests are built from none
/// that is newer than theirs.
#[test]
fn none_needs_a_newer_rust() {
    let built = run(command("cargo", ROOT)
        .args(["tree", "--locked", "--prefix=none", "--format={p}"])
        .arg("--edges=normal,build"));
    let built: BTreeSet<&str> = built
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        built.contains("ipvsadm") && !built.contains("vm"),
        "{built:?}"
    );
    let packages = packages();
    let of_tests = packages
        .iter()
        .find(|package| text(package, "name") == "vm");
    let of_tests = text(of_tests.unwrap(), "rust_version");
    for package in &packages {
        let least = match built.contains(text(package, "name")) {
            true => env!("CARGO_PKG_RUST_VERSION"),
            false => of_tests,
        };
        if let Some(version) = package["rust_version"].as_str() {
            assert!(
                rust(version)[..2] <= rust(least)[..2],
                "{} needs Rust {version}, not {least}",
                name(package)
            );
        }
    }
}
