//! `--report`: what a command has changed, and nothing where nothing had to change.

use std::net::UdpSocket;
use std::thread::sleep;
use std::time::{Duration, Instant};

use director::{Case, Stage, case};
use net::{Context, Result};
use serde_json::{Value, json};

pub const REPORT: Case = case(
    "report",
    "each command that changes, with --report: its changes as rules and as JSON, and silence where there are none",
    report,
);

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(10);
const BEFORE: &str = "\
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 7 -x 9
-a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 1
-A -f 5 -s rr
-a -f 5 -r 10.0.0.11:0 -g -w 1
--set 111 22 33
";

/// A command, what it reports the first time, and the second time.
const COMMANDS: [(&str, &str, &str); 24] = [
    ("-A -t 192.0.2.2:80", "-A -t 192.0.2.2:80 -s wlc\n", ""),
    ("-A -f 5 -s rr --exist", "", ""),
    ("-A -f 5 -s sh --exist", "-E -f 5 -s sh\n", ""),
    ("-E -f 5 -s sh", "-E -f 5 -s sh\n", ""),
    ("-E -f 5 -s sh --keep", "-E -f 5 -s sh\n", ""),
    ("-D -f 5", "-D -f 5\n", ""),
    ("-D -f 6 --exist", "", ""),
    ("-D --only fwm:5 --exist", "-D -f 5\n", ""),
    ("-C", "-D -t 192.0.2.1:80\n-D -f 5\n", ""),
    ("-C --except tcp", "-D -f 5\n", ""),
    (
        "-a -f 5 -r 10.0.0.12",
        "-a -f 5 -r 10.0.0.12:0 -g -w 1\n",
        "",
    ),
    ("-a -f 5 -r 10.0.0.11 --exist", "", ""),
    ("-e -f 5 -r 10.0.0.11", "", ""),
    (
        "-e -f 5 -r 10.0.0.11 -w 4 --keep",
        "-e -f 5 -r 10.0.0.11:0 -g -w 4\n",
        "",
    ),
    (
        "-e -t 192.0.2.1:80 -r 10.0.0.11 -w 9 --keep --ramp 1",
        "-e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 9 -x 9\n",
        "",
    ),
    ("-d -f 5 -r 10.0.0.11", "-d -f 5 -r 10.0.0.11:0\n", ""),
    (
        "-d -f 5 -r 10.0.0.11 --drain 5 --exist",
        "-d -f 5 -r 10.0.0.11:0\n",
        "",
    ),
    ("-Z", "", ""),
    ("-Z -f 5", "", ""),
    ("--set 0 0 44", "--set 0 0 44\n", ""),
    ("--set 111 0 33", "", ""),
    (
        "--start-daemon backup --mcast-interface eth0 --syncid 3",
        "--start-daemon backup --mcast-interface eth0 --syncid 3\n",
        "",
    ),
    ("--stop-daemon backup", "", ""),
    (
        "-R --input /dev/null --replace",
        "-D -t 192.0.2.1:80\n-D -f 5\n",
        "",
    ),
];

fn report(stage: &Stage) -> Result<()> {
    for (line, first, second) in COMMANDS {
        stage.step(line);
        // One that runs from before would be in the way of none of them.
        stage.run("ipvsadm --stop-daemon backup", "")?;
        stage.set(BEFORE)?;
        for expected in [first, second] {
            let output = stage.run(&format!("ipvsadm {line} --report"), "")?;
            stage.expect(
                &format!("'{}'", expected.trim_end()),
                format_args!("{:?} {}", output.stdout, output.stderr),
                output.stdout == expected,
            )?;
        }
    }
    rules(stage)?;
    counters(stage)?;
    unwritten(stage)?;
    documents(stage)
}

/// Rules, of which some fail.
fn rules(stage: &Stage) -> Result<()> {
    stage.step("Rules that are applied one by one, and all or none");
    let good = "-E -f 5 -s sh\n-d -f 5 -r 10.0.0.11\n-A -f 6 -s rr\n-D -f 6\n-C\n-A -f 7 -s rr\n";
    let bad = format!("{good}-D -f 99\n");
    let made = "-A -f 7 -s rr\n-D -t 192.0.2.1:80\n-D -f 5\n";
    for (line, rules, status, expected) in [
        ("-R", good, 0, made),
        ("-R --atomic", good, 0, made),
        ("-R", &bad, 255, made),
        ("-R --atomic", &bad, 255, ""),
    ] {
        stage.set(BEFORE)?;
        let output = stage.run(&format!("ipvsadm {line} --report"), rules)?;
        stage.expect(
            &format!("{line}: what is different in the end"),
            format_args!("{:?} {}", output.code(), output.stdout),
            output.code() == Some(status) && output.stdout == expected,
        )?;
    }
    Ok(())
}

/// Packets to the director itself count for its services.
fn counters(stage: &Stage) -> Result<()> {
    stage.step("Counters that are not zero");
    stage.set("-A -u 192.0.2.1:7 -s rr\n-a -u 192.0.2.1:7 -r 10.0.0.99:7 -m\n-A -f 5 -s rr\n")?;
    let sent = stage.director()?.on(|| {
        let socket = UdpSocket::bind("192.0.2.1:0")?;
        socket.send_to(b"x", "192.0.2.1:7")
    })?;
    sent.context(|| "a packet".to_owned())?;
    // The kernel adds its counters up every two seconds.
    let is_counted = |text: &str| text.contains("192.0.2.1:7                         1        1");
    let mut counted = stage.must("ipvsadm -Ln --stats", "")?;
    let begun = Instant::now();
    while !is_counted(&counted) && begun.elapsed() < PATIENCE {
        sleep(Duration::from_millis(200));
        counted = stage.must("ipvsadm -Ln --stats", "")?;
    }
    stage.expect("a packet was counted", &counted, is_counted(&counted))?;
    for expected in ["-Z -u 192.0.2.1:7\n", ""] {
        let said = stage.must("ipvsadm -Z --report", "")?;
        stage.expect(
            &format!("'{}'", expected.trim_end()),
            &said,
            said == expected,
        )?;
    }
    Ok(())
}

/// A report that cannot be written, of a change that was made nevertheless.
fn unwritten(stage: &Stage) -> Result<()> {
    stage.step("No room for the report");
    for form in ["", " --json"] {
        stage.set(BEFORE)?;
        let line = format!(
            "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -w 0 --keep --report{form} >/dev/full\n"
        );
        let output = stage.run("sh", &line)?;
        let rules = stage.must("ipvsadm -Sn", "")?;
        stage.expect(
            "an error that says that the change was made",
            format_args!("{:?} {}", output.code(), output.stderr),
            output.code() == Some(255)
                && output.stderr
                    == "cannot write the report: No space left on device (os error 28); the changes were made\n"
                && rules.contains("10.0.0.11:80 -m -w 0 -x 9\n"),
        )?;
        let nothing = stage.run("sh", &line)?;
        stage.expect(
            "no report, no error",
            &nothing.stderr,
            nothing.code() == Some(0),
        )?;
    }
    Ok(())
}

fn documents(stage: &Stage) -> Result<()> {
    stage.step("As JSON");
    let web = json!({"protocol": "tcp", "address": "192.0.2.1", "port": 80});
    let mark = json!({"firewall_mark": 5, "family": "ipv4"});
    let eleven = json!({"address": "10.0.0.11", "port": 80});
    let server = |weight: i32, upper: i32| {
        json!({
            "address": "10.0.0.11", "port": 80, "forwarding": "masquerading", "weight": weight,
            "upper_threshold": upper, "lower_threshold": 0
        })
    };
    let cases = [
        (
            "-e -t 192.0.2.1:80 -r 10.0.0.11 -w +3 --keep",
            json!([{
                "action": "edit", "service": web, "server": eleven,
                "before": server(7, 9), "after": server(10, 9)
            }]),
        ),
        (
            "-D -f 5",
            json!([{
                "action": "delete", "service": mark, "server": null, "after": null,
                "before": {
                    "firewall_mark": 5, "family": "ipv4", "scheduler": "rr", "scheduler_flags": [],
                    "one_packet": false,
                    "servers": [{
                        "address": "10.0.0.11", "port": 0, "forwarding": "direct-routing", "weight": 1,
                        "upper_threshold": 0, "lower_threshold": 0
                    }]
                }
            }]),
        ),
        (
            "--set 0 0 44",
            json!([{
                "action": "set", "service": null, "server": null,
                "before": {"tcp": 111, "tcp_fin": 22, "udp": 33},
                "after": {"tcp": 111, "tcp_fin": 22, "udp": 44}
            }]),
        ),
    ];
    for (line, expected) in cases {
        stage.set(BEFORE)?;
        let said = stage.must(&format!("ipvsadm {line} --report --json"), "")?;
        let array: Option<Value> = serde_json::from_str(&said).ok();
        stage.expect(line, &said, array == Some(expected))?;
    }
    stage.set(BEFORE)?;
    let said = stage.must("ipvsadm -E -f 5 -s rr --report --json", "")?;
    stage.expect(
        "nothing where nothing had to change",
        &said,
        said.is_empty(),
    )
}
