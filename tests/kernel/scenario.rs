//! What the tables are made of: scenarios of command lines, and what is wanted of them.

/// Which of the three programs a line calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Ipvsadm,
    Save,
    Restore,
}

impl Program {
    /// The name that both families of programs have it under.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipvsadm => "ipvsadm",
            Self::Save => "ipvsadm-save",
            Self::Restore => "ipvsadm-restore",
        }
    }
}

/// One call.
#[derive(Clone, Debug)]
pub struct Line {
    pub program: Program,
    pub words: Vec<String>,
    /// Standard input; `/dev/null` where there is none.
    pub input: Option<String>,
    /// Without root's rights.
    pub unprivileged: bool,
}

impl Line {
    /// A call of `ipvsadm` with the words of a text: split at blanks, with '...' around words that have some.
    pub fn new(text: &str) -> Self {
        Self::from_words(split(text))
    }

    pub fn from_words(words: Vec<String>) -> Self {
        Self {
            program: Program::Ipvsadm,
            words,
            input: None,
            unprivileged: false,
        }
    }

    pub fn of(program: Program, text: &str) -> Self {
        Self {
            program,
            ..Self::new(text)
        }
    }

    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    #[must_use]
    pub fn unprivileged(mut self) -> Self {
        self.unprivileged = true;
        self
    }

    /// Whether the line, by its first word, can change nothing.
    pub fn only_reads(&self) -> bool {
        const READING: [&str; 10] = [
            "-L",
            "-l",
            "-S",
            "-h",
            "-v",
            "--list",
            "--save",
            "--help",
            "--version",
            "--nothing",
        ];
        match self.program {
            Program::Save => true,
            Program::Restore => false,
            Program::Ipvsadm => self.words.first().is_none_or(|word| {
                READING
                    .iter()
                    .any(|reading| word.starts_with(reading) && !word.starts_with("-LA"))
            }),
        }
    }

    /// Whether it may leave a sync daemon behind, which `-C` does not stop.
    pub fn mentions_daemons(&self) -> bool {
        let has = |text: &String| text.contains("daemon");
        self.words.iter().any(has) || self.input.as_ref().is_some_and(has)
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.unprivileged {
            f.write_str("(user) ")?;
        }
        f.write_str(self.program.name())?;
        for word in &self.words {
            if word.is_empty() || word.contains(char::is_whitespace) {
                write!(f, " '{}'", word.escape_debug())?;
            } else {
                write!(f, " {}", word.escape_debug())?;
            }
        }
        if let Some(input) = &self.input {
            write!(f, " <<< '{}'", input.escape_debug())?;
        }
        Ok(())
    }
}

/// What standard output has to be where it is not the reference's.
#[derive(Clone, Debug)]
pub enum Stdout {
    Exactly(String),
    /// It begins and ends with these.
    Around(&'static str, &'static str),
}

/// What ours does where it is meant to differ.
#[derive(Clone, Debug, Default)]
pub struct Instead {
    /// A line with which the reference does what ours does with the given one.
    pub reference: Option<Line>,
    pub stdout: Option<Stdout>,
    pub status: Option<i32>,
    /// Ours stays silent, or complains, where the reference does the opposite.
    pub stderr: Option<bool>,
}

/// What is wanted of a line.
#[derive(Clone, Debug)]
pub enum Want {
    /// The same as from the reference.
    Same,
    /// A difference of [`crate::differences`], by its name.
    Different(&'static str, Instead),
}

/// A line and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Step {
    pub line: Line,
    pub want: Want,
}

/// Lines that run one after the other on a table of its own.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub group: &'static str,
    pub name: String,
    /// Lines for the reference's `-R`, which both sides begin with.
    pub setup: &'static str,
    pub steps: Vec<Step>,
}

impl Scenario {
    /// One line, named after itself.
    pub fn line(group: &'static str, setup: &'static str, line: Line) -> Self {
        let name = line.to_string();
        let name = name.strip_prefix("ipvsadm ").unwrap_or(&name).to_owned();
        Self::lines(group, &name, setup, vec![line])
    }

    /// Several lines.
    pub fn lines(group: &'static str, name: &str, setup: &'static str, lines: Vec<Line>) -> Self {
        let same = |line| Step {
            line,
            want: Want::Same,
        };
        Self {
            group,
            name: name.to_owned(),
            setup,
            steps: lines.into_iter().map(same).collect(),
        }
    }

    /// The last line is meant to differ.
    #[must_use]
    pub fn differs(mut self, difference: &'static str, instead: Instead) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.want = Want::Different(difference, instead);
        }
        self
    }
}

/// Splits at blanks outside of '...'.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
