//! Findings as text: a paragraph each, with each command on a line of its own; no I/O.

use std::fmt::Write;

use super::Extent;
use crate::diagnose::Finding;
use crate::diagnose::facts::Facts;

/// What is printed, with a closing line that says how much was looked at.
pub fn text(facts: &Facts, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        append(&mut text, finding);
    }
    let head = match findings.len() {
        0 => "Nothing found".to_owned(),
        count => counted(count, "finding"),
    };
    let extent = Extent::of(facts);
    let _ = writeln!(
        text,
        "{head}: looked at {} with {}, and at {}.",
        counted(extent.services, "service"),
        counted(extent.servers, "server"),
        counted(extent.daemons, "sync daemon"),
    );
    text
}

fn append(text: &mut String, finding: &Finding) {
    let Finding {
        id,
        grade,
        title,
        evidence,
        why,
        fixes,
    } = finding;
    let _ = writeln!(text, "{grade}[{id}]: {title}.");
    for seen in evidence {
        let _ = writeln!(text, "Seen: {seen}.");
    }
    let _ = writeln!(text, "{why}\n");
    for fix in fixes {
        let _ = writeln!(text, "    {fix}");
    }
    if !fixes.is_empty() {
        text.push('\n');
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
