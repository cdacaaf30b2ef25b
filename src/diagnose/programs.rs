//! Reads the firewall's rules from the programs that know how to print them.
//!
//! They come from two kernel interfaces, one of which (that of iptables-legacy) takes C structures;
//! nft and iptables-save read both. They are called by absolute path, with an empty environment, and
//! for a limited time.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Programs and their arguments. None of them loads or makes a table. The first shows the rules of
/// iptables as well unless they are of the legacy kind.
const READERS: &[(&str, &[&str])] = &[
    ("nft", &["-n", "list", "ruleset"]),
    ("iptables-save", &[]),
    ("ip6tables-save", &[]),
    ("iptables-legacy-save", &[]),
    ("ip6tables-legacy-save", &[]),
];
const DIRECTORIES: &[&str] = &["/usr/sbin", "/sbin", "/usr/local/sbin"];
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that is read of one of them, in bytes.
const LONGEST: u64 = 32 * 1024 * 1024;

/// All rules, or `None` where no program prints them.
///
/// What a failing iptables-save would print nft has mostly printed; where nft fails, or takes too
/// long, too much would be missing.
pub fn firewall() -> Option<String> {
    let mut rules = None;
    for &(name, arguments) in READERS {
        let Some(program) = find(name) else { continue };
        match run(&program, arguments) {
            Some(printed) => rules.get_or_insert_with(String::new).push_str(&printed),
            None if name == "nft" => return None,
            None => {}
        }
    }
    rules
}

fn find(name: &str) -> Option<PathBuf> {
    let paths = DIRECTORIES
        .iter()
        .map(|directory| Path::new(directory).join(name));
    paths.into_iter().find(|path| path.is_file())
}

/// What a program prints, if it ends well and in time.
fn run(program: &Path, arguments: &[&str]) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.ok()?;
    let printed = read(&mut child);
    if printed.is_none() {
        // It may have ended in the meantime; then there is nothing to stop.
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    printed.filter(|_| status.success())
}

fn read(child: &mut Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let length: io::Result<usize> = stdout.take(LONGEST + 1).read_to_end(&mut text);
        // The receiver is gone where time was up.
        let _ = sender.send(length.map(|_| text));
    });
    let text = receiver.recv_timeout(PATIENCE).ok()?.ok()?;
    (text.len() as u64 <= LONGEST).then(|| String::from_utf8_lossy(&text).into_owned())
}
