//! `--keep`: what is not named stays, in every way to make an edit.

use director::{Case, Stage, case};
use net::Result;

pub const KEEP: Case = case(
    "keep",
    "edits with --keep change what is named and nothing else, alone, in rules, with --exist and --ramp",
    keep,
);

const BEFORE: &str = "\
-A -t 192.0.2.1:80 -s sh -p 600 -M 255.255.255.0 -b sh-port
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -i -w 7 --tun-type gue --tun-port 6080 --tun-csum -x 9 -y 3
-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 5
-a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 5
-A -u 192.0.2.1:5060 -s rr -p 300 --pe sip -o
-A -t [2001:db8::1]:80 -s wlc -p 60 -M 64
-a -t [2001:db8::1]:80 -r [2001:db8::11]:80 -g -w 2147483647
-A -f 5 -s mh -b mh-fallback
-a -f 5 -r 10.0.0.11 -g -w 1 -x 5
";

/// An edit, a line of the table before it, and that line afterwards.
const EDITS: [(&str, &str, &str); 17] = [
    ("-e -t 192.0.2.1:80 -r 10.0.0.11 -w 0", "-w 7", "-w 0"),
    ("-e -t 192.0.2.1:80 -r 10.0.0.11:80 -w +10", "-w 7", "-w 17"),
    ("-e -t 192.0.2.1:80 -r 10.0.0.11:80 -w -10", "-w 7", "-w 0"),
    ("-e -t 192.0.2.1:80 -r 10.0.0.11:80 -w 50%", "-w 7", "-w 4"),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11:80 -x 0 -y 0",
        " -x 9 -y 3",
        "",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11:80 --tun-nocsum",
        "--tun-csum",
        "--tun-nocsum",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11:80 -g",
        "-i -w 7 --tun-type gue --tun-port 6080 --tun-csum",
        "-g -w 7",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.12:8080 -w 9",
        "10.0.0.12:8080 -m -w 5",
        "10.0.0.12:8080 -m -w 9",
    ),
    (
        "-e -t [2001:db8::1]:80 -r 2001:db8::11 -w -1",
        "-w 2147483647",
        "-w 2147483646",
    ),
    ("-e -f 5 -r 10.0.0.11 -w 3", "-g -w 1 -x 5", "-g -w 3 -x 5"),
    (
        "-E -t 192.0.2.1:80 -s mh",
        "-s sh -p 600 -M 255.255.255.0 -b sh-port",
        "-s mh -p 600 -M 255.255.255.0 -b mh-port",
    ),
    ("-E -t 192.0.2.1:80 --sched-flags=", " -b sh-port", ""),
    (
        "-E -t 192.0.2.1:80 -b sh-fallback",
        "-b sh-port",
        "-b sh-fallback",
    ),
    (
        "-E -t 192.0.2.1:80 --no-persistent",
        " -p 600 -M 255.255.255.0",
        "",
    ),
    (
        "-E -u 192.0.2.1:5060 --no-ops -p 301",
        "-p 300 --pe sip -o",
        "-p 301 --pe sip",
    ),
    ("-E -u 192.0.2.1:5060 --pe=", " --pe sip", ""),
    ("-E -t [2001:db8::1]:80 -M 48", "-M 64", "-M 48"),
];

fn keep(stage: &Stage) -> Result<()> {
    stage.set(BEFORE)?;
    let before = stage.must("ipvsadm -Sn", "")?;
    stage.expect("all that can be kept", &before, before == saved(BEFORE))?;
    for (line, old, new) in EDITS {
        stage.step(line);
        let expected = before.replacen(old, new, 1);
        stage.expect(
            "an edit",
            format_args!("'{old}' to '{new}'"),
            expected != before,
        )?;
        let rule = format!("{line} --keep\n");
        let whole = format!("{BEFORE}{rule}");
        for (program, input) in [
            (format!("ipvsadm {line} --keep"), ""),
            ("ipvsadm -R".to_owned(), rule.as_str()),
            ("ipvsadm -R --exist".to_owned(), rule.as_str()),
            ("ipvsadm -R --atomic".to_owned(), rule.as_str()),
            ("ipvsadm -R --replace".to_owned(), whole.as_str()),
        ] {
            stage.must("ipvsadm-restore", BEFORE)?;
            let output = stage.run(&program, input)?;
            let after = stage.must("ipvsadm -Sn", "")?;
            let quiet = output.stdout.is_empty() && output.stderr.is_empty();
            stage.expect(
                &format!("{program}: nothing else changes"),
                format_args!("{:?} {}{}", output.code(), output.stderr, after),
                output.code() == Some(0) && quiet && after == expected,
            )?;
        }
    }
    missing(stage)?;
    several(stage)?;
    ramp(stage)
}

/// As ipvsadm saves it.
fn saved(rules: &str) -> String {
    rules.replace("-r 10.0.0.11 -g", "-r 10.0.0.11:0 -g")
}

fn missing(stage: &Stage) -> Result<()> {
    stage.step("What is not there");
    stage.set("-A -t 192.0.2.1:80 -s rr\n")?;
    for (line, words) in [
        (
            "-E -t 192.0.2.9:80 -s rr",
            "No such service: TCP 192.0.2.9:80",
        ),
        (
            "-e -t 192.0.2.1:80 -r 10.0.0.1 -w 5",
            "No such destination: 10.0.0.1:80 of TCP 192.0.2.1:80",
        ),
        (
            "-e -t 192.0.2.9:80 -r 10.0.0.1 -w 5",
            "Service not defined: 10.0.0.1:80 of TCP 192.0.2.9:80",
        ),
    ] {
        for (program, input, before) in [
            (format!("ipvsadm {line} --keep"), String::new(), ""),
            (
                "ipvsadm -R".to_owned(),
                format!("{line} --keep\n"),
                "line 1: ",
            ),
            (
                "ipvsadm -R --atomic".to_owned(),
                format!("-A -f 9 -s rr\n{line} --keep\n"),
                "line 2: ",
            ),
        ] {
            let output = stage.run(&program, &input)?;
            let said = output.stderr.lines().next().unwrap_or_default();
            stage.expect(
                words,
                format_args!("{:?} {said}", output.code()),
                output.code() == Some(255) && said.starts_with(before) && said.contains(words),
            )?;
        }
    }
    let rules = stage.must("ipvsadm -Sn", "")?;
    stage.expect(
        "nothing was changed",
        &rules,
        rules == "-A -t 192.0.2.1:80 -s rr\n",
    )?;

    stage.step("With --exist it is added, with the defaults");
    for time in ["once", "twice"] {
        stage.must("ipvsadm -E -t 192.0.2.2:80 -p 60 --keep --exist", "")?;
        stage.must(
            "ipvsadm -e -t 192.0.2.2:80 -r 10.0.0.1 -x 7 --keep --exist",
            "",
        )?;
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect(
            time,
            &rules,
            rules.ends_with(
                "-A -t 192.0.2.2:80 -s wlc -p 60\n-a -t 192.0.2.2:80 -r 10.0.0.1:80 -g -w 1 -x 7\n",
            ),
        )?;
    }

    stage.step("A service for all ports, which must be persistent");
    stage.set("-A -t 192.0.2.3:0 -s rr -p 600\n")?;
    stage.must("ipvsadm -E -t 192.0.2.3 -s wrr --keep --exist", "")?;
    let rules = stage.must("ipvsadm -Sn", "")?;
    stage.expect(
        "it is edited",
        &rules,
        rules == "-A -t 192.0.2.3:0 -s wrr -p 600\n",
    )?;
    for (program, input) in [
        ("ipvsadm -E -t 192.0.2.4 -s wrr --keep --exist", ""),
        ("ipvsadm -R", "-E -t 192.0.2.4 -s wrr --keep --exist\n"),
        (
            "ipvsadm -R --replace",
            "-A -t 192.0.2.9:80\n-E -t 192.0.2.4 -s wrr --keep --exist\n",
        ),
    ] {
        let output = stage.run(program, input)?;
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect(
            &format!("{program}: another one is not added without -p"),
            format_args!("{:?} {}{rules}", output.code(), output.stderr),
            output.code() != Some(0)
                && output
                    .stderr
                    .contains("Zero port specified for non-persistent service: give a port, or -p")
                && rules == "-A -t 192.0.2.3:0 -s wrr -p 600\n",
        )?;
    }
    Ok(())
}

fn several(stage: &Stage) -> Result<()> {
    stage.step("Two servers with one address");
    stage.set(BEFORE)?;
    let output = stage.run("ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12 -w 1 --keep", "")?;
    stage.expect(
        "both are named",
        format_args!("{:?} {}", output.code(), output.stderr.trim_end()),
        output.code() == Some(255)
            && output
                .stderr
                .contains("10.0.0.12:80, 10.0.0.12:8080; name one"),
    )?;
    let rules = stage.must("ipvsadm -Sn", "")?;
    stage.expect("nothing was changed", &rules, rules == saved(BEFORE))
}

fn ramp(stage: &Stage) -> Result<()> {
    stage.step("With --ramp");
    stage.must(
        "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -w +2 --keep --ramp 1",
        "",
    )?;
    let rules = stage.must("ipvsadm -Sn", "")?;
    let expected = saved(BEFORE).replacen("-w 7", "-w 9", 1);
    stage.expect("the weight alone", &rules, rules == expected)
}
