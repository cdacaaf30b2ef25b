//! Findings as text: a paragraph each, with the command on a line of its own; no I/O.

use std::fmt::Write;

use super::Finding;
use super::facts::Facts;

/// What is printed, with a closing line that says how much was looked at.
pub fn report(facts: &Facts, findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { title, why, mend } in findings {
        let _ = writeln!(text, "{title}.\n{why}\n\n    {mend}\n");
    }
    let head = match findings.len() {
        0 => "Nothing found".to_owned(),
        count => counted(count, "finding"),
    };
    let _ = writeln!(
        text,
        "{head}: looked at {} with {}, and at {}.",
        counted(facts.services.len(), "service"),
        counted(facts.servers().count(), "server"),
        counted(facts.daemons.len(), "sync daemon"),
    );
    text
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
