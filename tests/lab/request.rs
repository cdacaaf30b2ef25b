//! `cargo lab`: what a reader may ask for, and showing it.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::labs::{self, Lab};
use crate::place::{self, Line, Lines};
use vm::{Kernel, Place};

/// One call of `cargo lab`.
pub struct Request {
    place: Place,
    labs: Vec<&'static Lab>,
    action: Action,
}

#[derive(PartialEq, Eq)]
enum Action {
    Show,
    Shell,
    List,
}

impl Request {
    /// Reads the words after `cargo lab`.
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut request = Self {
            place: Place::Guest(Kernel::V6_12),
            labs: Vec::new(),
            action: Action::Show,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--kernel" => request.place = words.next().ok_or(Error::Usage)?.parse()?,
                word if word.starts_with('-') => return Err(Error::Usage),
                "list" => request.action = Action::List,
                "shell" => request.action = Action::Shell,
                "all" => request.labs.extend(labs::ALL),
                name => {
                    let lab = labs::find(name).ok_or_else(|| Error::UnknownWord(name.to_owned()));
                    request.labs.push(lab?);
                }
            }
        }
        if request.labs.is_empty() {
            request.labs.push(&labs::ALL[0]);
        }
        if request.action == Action::Shell && request.labs.len() > 1 {
            return Err(Error::OneShell);
        }
        Ok(request)
    }

    /// Does it.
    pub fn serve(&self) -> ExitCode {
        let done = match self.action {
            Action::List => {
                for lab in labs::ALL {
                    println!("{:12} {}", lab.name, lab.about);
                }
                Ok(true)
            }
            Action::Shell => {
                let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
                let shell = || place::shell(self.place, self.labs[0].name);
                let done = if terminal {
                    shell()
                } else {
                    Err(Error::NoTerminal)
                };
                done.map(|()| true)
            }
            Action::Show => self.show(),
        };
        match done {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("lab: {error}");
                ExitCode::FAILURE
            }
        }
    }

    /// Whether all went as expected.
    fn show(&self) -> Result<bool> {
        let names: Vec<&str> = self.labs.iter().map(|lab| lab.name).collect();
        let mut current = String::new();
        let mut verdicts = Vec::new();
        let mut lines = Lines::default();
        let mut handle = |line: Line<'_>| match line {
            Line::Begin(name) => {
                if !current.is_empty() {
                    println!("\n{}\n", "=".repeat(78));
                }
                current = name.to_owned();
            }
            Line::End { ok, seconds } => {
                let word = if ok { "as expected" } else { "FAILED" };
                verdicts.push((ok, format!("{current:12} {word} ({seconds} s)")));
            }
            Line::Text(text) => println!("{text}"),
        };
        let mut push = |bytes: &[u8]| lines.push(bytes, &mut handle);
        place::play(self.place, &names, &mut push)?;
        println!();
        for (_, verdict) in &verdicts {
            println!("{verdict}");
        }
        Ok(verdicts.len() == names.len() && verdicts.iter().all(|(ok, _)| *ok))
    }
}
