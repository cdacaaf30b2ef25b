//! A finding: what is wrong, what was seen, and the commands that fix it.

use std::fmt;
use std::net::IpAddr;

use super::id::Id;
use crate::format::rules;
use crate::model::Change;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Traffic fails now.
    Broken,
    /// Traffic will fail in a case that can be named.
    Trap,
    /// Worth knowing.
    Note,
}

impl Grade {
    /// The grade as it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Broken => "broken",
            Grade::Trap => "trap",
            Grade::Note => "note",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that does not work, will not work, or is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub id: Id,
    pub grade: Grade,
    /// What is wrong, with the service or server that it is wrong for; no full stop.
    pub title: String,
    /// What was seen that shows it, each a sentence without its full stop.
    pub evidence: Vec<String>,
    /// Why it matters, and how the fix is kept at the next start, in whole sentences.
    pub why: String,
    /// What fixes it, in the order in which the commands work. None where there is nothing to do.
    pub fixes: Vec<Fix>,
}

/// A command that is part of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// As one would type it in a shell. Words in capitals, such as `SERVER`, are what only the
    /// administrator knows.
    pub command: String,
    /// The host to type it on, where that is not the one that was examined.
    pub on: Option<IpAddr>,
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        match self.on {
            Some(host) => write!(f, " # on {host}"),
            None => Ok(()),
        }
    }
}

impl Finding {
    /// A finding with nothing but its title.
    pub fn new(id: Id, grade: Grade, title: impl Into<String>) -> Finding {
        Finding {
            id,
            grade,
            title: title.into(),
            evidence: Vec::new(),
            why: String::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds something that was seen.
    pub fn seen(mut self, evidence: impl Into<String>) -> Finding {
        self.evidence.push(evidence.into());
        self
    }

    /// Adds several things that were seen.
    pub fn seen_all(mut self, evidence: Vec<String>) -> Finding {
        self.evidence.extend(evidence);
        self
    }

    /// Adds to the explanation.
    pub fn why(mut self, sentences: impl AsRef<str>) -> Finding {
        let sentences = sentences.as_ref();
        // Two changes are both lost at the next start, which need not be said twice.
        if self.why.contains(sentences) {
            return self;
        }
        if !self.why.is_empty() {
            self.why.push(' ');
        }
        self.why.push_str(sentences);
        self
    }

    /// Adds a command to be typed here.
    pub fn run(mut self, command: impl Into<String>) -> Finding {
        self.fixes.push(Fix {
            command: command.into(),
            on: None,
        });
        self
    }

    /// Adds a command to be typed on another host.
    pub fn run_on(mut self, host: IpAddr, command: impl Into<String>) -> Finding {
        self.fixes.push(Fix {
            command: command.into(),
            on: Some(host),
        });
        self
    }

    /// Adds the command that sets a kernel parameter, and says how it stays set.
    pub fn sysctl(self, name: &str, value: u32) -> Finding {
        self.run(sysctl(name, value)).why(keep_sysctl(name, value))
    }

    /// As [`Finding::sysctl`], on another host.
    pub fn sysctl_on(self, host: IpAddr, name: &str, value: u32) -> Finding {
        self.run_on(host, sysctl(name, value))
            .why(keep_sysctl(name, value))
    }

    /// Adds the call of ipvsadm that makes a change, and says how it stays made.
    pub fn change(self, change: &Change) -> Finding {
        let mut command = "ipvsadm ".to_owned();
        rules::change(&mut command, change);
        let keep = match change {
            Change::StartDaemon(_) | Change::StopDaemon { .. } | Change::SetTimeouts(_) => {
                KEEP_OTHERS
            }
            _ => KEEP_RULES,
        };
        self.run(command).why(keep)
    }
}

/// Said of changes to the table.
const KEEP_RULES: &str = "To keep it at the next start, save the rules again (ipvsadm -Sn).";
/// Said of what is not saved with the rules.
const KEEP_OTHERS: &str = "To keep it at the next start, change what is run at boot too.";

/// The call that sets a kernel parameter.
fn sysctl(name: &str, value: u32) -> String {
    format!("sysctl -w {name}={value}")
}

/// `name` may have been quoted for a shell, which files do not want.
fn keep_sysctl(name: &str, value: u32) -> String {
    let name: String = name.chars().filter(|c| !['\'', '"'].contains(c)).collect();
    format!("To keep it at the next start, write '{name} = {value}' to a file in /etc/sysctl.d.")
}
