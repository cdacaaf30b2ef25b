//! Findings as one JSON document; no I/O. Its form is published as `diagnosis` in `man/ipvsadm.schema.json`.

use serde::Serialize;

use super::Extent;
use crate::diagnose::{Finding, Fix};
use crate::format::json::VERSION;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    findings: Vec<FindingObject<'a>>,
    examined: Examined,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    id: &'a str,
    grade: &'a str,
    title: &'a str,
    evidence: &'a [String],
    why: &'a str,
    fixes: Vec<FixObject<'a>>,
}

#[derive(Serialize)]
struct FixObject<'a> {
    command: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
}

#[derive(Serialize)]
struct Examined {
    services: usize,
    servers: usize,
    daemons: usize,
}

/// The document, with the end of its line.
///
/// # Errors
/// None: all that is written are strings and numbers.
pub fn json(extent: Extent, findings: &[Finding]) -> serde_json::Result<String> {
    let Extent {
        services,
        servers,
        daemons,
    } = extent;
    let document = Document {
        schema: VERSION,
        findings: findings.iter().map(FindingObject::from).collect(),
        examined: Examined {
            services,
            servers,
            daemons,
        },
    };
    let mut text = serde_json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}

impl<'a> From<&'a Finding> for FindingObject<'a> {
    fn from(finding: &'a Finding) -> FindingObject<'a> {
        FindingObject {
            id: finding.id.name(),
            grade: finding.grade.name(),
            title: &finding.title,
            evidence: &finding.evidence,
            why: &finding.why,
            fixes: finding.fixes.iter().map(FixObject::from).collect(),
        }
    }
}

impl<'a> From<&'a Fix> for FixObject<'a> {
    fn from(fix: &'a Fix) -> FixObject<'a> {
        FixObject {
            command: &fix.command,
            on: fix.on.map(|host| host.to_string()),
        }
    }
}
