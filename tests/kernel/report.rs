//! How the guest tells the host what it has done: one line an event, because the serial port is slow.

use std::fmt::Write as _;

/// Cases are named by their index: both sides have the same list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Begun(usize),
    Done {
        case: usize,
        lines: usize,
        /// What differed.
        failure: Option<String>,
    },
}

/// What events begin with; all other lines are for whoever reads the log.
const MARK: &str = "\u{1}";

impl Event {
    pub fn encode(&self) -> String {
        let mut text = MARK.to_owned();
        // Writing to a string does not fail.
        let _ = match self {
            Self::Begun(case) => write!(text, "begun {case}"),
            Self::Done {
                case,
                lines,
                failure: None,
            } => write!(text, "ok {case} {lines}"),
            Self::Done {
                case,
                lines,
                failure: Some(failure),
            } => write!(text, "failed {case} {lines} {}", escape(failure)),
        };
        text
    }

    pub fn decode(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(MARK)?.splitn(4, ' ');
        let verb = words.next()?;
        let case = words.next()?.parse().ok()?;
        if verb == "begun" {
            return Some(Self::Begun(case));
        }
        let lines = words.next()?.parse().ok()?;
        Some(Self::Done {
            case,
            lines,
            failure: words.next().map(unescape),
        })
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match (letter, letter == '\\') {
            (_, false) => letter,
            (_, true) => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                other => other.unwrap_or('\\'),
            },
        });
    }
    plain
}
