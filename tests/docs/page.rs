//! Reads a manual page: its sections, its items with their flags, its examples. Only as much of
//! mdoc(7) is understood as the pages use.

use std::path::PathBuf;

use ipvsadm::cli::flags::Flag;
use ipvsadm::cli::lexer::{Lexer, Token};
use ipvsadm::cli::usage::UsageError;

/// The pages.
pub const PAGES: [&str; 3] = ["ipvsadm.8", "ipvsadm-save.8", "ipvsadm-restore.8"];

/// Where a page lies.
pub fn path(page: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("man")
        .join(page)
}

/// The source of a page.
pub fn source(page: &str) -> String {
    std::fs::read_to_string(path(page)).unwrap()
}

/// One item of a list.
#[derive(Debug, Default)]
pub struct Item {
    pub section: String,
    /// The heading below the section's.
    pub subsection: String,
    /// The words behind `.It`.
    pub head: String,
    /// The text, without the names of macros.
    pub body: String,
}

impl Item {
    /// The options in the head, as they are typed: `-A`, `--add-service`.
    pub fn options(&self) -> Vec<String> {
        options(&format!(".{}", self.head))
    }

    /// Whether the head shows a value, and whether it is optional.
    pub fn value(&self) -> (bool, bool) {
        let words: Vec<&str> = self.head.split(' ').collect();
        let value = words.iter().any(|word| matches!(*word, "Ar" | "Cm"));
        (value, words.windows(2).any(|pair| pair == ["Op", "Ar"]))
    }
}

/// All items of a page.
pub fn items(source: &str) -> Vec<Item> {
    let (mut section, mut subsection) = (String::new(), String::new());
    let mut items: Vec<Item> = Vec::new();
    let mut open = false;
    for line in source.lines() {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        match name {
            ".Sh" => (section, subsection, open) = (rest.to_owned(), String::new(), false),
            ".Ss" => (subsection, open) = (rest.to_owned(), false),
            ".El" => open = false,
            ".It" => {
                open = true;
                items.push(Item {
                    section: section.clone(),
                    subsection: subsection.clone(),
                    head: rest.to_owned(),
                    body: String::new(),
                });
            }
            _ if open => {
                let text = if line.starts_with('.') { rest } else { line };
                let body = &mut items.last_mut().unwrap().body;
                body.push_str(text);
                body.push(' ');
            }
            _ => {}
        }
    }
    items
}

/// The options that a line of macros sets, as they are typed.
pub fn options(line: &str) -> Vec<String> {
    const MACROS: [&str; 9] = ["Ar", "Cm", "Fl", "Li", "Nm", "Ns", "Op", "Pq", "It"];
    let mut found = Vec::new();
    let mut in_flags = false;
    if line.starts_with(".\\\"") {
        return found;
    }
    for word in line.strip_prefix('.').unwrap_or_default().split(' ') {
        if MACROS.contains(&word) {
            in_flags = word == "Fl";
        } else if in_flags && !matches!(word, "," | "." | ";" | ":" | "|" | "(" | ")") {
            found.push(format!("-{word}"));
        }
    }
    found
}

/// The flags that a word such as `-A`, `--weight=50` or `-Ln` is made of, none if one is unknown.
pub fn flags(word: &str) -> Option<Vec<Flag>> {
    Lexer::new([word].into_iter())
        .map(|token| match token {
            Ok(Token::Flag(flag, _)) | Err(UsageError::MissingValue { flag }) => Some(flag),
            _ => None,
        })
        .collect()
}

/// The lines of a section.
pub fn section<'a>(source: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let head = format!(".Sh {title}");
    let behind = source.lines().skip_while(move |line| *line != head).skip(1);
    behind.take_while(|line| !line.starts_with(".Sh "))
}

/// An example of a page.
#[derive(Debug)]
pub struct Example {
    pub name: String,
    /// The example that must have run before.
    pub after: Option<String>,
    /// What to type.
    pub script: String,
}

/// The marked examples of a page.
pub fn examples(source: &str) -> Vec<Example> {
    const MARK: &str = ".\\\" EXAMPLE";
    const NOT_RUN: [&str; 2] = [".\\\" FILE: ", ".\\\" SCREEN: "];
    let mut lines = source.lines();
    let mut examples = Vec::new();
    while let Some(line) = lines.next() {
        if NOT_RUN.iter().any(|mark| line.starts_with(mark)) {
            let display = lines.next();
            let is_literal = display.is_some_and(|line| line.starts_with(".Bd -literal"));
            assert!(is_literal, "{line}: {display:?}");
            continue;
        }
        // The comment that explains the mark has it in quotes.
        let Some((after, name)) = line.strip_prefix(MARK).and_then(|m| m.split_once(": ")) else {
            assert!(
                !line.starts_with(".Bd -literal"),
                "a literal display without a mark: what is in it?"
            );
            continue;
        };
        assert_eq!(lines.next(), Some(".Bd -literal -offset indent"), "{name}");
        let text: Vec<String> = lines
            .by_ref()
            .take_while(|line| *line != ".Ed")
            .map(plain)
            .collect();
        examples.push(Example {
            name: name.to_owned(),
            after: after.strip_prefix(" after ").map(str::to_owned),
            script: text.join("\n") + "\n",
        });
    }
    examples
}

/// A line of a literal display as it is typed.
fn plain(line: &str) -> String {
    // A bare dash or quote would be printed as another character, which no shell knows.
    assert!(
        !line.replace(r"\-", "").contains(['-', '\'', '`', '^', '~']),
        "not escaped: {line}"
    );
    let text = line
        .replace(r"\-", "-")
        .replace(r"\(aq", "'")
        .replace(r"\(ti", "~");
    let rest = text.replace(r"\e", "");
    assert!(!rest.contains('\\'), "unknown escape: {line}");
    text.replace(r"\e", "\\")
}
