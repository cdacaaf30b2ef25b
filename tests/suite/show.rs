//! Cases as a demonstration: what they print is shown as it comes.

use std::process::ExitCode;

use vm::Place;

use crate::Suite;
use crate::error::{Error, Result};
use crate::marks::Line;

impl Suite {
    /// Shows the named cases, or all, on each kernel.
    pub(crate) fn show_everywhere(&self, names: &[String]) -> ExitCode {
        let all = self.cases.iter().map(|case| case.name());
        let names: Vec<&str> = match names {
            [] => all.collect(),
            names => names.iter().map(String::as_str).collect(),
        };
        let show = |place: Place| {
            println!("== {place}");
            self.show(place, &names)
        };
        let shown: Result<Vec<bool>> = Place::chosen()
            .map_err(Error::from)
            .and_then(|places| places.into_iter().map(show).collect());
        match shown {
            Ok(went_well) if went_well.iter().all(|well| *well) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}: {error}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    /// Plays cases in a place and shows them, with a line for each at the end. Gives whether all went well.
    ///
    /// # Errors
    ///
    /// Where they cannot be played there.
    pub fn show(&self, place: Place, names: &[&str]) -> Result<bool> {
        let index = |name: &&str| {
            let index = self.cases.iter().position(|case| case.name() == *name);
            index.ok_or_else(|| Error::UnknownCase((*name).to_owned()))
        };
        let cases = names.iter().map(index).collect::<Result<Vec<usize>>>()?;
        let wanted = cases.iter().map(|case| self.cases[*case].processors());
        let processors = wanted.max().unwrap_or(1);
        let mut current = "";
        let mut verdicts = Vec::new();
        let mut handle = |line: Line<'_>| match line {
            Line::Begin(case) => {
                if !current.is_empty() {
                    println!("\n{}\n", "=".repeat(78));
                }
                current = self.cases.get(case).map_or("", |case| case.name());
            }
            Line::End { ok, seconds } => {
                let word = if ok { "as expected" } else { "FAILED" };
                verdicts.push((ok, format!("{current:12} {word} ({seconds} s)")));
            }
            Line::Figure(text) | Line::Text(text) => println!("{text}"),
        };
        self.play(place, processors, &cases, &mut handle)?;
        println!();
        for (_, verdict) in &verdicts {
            println!("{verdict}");
        }
        Ok(verdicts.len() == names.len() && verdicts.iter().all(|(ok, _)| *ok))
    }
}
