//! Makes a script that shows a difference shorter, as long as it still shows one.

use crate::scenario::Line;

/// Variants that are tried at most: each takes as long as the script does.
const TRIES: usize = 120;

/// The shortest variant found. `differs` plays one and returns the line at which it differs.
pub fn shrunk(script: Vec<Line>, mut differs: impl FnMut(&[Line]) -> Option<usize>) -> Vec<Line> {
    let mut shortest = script;
    let mut tries = 0;
    loop {
        let shorter = shorter(&shortest).into_iter().find_map(|variant| {
            tries += 1;
            let at = (tries <= TRIES).then(|| differs(&variant)).flatten()?;
            Some(variant[..=at].to_vec())
        });
        match shorter {
            Some(variant) => shortest = variant,
            None => return shortest,
        }
    }
}

/// Each way to leave out a line, a line of rules or, of the last line, a word.
fn shorter(script: &[Line]) -> Vec<Vec<Line>> {
    let mut all = Vec::new();
    for index in 0..script.len() {
        let mut variant = script.to_vec();
        variant.remove(index);
        all.push(variant);
    }
    for (index, line) in script.iter().enumerate() {
        let rules: Vec<&str> = line.input.as_deref().unwrap_or_default().lines().collect();
        for left_out in 0..rules.len() {
            let rest = rules
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out);
            let rest: String = rest.map(|(_, rule)| format!("{rule}\n")).collect();
            let mut variant = script.to_vec();
            variant[index].input = Some(rest);
            all.push(variant);
        }
    }
    if let Some(last) = script.last() {
        for index in 0..last.words.len() {
            let mut variant = script.to_vec();
            if let Some(last) = variant.last_mut() {
                last.words.remove(index);
            }
            all.push(variant);
        }
    }
    all.retain(|variant| !variant.is_empty());
    all
}
