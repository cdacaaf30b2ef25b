//! `--only` and `--except`: what is outside the scope is not listed, not saved and never touched.

use director::{Case, Output, Stage, case, reference};
use net::Result;

use crate::random::Random;

pub const SCOPE: Case = case(
    "scope",
    "-S, -L, -C, -D, -Z and -R with --only and --except, which select services of every kind",
    scope,
);
pub const SCOPE_RANDOM: Case = case(
    "scope-random",
    "parts of random tables are replaced: each equals its rules, and the rest is as it was",
    random,
);

/// Those that random tables have, too.
const SERVICES: [&str; 9] = [
    "-t 192.0.2.1:80",
    "-t 192.0.2.2:0",
    "-u 192.0.2.1:5060",
    "--sctp-service 192.0.2.1:80",
    "-t [2001:db8::1]:80",
    "-u [2001:db8::1]:53",
    "-f 5",
    "-f 5 -6",
    "-f 6",
];

/// Options, and which of [`SERVICES`] they select.
const SCOPES: [(&str, &[usize]); 12] = [
    ("--only 192.0.2.1", &[0, 2, 3]),
    ("--only 192.0.2.0/30", &[0, 1, 2, 3]),
    ("--only=192.0.2.1:80", &[0, 3]),
    ("--only [2001:db8::1]:80", &[4]),
    ("--only 2001:db8::/32 --only fwm:6-9", &[4, 5, 8]),
    ("--only fwm:6,udp", &[2, 5, 8]),
    ("--except 192.0.2.0/24", &[4, 5, 6, 7, 8]),
    ("--except tcp,udp,sctp", &[6, 7, 8]),
    ("--except 0.0.0.0/0 --except ::/0,fwm:0x6", &[6, 7]),
    ("--only 192.0.2.1 --except sctp,192.0.2.1:5060", &[0]),
    ("--except 198.51.100.1", &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ("--only 198.51.100.1", &[]),
];

fn table() -> String {
    SERVICES
        .map(|service| {
            let persistence = if service.ends_with(":0") {
                " -p 60"
            } else {
                ""
            };
            let server = match service.contains("db8") || service.ends_with("-6") {
                true => "[2001:db8::11]:80",
                false => "10.0.0.11:80",
            };
            format!("-A {service} -s rr{persistence}\n-a {service} -r {server} -m -w 1\n")
        })
        .concat()
}

/// The rules of a save that belong to services for which `belongs` holds.
fn of_services(saved: &str, belongs: impl Fn(usize) -> bool) -> String {
    let own = |line: &&str| {
        let service = |selector: &str| {
            let rest = line[3..].strip_prefix(selector);
            rest.is_some_and(|rest| rest.starts_with(" -s") || rest.starts_with(" -r"))
        };
        let index = SERVICES.iter().position(|selector| service(selector));
        index.is_some_and(&belongs)
    };
    saved
        .split_inclusive('\n')
        .filter(|line| own(&line.trim_end()))
        .collect()
}

fn saved(stage: &Stage) -> Result<String> {
    stage.must(&format!("{} -Sn", reference()), "")
}

fn scope(stage: &Stage) -> Result<()> {
    stage.set(&table())?;
    let all = saved(stage)?;
    for (options, selected) in SCOPES {
        stage.step(options);
        stage.set(&table())?;
        let inside = of_services(&all, |index| selected.contains(&index));
        let outside = of_services(&all, |index| !selected.contains(&index));
        let said = match selected {
            [] => format!("no virtual service is selected by {options}\n"),
            _ => String::new(),
        };
        let is_well = |output: &Output| output.code() == Some(0) && output.stderr == said;

        let output = stage.run(&format!("ipvsadm -Sn {options}"), "")?;
        stage.expect(
            "-S saves them, and no others",
            format_args!("{}{}", output.stderr, output.stdout),
            is_well(&output) && output.stdout == inside,
        )?;
        for form in ["-Ln", "-L --json", "-L --metrics"] {
            let output = stage.run(&format!("ipvsadm {form} {options}"), "")?;
            let listed = match form {
                "-Ln" => output.stdout.matches(" rr").count(),
                "-L --json" => output.stdout.matches("\"scheduler\":").count(),
                _ => output.stdout.matches("service_connections_total{").count(),
            };
            stage.expect(
                &format!("{form} has {} of the services", selected.len()),
                format_args!("{}{}", output.stderr, output.stdout),
                is_well(&output) && listed == selected.len(),
            )?;
        }
        let output = stage.run(&format!("ipvsadm -Z {options}"), "")?;
        stage.expect(
            "-Z does the same",
            output.stderr.trim_end(),
            is_well(&output),
        )?;

        for command in ["-C", "-D", "-D --exist", "-R --replace"] {
            stage.set(&table())?;
            let output = stage.run(&format!("ipvsadm {command} {options}"), "")?;
            let left = saved(stage)?;
            let expected = match (selected, command) {
                ([], "-D") => {
                    output.code() == Some(255) && output.stderr.starts_with("No such service: ")
                }
                ([], "-D --exist") => output.code() == Some(0) && output.stderr.is_empty(),
                _ => is_well(&output),
            };
            stage.expect(
                &format!("{command} leaves the others"),
                format_args!("{:?} {}\n{left}", output.code(), output.stderr),
                expected && left == outside,
            )?;
        }
    }
    outside(stage)
}

/// Rules that are about something else than the scope.
fn outside(stage: &Stage) -> Result<()> {
    stage.step("Rules outside the scope");
    stage.set(&table())?;
    let before = stage.state()?;
    for rule in [
        "-A -t 192.0.2.3:80 -s rr",
        "-a -f 5 -r 10.0.0.12 -g",
        "-e -f 5 -r 10.0.0.11 -w 5 --keep",
        "-D -f 7 --exist",
        "-Z",
        "-C",
        "--set 1 2 3",
        "--start-daemon master --mcast-interface eth0",
    ] {
        let input = format!("-A -t 192.0.2.1:80 -s wlc\n\n{rule}\n");
        for mode in ["--replace", "--replace --dry-run", "--check"] {
            let output = stage.run(&format!("ipvsadm -R {mode} --only 192.0.2.1"), &input)?;
            let expected = format!(
                "line 3: {rule}: outside the part of the table that is selected by --only 192.0.2.1\n\
                 nothing was changed: 1 bad line\n"
            );
            stage.expect(
                &format!("{mode}: the line is named"),
                format_args!("{:?} {}", output.code(), output.stderr),
                output.code() == Some(2) && output.stderr == expected && output.stdout.is_empty(),
            )?;
        }
    }
    for (document, position) in [
        (r#"{"schema":1,"services":[],"daemons":[]}"#, "daemons"),
        (
            r#"{"schema":1,"services":[{"firewall_mark":7,"family":"ipv4","scheduler":"rr"}]}"#,
            "services[0]",
        ),
    ] {
        let line = "ipvsadm -R --replace --json --only fwm:5";
        let output = stage.run(line, document)?;
        stage.expect(
            "the entry is named",
            format_args!("{:?} {}", output.code(), output.stderr),
            output.code() == Some(2)
                && output.stderr.starts_with(&format!("{position}: "))
                && output.stderr.contains("selected by --only fwm:5"),
        )?;
    }
    stage.expect_equal("nothing was changed", &before, &stage.state()?)
}

const PAIRS: usize = 12;

fn random(stage: &Stage) -> Result<()> {
    let mut random = Random(3);
    let mut steps = 0;
    for (pair, (options, selected)) in (1..=PAIRS).zip(SCOPES.iter().cycle()) {
        println!("\n# Pair {pair}: {options}");
        let within = |index: usize| selected.contains(&index);
        let [old, new] = [(); 2].map(|()| random.services());
        stage.set(&new)?;
        let rules = of_services(&saved(stage)?, within);
        stage.set(&old)?;
        let before = saved(stage)?;

        let line = format!("ipvsadm -R --replace {options}");
        let plan = stage.must(&format!("{line} --dry-run"), &rules)?;
        steps += plan.lines().count();
        stage.must(&line, &rules)?;
        let after = saved(stage)?;
        stage.expect(
            "the part equals the rules",
            format_args!("{} rules", rules.lines().count()),
            sorted(&of_services(&after, within)) == sorted(&rules),
        )?;
        let rest = of_services(&after, |index| !within(index));
        stage.expect(
            "the rest is as it was",
            format_args!("{} rules", rest.lines().count()),
            rest == of_services(&before, |index| !within(index)),
        )?;
        let again = stage.must(&format!("{line} --dry-run"), &rules)?;
        stage.expect("nothing is left to do", &again, again.is_empty())?;
    }
    stage.expect("a hundred steps", steps, steps > 100)
}

fn sorted(rules: &str) -> Vec<&str> {
    let mut rules: Vec<&str> = rules.lines().collect();
    rules.sort_unstable();
    rules
}
