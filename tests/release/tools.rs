//! Running programs.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// The project's directory.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A program that will run in a directory, as the caller of `cargo test` would run it: without what cargo adds to
/// the environment of tests, which would have dependencies built anew.
pub fn command(program: impl AsRef<OsStr>, directory: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory);
    for (name, _) in std::env::vars_os() {
        let added = name.to_str().is_some_and(|name| name.starts_with("CARGO_"));
        if added && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it to its end and returns what it wrote to standard output.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command.output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(status.success(), "{command:?}: {status}\n{stdout}{stderr}");
    stdout
}
