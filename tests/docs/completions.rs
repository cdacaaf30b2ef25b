//! The completions offer what the table of legality allows, neither less nor more, and the services
//! and servers that the kernel has.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use ipvsadm::cli::flags::{COMMANDS, FLAGS, Flag, Takes};
use ipvsadm::cli::legality;
use ipvsadm::model::Name;
use ipvsadm::model::connection::{CountKey, STATES};
use ipvsadm::model::scheduler::{GENERIC_FLAGS, SCHEDULERS, flag_names};

use crate::legal::{Typed, contexts, offered, values};
use crate::shells::{self, Kernel, Shell, ask};

/// The spellings of flags.
fn spellings(flags: impl IntoIterator<Item = Flag>) -> Vec<String> {
    let mut all = Vec::new();
    for flag in flags {
        let spec = flag.spec();
        all.extend(spec.shorts.chars().map(|letter| format!("-{letter}")));
        all.push(format!("--{}", spec.long));
    }
    all.sort();
    all
}

/// A command line up to an option that is to be completed.
fn line(command: Flag, typed: &[Typed]) -> String {
    let mut line = "ipvsadm".to_owned();
    for (flag, value) in [(command, values(command)[0])].iter().chain(typed) {
        line.push_str(&format!(" {flag}"));
        if !value.is_empty() {
            line.push_str(&format!(" {value}"));
        }
    }
    line + " -"
}

#[test]
fn options_are_those_that_are_legal() {
    let commands = FLAGS[..COMMANDS].iter().map(|spec| spec.flag);
    let mut lines = vec!["ipvsadm -".to_owned()];
    let mut expected = vec![spellings(commands.clone())];
    for command in commands {
        let mut found = Vec::new();
        contexts(command, &[], &mut found);
        // Behind a command with the same rules the same options are offered.
        let rules = |wanted| {
            legality::TABLE
                .iter()
                .find(|(row, _)| *row == wanted)
                .unwrap()
                .1
        };
        let earlier = FLAGS[..command as usize].iter().map(|spec| spec.flag);
        if earlier
            .into_iter()
            .any(|other| rules(other) == rules(command))
        {
            found.truncate(1);
        }
        for typed in found {
            lines.push(line(command, &typed));
            expected.push(spellings(offered(command, &typed)));
        }
    }
    assert!(lines.len() > 200, "{}", lines.len());
    let (lines, expected) = (&lines, &expected);
    // Each shell takes half a minute or more: they answer at the same time.
    thread::scope(|scope| {
        for shell in Shell::ALL {
            scope.spawn(move || {
                let answers = ask(shell, Kernel::HasTable, lines);
                for ((line, expected), answer) in lines.iter().zip(expected).zip(answers) {
                    assert_eq!(&answer, expected, "{shell:?}: {line}");
                }
            });
        }
    });
}

/// Lines and what is offered for their last word.
fn check(kernel: Kernel, cases: &[(&str, &[&str])]) {
    let lines: Vec<String> = cases.iter().map(|(line, _)| (*line).to_owned()).collect();
    for shell in Shell::ALL {
        for ((line, expected), answer) in cases.iter().zip(ask(shell, kernel, &lines)) {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(answer, expected, "{shell:?}: {line}");
        }
    }
}

#[test]
fn values_of_options() {
    const ROLES: &[&str] = &["master", "backup"];
    const TUNNELS: &[&str] = &["ipip", "gue", "gre"];
    check(
        Kernel::HasTable,
        &[
            ("ipvsadm --start-daemon ", ROLES),
            ("ipvsadm --stop-daemon m", &["master"]),
            ("ipvsadm --start-daemon master --mcast-interface l", &["lo"]),
            ("ipvsadm --start-daemon master --syncid ", &[]),
            ("ipvsadm -A -t x:80 -s ", &SCHEDULERS),
            ("ipvsadm -At x:80 -s w", &["wlc", "wrr"]),
            ("ipvsadm -E -tx:80 --scheduler lb", &["lblc", "lblcr"]),
            ("ipvsadm -A -t x:80 --pe ", &["sip"]),
            ("ipvsadm -A -t x:80 -b f", &["flag-1", "flag-2", "flag-3"]),
            ("ipvsadm -A -t x:80 -s sh -b s", &["sh-fallback", "sh-port"]),
            ("ipvsadm -A -t x:80 -smh -b mh-p", &["mh-port"]),
            (
                "ipvsadm -A -t x:80 --scheduler=sh -b sh-port,",
                &["sh-port,sh-fallback"],
            ),
            ("ipvsadm -a -t x:80 -r y -i --tun-type ", TUNNELS),
            ("ipvsadm -a -t x:80 -r y -w ", &[]),
            ("ipvsadm -R --input Cargo.t", &["Cargo.toml"]),
            ("ipvsadm -S --output Cargo.t", &["Cargo.toml"]),
            ("ipvsadm -A -t x:80 -p --netm", &["--netmask"]),
            ("ipvsadm -A -t x:80 -p 5 --netm", &["--netmask"]),
            ("ipvsadm -L -c --per", &["--persistent-conn"]),
            ("ipvsadm -E -f 1 --ex", &[]),
            ("ipvsadm -E -f 1 --keep --ex", &["--exist"]),
            ("ipvsadm -e -f 1 -r y --keep --ex", &["--exist"]),
            ("ipvsadm -a -f 1 -r y --ex", &["--exist"]),
            ("ipvsadm -a -f 1 -r y --ke", &[]),
            ("ipvsadm -E -f 1 --no-", &[]),
            (
                "ipvsadm -E -f 1 --keep --no-",
                &["--no-ops", "--no-persistent"],
            ),
            ("ipvsadm -E -f 1 --keep -o --no-", &["--no-persistent"]),
            ("ipvsadm -E -f 1 --keep -p --no-", &["--no-ops"]),
            ("ipvsadm -Lnc --st", &["--state"]),
            ("ipvsadm -L --st", &["--stats", "--status"]),
            ("ipvsadm -L --real", &[]),
            ("ipvsadm -Lc --real", &["--real-server"]),
            (
                "ipvsadm -Lc --state SYN",
                &["SYN_SENT", "SYN_RECV", "SYNACK"],
            ),
            ("ipvsadm -Lc --state UDP,S-R", &["UDP,S-RECEIVED"]),
            (
                "ipvsadm -Lc --state=C-",
                &[
                    "--state=C-SENT",
                    "--state=C-REPLIED",
                    "--state=C-WAIT",
                    "--state=C-ECHOED",
                ],
            ),
            ("ipvsadm -Lc --protocol ", &["tcp", "udp", "sctp", "ip"]),
            ("ipvsadm -Lc --count-by s", &["service", "server", "state"]),
            (
                "ipvsadm -Lc --count-by server,s",
                &["server,service", "server,state"],
            ),
            ("ipvsadm -Lc --count-by state --to", &["--top"]),
            ("ipvsadm -Lc --client ", &[]),
            ("ipvsadm -L --netns ", &["blue", "red", "black"]),
            ("ipvsadm -L --netns=bl", &["--netns=blue", "--netns=black"]),
            ("ipvsadm-save -", &["-n"]),
            ("ipvsadm-save -n -", &[]),
            (
                "ipvsadm-restore -",
                &[
                    "--check",
                    "--dry-run",
                    "--exist",
                    "--wait",
                    "--input",
                    "--netns",
                    "--quiet",
                    "--verbose",
                ],
            ),
            ("ipvsadm-restore --check --c", &[]),
            ("ipvsadm-restore --check --d", &["--dry-run"]),
            ("ipvsadm-restore --quiet --v", &[]),
            ("ipvsadm-restore --wait ", &[]),
        ],
    );
}

/// Asks of the program which words an option takes: it lists them for one that it refuses.
fn choices(words: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_ipvsadm"))
        .args(words)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let first = said.lines().next().unwrap();
    let (_, list) = first
        .split_once("one of ")
        .unwrap_or_else(|| panic!("{said}"));
    let list = list
        .strip_suffix(" is needed")
        .unwrap_or_else(|| panic!("{said}"));
    list.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What is offered for the value of each option that takes one: all words that the program takes, and no other.
#[test]
fn values_are_those_that_the_program_takes() {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut cases: Vec<(String, Vec<String>)> = Vec::new();
    let takers = FLAGS
        .iter()
        .filter(|spec| matches!(spec.takes, Takes::Value(_)))
        .map(|spec| spec.flag);
    for flag in takers {
        let expected: Vec<String> = match flag {
            Flag::StartDaemon | Flag::StopDaemon => choices(&[&flag.to_string(), "bogus"]),
            Flag::TunnelType => choices(&[
                "-a",
                "-t",
                "1.1.1.1:1",
                "-r",
                "1.1.1.2",
                "-i",
                "--tun-type",
                "bogus",
            ]),
            Flag::SortBy => choices(&["-L", "--sort-by", "bogus"]),
            Flag::Sum => choices(&["-L", "--metrics", "--sum", "bogus"]),
            Flag::Color => choices(&["-L", "--color", "bogus"]),
            Flag::Protocol => choices(&["-L", "-c", "--protocol", "bogus"]),
            Flag::State => owned(&STATES.map(|(name, _)| name)),
            Flag::CountBy => owned(&CountKey::ALL.map(CountKey::name)),
            Flag::Scheduler => owned(&SCHEDULERS),
            Flag::SchedulerFlags => owned(&GENERIC_FLAGS),
            // The kernel's only one.
            Flag::PersistenceEngine => owned(&["sip"]),
            // What the kernel, the system or a directory has: other tests ask for these.
            Flag::TcpService | Flag::UdpService | Flag::SctpService | Flag::FirewallMark => {
                continue;
            }
            Flag::RealServer | Flag::MulticastInterface | Flag::Netns => continue,
            Flag::Input | Flag::Output => continue,
            // Numbers, masks and addresses: nothing can be offered.
            _ => Vec::new(),
        };
        cases.push((before(flag) + &format!("--{} ", flag.spec().long), expected));
    }
    // The flags of each scheduler.
    for scheduler in SCHEDULERS {
        let name = Name::new(scheduler.as_bytes()).unwrap();
        let flags: Vec<&str> = flag_names(&name).into_iter().flatten().collect();
        cases.push((
            format!("ipvsadm -A -t x:80 -s {scheduler} -b "),
            owned(&flags),
        ));
    }
    assert!(cases.len() > 30, "{}", cases.len());
    let lines: Vec<String> = cases.iter().map(|(line, _)| line.clone()).collect();
    for shell in Shell::ALL {
        let answers = ask(shell, Kernel::HasTable, &lines);
        for ((line, expected), answer) in cases.iter().zip(answers) {
            let mut expected = expected.clone();
            expected.sort_unstable();
            assert_eq!(answer, expected, "{shell:?}: {line}");
        }
    }
}

/// A command line behind which the option is offered.
fn before(flag: Flag) -> String {
    if (flag as usize) < COMMANDS {
        return "ipvsadm ".to_owned();
    }
    for spec in &FLAGS[..COMMANDS] {
        let mut found = Vec::new();
        contexts(spec.flag, &[], &mut found);
        if let Some(typed) = found
            .iter()
            .find(|typed| offered(spec.flag, typed).contains(&flag))
        {
            let line = line(spec.flag, typed);
            return line.strip_suffix('-').unwrap().to_owned();
        }
    }
    panic!("no command takes {flag}");
}

#[test]
fn services_of_the_kernel() {
    const TCP: &[&str] = &["10.0.0.1:80", "10.0.0.2:443", "[2001:db8::1]:443"];
    let mut cases: Vec<(&str, &[&str])> = vec![
        ("ipvsadm -t ", TCP),
        ("ipvsadm -Dt ", TCP),
        ("ipvsadm -D --tcp-service ", TCP),
        ("ipvsadm -D -t 10.0.0.1:", &["10.0.0.1:80"]),
        ("ipvsadm -D -t 10.0.0.2:4", &["10.0.0.2:443"]),
        ("ipvsadm -D -t 192", &[]),
        ("ipvsadm -D -u ", &["10.0.0.1:53"]),
        ("ipvsadm -D --sctp-service ", &["10.0.0.1:9"]),
        ("ipvsadm -D -f ", &["5"]),
        // A service that is added is none of those that are there.
        ("ipvsadm -A -t ", &[]),
    ];
    for line in [
        "ipvsadm -D -t ",
        "ipvsadm -E -t ",
        "ipvsadm -a -t ",
        "ipvsadm -e -t ",
        "ipvsadm -d -t ",
        "ipvsadm -Z -t ",
        "ipvsadm -L -t ",
        "ipvsadm -Ln -t ",
    ] {
        cases.push((line, TCP));
    }
    check(Kernel::HasTable, &cases);
}

#[test]
fn servers_of_the_service() {
    const SERVERS: &[&str] = &["10.0.0.5:8080", "10.0.0.6:8080"];
    check(
        Kernel::HasTable,
        &[
            ("ipvsadm -d -t 10.0.0.1:80 -r ", SERVERS),
            ("ipvsadm -e -t 10.0.0.1:80 -r ", SERVERS),
            ("ipvsadm -dt 10.0.0.1:80 --real-server ", SERVERS),
            ("ipvsadm -d --tcp-service=10.0.0.1:80 -r ", SERVERS),
            ("ipvsadm -d --netns blue -t 10.0.0.1:80 -r ", SERVERS),
            ("ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.5:", &["10.0.0.5:8080"]),
            ("ipvsadm -d -u 10.0.0.1:53 -r ", &["10.0.0.7:53"]),
            ("ipvsadm -d --sctp-service 10.0.0.1:9 -r ", &["10.0.0.8:9"]),
            ("ipvsadm -d -f 5 -r ", &["10.0.0.9"]),
            ("ipvsadm -d -f 5 -6 -r ", &["2001:db8::9"]),
            ("ipvsadm -Lc -t 10.0.0.1:80 -r ", SERVERS),
            (
                "ipvsadm -d -t [2001:db8::1]:443 -r ",
                &["[2001:db8::5]:443"],
            ),
            ("ipvsadm -d -t 10.0.0.2:443 -r ", &[]),
            ("ipvsadm -d -r ", &[]),
            // A server that is added is none of those that are there.
            ("ipvsadm -a -t 10.0.0.1:80 -r ", &[]),
        ],
    );
}

/// Where the table cannot be read nothing is offered, and nothing is said.
#[test]
fn silent_without_a_table() {
    let cases: &[(&str, &[&str])] = &[
        ("ipvsadm -D -t ", &[]),
        ("ipvsadm -d -t 10.0.0.1:80 -r ", &[]),
        ("ipvsadm -L -f ", &[]),
    ];
    check(Kernel::Refuses, cases);
    check(Kernel::HasNone, cases);
}

/// A tabulator key runs nothing of what was typed, in any shell; bash before 5.2 expands subscripts twice.
#[test]
fn nothing_typed_is_run() {
    let marks = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ran-{}", std::process::id()));
    let _ = fs::remove_dir_all(&marks);
    fs::create_dir(&marks).unwrap();
    let mark = marks.display();
    let lines: Vec<String> = [
        "--{} -",
        "--{}= -",
        "--{}=",
        "--{}=x",
        "--a[{}] -",
        "--a[{}]=x -",
        "--x]+a[{} -",
        "-{} -",
        "-A{} -",
        "{} -",
        "-A -t {} -",
        "-A -t {} -s ",
        "-A -t x -s {} -b ",
        "-d -t {} -r ",
        "-d --tcp-service={} -r ",
        "-L --netns {} -t ",
        "-L --netns={} -t ",
        "--start-daemon {} -",
        "-R --input {}",
        "-R --input={}",
        "-w{} -",
    ]
    .iter()
    .enumerate()
    .flat_map(|(number, line)| {
        // No blank, at which the line would be taken apart.
        let words = [
            format!("$(:>{mark}/{number})"),
            format!("`:>{mark}/{number}`"),
            format!("(touch\t{mark}/{number})").replace('\t', "${IFS}"),
            format!("a[$(:>{mark}/{number})]"),
        ];
        words.map(|word| format!("ipvsadm {}", line.replace("{}", &word)))
    })
    .collect();
    for (shell, command) in shells::versions() {
        let name = format!("{shell:?} ({command:?})");
        shells::ask_version(shell, command, Kernel::HasTable, &lines);
        let ran: Vec<_> = fs::read_dir(&marks)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(ran.is_empty(), "{name}: {ran:?}");
    }
    fs::remove_dir(&marks).unwrap();
}

/// At the prompt of each shell, where colons and brackets mean something.
#[test]
fn typed_at_a_prompt() {
    for shell in Shell::ALL {
        // Only bash completes what begins with a bracket that is not quoted.
        let bracket = match shell {
            Shell::Bash => r"ipvsadm -Z -t [2\t",
            Shell::Zsh | Shell::Fish => r"ipvsadm -Z -t '[\t",
        };
        let lines = [
            r"ipvsadm -D -t 10.0.0.2:\t",
            r"ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.6\t",
            r"ipvsadm -At x:1 -s wl\t",
            r"ipvsadm -Ln --persi\t",
            bracket,
        ];
        let expected = [
            "-D -t 10.0.0.2:443",
            "-d -t 10.0.0.1:80 -r 10.0.0.6:8080",
            "-At x:1 -s wlc",
            "-Ln --persistent-conn",
            "-Z -t [2001:db8::1]:443",
        ];
        assert_eq!(shells::typed(shell, &lines), expected, "{shell:?}");
    }
}

/// The texts of zsh and fish are those of the help, so that they cannot contradict it.
#[test]
fn texts_are_those_of_the_help() {
    let zsh = include_str!("../../completions/_ipvsadm");
    let fish = include_str!("../../completions/ipvsadm.fish");
    for spec in &FLAGS {
        let text = spec.help.replace('\'', r"'\''");
        let line = format!("\n    {} '{text}'\n", spec.long);
        assert!(zsh.contains(&line), "zsh needs: {line}");
        let start = format!("\n__ipvsadm_option {} ", spec.long);
        let text = format!(" '{}'\n", spec.help.replace('\'', r"\'"));
        let rest = fish.split_once(&start).map(|(_, rest)| rest);
        let there =
            rest.is_some_and(|rest| rest.split_inclusive('\n').next().unwrap().ends_with(&text));
        assert!(there, "fish needs: {start}...{text}");
    }
}
