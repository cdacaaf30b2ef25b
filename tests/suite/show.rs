//! Cases as a demonstration: what they print is shown as it comes.

use vm::Place;

use crate::Suite;
use crate::error::Result;
use crate::marks::Line;

impl Suite {
    /// Plays cases in a place and shows them, with a line for each at the end. Gives whether all went well.
    ///
    /// # Errors
    ///
    /// Where they cannot be played there.
    pub fn show(&self, place: Place, names: &[&str]) -> Result<bool> {
        let mut current = String::new();
        let mut verdicts = Vec::new();
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
            Line::Figure(text) | Line::Text(text) => println!("{text}"),
        };
        self.play(place, names, &mut handle)?;
        println!();
        for (_, verdict) in &verdicts {
            println!("{verdict}");
        }
        Ok(verdicts.len() == names.len() && verdicts.iter().all(|(ok, _)| *ok))
    }
}
