//! What is saved as JSON is restored, in every way in which rules are; and what is wrong in a document is reported by its
//! place in it.

use director::{Case, Output, Stage, State, case};
use net::Result;

use crate::random::Random;

pub const JSON: Case = case(
    "json",
    "random tables saved as JSON and restored, one after the other, all or none, and as a replacement",
    round_trips,
);

pub const JSON_ERRORS: Case = case(
    "json-errors",
    "documents that are wrong, or of which the kernel refuses a part",
    errors,
);

const TABLES: usize = 8;
/// After this there is no service and no daemon.
const NOTHING: &str = "-C\n--stop-daemon master\n--stop-daemon backup\n";

fn round_trips(stage: &Stage) -> Result<()> {
    let mut random = Random(2);
    let mut other = random.table();
    for number in 1..=TABLES {
        println!("\n# Table {number}");
        let table = random.table();
        make(stage, &table)?;
        let state = stage.state()?.sorted();
        let saved = stage.must("ipvsadm -S --json --all", "")?;
        let rules = stage.must("ipvsadm -Sn --all", "")?;
        let listed = stage.must("ipvsadm -L --json", "")?;
        let services = stage.rules()?.sorted();

        for restore in ["ipvsadm -R --json", "ipvsadm -R --json --atomic"] {
            stage.run("ipvsadm -R", NOTHING)?;
            stage.must(restore, &saved)?;
            stage.expect_equal(restore, &state, &stage.state()?.sorted())?;
        }
        make(stage, &other)?;
        let plan = stage.must("ipvsadm -R --json --replace --dry-run", &saved)?;
        let same = plan == stage.must("ipvsadm -R --replace --dry-run", &rules)?;
        stage.expect(
            "--dry-run prints the same changes as for rules",
            format_args!("{} lines, {same}", plan.lines().count()),
            same && !plan.is_empty(),
        )?;
        stage.must("ipvsadm -R --json --replace", &saved)?;
        stage.expect_equal("--replace", &state, &stage.state()?.sorted())?;
        let left = stage.must("ipvsadm -R --json --replace --dry-run", &saved)?;
        stage.expect("nothing is left to do", &left, left.is_empty())?;

        stage.must("ipvsadm -C", "")?;
        stage.must("ipvsadm -R --json", &listed)?;
        let restored = stage.rules()?.sorted();
        stage.expect_equal("what was listed is restored", &services, &restored)?;
        stage.must("ipvsadm -R --json --exist", &listed)?;
        let restored = stage.rules()?.sorted();
        stage.expect_equal("and again with --exist", &services, &restored)?;
        other = table;
    }
    stage.must(
        "ipvsadm -R --json --replace",
        r#"{"schema":1,"services":[],"daemons":[]}"#,
    )?;
    let daemons = stage.must("ipvsadm -L --daemon", "")?;
    let left = stage.rules()?.count("-") + daemons.lines().count();
    stage.expect("empty lists leave nothing", left, left == 0)
}

/// Makes a table from nothing.
fn make(stage: &Stage, rules: &str) -> Result<()> {
    // One of the daemons may not run.
    stage.run("ipvsadm -R", NOTHING)?;
    stage.must("ipvsadm -R", rules).map(drop)
}

/// Two services, of which the first is there, and a server that is there twice.
const TWICE: &str = r#"{
  "schema": 1,
  "services": [
    { "protocol": "tcp", "address": "192.0.2.1", "port": 80 },
    { "protocol": "tcp", "address": "192.0.2.1", "port": 81,
      "servers": [ { "address": "10.0.0.11" }, { "address": "10.0.0.11", "port": 81, "weight": 7 } ] }
  ]
}"#;

/// The third line of the list has a typo.
const SLIP: &str = r#"{ "schema": 1, "services": [
  { "protocol": "tcp", "address": "192.0.2.1", "port": 90 },
  { "protocol": "tcp", "address": "192.0.2.1", "port": 91, "sheduler": "rr" }
] }"#;

const VALUE: &str = r#"{ "schema": 1, "services": [
  { "protocol": "tcp", "address": "192.0.2.1", "port": 90 },
  { "protocol": "tcp", "address": "192.0.2.1", "port": 91,
    "servers": [ { "address": "10.0.0.11", "weight": -1 } ] }
] }"#;

fn errors(stage: &Stage) -> Result<()> {
    stage.must("ipvsadm -A -t 192.0.2.1:80 -s rr", "")?;
    let before = stage.state()?;
    for (restore, document, status, words) in [
        (
            "ipvsadm -R --json",
            SLIP,
            2,
            "services[1].sheduler: unknown field `sheduler`, expected one of ",
        ),
        ("ipvsadm -R --json", SLIP, 2, " at line 3 column "),
        ("ipvsadm -R --json", &SLIP[..100], 2, "EOF while parsing"),
        (
            "ipvsadm -R --json",
            VALUE,
            2,
            "services[1].servers[0].weight: -a -t 192.0.2.1:91 -r 10.0.0.11 -w -1: bad value '-1' for '-w'",
        ),
        ("ipvsadm -R --json --check", VALUE, 2, "1 bad entry"),
        (
            "ipvsadm -R --json --atomic",
            TWICE,
            255,
            "edits it\nThe 2 changes made so far were undone",
        ),
        (
            "ipvsadm -R --json --replace",
            TWICE,
            2,
            "services[1].servers[1]: -a -t 192.0.2.1:81 -r 10.0.0.11:81 -w 7: Destination already exists",
        ),
        (
            "ipvsadm -R --json --replace",
            r#"{"schema":1}"#,
            2,
            "the JSON document has no 'services'",
        ),
        ("ipvsadm -R --json", r#"{"schema":9}"#, 2, "'schema' is 9"),
    ] {
        let output = stage.run(restore, document)?;
        refused(stage, restore, &output, status, words)?;
        stage.expect_equal("nothing was changed", &before, &stage.state()?)?;
    }
    let output = stage.run("ipvsadm -R --json", TWICE)?;
    let complaint = "services[0]: -A -t 192.0.2.1:80: Service already exists: TCP 192.0.2.1:80; \
        -E edits it, and -A with --exist adds or edits it\n\
        services[1].servers[1]: -a -t 192.0.2.1:81 -r 10.0.0.11:81 -w 7: \
        Destination already exists: 10.0.0.11:81 of TCP 192.0.2.1:81; \
        -e edits it, and -a with --exist adds or edits it\n\
        2 of 4 entries failed\n";
    refused(stage, "one after the other", &output, 255, complaint)?;
    let rules = stage.must("ipvsadm -Sn", "")?;
    let expected = State::new(
        "-A -t 192.0.2.1:80 -s rr\n-A -t 192.0.2.1:81 -s wlc\n\
        -a -t 192.0.2.1:81 -r 10.0.0.11:81 -g -w 1\n",
    );
    stage.expect_equal("the others are there", &expected, &State::new(&rules))?;
    stage.must("ipvsadm -R --json --check", TWICE).map(drop)
}

fn refused(stage: &Stage, what: &str, output: &Output, status: i32, words: &str) -> Result<()> {
    stage.expect(
        &format!("{what}: {status}, {words}"),
        format_args!("{:?}, {}", output.code(), output.stderr),
        output.code() == Some(status) && output.stdout.is_empty() && output.stderr.contains(words),
    )
}
