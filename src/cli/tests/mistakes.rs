//! Lines with several mistakes, and with typos: which of them decides, and what is said.

use super::refused;

#[test]
fn what_people_type_instead() {
    for (line, status, quoted) in [
        ("\u{2013}ln", 255, "write '-ln'"),
        ("-a -f 10 \u{2013}r 192.0.2.130 -m", 2, "write '-r'"),
        ("-A -t 1.2.3.4\u{ff1a}80", 2, "write '1.2.3.4:80'"),
        (
            "[root@lvs ~]# ipvsadm -Ln",
            2,
            "'[root@lvs ~]#' is the prompt",
        ),
        ("# ipvsadm -Ln", 2, "'#' is the prompt"),
        ("-A -t 1.2.3.4:80 -s rr # web", 2, "'#' begins a comment"),
        (
            "-a -f 1 -r 1.2.3.4 -mipvsadm -Ln",
            2,
            "joined at '-mipvsadm'",
        ),
        ("-p", 255, "'sysctl -p'"),
        ("-A -t 2001:db8::1:80 -s rr", 2, "'[2001:db8::1]:80'"),
        ("-A -t 2001:db8::a -s rr", 2, "'[2001:db8::a]:80'"),
        ("-A -t 1.2.3.4:1000-2000", 2, "(-f)"),
        ("-A -t 1.2.3.4:80,443", 2, "(-f)"),
        ("-a -t 1.2.3.4:80 -r 1.2.3.4:80,443", 2, "the port must be"),
        ("-R rules", 2, "'--input FILE'"),
        ("-R /dev/fd/63", 2, "'--input FILE'"),
        ("--restore -", 2, "'--input FILE'"),
        ("-S rules", 2, "'--output FILE'"),
        ("-A -t 1.2.3.256:80", 2, "'256' is more than 255"),
    ] {
        match super::parse_call(line) {
            Ok(call) => panic!("{line}: {call:?}"),
            Err(error) => {
                let text = error.to_string();
                assert_eq!(
                    crate::exit_status::ExitStatus::from(error.kind()) as u8,
                    status,
                    "{line}: {text}"
                );
                assert!(text.contains(quoted), "{line}: {text}");
            }
        }
    }
}

/// ipvsadm 1.31 reads from left to right: the first mistake that shows by itself decides the status.
#[test]
fn the_first_of_several_mistakes_decides() {
    for (line, status, quoted) in [
        ("-A -t 1.2.3.4:80 -r nowhere -q", 2, "'nowhere'"),
        ("-A -t 1.2.3.4:80 -q -r nowhere", 255, "'-q'"),
        ("-D -p -M x --nosuch", 2, "'x'"),
        ("-D -p --nosuch -M x", 255, "'--nosuch'"),
        ("-A -t [2001:db8::1]:80 -M 129 -w", 2, "'129'"),
        ("-a -r 4.4.4.4:bogus --nosuch", 2, "'4.4.4.4:bogus'"),
        // Names of modules and interfaces are the kernel's to refuse: whatever else is wrong comes first.
        ("-A -s a-name-of-16-byte", 2, "virtual service"),
        ("-A -t 1.2.3.4 -s a-name-of-16-byte", 2, "Zero port"),
        ("-A -f 1 -s a-name-of-16-byte -b bogus", 2, "'bogus'"),
        ("-A -f 1 -s a-name-of-16-byte -b flag-1", 255, "not found"),
        (
            "-C --mcast-interface a-name-of-16-byte",
            2,
            "'--mcast-interface'",
        ),
    ] {
        refused(line, status, &[quoted]);
    }
}

#[test]
fn a_line_without_a_command_fails_as_such() {
    for (line, quoted) in [
        ("-t 1.2.3.4:bogus -w x", "'-t'"),
        ("-p 0 -6", "'-p'"),
        ("-g -m", "'-g'"),
        ("-f 0", "'-f'"),
        ("-f 0 -nq --bogus -w", "'-f'"),
        ("word -t 1.2.3.4:bogus", "'-t'"),
    ] {
        let quoted = [quoted, "a command such as -L or -A is needed"];
        refused(line, 255, &quoted);
    }
    // The same status as in ipvsadm 1.31, but it is known here what the command is.
    for (line, quoted) in [
        ("-t 1.2.3.4:bogus -A", "'1.2.3.4:bogus'"),
        ("-t 1.2.3.4:80 -A -w x", "'x'"),
        ("-t 1.2.3.4:80 -A --stats", "'--stats'"),
    ] {
        refused(line, 255, &[quoted]);
    }
}

/// What is taken here and not by ipvsadm 1.31 leaves the status of a line that is wrong alone.
#[test]
fn what_is_taken_beyond_1_31_leaves_the_status_alone() {
    for (line, status) in [
        ("-D -6 -f 8", 0),
        ("-D -6 -f 8 --nosuch", 2),
        ("-D -f 8 -6 --nosuch", 255),
        ("-a -r 4.4.4.4:domain -t 1.1.1.1:53 -m", 0),
        ("-a -r 4.4.4.4:domain -t 1.1.1.1:53 -m --nosuch", 2),
        ("-a -f 1 -r 4.4.4.4:domain -m --nosuch", 255),
    ] {
        match status {
            0 => assert!(super::parse_line(line).is_ok(), "{line}"),
            _ => refused(line, status, &[]),
        }
    }
}
