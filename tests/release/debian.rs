//! The Debian package: `[package.metadata.deb]` in Cargo.toml.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dependencies::packages;
use crate::tools::ROOT;

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
