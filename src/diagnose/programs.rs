//! Reads the firewall's rules from the programs that know how to print them.
//!
//! They come from two kernel interfaces, one of which (that of iptables-legacy) takes C structures;
//! nft and iptables-save read both. They are called by absolute path, with an empty environment, and
//! for a limited time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::facts::Tools;
use super::firewall::PRINTED_BY;
use crate::sys::children;

/// Programs and their arguments. None of them loads or makes a table. The first shows the rules of
/// iptables as well unless they are of the legacy kind.
const READERS: &[(&str, &[&str])] = &[
    ("nft", &["-n", "-a", "list", "ruleset"]),
    ("iptables-save", &["-c"]),
    ("ip6tables-save", &["-c"]),
    ("iptables-legacy-save", &["-c"]),
    ("ip6tables-legacy-save", &["-c"]),
];
const DIRECTORIES: &[&str] = &["/usr/sbin", "/sbin", "/usr/local/sbin"];
/// How long all of them together may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that is read of one of them, in bytes.
const LONGEST: usize = 32 * 1024 * 1024;

/// All rules, or `None` where no program prints them.
///
/// What a failing iptables-save would print nft has mostly printed; where nft fails, or takes too
/// long, too much would be missing.
pub fn firewall() -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    let mut rules = None;
    for &(name, arguments) in READERS {
        let Some(program) = find(name) else { continue };
        match run(&program, arguments, deadline) {
            Some(printed) => {
                let rules = rules.get_or_insert_with(String::new);
                rules.push_str(&format!("{PRINTED_BY}{name}\n{printed}"));
            }
            None if name == "nft" => return None,
            None => {}
        }
    }
    rules
}

/// Which programs there are to change the rules with.
pub fn tools() -> Tools {
    Tools {
        nft: find("nft").is_some(),
        iptables: find("iptables").is_some(),
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let paths = DIRECTORIES
        .iter()
        .map(|directory| Path::new(directory).join(name));
    paths.into_iter().find(|path| path.is_file())
}

/// What a program prints, if it ends well and in time.
fn run(program: &Path, arguments: &[&str], deadline: Instant) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/");
    let output = children::output(&mut command, deadline, LONGEST).ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
