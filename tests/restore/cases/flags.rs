//! Flags that a service has and this program knows nothing of, as a newer kernel may have them. Every kernel keeps
//! whatever bits a request sets, so they can be had on any.

use director::{Case, Stage, case, reference};
use net::Result;

pub const FLAGS: Case = case(
    "flags",
    "what edits or replaces a service keeps the flags that it knows nothing of",
    flags,
);

const BEFORE: &str = "\
-A -t 192.0.2.1:1 -s sh -b sh-port,0x40
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 7
";

fn flags(stage: &Stage) -> Result<()> {
    let saves = |stage: &Stage, expected: &str| {
        let saved = stage.must("ipvsadm -Sn", "")?;
        stage.expect(expected, &saved, saved == expected)
    };
    let with = |options: &str| BEFORE.replace("-s sh -b sh-port,0x40", options);

    stage.step("They are shown and saved, and the save can be restored");
    stage.set(BEFORE)?;
    let listed = stage.must("ipvsadm -Ln", "")?;
    let shown = "TCP  192.0.2.1:1 sh (sh-port,0x40)\n";
    stage.expect(shown, &listed, listed.contains(shown))?;
    saves(stage, BEFORE)?;
    let json = stage.must("ipvsadm -S --json", "")?;
    stage.must("ipvsadm -C", "")?;
    stage.must("ipvsadm -R --json", &json)?;
    saves(stage, BEFORE)?;

    stage.step("The reference clears them, so the kernel goes by the mask");
    let line = format!("{} -E -t 192.0.2.1:1 -s sh -b sh-port", reference());
    stage.must(&line, "")?;
    saves(stage, &with("-s sh -b sh-port"))?;

    stage.step("What does not speak of them keeps them");
    for (line, rules) in [
        ("ipvsadm -E -t 192.0.2.1:1 -s rr", String::new()),
        ("ipvsadm -A -t 192.0.2.1:1 -s rr --exist", String::new()),
        ("ipvsadm -R --exist", with("-s rr")),
        ("ipvsadm -R --atomic --exist", with("-s rr")),
        ("ipvsadm -R --replace", with("-s rr")),
    ] {
        stage.step(line);
        stage.set(BEFORE)?;
        stage.must(line, &rules)?;
        saves(stage, &with("-s rr -b 0x40"))?;
        if !rules.is_empty() {
            let left = stage.must("ipvsadm -R --replace --dry-run", &rules)?;
            stage.expect("no change is left to make", &left, left.is_empty())?;
        }
    }

    stage.step("What names more of them sets those too, and what undoes that clears them");
    stage.set(BEFORE)?;
    let more = with("-s rr -b flag-1,0x80000000");
    stage.must("ipvsadm -R --replace", &more)?;
    saves(stage, &with("-s rr -b flag-1,0x80000040"))?;
    stage.set(BEFORE)?;
    let refused = more + "-A -t 192.0.2.1:2 -s nosuchscheduler\n";
    let output = stage.run("ipvsadm -R --replace", &refused)?;
    stage.expect(
        "it is refused, and undone",
        output.stderr.trim_end(),
        output.code() == Some(255) && output.stderr.contains("the table is as it was"),
    )?;
    saves(stage, BEFORE)
}
