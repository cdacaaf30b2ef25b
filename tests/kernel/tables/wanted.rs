//! Command lines for every entry of [`crate::differences`], with what ours does instead.

use super::BASE;
use crate::scenario::{Instead, Line, Program, Scenario, Stdout};

pub fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(anywhere());
    all.extend(listings());
    all.extend(restores());
    all.extend(whole());
    all
}

/// Ours does with the first line what the reference does with the second.
fn like(difference: &'static str, ours: Line, reference: Line) -> Scenario {
    let instead = Instead {
        reference: Some(reference),
        ..Instead::default()
    };
    Scenario::line("wanted", BASE, ours).differs(difference, instead)
}

fn prints(difference: &'static str, setup: &'static str, line: &str, text: &str) -> Scenario {
    let instead = Instead {
        stdout: Some(Stdout::Exactly(text.to_owned())),
        ..Instead::default()
    };
    Scenario::line("wanted", setup, Line::new(line)).differs(difference, instead)
}

fn anywhere() -> Vec<Scenario> {
    let pairs = [
        ("command-anywhere", "-t 3.3.3.3:80 -A", "-A -t 3.3.3.3:80"),
        (
            "command-anywhere",
            "-t 3.3.3.3:80 -s rr -A",
            "-A -t 3.3.3.3:80 -s rr",
        ),
        (
            "command-anywhere",
            "-t 1.1.1.1:80 -r 3.3.3.3 -a -m -w 4",
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -m -w 4",
        ),
        ("command-anywhere", "-t 1.1.1.1:80 -D", "-D -t 1.1.1.1:80"),
        (
            "command-anywhere",
            "--mcast-interface d0 --start-daemon master",
            "--start-daemon master --mcast-interface d0",
        ),
        (
            "command-anywhere",
            "--syncid 5 --mcast-interface d0 --start-daemon backup",
            "--start-daemon backup --syncid 5 --mcast-interface d0",
        ),
        ("ipv6-anywhere", "-A -6 -f 5", "-A -f 5 -6"),
        ("ipv6-anywhere", "-D -6 -f 8", "-D -f 8 -6"),
        ("ipv6-anywhere", "-D -6 -f 8 -6", "-D -f 8 -6"),
        (
            "ipv6-anywhere",
            "-a -6 -r 2001:db8::2 -f 8",
            "-a -f 8 -6 -r 2001:db8::2",
        ),
        ("ipv6-names", "-A -t vip6:81", "-A -t [2001:db8::1]:81"),
        ("ipv6-names", "-A -t [vip6]:81", "-A -t [2001:db8::1]:81"),
        (
            "ipv6-names",
            "-A -u [both.example.com]:domain",
            "-A -u [2001:db8::5]:53",
        ),
        (
            "ipv6-names",
            "-A -u vip6.example.com -p",
            "-A -u 2001:db8::1 -p",
        ),
        ("ipv6-names", "-D -t vip6:http", "-D -t [2001:db8::1]:80"),
        (
            "ipv6-names",
            "-a -t 1.1.1.1:80 -r rs6:83 -i",
            "-a -t 1.1.1.1:80 -r [2001:db8::2]:83 -i",
        ),
        (
            "ipv6-names",
            "-a -t [2001:db8::1]:80 -r rs6:83 -m",
            "-a -t [2001:db8::1]:80 -r [2001:db8::2]:83 -m",
        ),
        (
            "port-names-first",
            "-a -r 3.3.3.3:http -t 1.1.1.1:80 -m",
            "-a -r 3.3.3.3:80 -t 1.1.1.1:80 -m",
        ),
        ("hexadecimal-marks", "-A -f 0x10", "-A -f 16"),
        ("hexadecimal-marks", "-Af0XfFfFfFfF", "-A -f 4294967295"),
        ("hexadecimal-marks", "-D -f=0x8 -6", "-D -f 8 -6"),
        (
            "hexadecimal-marks",
            "-a -f 0x0000000007 -r 3.3.3.3",
            "-a -f 7 -r 3.3.3.3",
        ),
        (
            "lone-comma",
            "-A -t 3.3.3.3:80 -b ,",
            "-A -t 3.3.3.3:80 -b ''",
        ),
        (
            "lone-comma",
            "-A -t 3.3.3.3:80 -b ,,",
            "-A -t 3.3.3.3:80 -b ''",
        ),
        (
            "unknown-flags",
            "-A -t 3.3.3.3:80 -s sh -b sh-port,0x40",
            "-A -t 3.3.3.3:80 -s sh -b sh-port",
        ),
    ];
    pairs
        .into_iter()
        .map(|(name, ours, reference)| like(name, Line::new(ours), Line::new(reference)))
        .collect()
}

/// Tables that are shown or saved in another way.
fn listings() -> Vec<Scenario> {
    let around = |line: &str, begin, end| {
        let instead = Instead {
            stdout: Some(Stdout::Around(begin, end)),
            ..Instead::default()
        };
        Scenario::line("wanted", "", Line::new(line)).differs("help-and-version", instead)
    };
    let titles = "IPVS connection entries\n\
        pro expire state       source             virtual            destination\n";
    let connections = |line: &str| {
        let instead = Instead {
            stdout: Some(Stdout::Exactly(titles.to_owned())),
            status: Some(0),
            stderr: Some(false),
            ..Instead::default()
        };
        Scenario::line("wanted", BASE, Line::new(line)).differs("connections-of-service", instead)
    };
    vec![
        connections("-L -c -t 1.1.1.1:80"),
        connections("-Lnc -f 7"),
        around("-h", "ipvsadm v", "\n"),
        around("--help", "ipvsadm v", "\n"),
        around("-v", "ipvsadm v", "\n"),
        around("--version", "ipvsadm v", "\n"),
        prints(
            "order",
            "-A -t 192.168.1.1:80\n-A -t 10.0.0.1:80\n",
            "-S -n",
            "-A -t 10.0.0.1:80 -s wlc\n-A -t 192.168.1.1:80 -s wlc\n",
        ),
        prints(
            "order",
            "-A -t [fd00::1]:80\n-A -t [2001:db8::1]:80\n",
            "-S -n",
            "-A -t [2001:db8::1]:80 -s wlc\n-A -t [fd00::1]:80 -s wlc\n",
        ),
        prints(
            "order",
            "-A -t 1.1.1.1:80\n-a -t 1.1.1.1:80 -r 200.1.1.1\n-a -t 1.1.1.1:80 -r 10.1.1.1\n",
            "-L -n -t 1.1.1.1:80",
            "Prot LocalAddress:Port Scheduler Flags\n\
             \x20 -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n\
             TCP  1.1.1.1:80 wlc\n\
             \x20 -> 10.1.1.1:80                  Route   1      0          0         \n\
             \x20 -> 200.1.1.1:80                 Route   1      0          0         \n",
        ),
        prints(
            "large-marks",
            "-A -f 4294967295\n",
            "-S -n",
            "-A -f 4294967295 -s wlc\n",
        ),
        prints(
            "large-marks",
            "-A -f 2147483648\n-a -f 2147483648 -r 2.2.2.2:80\n",
            "-L -n -f 2147483648",
            "Prot LocalAddress:Port Scheduler Flags\n\
             \x20 -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n\
             FWM  2147483648 wlc\n\
             \x20 -> 2.2.2.2:80                   Route   1      0          0         \n",
        ),
        prints(
            "nameless-flags",
            "-A -t 1.1.1.1:80 -s sh -b flag-3\n",
            "-S -n",
            "-A -t 1.1.1.1:80 -s sh -b flag-3\n",
        ),
        prints(
            "nameless-flags",
            "-A -t 1.1.1.1:80 -s mh -b mh-port,flag-3\n",
            "-S -n",
            "-A -t 1.1.1.1:80 -s mh -b mh-port,flag-3\n",
        ),
        prints(
            "thresholds-saved",
            "-A -t 1.1.1.1:80\n-a -t 1.1.1.1:80 -r 2.2.2.2 -m -x 9 -y 4\n",
            "-S -n",
            "-A -t 1.1.1.1:80 -s wlc\n-a -t 1.1.1.1:80 -r 2.2.2.2:80 -m -w 1 -x 9 -y 4\n",
        ),
        prints(
            "names-saved-whole",
            "-A -t 1.2.3.4:80\n-a -t 1.2.3.4:80 -r 3.3.3.3:80\n",
            "-S",
            "-A -t a-very-long-host-name-that-does-not-fit.example.com:http -s wlc\n\
             -a -t a-very-long-host-name-that-does-not-fit.example.com:http \
             -r a-very-long-host-name-of-a-server-that-does-not-fit.example.com:http -g -w 1\n",
        ),
        // The name of the first is a number, that of the others has no address or several.
        prints(
            "names-saved-readable",
            "-A -t 10.9.8.2:80\n-a -t 10.9.8.2:80 -r 10.9.8.3:80\n-A -t 7.7.7.7:7780\n",
            "-S",
            "-A -t 7.7.7.7:7780 -s wlc\n-A -t 10.9.8.2:http -s wlc\n\
             -a -t 10.9.8.2:http -r 10.9.8.3:http -g -w 1\n",
        ),
    ]
}

fn restores() -> Vec<Scenario> {
    let restore = |input: &str| Line::new("-R").input(input);
    let fails = |input: &str| {
        let instead = Instead {
            status: Some(255),
            ..Instead::default()
        };
        Scenario::line("wanted", BASE, restore(input)).differs("restore-status", instead)
    };
    // What the second input does to the table is nothing.
    let replaces = |input: &str, failing: &str| {
        let ours = Line::of(Program::Restore, "").input(input);
        like("restore-whole", ours, restore(failing))
    };
    let goes_on = |input: &str, without: &str| {
        let instead = Instead {
            reference: Some(restore(without)),
            stdout: Some(Stdout::Around("ipvsadm v", "\n")),
            ..Instead::default()
        };
        Scenario::line("wanted", BASE, restore(input)).differs("restore-goes-on", instead)
    };
    vec![
        like(
            "restore-comments",
            restore("# rules\n-A -t 3.3.3.3:80\n  #\n"),
            restore("-A -t 3.3.3.3:80\n"),
        ),
        like(
            "restore-comments",
            Line::of(Program::Restore, "").input("  # rules\n-A -t 3.3.3.3:80\n"),
            Line::of(Program::Restore, "").input("-A -t 3.3.3.3:80\n"),
        ),
        replaces("-A -t 3.3.3.3:80\n-A -t bogus\n", "-A -t bogus\n"),
        replaces(
            "-A -t 3.3.3.3:80\n-A -t 3.3.3.4:80 -s bogus\n",
            "-A -t 3.3.3.4:80 -s bogus\n",
        ),
        fails("-A -t 3.3.3.3:80 -q\n-A -t 3.3.3.4:80\n"),
        fails("-A -t 3.3.3.3:80 -s\n-A -t 3.3.3.4:80\n"),
        fails("word -A -t 3.3.3.3:80 -s\n-A -t 3.3.3.4:80\n"),
        fails("-A -t 3.3.3.3:80 -s a-name-of-16-byte\n-A -t 3.3.3.4:80\n"),
        fails("-A -t 3.3.3.3:80 --pe a-name-of-16-byte\n-A -t 3.3.3.4:80\n"),
        fails("--start-daemon master --mcast-interface a-name-of-16-byte\n-A -t 3.3.3.4:80\n"),
        fails("-L -n -t 9.9.9.9:80 --bogus\n-A -t 3.3.3.4:80\n"),
        fails("-A -t 1.1.1.1:80\n-A -t 3.3.3.3:80\n"),
        fails("-D -t 9.9.9.9:80\n-L -n\n"),
        Scenario::line("wanted", BASE, Line::of(Program::Save, "\u{2013}n")).differs(
            "dash-of-save",
            Instead {
                status: Some(1),
                stdout: Some(Stdout::Exactly(String::new())),
                stderr: Some(true),
                ..Instead::default()
            },
        ),
        goes_on("-v\n-A -t 3.3.3.3:80\n", "-A -t 3.3.3.3:80\n"),
        goes_on("-h\n-A -t 3.3.3.3:80\n", "-A -t 3.3.3.3:80\n"),
    ]
}

/// What `ipvsadm-restore` takes, refuses, and makes of a part of the rules.
fn whole() -> Vec<Scenario> {
    let call = |setup, words: &str, input: &str, difference, instead| {
        let line = Line::of(Program::Restore, words).input(input);
        Scenario::line("wanted", setup, line).differs(difference, instead)
    };
    // It changes nothing, and prints nothing.
    let refuses = |status| Instead {
        reference: Some(Line::new("-R").input("")),
        stdout: Some(Stdout::Exactly(String::new())),
        status: Some(status),
        stderr: Some(true),
    };
    let fills = |input: &str, good: &str, status| {
        let instead = Instead {
            reference: Some(Line::of(Program::Restore, "").input(good)),
            status: Some(status),
            stderr: Some(true),
            ..Instead::default()
        };
        call("", "", input, "restore-whole", instead)
    };
    let status = |status| Instead {
        status: Some(status),
        ..Instead::default()
    };
    let long = |difference, words: &str, input: String| {
        let line = Line::new(words).input(&input);
        let instead = refuses(2);
        Scenario::lines("wanted", difference, BASE, vec![line]).differs(difference, instead)
    };
    let service = "-A -t 3.3.3.3:80 -s rr\n-a -t 3.3.3.3:80 -r 4.4.4.4 -m\n";
    vec![
        call(BASE, "x", service, "restore-operands", refuses(2)),
        call(BASE, "/tmp/rules", "", "restore-operands", refuses(2)),
        call(BASE, "-q", service, "restore-operands", refuses(255)),
        call(
            BASE,
            "",
            "-A -t 3.3.3.3:80\n-S -n\n",
            "restore-changes-only",
            refuses(2),
        ),
        call(BASE, "", "-v\n", "restore-changes-only", refuses(2)),
        long(
            "restore-long-lines",
            "-R",
            format!("-A -t 3.3.3.3:80{}\n", " ".repeat(66_000)),
        ),
        // A line that comes again.
        call(
            BASE,
            "",
            &format!("{service}-A -t 3.3.3.3:80 -s rr\n"),
            "restore-duplicates",
            status(0),
        ),
        call(
            "",
            "",
            &format!("{service}{service}"),
            "restore-duplicates",
            status(0),
        ),
        // Into an empty table, all that can be applied.
        fills(
            &format!(
                "-A -t nohost.example:80\n-a -t nohost.example:80 -r 4.4.4.4 -m\n{service}\
                 -a -t 3.3.3.3:80 -r nohost.example -m\n-A -f 9\n"
            ),
            &format!("{service}-A -f 9\n"),
            2,
        ),
        fills(&format!("-q\n{service}-S -n\n-A\n"), service, 2),
        call(
            "",
            "",
            &format!("-A -f 1 -s bogus\n-a -f 1 -r 4.4.4.4\n{service}"),
            "restore-status",
            status(255),
        ),
        call(
            "",
            "",
            &format!("{service}-A -t 3.3.3.3:80 -s wlc\n-A -f 9\n"),
            "restore-status",
            status(255),
        ),
    ]
}
