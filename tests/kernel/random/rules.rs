//! Rules on standard input: what the reference is given in place of them, and what they print.

use std::io;

use super::words::{self, Token};
use crate::program::Family;
use crate::scenario::{Line, Program, split};

/// The rules with which the reference does what ours does with these. Only where a rule is right a difference in it
/// counts: the status of a wrong one is that of the reference.
pub fn for_reference(input: &str, ours: &Family) -> io::Result<String> {
    let mut rules = String::new();
    for rule in input.lines() {
        let words: Vec<String> = split(rule)
            .into_iter()
            .filter(|word| word != "ipvsadm")
            .collect();
        // The difference `restore-comments`; an empty line keeps the numbers of those behind it.
        let comment = rule.trim_start().starts_with('#');
        match words::for_reference(&words) {
            _ if comment => {}
            Some(other) if is_right(rule, ours)? => rules.push_str(&other.join(" ")),
            _ => rules.push_str(rule),
        }
        rules.push('\n');
    }
    Ok(rules)
}

fn is_right(rule: &str, ours: &Family) -> io::Result<bool> {
    let check = Line::new("-R --check").input(&format!("{rule}\n"));
    Ok(ours.start(&check)?.finish()?.status == 0)
}

/// The rules without those of which ours says that what they add is there already, and says so rightly: an earlier one
/// adds to the same service.
pub fn without_contradictions<'a>(rules: &[&'a str], complaints: &str) -> Vec<&'a str> {
    let service = |rule: &str| {
        let tokens = words::tokens(&split(rule));
        tokens.into_iter().find(Token::is_service)
    };
    let contradicts = |index: usize| {
        let reported = complaints.lines().any(|complaint| {
            complaint.starts_with(&format!("line {}: ", index + 1))
                && complaint.contains(" already exists: ")
        });
        let wanted = service(rules[index]).map(|token| token.value);
        let earlier = &rules[..index];
        reported
            && earlier
                .iter()
                .any(|rule| service(rule).map(|token| token.value) == wanted)
    };
    let kept = (0..rules.len()).filter(|index| !contradicts(*index));
    kept.map(|index| rules[index]).collect()
}

/// The options of what a line prints of the table, if it does.
pub fn reading(line: &Line) -> Option<Vec<Token>> {
    let words = match (&line.input, line.program) {
        (_, Program::Save) => split("-S"),
        (None, _) => line.words.clone(),
        (Some(input), _) => {
            let last = split(input.lines().last()?);
            last.into_iter().filter(|word| word != "ipvsadm").collect()
        }
    };
    let tokens = words::tokens(&words);
    let whole = |token: &Token| token.is_listing() || token.is_saving();
    tokens.first().is_none_or(whole).then_some(tokens)
}

/// Whether rules have a line that lists or saves.
pub fn list(input: &str) -> bool {
    let reads = |word: &str| {
        word.starts_with("-L")
            || word.starts_with("-l")
            || word.starts_with("-S")
            || word.starts_with("--l")
            || word.starts_with("--save")
    };
    input.split_whitespace().any(reads)
}
