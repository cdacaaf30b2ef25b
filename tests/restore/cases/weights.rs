//! `--keep-weights`: a replacement that leaves to servers the weights that they have.

use director::{Case, Stage, case};
use net::Result;

pub const WEIGHTS: Case = case(
    "keep-weights",
    "with --replace --keep-weights servers keep their weights, with =0 only zeroes; new ones get those of the rules",
    weights,
);

const BEFORE: &str = "\
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0
-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 7
-a -t 192.0.2.1:80 -r 10.0.0.13:80 -m -w 3
-A -f 5 -s rr
-a -f 5 -r 10.0.0.11:0 -g -w 0
";
const RULES: &str = "\
-A -t 192.0.2.1:80 -s wlc
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 5 -x 9
-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 5
-a -t 192.0.2.1:80 -r 10.0.0.14:80 -m -w 5
-A -f 6 -s rr
-a -f 6 -r 10.0.0.11:0 -g -w 5
";

fn weights(stage: &Stage) -> Result<()> {
    for (option, expected) in [
        ("", ["-w 5", "-w 5"]),
        (" --keep-weights", ["-w 0", "-w 7"]),
        (" --keep-weights=0", ["-w 0", "-w 5"]),
        (" --keep-weights 0 --exist", ["-w 0", "-w 5"]),
    ] {
        let line = format!("ipvsadm -R --replace{option}");
        stage.step(&line);
        stage.set(BEFORE)?;
        let planned = stage.must(&format!("{line} --dry-run"), RULES)?;
        stage.must(&line, RULES)?;
        let [drained, other] = expected;
        let expected = RULES
            .replacen("11:80 -m -w 5", &format!("11:80 -m {drained}"), 1)
            .replacen("12:80 -m -w 5", &format!("12:80 -m {other}"), 1);
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect("the table", &rules, rules == expected)?;
        stage.set(BEFORE)?;
        stage.must("ipvsadm -R", &planned)?;
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect(
            "what --dry-run printed leads there too",
            &rules,
            rules == expected,
        )?;
        let again = stage.must(&format!("{line} --dry-run"), RULES)?;
        stage.expect("nothing is left to do", &again, again.is_empty())?;
    }
    Ok(())
}
