//! The command lines. Addresses stay below 128.0.0.0 from each other, for the reference's order is odd beyond that.

mod addresses;
mod cells;
mod commands;
mod conflicts;
mod errors;
mod mistakes;
mod restore;
mod round_trip;
mod spelling;
mod values;
mod views;
mod wanted;
mod without_rights;

use std::collections::HashSet;

use super::scenario::{Line, Scenario};

/// A service of each kind, two of them with servers.
pub const BASE: &str = "\
-A -t 1.1.1.1:80 -s rr
-a -t 1.1.1.1:80 -r 2.2.2.2:81 -m -w 3
-a -t 1.1.1.1:80 -r 2.2.2.3:80 -i -w 5
-A -u 1.1.1.1:53 -s wrr -p 60
-A --sctp-service 1.1.1.1:80 -s wlc
-A -t [2001:db8::1]:80 -s rr
-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m
-A -f 7 -s wlc
-a -f 7 -r 2.2.2.2:0
-A -f 8 -6 -s lc
";

/// Every scenario, in the order in which they are to run.
pub fn all() -> Vec<Scenario> {
    let tables = [
        commands::scenarios(),
        cells::scenarios(),
        conflicts::scenarios(),
        addresses::scenarios(),
        values::scenarios(),
        spelling::scenarios(),
        views::scenarios(),
        errors::scenarios(),
        mistakes::scenarios(),
        restore::scenarios(),
        round_trip::scenarios(),
        wanted::scenarios(),
        without_rights::scenarios(),
    ];
    // Tables overlap; once is enough.
    let mut seen = HashSet::new();
    let new =
        |scenario: &Scenario| seen.insert((scenario.group, scenario.name.clone(), scenario.setup));
    tables.into_iter().flatten().filter(new).collect()
}

/// A scenario for each text, which is a line of words.
fn each<'a>(
    group: &'static str,
    setup: &'static str,
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<Scenario> {
    let scenario = |text| Scenario::line(group, setup, Line::new(text));
    texts.into_iter().map(scenario).collect()
}

/// A scenario for each value of an option: the value takes the place of `{}` in the line.
fn with_values(
    group: &'static str,
    setup: &'static str,
    line: &str,
    values: &[&str],
) -> Vec<Scenario> {
    let words = super::scenario::split(line);
    let scenario = |value: &&str| {
        let words = words.iter().map(|word| word.replace("{}", value)).collect();
        Scenario::line(group, setup, Line::from_words(words))
    };
    values.iter().map(scenario).collect()
}
