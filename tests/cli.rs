//! The program itself, as far as it goes without IPVS: what is refused before the kernel is asked,
//! help and version, where the output goes. Nothing here changes a table.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipvsadm::cli::flags::FLAGS;
use nix::sys::signal::Signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ipvsadm");

// Addresses that are wrong begin with a bracket, so that no name server is asked for them.

/// What came of a call.
#[derive(Debug)]
struct Outcome {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Calls a program with arguments and standard input.
fn call_program(program: &Path, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Outcome {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Where the program ends without reading, the pipe is closed: that is no failure.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Outcome {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Calls ipvsadm with the words of a line.
fn call(line: &str) -> Outcome {
    let words: Vec<&str> = line.split_whitespace().collect();
    call_program(Path::new(PROGRAM), &words, b"")
}

/// Calls `ipvsadm -R` with rules.
fn restore(options: &str, rules: &[u8]) -> Outcome {
    let words: Vec<&str> = std::iter::once("-R")
        .chain(options.split_whitespace())
        .collect();
    call_program(Path::new(PROGRAM), &words, rules)
}

/// Checks that a call failed, said why on standard error, and printed nothing else.
#[track_caller]
fn assert_failed(outcome: &Outcome, status: i32, quoted: &[&str]) {
    assert_eq!(outcome.status, Some(status), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    for word in quoted {
        assert!(
            outcome.stderr.contains(word),
            "'{word}' is not in {outcome:?}"
        );
    }
    assert!(outcome.stderr.ends_with('\n') && !outcome.stderr.contains("panicked"));
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

    /// The program under another name.
    fn program(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        symlink(PROGRAM, &path).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn usage_errors() {
    for (line, status, quoted) in [
        ("foo", 255, "'foo'"),
        ("-n", 255, "'-n'"),
        ("--bogus", 255, "'--bogus'"),
        ("-L -q", 255, "'-q'"),
        ("-L --ratez", 255, "'--rate'"),
        ("-Lc --client localhost", 2, "as a number"),
        ("-Lc --client 10.1.2.3/8", 2, "'10.0.0.0/8'"),
        ("-Lc --state SYN", 2, "SYN_SENT, SYN_RECV"),
        ("-Lc -u 1.2.3.4:53 --state SYN_RECV", 2, "no UDP connection"),
        (
            "-Lc -t 1.2.3.4:80 --client ::/0",
            2,
            "no connection can meet",
        ),
        ("-Lc --count-by client,client", 2, "'client,client'"),
        ("-L --count-by client", 2, "'--count-by'"),
        ("-L -r 1.2.3.4", 2, "'-r'"),
        ("-A -t", 255, "'-t'"),
        ("-L --numeric=yes", 255, "'yes'"),
        ("-A", 2, "virtual service"),
        ("-A -t [::1]", 2, "'[::1]'"),
        ("-A -t 1.2.3.4:65536", 2, "'1.2.3.4:65536'"),
        ("-A -t 1.2.3.4:no-such-service", 2, "'no-such-service'"),
        ("-A -t 1.2.3.4", 2, "Zero port"),
        ("-A -f 0", 2, "'0'"),
        ("-A -f 1 -f 2", 2, "multiple '-f' options"),
        (
            "-A -f 1 -s a-name-of-16-byte",
            255,
            "Scheduler or persistence engine not found",
        ),
        ("-a -f 1 -r 1.1.1.1 -w -1", 2, "'-1'"),
        ("-L extra", 2, "'extra'"),
        ("-L -A", 2, "'-A'"),
        ("-L -c --stats", 2, "'--stats'"),
        ("-C -n", 2, "'-n'"),
        ("--set 1 2", 2, "requires 3 timeout values"),
        ("--start-daemon nobody", 2, "'nobody'"),
        (
            "--start-daemon master --mcast-group 10.0.0.1",
            2,
            "'10.0.0.1'",
        ),
    ] {
        let outcome = call(line);
        assert_failed(&outcome, status, &[quoted, "Try 'ipvsadm --help'"]);
        assert_eq!(outcome.stderr.lines().count(), 2, "{outcome:?}");
    }
}

#[test]
fn service_names_of_the_system() {
    // Every system that has the file has these two.
    if fs::read_to_string("/etc/services").is_ok_and(|text| text.contains("domain")) {
        assert_failed(&call("-A -t 1.2.3.4:domain -w 1"), 2, &["'-w'"]);
    }
    assert_failed(&call("-A -t localhost:80 -w 1"), 2, &["'-w'"]);
}

#[test]
fn an_argument_that_is_no_text() {
    let word = OsString::from_vec(b"-A\xff".to_vec());
    let outcome = call_program(Path::new(PROGRAM), &[word], b"");
    assert_failed(&outcome, 255, &["'-A\u{fffd}'", "UTF-8"]);
}

#[test]
fn the_help() {
    for line in ["-h", "--help", "-h foo", "--help --bogus"] {
        let outcome = call(line);
        assert_eq!(outcome.status, Some(0));
        assert_eq!(outcome.stderr, "");
        let help = outcome.stdout;
        assert!(help.starts_with("ipvsadm v"), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert_eq!(line, line.trim_end());
        }
        let spelt = |option: &str| {
            let words = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
            help.split(words).any(|word| word == option)
        };
        for spec in FLAGS {
            assert!(
                spelt(&format!("--{}", spec.long)),
                "--{}\n{help}",
                spec.long
            );
            for letter in spec.shorts.chars() {
                assert!(spelt(&format!("-{letter}")), "-{letter}\n{help}");
            }
        }
    }
}

#[test]
fn the_version() {
    for line in ["-v", "--version", "-v -n"] {
        let outcome = call(line);
        // The call may have loaded the module, so the file is looked for afterwards.
        if Path::new("/proc/net/ip_vs").exists() {
            assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
        } else {
            assert_eq!(outcome.status, Some(2), "{outcome:?}");
            assert!(outcome.stderr.starts_with("Can't initialize ipvs"));
        }
        assert_eq!(outcome.stdout.lines().count(), 1);
        // Scripts take the second word apart.
        let mut words = outcome.stdout.split(' ');
        assert_eq!(words.next(), Some("ipvsadm"));
        let version = words.next().unwrap().strip_prefix('v').unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        let numbers: Vec<u32> = version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        assert!(numbers.len() == 3 && numbers >= vec![1, 31, 0], "{version}");
    }
}

#[test]
fn the_program_that_saves_knows_one_option() {
    let directory = Directory::new("save");
    let save = directory.program("ipvsadm-save");
    for options in [&["-x"][..], &["-c"], &["--help"], &["-n", "-h"], &["-nn"]] {
        let outcome = call_program(&save, options, b"");
        assert_failed(&outcome, 1, &["ipvsadm-save", "-n"]);
        assert_eq!(outcome.stderr.lines().count(), 2, "{outcome:?}");
    }
}

#[test]
fn a_dash_of_a_word_processor_is_no_operand() {
    let directory = Directory::new("dash");
    let save = directory.program("ipvsadm-save");
    for option in ["\u{2013}n", "\u{2014}n", "\u{2212}n"] {
        let outcome = call_program(&save, &[option], b"");
        assert_failed(&outcome, 1, &[&format!("'{option}' contains"), "With -n"]);
    }
    let restore = directory.program("ipvsadm-restore");
    let outcome = call_program(&restore, &["\u{2014}check"], b"");
    assert_failed(&outcome, 2, &["write '--check'"]);
}

#[test]
fn the_program_that_restores_reads_everything_first() {
    let directory = Directory::new("restore");
    let restore = directory.program("ipvsadm-restore");
    let rules = b"-A -f 1\n-A -t [bogus\n# no rule\n\n-R\n-A -f 2 -x 3\n";
    let outcome = call_program(&restore, &["--check"], rules);
    assert_failed(
        &outcome,
        2,
        &[
            "line 2",
            "'[bogus'",
            "line 5",
            "line 6",
            "'-x'",
            "3 bad lines",
        ],
    );
    assert!(!outcome.stderr.contains("line 1"), "{outcome:?}");
}

#[test]
fn rules_that_ask_nothing_of_the_kernel() {
    for rules in [
        "",
        "\n",
        " \t\n\n",
        "# comment\n  #-A\n",
        "ipvsadm\n",
        "ipvsadm",
        "#\u{fffd}",
    ] {
        let outcome = restore("", rules.as_bytes());
        assert_eq!(outcome.status, Some(0), "{rules:?} {outcome:?}");
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    }
    assert_eq!(restore("", b"# \xff\n").status, Some(0));
    let once = call("-h").stdout;
    let outcome = restore("", b"-h\nipvsadm --help\n");
    assert_eq!(outcome.status, Some(0));
    assert_eq!(outcome.stdout, once.repeat(2));
}

#[test]
fn rules_that_make_no_sense_end_the_run() {
    for (rules, status, quoted) in [
        (
            &b"\n# x\n  -A -t [bogus\n"[..],
            2,
            &["line 3", "'[bogus'"][..],
        ),
        (b"-A -t\t1.2.3.4:80\r-x 1", 2, &["line 1", "'-x'"]),
        (b"foo", 255, &["line 1", "'foo'"]),
        (b"-R", 255, &["line 1", "'-R'"]),
        (b"ipvsadm --restore", 255, &["line 1", "'-R'"]),
        (b"/sbin/ipvsadm -L", 2, &["line 1", "'/sbin/ipvsadm'"]),
        (b"-L --bogus", 255, &["line 1", "'--bogus'"]),
        (b"-A \xff", 255, &["line 1", "UTF-8"]),
        (b"-A\0-f 1", 255, &["line 1"]),
    ] {
        assert_failed(&restore("", rules), status, quoted);
    }
    // Nothing of a line steers the terminal.
    let outcome = restore("", b"-A -f \x1b[31m\n");
    assert!(!outcome.stderr.contains('\x1b'), "{outcome:?}");
}

/// Whatever an argument contains, the caller's log gets no line of the argument's making.
#[test]
fn an_argument_adds_no_line_to_standard_error() {
    const FORGED: &str = "x\nipvsadm: all is well\r\x1b[2K\u{9b}\u{2028}";
    for words in [
        &["-A", "-t", FORGED][..],
        &["-A", "-f", "1", "-s", FORGED],
        &["-A", "-f", "1", "-b", FORGED],
        &["-a", "-f", "1", "-r", FORGED],
        &["-L", FORGED],
        &[FORGED],
        &["-L", &format!("--{FORGED}")],
        &["-L", &format!("--numeric={FORGED}")],
        &["--set", FORGED, "1", "1"],
        &["--start-daemon", FORGED],
        &["--start-daemon", "master", "--mcast-interface", FORGED],
        &["--netns", FORGED, "-L"],
        &["--netns", &format!("/{FORGED}"), "-L"],
        &["-R", "--input", FORGED],
        &["-R", "--check", "--input", FORGED],
        &["-L", "--sort-by", FORGED],
        &["-L", "--color", FORGED],
    ] {
        let outcome = call_program(Path::new(PROGRAM), words, b"");
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        let harmless = |line: &&str| !line.chars().any(|c| c.is_control() || c == '\u{2028}');
        assert!(lines.iter().all(harmless), "{outcome:?}");
        match lines.as_slice() {
            [_] => {}
            [_, advice] => assert!(advice.starts_with("Try "), "{words:?}: {outcome:?}"),
            _ => panic!("{words:?}: {outcome:?}"),
        }
        assert!(lines[0].contains(r"x\nipvsadm"), "{words:?}: {outcome:?}");
    }
}

#[test]
fn a_line_of_any_length_is_quoted_in_part() {
    for (start, status, quoted) in [
        ("", 255, "not a command"),
        ("-A -t 1.2.3.4:80 -s ", 255, "not found"),
        ("-A -f 1 --bogus-", 255, "unknown option"),
    ] {
        let rules = format!("{start}{}", "\u{e9}".repeat(30_000));
        for options in ["", "--check"] {
            let outcome = restore(options, rules.as_bytes());
            assert!(outcome.stderr.len() < 5000, "{}", outcome.stderr.len());
            let quoted = [&format!("line 1: {start}"), "...: ", " [...] ", quoted];
            assert_failed(
                &outcome,
                if options.is_empty() { status } else { 2 },
                &quoted,
            );
        }
    }
}

#[test]
fn rules_are_checked_without_a_kernel() {
    let good = b"-A -t 1.2.3.4:80\n-a -t 1.2.3.4:80 -r 1.1.1.1 -m\n";
    let outcome = restore("--check", good);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    let bad = restore("--check", b"-A -t [bogus\n-C\n-A -f 0\n");
    assert_failed(
        &bad,
        2,
        &["line 1", "'[bogus'", "line 3", "'0'", "2 bad lines"],
    );
}

#[test]
fn rules_from_a_file() {
    let directory = Directory::new("input");
    let path = directory.0.join("rules");
    fs::write(&path, "-h\n").unwrap();
    let options = format!("--input {}", path.display());
    // Standard input is not read.
    let outcome = restore(&options, b"-A -t [bogus\n");
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stdout.starts_with("ipvsadm v"));
    let missing = directory.0.join("missing");
    let outcome = restore(&format!("--input {}", missing.display()), b"");
    assert_failed(
        &outcome,
        255,
        &[&missing.display().to_string(), "No such file"],
    );
    let outcome = restore(&format!("--input {}", directory.0.display()), b"");
    assert_failed(&outcome, 255, &["directory"]);
}

/// Calls ipvsadm with standard output somewhere.
fn call_into(arguments: &[&str], stdout: impl Into<Stdio>) -> Outcome {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    Outcome {
        status: output.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn output_that_cannot_be_written() {
    for arguments in [&["--help"][..], &["-h"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let outcome = call_into(arguments, full);
        assert_failed(
            &outcome,
            255,
            &["cannot write the output", "No space left on device"],
        );
        // `1<file`
        let outcome = call_into(arguments, File::open("/dev/null").unwrap());
        let words = ["cannot write the output", "Bad file descriptor"];
        assert_failed(&outcome, 255, &words);
    }
}

/// As ipvsadm 1.31, which SIGPIPE ended: under `| head` a person sees no complaint.
#[test]
fn a_closed_pipe_ends_the_program_by_its_signal() {
    for arguments in [&["--help"][..], &["-h", "--quiet"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(PROGRAM)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(writer)
            .output()
            .unwrap();
        let signal = output.status.signal();
        assert_eq!(signal, Some(Signal::SIGPIPE as i32), "{output:?}");
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

/// The runtime opens /dev/null in the place of a closed standard output.
#[test]
fn a_closed_standard_output_takes_everything() {
    for arguments in ["-h", "--help"] {
        let script = format!("exec {PROGRAM} {arguments} >&-");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

#[test]
fn errors_that_cannot_be_written_leave_the_status() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let status = Command::new(PROGRAM)
        .arg("-A")
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_listing_with_and_without_ipvs() {
    let outcome = call("-L -n");
    // The call may have loaded the module, so the file is looked for afterwards.
    if Path::new("/proc/net/ip_vs").exists() {
        match outcome.status {
            Some(0) => assert!(outcome.stdout.starts_with("IP Virtual Server version 1.")),
            _ => assert_failed(&outcome, 1, &["Permission denied (you must be root)"]),
        }
    } else {
        let modprobe = "/sbin/modprobe -- ip_vs";
        assert_failed(&outcome, 2, &["Can't initialize ipvs", modprobe, "ip_vs"]);
    }
}

#[test]
fn quiet_leaves_the_exit_status() {
    for line in [
        "-R --check --input /no/such/file",
        "-L --netns no-such-namespace",
        "-C --netns no-such-namespace",
    ] {
        let loud = call(line);
        let quiet = call(&format!("{line} --quiet"));
        assert!(!loud.stderr.is_empty(), "{line}");
        assert_eq!(quiet.stderr, "", "{line}");
        assert_eq!(quiet.status, loud.status, "{line}");
    }
    let quiet = restore("--check --quiet", b"-A -t [\n-B\n");
    assert_eq!((quiet.status, quiet.stderr.as_str()), (Some(2), ""));
    // What cannot be read may have meant anything.
    let wrong = call("-L --quiet --verbose");
    assert_eq!(wrong.status, Some(2));
    assert!(
        wrong
            .stderr
            .starts_with("options '--quiet' and '--verbose' exclude each other"),
        "{}",
        wrong.stderr
    );
}

/// Those behind it would have to wait.
#[test]
fn a_line_of_rules_takes_no_time() {
    let server = "-t 10.0.0.1:80 -r 10.0.0.2:80";
    for (line, option) in [
        ("-Ln --watch".to_owned(), "--watch"),
        (format!("-d {server} --drain 5"), "--drain"),
        (format!("-e {server} -w 9 --ramp 5"), "--ramp"),
        (format!("-e {server} -w 9 --ramp 5 --keep"), "--ramp"),
        ("-R".to_owned(), "-R"),
    ] {
        let outcome = restore("--check", format!("{line}\n").as_bytes());
        assert_failed(&outcome, 2, &["line 1", option]);
    }
}

#[test]
fn partial_edits_that_make_no_sense() {
    let server = "-e -t 10.0.0.1:80 -r 10.0.0.2:80";
    for (line, quoted) in [
        (
            format!("{server} --keep"),
            "'--keep' needs something to change",
        ),
        (
            "-E -f 1 --keep".to_owned(),
            "'--keep' needs something to change",
        ),
        (
            "-E -f 1 --no-ops".to_owned(),
            "'--no-ops' goes only with --keep",
        ),
        (
            "-A -f 1 --keep".to_owned(),
            "'--keep' is not possible with the command '-A'",
        ),
        (
            "-E -f 1 -p --no-persistent --keep".to_owned(),
            "exclude each other",
        ),
        (format!("{server} -w -10"), "'-10'"),
        (format!("{server} -w 50%"), "'50%'"),
        (format!("{server} -w ++1 --keep"), "+N, -N or N%"),
        (
            format!("{server} --exist -w 1"),
            "'--exist' is not possible with the command '-e'",
        ),
    ] {
        let rules = restore("--check", format!("{line}\n").as_bytes());
        assert_failed(&call(&line), 2, &[quoted]);
        assert_failed(&rules, 2, &["line 1: ", quoted]);
    }
    // Without --keep a plus sign is part of a number, as in ipvsadm 1.31.
    let rules = restore("--check", format!("{server} -w +10\n").as_bytes());
    assert_eq!(
        (rules.status, rules.stderr.as_str()),
        (
            Some(0),
            "line 1: '-w +10' sets the weight to 10; with --keep it adds 10 to the weight\n"
        )
    );
}

#[test]
fn partial_edits_are_checked_against_the_rules_before_them() {
    let rules = "-A -t 10.0.0.1:80 -s sh\n\
                 -a -t 10.0.0.1:80 -r 10.0.0.2:80 -m\n\
                 -a -t 10.0.0.1:80 -r 10.0.0.2:81 -m\n";
    for (line, wrong) in [
        ("-E -t 10.0.0.1:80 -b sh-port --keep", None),
        (
            "-E -t 10.0.0.1:80 -b mh-port --keep",
            Some("the scheduler 'sh' has no such flag"),
        ),
        (
            "-E -t 10.0.0.9:80 -s rr --keep",
            Some("No such service: TCP 10.0.0.9:80"),
        ),
        ("-E -t 10.0.0.9:80 -s rr --keep --exist", None),
        ("-e -t 10.0.0.1:80 -r 10.0.0.2:81 -w +1 --keep", None),
        (
            "-e -t 10.0.0.1:80 -r 10.0.0.2 -w +1 --keep",
            Some("10.0.0.2:80, 10.0.0.2:81; name one with its port"),
        ),
        (
            "-e -t 10.0.0.1:80 -r 10.0.0.2:80 -g --keep --tun-csum",
            Some("-i"),
        ),
        (
            "-e -t 10.0.0.1:80 -r 10.0.0.2:81 -g --keep",
            Some("only masquerading (-m)"),
        ),
        (
            "-e -t 10.0.0.1:80 -r 10.0.0.3 -w 1 --keep",
            Some("No such destination"),
        ),
        (
            "-e -t 10.0.0.9:80 -r 10.0.0.3 -w 1 --keep",
            Some("Service not defined"),
        ),
    ] {
        let outcome = restore("--replace --check", format!("{rules}{line}\n").as_bytes());
        match wrong {
            None => assert_eq!(
                (outcome.status, outcome.stderr.as_str()),
                (Some(0), ""),
                "{line}"
            ),
            Some(quoted) => assert_failed(&outcome, 2, &["line 4: ", quoted]),
        }
    }
}

#[test]
fn a_line_of_rules_has_no_options_of_a_whole_call() {
    for option in ["--netns x", "--quiet", "--verbose", "--only tcp"] {
        let outcome = restore("--check", format!("-C {option}\n").as_bytes());
        assert_eq!(outcome.status, Some(2), "{option}");
        assert!(
            outcome.stderr.contains("applies to a whole call"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_rule_outside_the_scope_is_named() {
    let rules = b"-A -t 192.0.2.1:80 -s rr\n# ours\n-A -u 192.0.2.1:53 -s rr\n--set 1 2 3\n";
    let outcome = restore("--check --only 192.0.2.0/28 --except udp", rules);
    let outside =
        "outside the part of the table that is selected by --only 192.0.2.0/28 --except udp";
    let expected = format!(
        "line 3: -A -u 192.0.2.1:53 -s rr: {outside}\nline 4: --set 1 2 3: {outside}\n\
         nothing was changed: 2 bad lines\n"
    );
    assert_eq!(outcome.stderr, expected);
    assert_eq!(outcome.status, Some(2));
    let outcome = restore("--check --only 192.0.2.1:80,192.0.2.1:53", &rules[..57]);
    assert_eq!((outcome.stderr.as_str(), outcome.status), ("", Some(0)));
}

/// A line that is right but may mean something else is carried out, with a word on standard error.
#[test]
fn what_is_odd_is_said() {
    let rules = b"-A -t 1921681200:80\n# -M 24\n-A -f 1 -p -M 24\n-A -f 2\n";
    let outcome = restore("--check", rules);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(0), ""));
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(
        said,
        [
            "line 1: '1921681200:80' has no dots: it is read as the address 114.138.135.48",
            "line 3: '-M 24' is the mask 0.0.0.24; the mask of 24 bits is '-M 255.255.255.0'",
        ]
    );
    assert_eq!(restore("--check --quiet", rules).stderr, "");
    // Here it fails for another reason, but not before.
    let netns = "--netns no-such-namespace";
    let line = format!("-A -t 2001:db8::1:80 -p {netns}");
    let outcome = call(&line);
    let first = outcome.stderr.lines().next().unwrap_or_default();
    assert!(
        first.ends_with("it needs brackets: '[2001:db8::1]:80'"),
        "{outcome:?}"
    );
    let quiet = call(&format!("{line} --quiet"));
    assert_eq!((quiet.status, quiet.stderr.as_str()), (outcome.status, ""));
}

#[test]
fn help_behind_a_command() {
    for line in ["-L --help", "-A -h", "-a -t 1.2.3.4:80 --help"] {
        let outcome = call(line);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
        let (error, help) = outcome.stderr.split_once('\n').unwrap();
        assert!(error.contains("are both commands"), "{error}");
        assert_eq!(help, call("--help").stdout);
    }
    // In rules it is one bad line of several.
    assert_failed(&restore("", b"-L --help\n"), 2, &["line 1", "one command"]);
}

/// A rule whose words hide a typo is refused with it, and the run goes on or ends as without it.
#[test]
fn slips_in_rules() {
    for (rule, quoted) in [
        ("-A -f 1 -s rr # web", "'#' begins a comment"),
        ("-A \u{2013}f 1", "write '-f'"),
        ("[root@lvs ~]# ipvsadm -Ln", "'[root@lvs ~]#' is the prompt"),
        ("-a -f 1 -r 1.2.3.4 -mipvsadm -Ln", "joined at '-mipvsadm'"),
    ] {
        let outcome = restore("--check", format!("{rule}\n-v x\n").as_bytes());
        assert_failed(&outcome, 2, &["line 1", quoted]);
    }
}
