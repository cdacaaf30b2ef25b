//! `--only` and `--except`.

use super::{parse_call, refused};
use crate::cli::command::{Command, Invocation, List, ScopedChange};
use crate::model::Change;
use crate::model::scope::Scope;

fn call(line: &str) -> Invocation {
    parse_call(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn selectors_of_a_call() {
    for (line, scope) in [
        ("-S --only 192.0.2.1", "--only 192.0.2.1"),
        ("-S --only=192.0.2.0/28,fwm:5", "--only 192.0.2.0/28,fwm:5"),
        (
            "--only tcp -L --except udp --only fwm:5-9",
            "--only tcp,fwm:5-9 --except udp",
        ),
        (
            "-R --replace --dry-run --except [2001:db8::1]:80",
            "--except [2001:db8::1]:80",
        ),
        ("-R --check --json --only tcp", "--only tcp"),
        ("-L --watch --json --only tcp", "--only tcp"),
    ] {
        assert_eq!(call(line).scope.to_string(), scope, "{line}");
    }
    for line in ["", "-L", "-C", "-R --replace"] {
        assert_eq!(call(line).scope, Scope::default(), "{line}");
    }
}

/// A part of the table is another command than all of it, so that none of them can be taken for the other.
#[test]
fn changes_of_a_part() {
    let exist = |exist| Command::Within(ScopedChange::Delete { exist });
    for (line, command) in [
        ("-C", Command::Change(Change::Clear)),
        ("-C --only tcp", Command::Within(ScopedChange::Clear)),
        ("-C --except tcp", Command::Within(ScopedChange::Clear)),
        ("-Z", Command::Change(Change::Zero(None))),
        ("-Z --except tcp", Command::Within(ScopedChange::Zero)),
        ("-D --only tcp", exist(false)),
        ("--only tcp -D --exist", exist(true)),
        ("-L --only tcp", Command::List(List::DEFAULT)),
    ] {
        assert_eq!(call(line).command, command, "{line}");
    }
}

#[test]
fn what_is_no_scope() {
    for (line, said) in [
        (
            "-S --only ''",
            "bad value '' for '--only': a selector is empty",
        ),
        (
            "-C --except ,",
            "bad value ',' for '--except': a selector is empty",
        ),
        (
            "-C --only 192.0.2.1/28",
            "'192.0.2.1/28' has bits outside its prefix: write 192.0.2.0/28",
        ),
        ("-C --only vip.example", "'vip.example' is no selector"),
        ("-R --only tcp", "goes only with --replace or --check"),
        (
            "-R --atomic --only tcp",
            "goes only with --replace or --check",
        ),
        ("-D -t 192.0.2.1:80 --only tcp", "'-t' and '--only' exclude"),
        ("-Z -f 5 --except tcp", "'-f' and '--except' exclude"),
        ("-L -c --only tcp", "'--only' exclude"),
        ("-S --all --only tcp", "'--all' and '--only' exclude"),
        ("-D --only tcp --drain", "'--drain' and '--only' exclude"),
        ("-D --exist", "needs a virtual service"),
        (
            "-A -t 192.0.2.1:80 --only tcp",
            "not possible with the command '-A'",
        ),
    ] {
        refused(line, 2, &[said]);
    }
    refused("-S --only", 255, &["'--only' needs a value"]);
}

/// Rules are about what they name.
#[test]
fn lines_of_rules_have_none() {
    for line in ["-L --only tcp", "-C --only tcp", "-D --except tcp"] {
        refused(line, 2, &["applies to a whole call"]);
    }
}

/// Who takes a part of the table knows of the others.
#[test]
fn which_calls_take_the_table() {
    for line in [
        "-C",
        "-A -t 192.0.2.1:80",
        "-A -f 5 --exist",
        "-R --replace",
        "-R --replace --json --exist",
    ] {
        assert!(call(line).takes_table(), "{line}");
    }
    for line in [
        "",
        "-S",
        "-R",
        "-R --atomic",
        "-R --replace --check",
        "-R --replace --dry-run",
        "-R --replace --only tcp",
        "-C --except tcp",
        "-E -f 5",
        "-a -f 5 -r 10.0.0.1",
        "-D -f 5",
        "-Z",
    ] {
        assert!(!call(line).takes_table(), "{line}");
    }
}
