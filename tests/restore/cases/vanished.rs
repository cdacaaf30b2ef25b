//! What `--keep` edits vanishes between its reading and its edit.

use director::{Case, Stage, case, reference};
use net::Result;

use crate::stepped::Stepped;

pub const VANISHED: Case = case(
    "vanished",
    "somebody else deletes what --keep is about to edit: it is an error, and with --exist it is added",
    vanished,
);

const BEFORE: &str = "\
-A -t 192.0.2.1:80 -s rr -p 60
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 7
-A -f 5 -s rr
";
const SERVICE: &str = "-E -t 192.0.2.1:80 -s sh --keep";
const SERVER: &str = "-e -t 192.0.2.1:80 -r 10.0.0.11 -w 3 --keep";

/// An edit, its requests until it has read, what somebody else does then, what is said, and the table in the end.
const CASES: [(&str, usize, &str, &str, &str); 6] = [
    (
        SERVICE,
        2,
        "-D -t 192.0.2.1:80",
        "No such service: TCP 192.0.2.1:80",
        "-A -f 5 -s rr\n",
    ),
    (
        SERVER,
        3,
        "-d -t 192.0.2.1:80 -r 10.0.0.11:80",
        "No such destination: 10.0.0.11:80 of TCP 192.0.2.1:80",
        "-A -t 192.0.2.1:80 -s rr -p 60\n-A -f 5 -s rr\n",
    ),
    (
        SERVER,
        3,
        "-D -t 192.0.2.1:80",
        "Service not defined: 10.0.0.11:80 of TCP 192.0.2.1:80",
        "-A -f 5 -s rr\n",
    ),
    (
        "-E -t 192.0.2.1:80 -s sh --keep --exist",
        2,
        "-D -t 192.0.2.1:80",
        "",
        "-A -t 192.0.2.1:80 -s sh\n-A -f 5 -s rr\n",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11 -w 3 --keep --exist",
        3,
        "-d -t 192.0.2.1:80 -r 10.0.0.11:80",
        "",
        "-A -t 192.0.2.1:80 -s rr -p 60\n-a -t 192.0.2.1:80 -r 10.0.0.11:80 -g -w 3\n-A -f 5 -s rr\n",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11 -w 3 --keep --exist",
        3,
        "-D -t 192.0.2.1:80",
        "Service not defined: 10.0.0.11:80 of TCP 192.0.2.1:80",
        "-A -f 5 -s rr\n",
    ),
];

fn vanished(stage: &Stage) -> Result<()> {
    for (edit, requests, change, words, expected) in CASES {
        stage.step(&format!("{edit}, and meanwhile {change}"));
        stage.set(BEFORE)?;
        let mut run = Stepped::start(stage, "ipvsadm -R", &format!("{edit}\n"))?;
        for _ in 0..requests {
            let goes_on = run.until_sent()?;
            stage.expect("it goes on", goes_on, goes_on)?;
        }
        stage.must(&format!("{} {change}", reference()), "")?;
        let output = run.finish()?;
        let status = if words.is_empty() { 0 } else { 255 };
        stage.expect(
            words,
            format_args!("{:?} {}", output.code(), output.stderr),
            output.code() == Some(status) && output.stderr.contains(words),
        )?;
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect("nothing else has changed", &rules, rules == expected)?;
    }
    Ok(())
}
