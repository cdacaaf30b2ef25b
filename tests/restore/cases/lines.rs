//! Plain -R: each line takes effect as it comes, and each that fails is reported by its number.

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use director::{Case, Stage, case, finish};
use net::{Context, Result};

pub const SLOW: Case = case("lines-slow", "each line is applied as it comes", slow);
pub const FAILED: Case = case(
    "lines-failed",
    "1500 lines of which some fail, in several datagrams: each is reported, the others applied",
    failed,
);

/// How long a line may take to be applied.
const PATIENCE: Duration = Duration::from_secs(10);

fn slow(stage: &Stage) -> Result<()> {
    let mut run = stage.start_with_pipe("ipvsadm -R")?;
    let mut pipe = run.stdin.take();
    let mut write = |text: &str| {
        let pipe = pipe.as_mut().ok_or(std::io::ErrorKind::BrokenPipe);
        let written = pipe.map_err(std::io::Error::from).and_then(|pipe| {
            pipe.write_all(text.as_bytes())?;
            pipe.flush()
        });
        written.context(|| "writing rules".to_owned())
    };
    let pieces = [
        ("-A -t 192.0.2.1:1 -s rr\n", "-A -t 192.0.2.1:1 -s rr"),
        (
            "-a -t 192.0.2.1:1 -r 10.0.0.11:1 -g -w 1\n-A -t 192.0.",
            "-a -t 192.0.2.1:1 -r 10.0.0.11:1 -g -w 1",
        ),
        ("2.1:2 -s wlc\n-L", "-A -t 192.0.2.1:2 -s wlc"),
        ("n\n-A -f 3 -s rr\n", "-A -f 3 -s rr"),
        ("-D -f 9\n-A -f 4 -s rr\n", "-A -f 4 -s rr"),
    ];
    for (number, (text, line)) in pieces.iter().enumerate() {
        write(text)?;
        let begun = Instant::now();
        let mut there = stage.rules()?;
        while !there.has_all([*line]) && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
            there = stage.rules()?;
        }
        let saw = format!("{} lines", there.count("-"));
        let as_expected = there.has_all([*line]) && there.count("-") == number + 1;
        stage.expect(&format!("after {text:?} there is {line}"), saw, as_expected)?;
    }
    // The last line has no end.
    write("-A -f 5 -s rr")?;
    drop(pipe);
    let output = finish(run)?;
    let state = stage.rules()?;
    stage.expect(
        "at the end the last line too, and one failed",
        format_args!(
            "{:?}, {} lines, {}",
            output.code(),
            state.count("-"),
            output.stderr.trim_end()
        ),
        state.has_all(["-A -f 5 -s rr"])
            && output.code() == Some(255)
            && output.stderr == "line 6: -D -f 9: No such service: FWM 9\n1 of 8 lines failed\n",
    )?;
    let has = ["192.0.2.1:1 ", "192.0.2.1:2 ", "FWM"].map(|text| output.stdout.contains(text));
    stage.expect(
        "-Ln in the middle lists what comes before it",
        format_args!("{has:?}"),
        has == [true, true, false],
    )
}

fn failed(stage: &Stage) -> Result<()> {
    let mut rules = String::from("-A -t 192.0.2.1:1 -s rr\n");
    let mut wanted = String::new();
    let mut good = Vec::new();
    for number in 2..=1500_usize {
        let server = format!("10.1.{}.{}:1", number / 250, 1 + number % 250);
        let about = format!("{server} of TCP 192.0.2.1:1");
        let add = format!("-a -t 192.0.2.1:1 -r {server} -g -w 1");
        // Some alone, some in a row, the last one.
        let (line, error) = match number {
            _ if number % 97 == 0 => (
                format!("-d -t 192.0.2.1:1 -r {server}"),
                format!("No such destination: {about}"),
            ),
            500..=520 | 1500 => (
                format!("{add} -x 5 -y 10"),
                format!(
                    "Numerical result out of range: {about}; \
                     the lower threshold (-y 10) is above the upper threshold (-x 5)"
                ),
            ),
            _ if number % 89 == 0 => (
                "-A -t 192.0.2.1:1 -s rr".to_owned(),
                "Service already exists: TCP 192.0.2.1:1; \
                 -E edits it, and -A with --exist adds or edits it"
                    .to_owned(),
            ),
            _ => (add, String::new()),
        };
        if error.is_empty() {
            good.push(line.clone());
        } else {
            wanted += &format!("line {number}: {line}: {error}\n");
        }
        rules += &line;
        rules.push('\n');
    }
    let failures = wanted.lines().count();
    wanted += &format!(
        "{failures} of 1500 lines failed\n\
         To have what exists edited, restore with --exist; to make the table equal to the rules, with --replace.\n"
    );
    stage.set("")?;
    let output = stage.run("ipvsadm -R", &rules)?;
    let differs = output
        .stderr
        .lines()
        .zip(wanted.lines())
        .find(|(saw, wanted)| saw != wanted);
    stage.expect(
        &format!("{failures} failures are reported, each with its line"),
        format_args!(
            "{:?}, {} lines, {differs:?}",
            output.code(),
            output.stderr.lines().count()
        ),
        output.code() == Some(255) && output.stderr == wanted,
    )?;
    let state = stage.rules()?;
    stage.expect(
        &format!("the other {} are applied", good.len()),
        state.count("-a"),
        state.count("-a") == good.len() && state.has_all(good.iter().map(String::as_str)),
    )
}
