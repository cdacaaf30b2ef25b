//! Few rows in which every value of every factor meets every value of every other one.

use std::collections::BTreeSet;

/// A factor and one of its values.
type Choice = (usize, usize);

/// Joins the chosen values of each row with blanks; empty values leave nothing.
pub fn rows(factors: &[&[&str]]) -> Vec<String> {
    let mut open: BTreeSet<(Choice, Choice)> = BTreeSet::new();
    for (a, left) in factors.iter().enumerate() {
        for (b, right) in factors.iter().enumerate().skip(a + 1) {
            for i in 0..left.len() {
                open.extend((0..right.len()).map(|j| ((a, i), (b, j))));
            }
        }
    }
    let mut rows = Vec::new();
    while let Some(&(first, second)) = open.first() {
        let mut chosen: Vec<Choice> = vec![first, second];
        for (factor, values) in factors.iter().enumerate() {
            if factor == first.0 || factor == second.0 {
                continue;
            }
            let gain = |value: &usize| {
                let pair = |other: &&Choice| open.contains(&ordered((factor, *value), **other));
                chosen.iter().filter(pair).count()
            };
            // Of equals the first: rows stay the same from run to run.
            let best = (0..values.len()).rev().max_by_key(gain).unwrap_or(0);
            chosen.push((factor, best));
        }
        for left in &chosen {
            for right in &chosen {
                open.remove(&ordered(*left, *right));
            }
        }
        chosen.sort_unstable();
        let words: Vec<&str> = chosen
            .iter()
            .map(|(factor, value)| factors[*factor][*value])
            .filter(|word| !word.is_empty())
            .collect();
        rows.push(words.join(" "));
    }
    rows
}

fn ordered(one: Choice, other: Choice) -> (Choice, Choice) {
    (one.min(other), one.max(other))
}
