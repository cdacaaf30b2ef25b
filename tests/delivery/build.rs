//! Release builds.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::tools::{ROOT, command, run};

/// Copies the project to a new place: the files that git knows, as they are now.
pub fn copy(place: &Path) {
    fs::create_dir_all(place).unwrap();
    let script = r#"git ls-files -z | xargs -0 cp --parents -t "$0""#;
    run(command("sh", ROOT).arg("-c").arg(script).arg(place));
}

/// Cargo's own directory.
pub fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"),
        PathBuf::from,
    )
}

fn build(place: &Path, cargo_home: &Path) -> Vec<u8> {
    run(command("src/packaging/cargo", place)
        .env("CARGO_HOME", cargo_home)
        .args(["build", "--release", "--locked"]));
    fs::read(place.join("target/release/ipvsadm")).unwrap()
}

fn contains(bytes: &[u8], word: &Path) -> bool {
    let word = word.as_os_str().as_encoded_bytes();
    memchr::memmem::find(bytes, word).is_some()
}

/// In two directories, with cargo's own in two places.
#[test]
fn two_builds_are_the_same_bytes() {
    let scratch =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("builds-{}", std::process::id()));
    let home = cargo_home();
    let [here, there] = ["here", "over/there"].map(|name| scratch.join(name));
    copy(&here);
    copy(&there);
    let other_home = scratch.join("home");
    symlink(&home, &other_home).unwrap();

    let programs = [build(&here, &home), build(&there, &other_home)];
    assert!(programs[0] == programs[1], "see {}", scratch.display());
    for place in [&scratch, &home, &other_home] {
        assert!(
            !contains(&programs[0], place),
            "{} is in the program",
            place.display()
        );
    }
    fs::remove_dir_all(&scratch).unwrap();
}
