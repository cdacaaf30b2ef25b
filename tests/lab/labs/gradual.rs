//! Servers that come and go gently: `--drain` and `--ramp`.

use super::Lab;
use net::topology::{DIRECT, NAT2};
use net::{Protocol, Result, Stage, tally};

const VIP: &str = "192.0.2.1:80";
/// The server that goes, as commands name it.
const RS1: &str = "-t 192.0.2.1:80 -r 192.0.2.11:80";

pub const DRAIN_OPTION: Lab = Lab {
    name: "drain-option",
    about: "-d --drain: no new connections, a wait for the old ones, then the deletion",
    on: DIRECT,
    hints: &[
        "ipvsadm --set 0 1 0",
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12 -g",
        "ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.11 --drain",
    ],
    play: drain,
};

fn drain(stage: &Stage) -> Result<()> {
    set_up(stage)?;
    until_the_last_connection(stage)?;
    time_is_up(stage)?;
    given_up(stage)?;
    persistent(stage)?;
    whole_service(stage)?;
    missing(stage)
}

fn set_up(stage: &Stage) -> Result<()> {
    stage.step("Two servers at work");
    stage.run_all(
        "director",
        &[
            // Else a closed connection counts for two minutes.
            "ipvsadm --set 0 1 0",
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
        ],
    )
}

/// The rules, when they have this in them.
fn rules_when(stage: &Stage, part: &str) -> Result<String> {
    stage.run_when("director", "ipvsadm -Sn", |text| text.contains(part))
}

fn until_the_last_connection(stage: &Stage) -> Result<()> {
    stage.step("rs1 is to go, when its last connection has ended");
    let mut held = stage.hold(4, Protocol::Tcp, VIP)?;
    let file = format!("/tmp/lab-drain-{}", std::process::id());
    let line = format!("(ipvsadm -d {RS1} --drain; echo status $?) >{file} 2>&1 &");
    stage.run("director", &line)?;
    let rules = rules_when(stage, "-r 192.0.2.11:80 -g -w 0")?;
    stage.expect(
        "weight 0",
        &rules,
        rules.contains("-r 192.0.2.11:80 -g -w 0"),
    )?;
    let pages = stage.visits(4, VIP)?;
    stage.expect(
        "new ones go to rs2",
        tally(&pages),
        tally(&pages) == "rs2 4",
    )?;
    let again = held.ask()?;
    stage.expect("old ones go on", tally(&again), again == held.servers())?;
    held.close("rs1", 1);
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("it waits", &rules, rules.contains("-r 192.0.2.11:80"))?;
    held.close("rs1", 1);
    let said = stage.run_when("director", &format!("cat {file}"), |text| {
        text.contains("status")
    })?;
    stage.expect("exit status 0, and not a word", &said, said == "status 0\n")?;
    let rules = stage.run("director", &format!("rm {file}; ipvsadm -Sn"))?;
    stage.expect("rs1 is gone", &rules, !rules.contains("192.0.2.11"))?;
    let again = held.ask()?;
    stage.expect("rs2 serves on", tally(&again), tally(&again) == "rs2 2")
}

fn time_is_up(stage: &Stage) -> Result<()> {
    stage.step("A connection that does not end in time");
    stage.run(
        "director",
        &format!("ipvsadm -a {RS1} -g -w 5 -x 100 -y 50"),
    )?;
    let _held = stage.hold(2, Protocol::Tcp, VIP)?;
    let output = stage.attempt("director", &format!("ipvsadm -d {RS1} --drain 1"))?;
    stage.expect(
        "exit status 1, and what is left",
        format_args!("{}, {}", output.status, output.text.trim_end()),
        output.status == 1
            && output
                .text
                .contains("is not drained after 1 seconds (1 active, "),
    )?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect(
        "it stays, with weight 0 and its thresholds",
        &rules,
        rules.contains("-r 192.0.2.11:80 -g -w 0 -x 100 -y 50"),
    )
}

/// Begins a drain, does something when the weight is 0, and gives what the drain said, with its status.
fn meanwhile(stage: &Stage, then: &str) -> Result<String> {
    let line = format!(
        "ipvsadm -e {RS1} -g -w 5 -x 100; ipvsadm -d {RS1} --drain & pid=$!
         for i in $(seq 300); do ipvsadm -Sn | grep -q -e '11:80 -g -w 0 -x 100' && break; sleep 0.1; done
         {then}; wait $pid; echo status $?"
    );
    stage.run("director", &line)
}

fn given_up(stage: &Stage) -> Result<()> {
    stage.step("Interrupted");
    stage.run("director", &format!("ipvsadm -e {RS1} -g -w 5"))?;
    let _held = stage.hold(2, Protocol::Tcp, VIP)?;
    for signal in ["INT", "TERM"] {
        let said = meanwhile(stage, &format!("kill -{signal} $pid"))?;
        stage.expect(
            "exit status 255",
            &said,
            said.starts_with("interrupted by a signal") && said.ends_with("status 255\n"),
        )?;
        let rules = stage.run("director", "ipvsadm -Sn")?;
        let back = rules.contains("-r 192.0.2.11:80 -g -w 5 -x 100");
        stage.expect("the old weight is back", &rules, back)?;
    }

    stage.step("Somebody else wants it to stay");
    let said = meanwhile(stage, &format!("ipvsadm -e {RS1} -g -w 7"))?;
    stage.expect(
        "exit status 255",
        &said,
        said.starts_with("somebody set the weight of 192.0.2.11:80")
            && said.ends_with("status 255\n"),
    )?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    let stays = rules.contains("-r 192.0.2.11:80 -g -w 7");
    stage.expect("it stays as they set it", &rules, stays)?;

    stage.step("Somebody else deletes it");
    let said = meanwhile(stage, &format!("ipvsadm -d {RS1}"))?;
    stage.expect("that is as good", &said, said == "status 0\n")
}

fn persistent(stage: &Stage) -> Result<()> {
    stage.step("A client that is kept on its server");
    stage.run_all(
        "director",
        &[
            "ipvsadm -C",
            "ipvsadm -A -t 192.0.2.1:80 -s rr -p 4",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
        ],
    )?;
    stage.visits(1, VIP)?;
    let output = stage.attempt("director", &format!("ipvsadm -d {RS1} --drain 0"))?;
    stage.expect(
        "counts",
        format_args!("{}, {}", output.status, output.text.trim_end()),
        output.status == 1 && output.text.contains(" 1 persistent)"),
    )?;
    stage.run("director", &format!("ipvsadm -d {RS1} --drain 100"))?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("and is waited for", &rules, !rules.contains("192.0.2.11"))
}

fn whole_service(stage: &Stage) -> Result<()> {
    stage.step("A service with all of its servers");
    stage.run("director", "ipvsadm -C")?;
    set_up(stage)?;
    let held = stage.hold(2, Protocol::Tcp, VIP)?;
    let line = "ipvsadm -D -t 192.0.2.1:80 --drain 0";
    let output = stage.attempt("director", line)?;
    stage.expect(
        "not drained",
        format_args!("{}, {}", output.status, output.text.trim_end()),
        output.status == 1 && output.text.contains("(2 active, "),
    )?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("both at 0", &rules, rules.matches("-g -w 0").count() == 2)?;
    drop(held);
    stage.run("director", "ipvsadm -D -t 192.0.2.1:80 --drain 100")?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("all is gone", &rules, rules.is_empty())
}

fn missing(stage: &Stage) -> Result<()> {
    stage.step("What is not there");
    for (line, status, words) in [
        (format!("-d {RS1} --drain"), 255, "Service not defined"),
        (format!("-d {RS1} --drain --exist"), 0, ""),
        (
            "-D -t 192.0.2.1:80 --drain".to_owned(),
            255,
            "No such service",
        ),
        ("-D -t 192.0.2.1:80 --drain 5 --exist".to_owned(), 0, ""),
    ] {
        let output = stage.attempt("director", &format!("ipvsadm {line}"))?;
        let text = &output.text;
        stage.expect(
            &format!("exit status {status}, '{words}'"),
            output.status,
            output.status == status
                && text.starts_with(words)
                && text.is_empty() == words.is_empty(),
        )?;
    }
    Ok(())
}

pub const RAMP: Lab = Lab {
    name: "ramp",
    about: "-a --ramp: a new server takes over its share little by little",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s wrr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m -w 4",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m -w 4 --ramp 20",
    ],
    play: ramp,
};

/// The weight of rs2.
fn weight(rules: &str) -> Option<u32> {
    let (_, behind) = rules.split_once("-r 10.0.0.12:80 -m -w ")?;
    behind.split_whitespace().next()?.parse().ok()
}

fn ramp(stage: &Stage) -> Result<()> {
    stage.step("rs2 is new, and comes to the weight of rs1 in 20 seconds");
    let file = format!("/tmp/lab-ramp-{}", std::process::id());
    let added = "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 4 -x 1000 --ramp 20";
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s wrr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 4",
            &format!("({added}; echo status $?) >{file} 2>&1 &"),
        ],
    )?;
    let rules = rules_when(stage, "-r 10.0.0.12:80")?;
    stage.expect(
        "it begins at 0, with its other options",
        &rules,
        rules.contains("-r 10.0.0.12:80 -m -w 0 -x 1000"),
    )?;
    let mut seen: Vec<(u32, usize)> = Vec::new();
    loop {
        let before = weight(&stage.run("director", "ipvsadm -Sn")?);
        let pages = stage.visits(8, VIP)?;
        let after = weight(&stage.run("director", "ipvsadm -Sn")?);
        if before.is_none() || seen.len() > 500 {
            break;
        }
        let share = pages.iter().filter(|page| *page == "rs2").count();
        // While the weight changes a share means nothing.
        if let Some(weight) = before.filter(|_| before == after) {
            seen.push((weight, share));
            if weight == 4 {
                break;
            }
        }
    }
    let weights: Vec<u32> = seen.iter().map(|(weight, _)| *weight).collect();
    stage.expect(
        "the weight only grows, over others than 0 and 4",
        format_args!("{weights:?}"),
        weights.is_sorted() && weights.iter().any(|weight| (1..4).contains(weight)),
    )?;
    // Of 8 requests at weight 1 its share is 8/5, at weight 3 it is 24/7.
    let fits = |(weight, share): &(u32, usize)| match weight {
        0 => *share == 0,
        4 => (3..=5).contains(share),
        _ => (1..=4).contains(share),
    };
    stage.expect(
        "its share of 8 requests grows with it",
        format_args!("(weight, requests) {seen:?}"),
        seen.iter().all(fits),
    )?;
    let said = stage.run_when("director", &format!("cat {file}"), |text| {
        text.contains("status")
    })?;
    stage.expect("it ended well, without a word", &said, said == "status 0\n")?;

    stage.step("Back down, interrupted");
    let line = "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 1 -x 9 -y 7 --ramp 600 & pid=$!
        for i in $(seq 300); do ipvsadm -Sn | grep -q -e '-w 4 -x 9 -y 7' && break; sleep 0.1; done
        kill -TERM $pid; wait $pid; echo status $?";
    let said = stage.run("director", &format!("rm {file}; {line}"))?;
    stage.expect(
        "it says where it stays",
        &said,
        said.contains("10.0.0.12:80 of TCP 192.0.2.1:80 keeps the weight 4 on its way to 1")
            && said.ends_with("status 255\n"),
    )?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect(
        "the other options are set",
        &rules,
        rules.contains("-r 10.0.0.12:80 -m -w 4 -x 9 -y 7"),
    )?;

    stage.step("Back down to 2 in a second, of what is there already");
    stage.run(
        "director",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 2 --ramp 1 --exist",
    )?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect("weight 2", &rules, weight(&rules) == Some(2))
}
