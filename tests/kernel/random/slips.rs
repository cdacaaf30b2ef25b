//! Mistakes in command lines: words in the wrong place, misspelt, written twice, left out.

use fastrand::Rng;

/// Of so many words one is wrong.
const ONE_IN: u32 = 25;
/// Letters that a misspelling may bring in: those that mean something in some place.
const LETTERS: &[u8] = b"0123456789abcdefgilmnoprstuwxyzACDELRSZ:.,-[]%";
/// Wrong values, and options that go with few commands.
const STRAY: &[&str] = &[
    "-q",
    "-w",
    "x",
    "-1",
    "--nosuch",
    "-s",
    "-p",
    "0",
    "-6",
    "-n",
    "-c",
    "-m",
    "-g",
    "-i",
    "-o",
    "--rate",
    "--sort",
    "--set",
    "-C",
    "-L",
    "-t",
    "1.1.1.1:80",
    "no.such.host",
    "-M",
    "-r",
    "-b",
    "flag-9",
    "--syncid",
    "300",
    "--tun-type",
    "--tun-csum",
    "4294967296",
    "--timeout",
    "-A",
    "-D",
];

/// Makes mistakes in one word of [`ONE_IN`].
pub fn some(rng: &mut Rng, words: &mut Vec<String>) {
    for _ in 0..words.len() {
        if rng.u32(0..ONE_IN) == 0 && !words.is_empty() {
            one(rng, words);
        }
    }
}

/// The same for a line of a restore, which mistakes must not turn into a listing, or into the end of the reading: what
/// these print is compared where they are written on purpose.
pub fn in_rules(rng: &mut Rng, words: &mut Vec<String>) {
    let mut wrong = words.clone();
    some(rng, &mut wrong);
    if !prints(&wrong.join(" ")) {
        *words = wrong;
    }
}

/// Whether a line of rules may have an option that prints something.
pub fn prints(rule: &str) -> bool {
    rule.split(' ').any(|word| {
        let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        cluster.is_some_and(|letters| letters.contains(['L', 'l', 'S', 'h', 'v']))
            || ["--list", "--save", "--help", "--version"].contains(&word)
    })
}

/// Makes two mistakes.
pub fn two(rng: &mut Rng, words: &mut Vec<String>) {
    for _ in 0..2 {
        match rng.u32(0..3) {
            0 => {
                let word = STRAY[rng.usize(0..STRAY.len())].to_owned();
                words.insert(rng.usize(0..=words.len()), word);
            }
            1 if words.len() > 1 => {
                let index = rng.usize(1..words.len());
                words[index] = STRAY[rng.usize(0..STRAY.len())].to_owned();
            }
            _ => one(rng, words),
        }
    }
}

fn one(rng: &mut Rng, words: &mut Vec<String>) {
    if words.is_empty() {
        return;
    }
    let index = rng.usize(0..words.len());
    match rng.u32(0..4) {
        0 => {
            let word = words.remove(index);
            words.insert(rng.usize(0..=words.len()), word);
        }
        1 => words[index] = misspelt(rng, &words[index]),
        2 => words.insert(index, words[index].clone()),
        _ => drop(words.remove(index)),
    }
}

fn misspelt(rng: &mut Rng, word: &str) -> String {
    let mut letters = word.as_bytes().to_vec();
    let letter = LETTERS[rng.usize(0..LETTERS.len())];
    if letters.is_empty() {
        return char::from(letter).to_string();
    }
    let index = rng.usize(0..letters.len());
    match rng.u32(0..4) {
        0 => letters[index] = letter,
        1 => letters.insert(index, letter),
        2 => drop(letters.remove(index)),
        _ => letters[index..].reverse(),
    }
    String::from_utf8_lossy(&letters).into_owned()
}
