//! Findings as text: a paragraph each, with each command on a line of its own; no I/O.

use std::fmt::{self, Write};

use anstyle::Style;

use super::Extent;
use crate::diagnose::{Finding, Grade};
use crate::format::palette;
use crate::sys::words::counted;

/// What is printed, with a closing line that says what was looked at.
pub fn text(examined: &str, findings: &[Finding], coloured: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        append(&mut text, finding, coloured);
    }
    let head = match findings.len() {
        0 => "Nothing found".to_owned(),
        count => counted(count as u64, "finding"),
    };
    let _ = writeln!(text, "{head}: looked at {examined}.");
    text
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} with {}, and at {}",
            counted(self.services as u64, "service"),
            counted(self.servers as u64, "server"),
            counted(self.daemons as u64, "sync daemon"),
        )
    }
}

fn append(text: &mut String, finding: &Finding, coloured: bool) {
    let Finding {
        id,
        grade,
        title,
        evidence,
        why,
        fixes,
    } = finding;
    let style = if coloured {
        style(*grade)
    } else {
        Style::new()
    };
    let _ = writeln!(text, "{style}{grade}[{id}]{style:#}: {title}.");
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

/// How a grade looks; its word stands there too.
fn style(grade: Grade) -> Style {
    let color = match grade {
        Grade::Broken => palette::FAILING,
        Grade::Trap => palette::WARNING,
        Grade::Note => palette::NOTE,
    };
    color.on_default().bold()
}
