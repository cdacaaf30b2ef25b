//! What is saved makes the same table again, for a table in which every option occurs.

use super::views::RICH;
use crate::scenario::{Instead, Line, Program, Scenario, Stdout};

pub fn scenarios() -> Vec<Scenario> {
    let scenario = |name, setup, lines| Scenario::lines("round_trip", name, setup, lines);
    // The reference would save this without thresholds.
    let saved = || Instead {
        stdout: Some(Stdout::Exactly(RICH.to_owned())),
        ..Instead::default()
    };
    let restore = Line::new("-R").input(RICH);
    let replace = Line::of(Program::Restore, "").input(RICH);
    let save = Line::new("-S -n");
    vec![
        scenario("what the reference made", RICH, vec![save.clone()])
            .differs("thresholds-saved", saved()),
        scenario("what -R makes", "", vec![restore, save.clone()])
            .differs("thresholds-saved", saved()),
        scenario(
            "what ipvsadm-restore makes",
            super::BASE,
            vec![replace.clone(), save.clone()],
        )
        .differs("thresholds-saved", saved()),
        scenario("in place of itself", RICH, vec![replace, save])
            .differs("thresholds-saved", saved()),
    ]
}
