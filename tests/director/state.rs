//! What IPVS is set up to do, as several programs report it, and how two such states differ.

use std::collections::HashSet;

/// Lines of output, in the order in which the kernel lists services and servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(Vec<String>);

impl State {
    /// Takes the output of listings; in a line of a server its service is added.
    pub fn new(text: &str) -> Self {
        let mut service = "";
        let lines = text.lines().map(|line| {
            let line = line.trim_end();
            if line.starts_with("  ->") {
                format!("{service} {line}")
            } else {
                service = line;
                line.to_owned()
            }
        });
        Self(lines.collect())
    }

    /// The same without regard to order: what is deleted and added again comes elsewhere.
    pub fn sorted(mut self) -> Self {
        self.0.sort_unstable();
        self
    }

    /// How many lines begin so.
    pub fn count(&self, start: &str) -> usize {
        self.0.iter().filter(|line| line.starts_with(start)).count()
    }

    /// Whether each of these is a line of it.
    pub fn has_all<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> bool {
        let own = self.lines();
        lines.into_iter().all(|line| own.contains(line))
    }

    fn lines(&self) -> HashSet<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// In words, for a verdict.
    pub fn difference(&self, wanted: &State) -> String {
        if self == wanted {
            return format!("the same ({} lines)", self.0.len());
        }
        let mut words = String::new();
        let first = |a: &State, b: &State| {
            let others = b.lines();
            a.0.iter()
                .find(|line| !others.contains(line.as_str()))
                .cloned()
        };
        for (what, line) in [
            ("missing", first(wanted, self)),
            ("too much", first(self, wanted)),
        ] {
            if let Some(line) = line {
                words += &format!("{what}: '{line}'; ");
            }
        }
        if words.is_empty() {
            words = "another order; ".to_owned();
        }
        format!("{words}{} lines of {}", self.0.len(), wanted.0.len())
    }
}
