//! Rules that somebody else wrote: what they cannot ask for, and that they cannot take all memory. Nothing here
//! needs IPVS.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ipvsadm");

/// What came of a call.
#[derive(Debug)]
struct Outcome {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(command: &mut Command, input: &[u8]) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends without reading closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Outcome {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Calls a program with the words of a line.
fn call(program: &Path, line: &str, input: &[u8]) -> Outcome {
    run(Command::new(program).args(line.split_whitespace()), input)
}

/// Runs a line of the shell in which `ipvsadm` may take 200 MB of address space.
fn within_limits(line: &str) -> Outcome {
    let script = format!("ulimit -v 200000; {}", line.replace("ipvsadm", PROGRAM));
    run(Command::new("bash").args(["-c", &script]), b"")
}

impl Outcome {
    #[track_caller]
    fn failed(&self, status: i32, quoted: &[&str]) {
        assert_eq!(self.status, Some(status), "{self:?}");
        assert_eq!(self.stdout, "");
        for word in quoted {
            assert!(self.stderr.contains(word), "'{word}' is not in {self:?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// A directory of its own for a test, gone afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Directory(path)
    }

    fn restore_program(&self) -> PathBuf {
        let path = self.0.join("ipvsadm-restore");
        symlink(PROGRAM, &path).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Every way to read rules that can be tried without IPVS.
const WAYS: [&str; 5] = [
    "-R",
    "-R --check",
    "-R --atomic",
    "-R --replace",
    "-R --exist",
];

#[test]
fn rules_cannot_reach_beyond_the_table() {
    let directory = Directory::new("beyond");
    let file = directory.0.join("file");
    let output = format!("-S -n --output {}", file.display());
    for (rule, flag, status) in [
        (output.as_str(), "--output", 255),
        ("-S --json --all --output=x", "--output", 255),
        ("--diagnose", "--diagnose", 255),
        ("-R", "-R", 255),
        ("-R --input /etc/passwd", "-R", 255),
        ("-L --watch", "--watch", 255),
        ("-L --timeout --watch 5 --count 1", "--watch", 255),
        ("-D -f 1 --drain", "--drain", 255),
        ("-d -f 1 -r 10.0.0.1 --drain 5 --exist", "--drain", 255),
        ("-a -f 1 -r 10.0.0.1 -w 5 --ramp 9", "--ramp", 255),
        ("-C --netns x", "--netns", 2),
        ("-C --quiet", "--quiet", 2),
        ("-C --verbose", "--verbose", 2),
    ] {
        for way in WAYS {
            let rules = format!("# harmless\n{rule}\n-A -f 0\n");
            let outcome = call(Path::new(PROGRAM), way, rules.as_bytes());
            let line = format!("line 2: {rule}: ");
            let quoted = format!("'{flag}'");
            // What is read whole is a whole that makes no sense.
            let whole = !["-R", "-R --exist"].contains(&way);
            outcome.failed(if whole { 2 } else { status }, &[&line, &quoted]);
            assert_eq!(outcome.stderr.contains("line 3"), whole, "{outcome:?}");
        }
        let restore = directory.0.join("ipvsadm-restore");
        let restore = if restore.exists() {
            restore
        } else {
            directory.restore_program()
        };
        let outcome = call(&restore, "--check", format!("{rule}\n").as_bytes());
        outcome.failed(2, &["line 1", flag]);
    }
    assert!(!file.exists() && !Path::new("x").exists());
}

#[test]
fn rules_that_are_taken_whole_are_changes_only() {
    for rule in ["-L -n", "-L --timeout", "-S -n", "-S --json", "-v", "-h"] {
        for way in ["-R --check", "-R --atomic", "-R --replace"] {
            let rules = format!("-A -f 1\n{rule}\n");
            let outcome = call(Path::new(PROGRAM), way, rules.as_bytes());
            let line = format!("line 2: {rule}: ");
            outcome.failed(2, &[&line, "only prints", "1 bad line"]);
        }
    }
    // Counters are set to zero in the table that they are of.
    let outcome = call(Path::new(PROGRAM), "-R --check", b"-A -f 1\n-Z\n-Z -f 1\n");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
}

#[test]
fn a_line_has_an_end() {
    for (way, status) in [
        ("-R", 2),
        ("-R --check", 2),
        ("-R --replace", 2),
        ("-R --atomic", 2),
    ] {
        let line = format!("ipvsadm {way} --input /dev/zero");
        within_limits(&line).failed(status, &["line 1: ", "more than 65536 bytes"]);
        let line =
            format!("(echo '# one'; head -c 300000000 /dev/zero | tr '\\0' a) | ipvsadm {way}");
        within_limits(&line).failed(status, &["line 2: aaa", "more than 65536 bytes"]);
        // A comment has one too.
        let line =
            format!("(printf '#'; head -c 65536 /dev/zero | tr '\\0' a; echo) | ipvsadm {way}");
        within_limits(&line).failed(status, &["line 1: #aaa", "more than 65536 bytes"]);
    }
    let longest = format!("-A -f 0{}", " ".repeat(65536 - 7));
    let outcome = call(Path::new(PROGRAM), "-R", longest.as_bytes());
    outcome.failed(2, &["line 1", "'0'"]);
    let outcome = call(Path::new(PROGRAM), "-R", format!("{longest} \n").as_bytes());
    outcome.failed(2, &["line 1", "more than 65536 bytes"]);
}

#[test]
fn rules_without_end_do_not_take_all_memory() {
    // What says nothing is not kept.
    let blank = "(for i in {1..2000}; do echo \"#$(printf '%60000s')\"; done) | ipvsadm -R --check";
    let outcome = within_limits(blank);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let outcome = within_limits("yes -- '-A -f 1 -s rr' | ipvsadm -R --check");
    outcome.failed(
        255,
        &["cannot read the rules: line ", "nothing was changed"],
    );
}

#[test]
fn documents_without_end_do_not_take_all_memory() {
    let zeros = within_limits("ipvsadm -R --json --input /dev/zero");
    zeros.failed(2, &["expected value at line 1 column 1"]);
    let blanks = within_limits("yes '' | ipvsadm -R --json");
    blanks.failed(255, &["nothing was changed"]);
    let long = run(
        Command::new("bash").args([
            "-c",
            &format!("(printf '{{'; yes '') | {PROGRAM} -R --json"),
        ]),
        b"",
    );
    long.failed(2, &["more than 256 MiB", "nothing was changed"]);
}

#[test]
fn byte_order_marks() {
    let program = Path::new(PROGRAM);
    for way in WAYS {
        let outcome = call(program, way, b"\xef\xbb\xbf-A -f 0\n\xef\xbb\xbf-A -f 1");
        outcome.failed(2, &["line 1: -A -f 0: bad value '0'"]);
        // Of either order, with a line end or without one.
        for rules in [
            &b"\xff\xfe-\0C\0\n\0"[..],
            b"\xfe\xff\0-\0C\0\n\0-",
            b"\xff\xfe",
        ] {
            let outcome = call(program, way, rules);
            outcome.failed(2, &["line 1: ", "UTF-16", "UTF-8"]);
            assert!(!outcome.stderr.contains("line 2"), "{outcome:?}");
        }
    }
    for rules in [
        &b"\xef\xbb\xbf"[..],
        b"\xef\xbb\xbf# no rule",
        b"\xef\xbb\xbf\n",
    ] {
        let outcome = call(program, "-R", rules);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    }
    let outcome = call(program, "-R --json", b"\xef\xbb\xbf{\"schema\":9}");
    outcome.failed(2, &["'schema' is 9"]);
    let outcome = call(program, "-R --json", b"\xff\xfe{\0}\0");
    outcome.failed(2, &["UTF-16"]);
}

#[test]
fn the_program_that_restores_takes_no_operands() {
    let directory = Directory::new("operands");
    let restore = directory.restore_program();
    let file = directory.0.join("rules");
    fs::write(&file, "-A -f 0\n").unwrap();
    let path = file.display();
    for (words, status, quoted) in [
        (path.to_string(), 2, "--input"),
        (format!("< {path}"), 2, "--input"),
        ("-".to_owned(), 2, "--input"),
        (format!("-- {path}"), 2, "--input"),
        ("-C".to_owned(), 2, "'-C'"),
        ("--atomic".to_owned(), 2, "'--atomic'"),
        ("--json".to_owned(), 2, "'--json'"),
        ("--nosuch".to_owned(), 255, "'--nosuch'"),
        ("--input".to_owned(), 255, "'--input'"),
        ("--check --check".to_owned(), 2, "multiple '--check'"),
        ("--wait x".to_owned(), 2, "'x'"),
        (format!("--check --input {path}"), 2, "line 1: -A -f 0"),
        (
            format!("--check --exist --wait=5 --dry-run --input={path} -n"),
            2,
            "line 1: -A -f 0",
        ),
        (
            "--input /nonexistent/rules".to_owned(),
            255,
            "/nonexistent/rules",
        ),
    ] {
        call(&restore, &words, b"").failed(status, &[quoted]);
    }
    let help = call(&restore, "--help", b"");
    assert_eq!(help.status, Some(0), "{help:?}");
    assert!(help.stdout.starts_with("ipvsadm v"));
    let outcome = call(&restore, "--check --quiet", b"-A -f 0\n");
    outcome.failed(2, &[]);
    assert_eq!(outcome.stderr, "");
}

/// A rule that only says again what an earlier one says counts once; one that says something else is an error.
#[test]
fn rules_that_come_twice() {
    let program = Path::new(PROGRAM);
    let check = |rules: &str| call(program, "-R --replace --check", rules.as_bytes());
    let twice = check(
        "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1 -m\n# again\n\
         -A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n\
         --start-daemon master\n--start-daemon master\n",
    );
    assert_eq!(twice.status, Some(0), "{twice:?}");
    assert_eq!(
        twice.stderr,
        "line 4: -A -t 192.0.2.1:80 -s rr: the same as line 1, and counts once\n\
         line 5: -a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1: the same as line 2, and counts once\n\
         line 7: --start-daemon master: the same as line 6, and counts once\n"
    );
    let contrary = check(
        "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1 -m\n\
         -A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 10.0.0.1 -m -w 2\n\
         -A -t 192.0.2.1:80 -s rr\n",
    );
    contrary.failed(
        2,
        &[
            "line 3: -A -t 192.0.2.1:80 -s wlc: Service already exists",
            "line 4: -a -t 192.0.2.1:80 -r 10.0.0.1 -m -w 2: Destination already exists",
            "line 5: -A -t 192.0.2.1:80 -s rr: the same as line 1",
            "2 bad lines",
        ],
    );
    // What was changed in between is no more what the first line said.
    let changed = check("-A -f 1 -s rr\n-E -f 1 -s wlc\n-A -f 1 -s rr\n");
    changed.failed(2, &["line 3", "Service already exists"]);
    let anew = check("-A -f 1 -s rr\n-D -f 1\n-A -f 1 -s rr\n-D -f 1\n-D -f 1\n");
    assert_eq!(anew.status, Some(0), "{anew:?}");
    assert_eq!(
        anew.stderr,
        "line 5: -D -f 1: the same as line 4, and counts once\n"
    );
}
