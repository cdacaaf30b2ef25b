//! What cargo-deny says of the dependencies.

use crate::tools::{ROOT, command, run};

/// What is allowed.
const POLICY: &str = "tests/release/deny.toml";

/// Runs some of cargo-deny's checks.
fn deny(checks: &[&str]) {
    let arguments = ["deny", "--locked", "--config", POLICY, "check"];
    run(command("cargo", ROOT).args(arguments).args(checks));
}

#[test]
fn dependencies_are_allowed() {
    deny(&["bans", "licenses", "sources"]);
}

/// From RustSec's list, which comes from github.com.
#[test]
fn dependencies_have_no_known_faults() {
    deny(&["advisories"]);
}
