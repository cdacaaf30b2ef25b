//! Which option goes with which command, cell by cell, against a table written for this test.

mod pairs;

use crate::cli::flag_set::FlagSet;
use crate::cli::flags::{FLAGS, Flag};
use crate::cli::legality::check;
use crate::cli::usage::UsageError;

/// The ways to name a service.
const SERVICES: &str = "-t -u --sctp-service -f";
/// Options of a whole call.
const CALL: &str = "--netns --quiet --verbose";
/// A report of what a command has changed.
const REPORT: &str = "--report --json";
/// Options that -L has only with -c.
const WITH_CONNECTIONS: &str = "-r QUERY";
/// Options that ask about connections.
const QUERY: &str =
    "--client --state --protocol --expires-within --expires-after --origin --count-by --top";
/// Every option but --sort.
const OPTIONS: &str = "-t -u --sctp-service -f -6 -s -p -M -o --pe -b -r \
    -g -i -m -w -x -y --tun-type --tun-port --tun-nocsum --tun-csum --tun-remcsum --exist --drain --ramp --only --except --report --keep --no-persistent --no-ops \
    --mcast-interface --syncid --sync-maxlen --mcast-group --mcast-port --mcast-ttl \
    -n -c --timeout --daemon --status --stats --rate --exact --thresholds --persistent-conn --tun-info \
    --json --metrics --sum --states --watch --count --sort-by --only-active --nosort --color \
    --client --state --protocol --expires-within --expires-after --origin --count-by --top \
    --check --replace --keep-weights --dry-run --atomic --wait --input --all --output \
    --probe --as-server --director --netns --quiet --verbose";

/// Command, what it needs, what it may have. `SERVICE` is one way to name a service, `CALL` stands
/// for the options of a whole call.
const TABLE: [(&str, &str, &str); 17] = [
    (
        "-A",
        "SERVICE",
        "-6 -s -p -M -o --pe -b --exist REPORT CALL",
    ),
    (
        "-E",
        "SERVICE",
        "-6 -s -p -M -o --pe -b --keep --exist --no-persistent --no-ops REPORT CALL",
    ),
    ("-D", "SERVICE", "-6 --exist --drain REPORT CALL"),
    ("-C", "", "--only --except REPORT CALL"),
    (
        "-L",
        "",
        "SERVICE -6 -n -c --timeout --daemon --status --stats --rate --thresholds --persistent-conn \
        --tun-info --json --metrics --sum --states --watch --count --sort-by --only-active --nosort --exact \
        --syncid --only --except --color CALL -r QUERY",
    ),
    (
        "-a",
        "SERVICE -r",
        "-6 -g -i -m -w -x -y --tun-type --tun-port --tun-nocsum --tun-csum --tun-remcsum --exist --ramp REPORT CALL",
    ),
    (
        "-e",
        "SERVICE -r",
        "-6 -g -i -m -w -x -y --tun-type --tun-port --tun-nocsum --tun-csum --tun-remcsum --ramp --keep --exist REPORT CALL",
    ),
    ("-d", "SERVICE -r", "-6 --exist --drain REPORT CALL"),
    ("--set", "", "REPORT CALL"),
    (
        "--start-daemon",
        "",
        "--mcast-interface --syncid --sync-maxlen --mcast-group --mcast-port --mcast-ttl REPORT CALL",
    ),
    ("--stop-daemon", "", "--syncid REPORT CALL"),
    (
        "-R",
        "",
        "--json --check --replace --keep-weights --dry-run --atomic --wait --input --exist --only --except --report CALL",
    ),
    (
        "--diagnose",
        "",
        "-t -u --sctp-service -g -i -m --tun-type --tun-port --tun-nocsum --tun-csum --tun-remcsum \
        --json --color --probe --as-server --director CALL",
    ),
    ("-S", "", "-n --json --all --output --only --except CALL"),
    ("-Z", "", "SERVICE -6 --only --except REPORT CALL"),
    ("-h", "", ""),
    ("-v", "", ""),
];

/// Options of -L of which two exclude each other.
const CONFLICTS: [(&str, &str); 18] = [
    ("SERVICE", "--timeout --daemon --status"),
    ("SERVICE -c --timeout --daemon --status", "--only --except"),
    ("-c", "--timeout --daemon --status"),
    ("--timeout", "--daemon --status"),
    ("--daemon", "--status"),
    ("-c", "--stats --rate --thresholds"),
    ("--timeout", "--stats --rate --thresholds"),
    ("--daemon", "--stats --rate --thresholds"),
    ("--status", "--stats --rate --thresholds --persistent-conn"),
    ("-c --timeout --daemon --status", "--sort-by --only-active"),
    ("--nosort", "--sort-by"),
    ("--timeout", "--persistent-conn"),
    ("--daemon", "--persistent-conn"),
    ("--metrics", "-c --timeout --daemon --status"),
    ("--metrics", "--json --watch"),
    ("--quiet", "--verbose"),
    ("--count-by", "--origin --persistent-conn"),
    ("--origin", "--persistent-conn"),
];

/// Options that go only with one of others.
const COMPANIONS: [(&str, &str); 11] = [
    ("-6", "-f"),
    ("--dry-run", "--replace"),
    ("--keep-weights", "--replace"),
    ("--count", "--watch"),
    ("--top", "--count-by"),
    ("--sum", "--metrics"),
    ("--states", "--metrics"),
    ("--wait", "--replace --atomic"),
    ("--ramp", "-w"),
    ("--as-server", "-t -u --sctp-service"),
    ("--director", "-m"),
];

/// Options of which a call may have one.
const EXCLUSIVE: [&str; 5] = [
    SERVICES,
    "-g -i -m",
    "--tun-nocsum --tun-csum --tun-remcsum",
    "-p --no-persistent",
    "-o --no-ops",
];

fn flag(word: &str) -> Flag {
    let flag = match word.strip_prefix("--") {
        Some(long) => Flag::from_long(long),
        None => Flag::from_short(word.as_bytes()[1]),
    };
    flag.unwrap_or_else(|| panic!("{word}"))
}

fn flags(line: &str) -> Vec<Flag> {
    let line = line
        .replace("SERVICE", SERVICES)
        .replace("CALL", CALL)
        .replace("REPORT", REPORT)
        .replace("QUERY", QUERY);
    line.split_whitespace().map(flag).collect()
}

fn outcome(command: Flag, options: &[Flag]) -> Result<(), UsageError> {
    let outcome = check(command, &FlagSet::of(options));
    if let Err(error) = &outcome {
        assert_eq!(
            crate::exit_status::ExitStatus::from(error.kind()) as u8,
            2,
            "{error}"
        );
    }
    outcome
}

/// What a command needs; the service is a firewall mark, with which every option of one can stand.
fn needed(needs: &str) -> Vec<Flag> {
    flags(&needs.replace("SERVICE", "-f"))
}

#[test]
fn no_command_and_no_option_is_left_out() {
    let mut all: Vec<Flag> = flags(OPTIONS);
    all.extend(TABLE.map(|(command, ..)| flag(command)));
    all.push(Flag::Sort);
    all.sort();
    assert_eq!(all, FLAGS.map(|spec| spec.flag));
}

#[test]
fn every_cell() {
    for (command, needs, may) in TABLE {
        let (command, needs, may) = (flag(command), needed(needs), flags(may));
        assert_eq!(outcome(command, &needs), Ok(()), "{command}");
        for option in flags(OPTIONS) {
            let mut options = needs.clone();
            if flags("SERVICE").contains(&option) {
                options.retain(|other| *other != Flag::FirewallMark);
            }
            options.push(option);
            let companion = COMPANIONS.iter().find(|(word, _)| flag(word) == option);
            if let Some((_, companions)) = companion {
                let may_have = |flag: &Flag| may.contains(flag);
                options.extend(flags(companions).into_iter().find(may_have));
            }
            if goes_with_keep(command, option) {
                options.push(Flag::Keep);
            }
            if command == Flag::Diagnose {
                options.extend(goes_with_server(option));
            }
            if option == Flag::Json && may.contains(&Flag::Report) {
                options.push(Flag::Report);
            }
            if command == Flag::List && flags(WITH_CONNECTIONS).contains(&option) {
                options.push(Flag::Connection);
            }
            let is_scope = matches!(option, Flag::Only | Flag::Except);
            if is_scope && command == Flag::Restore {
                options.push(Flag::Replace);
            }
            if is_scope && command == Flag::DeleteService {
                // Instead of a service.
                assert_eq!(outcome(command, &[option]), Ok(()));
                let (first, second) = (Flag::FirewallMark, option);
                let conflict = Err(UsageError::Conflict { first, second });
                assert_eq!(outcome(command, &options), conflict);
                continue;
            }
            let needs_service = needs.contains(&Flag::FirewallMark);
            let allowed = may.contains(&option)
                || needs.contains(&option)
                || needs_service && flags("SERVICE").contains(&option);
            let expected = if allowed {
                Ok(())
            } else {
                Err(UsageError::NotAllowed { command, option })
            };
            assert_eq!(
                outcome(command, &options),
                expected,
                "{command} with {option}"
            );
        }
    }
}

/// Options that an edit has only with --keep.
fn goes_with_keep(command: Flag, option: Flag) -> bool {
    match option {
        Flag::NoPersistent | Flag::NoOnePacket => command == Flag::EditService,
        Flag::Exist => matches!(command, Flag::EditService | Flag::EditServer),
        _ => false,
    }
}

/// What an option of a diagnosis that speaks of a service needs besides.
fn goes_with_server(option: Flag) -> Vec<Flag> {
    let server = "-g -i -m --tun-type --tun-port --tun-nocsum --tun-csum --tun-remcsum --director";
    if flags(SERVICES).contains(&option) {
        vec![Flag::AsServer]
    } else if flags(server).contains(&option) {
        vec![Flag::AsServer, Flag::TcpService]
    } else {
        Vec::new()
    }
}

#[test]
fn what_only_a_server_has() {
    for option in flags("-t -u --sctp-service -g -i -m --tun-type") {
        let error = outcome(Flag::Diagnose, &[option]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("'{option}' goes only with --as-server")
        );
    }
    let both = [Flag::AsServer, Flag::TcpService, Flag::Probe];
    let error = outcome(Flag::Diagnose, &both).unwrap_err();
    assert!(matches!(error, UsageError::Conflict { .. }), "{error:?}");
}

#[test]
fn without_keep_an_edit_takes_nothing_away_and_adds_nothing() {
    for option in [Flag::NoPersistent, Flag::NoOnePacket] {
        let error = outcome(Flag::EditService, &[Flag::TcpService, option]).unwrap_err();
        let said = error.to_string();
        assert_eq!(said, format!("'{option}' goes only with --keep"));
    }
    for (command, needs) in [("-E", "-f"), ("-e", "-f -r")] {
        let command = flag(command);
        let mut options = flags(needs);
        options.push(Flag::Exist);
        // As before there was --keep.
        let option = Flag::Exist;
        let expected = Err(UsageError::NotAllowed { command, option });
        assert_eq!(outcome(command, &options), expected);
    }
}

#[test]
fn nothing_that_is_needed_may_be_missing() {
    for (command, needs, _) in TABLE {
        let (command, needs) = (flag(command), needed(needs));
        for missing in &needs {
            let options: Vec<Flag> = needs
                .iter()
                .copied()
                .filter(|flag| flag != missing)
                .collect();
            let error = outcome(command, &options).unwrap_err();
            let what = match missing {
                Flag::RealServer => "a real server (-r)",
                _ => "a virtual service (-t, -u, --sctp-service or -f)",
            };
            assert_eq!(error, UsageError::Needed { command, what });
        }
    }
}

#[test]
fn sort_goes_with_every_command() {
    for (command, needs, _) in TABLE {
        let mut options = needed(needs);
        options.push(Flag::Sort);
        assert_eq!(outcome(flag(command), &options), Ok(()), "{command}");
    }
}
