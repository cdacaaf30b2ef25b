//! Command lines that ipvsadm 1.31 refuses, each with its exit status (as it was measured) and the
//! word that our error quotes.

use super::refused;

#[test]
fn refused_as_by_the_reference() {
    for (line, status, quoted) in [
        ("foo", 255, "'foo'"),
        ("-n", 255, "'-n'"),
        ("-t 1.2.3.4:80", 255, "'-t'"),
        ("--bogus", 255, "'--bogus'"),
        ("-A", 2, "'-A'"),
        ("-A -t 1.2.3.4:80 -s rr -s rr", 2, "'-s'"),
        ("-A -t 1.2.3.4:80 -u 1.2.3.4:80", 2, "'-u'"),
        ("-A -t 1.2.3.4:80 -t 1.2.3.4:80 --bogus", 2, "'-t'"),
        ("-A -t", 255, "'-t'"),
        ("-A -t 1.2.3.4:80 extra", 2, "'extra'"),
        ("-L extra", 2, "'extra'"),
        ("-L -- extra", 2, "'extra'"),
        ("-- -L", 255, "'-L'"),
        ("-L -A", 2, "'-A'"),
        ("-L -L", 2, "'-L'"),
        ("-L -n -n", 2, "'-n'"),
        ("-Ln -n", 2, "'-n'"),
        ("-L --list", 2, "'-L'"),
        ("-L=foo", 255, "'-='"),
        ("-L --numeric=foo", 255, "'foo'"),
        ("--list=foo", 255, "'foo'"),
        ("-A -t 1.2.3.4:80 -p 0", 2, "'0'"),
        ("-A -t 1.2.3.4:80 -p 2678401", 2, "'2678401'"),
        ("-A -t 1.2.3.4:80 -p 0x10", 2, "'0x10'"),
        ("-A -t 1.2.3.4:80 -p '5 '", 2, "'5 '"),
        ("-A -t 1.2.3.4:80 -p 5x", 2, "'5x'"),
        ("-A -t 1.2.3.4:80 -p ''", 2, "''"),
        ("-A -t 1.2.3.4:80 -p=", 2, "''"),
        ("-A -t 1.2.3.4:80 --persistent=", 2, "''"),
        ("-A -t 1.2.3.4:80 -p -5", 255, "'-5'"),
        ("-A -t 1.2.3.4", 2, "Zero port"),
        ("-A -t 1.2.3.4: -p", 2, "'1.2.3.4:'"),
        ("-A -t 1.2.3.4:0", 2, "Zero port"),
        ("-A -t 1.2.3.4:65536", 2, "'1.2.3.4:65536'"),
        ("-A -u 1.2.3.4:http", 2, "'1.2.3.4:http'"),
        ("-A -t 1.2.3.4:bogus", 2, "'1.2.3.4:bogus'"),
        ("-A -t 1.2.3.4:0x50", 2, "'1.2.3.4:0x50'"),
        ("-A -t 1.2.3.4:-1", 2, "'1.2.3.4:-1'"),
        ("-A -t 16909060 -p", 2, "'16909060'"),
        ("-A -t 1.2.3.256:80", 2, "'1.2.3.256:80'"),
        ("-A -t nowhere:80", 2, "'nowhere:80'"),
        ("-A -t [::1] -p", 2, "'[::1]'"),
        ("-A -t 2001:db8::1:80", 2, "Zero port"),
        ("-A -t [2001:db8::1]:", 2, "'[2001:db8::1]:'"),
        ("-A -t [2001:db8::1%lo]:80", 2, "'[2001:db8::1%lo]:80'"),
        ("-A -t [2001:db8::1]:80 -p -M 0", 2, "'0'"),
        ("-A -t [2001:db8::1]:80 -p -M 129", 2, "'129'"),
        (
            "-A -t [2001:db8::1]:80 -p -M 255.255.255.0",
            2,
            "'255.255.255.0'",
        ),
        ("-A -f 0", 2, "'0'"),
        ("-A -f 4294967296", 2, "'4294967296'"),
        ("-A -f -1", 2, "'-1'"),
        ("-A -t 1.2.3.4:80 -o", 2, "'-o'"),
        ("-A -t 1.2.3.4:80 -s sh -b mh-port", 2, "'mh-port'"),
        ("-A -t 1.2.3.4:80 -s rr -b sh-port", 2, "'sh-port'"),
        ("-A -t 1.2.3.4:80 -s rr -b 4", 2, "'4'"),
        ("-A -t 1.2.3.4:80 -s rr -b FLAG-1", 2, "'FLAG-1'"),
        ("-A -t 1.2.3.4:80 -p -M bogus", 2, "'bogus'"),
        ("-A -t 1.2.3.4:80 -p -M ''", 2, "''"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 2147483648",
            2,
            "'2147483648'",
        ),
        ("-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w -1", 2, "'-1'"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -x 2147483648",
            2,
            "'2147483648'",
        ),
        (
            "-a -t 1.1.1.1:80 -r [2001:db8::5]:80 -m",
            2,
            "Different address family",
        ),
        ("-a -f 7 -r 3.3.3.3 -g -i", 2, "'-i'"),
        ("-a -t 1.1.1.1:80 -r 3.3.3.3 -g -m", 2, "'-m'"),
        ("-a -t 1.1.1.1:80 -r 3.3.3.3 -g -g", 2, "'-g'"),
        ("-a -t 1.1.1.1:80", 2, "(-r)"),
        ("-a -r 3.3.3.3", 2, "virtual service"),
        ("-a -t 1.1.1.1:80 -r 3.3.3.3 -n", 2, "'-n'"),
        ("-a -t 1.1.1.1:80 -r 3.3.3.3 -s rr", 2, "'-s'"),
        ("-d -t 1.1.1.1:80 -r 2.2.2.2:81 -m", 2, "'-m'"),
        ("-E -t 1.1.1.1 -s rr", 2, "Zero port"),
        ("-Z -n", 2, "'-n'"),
        ("-C -n", 2, "'-n'"),
        ("-C -t 1.1.1.1:80", 2, "'-t'"),
        ("-S -t 1.1.1.1:80", 2, "'-t'"),
        ("--set 1 2", 2, "'--set'"),
        ("--set 1 2 3 4", 2, "'4'"),
        ("--set 1 --set 2 3", 2, "'--set'"),
        ("--set 1 x 3", 2, "'x'"),
        ("--set 2678401 1 1", 2, "'2678401'"),
        ("--set -1 1 1", 255, "'-1'"),
        ("--set 1 2 3 -n", 2, "'-n'"),
        ("--set=1 2 3", 255, "'1'"),
        ("--start-daemon", 255, "'--start-daemon'"),
        ("--start-daemon bogus", 2, "'bogus'"),
        (
            "--start-daemon master --mcast-interface d0 --syncid 256",
            2,
            "'256'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --syncid -1",
            2,
            "'-1'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --sync-maxlen 0",
            2,
            "'0'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --sync-maxlen 65508",
            2,
            "'65508'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-port 0",
            2,
            "'0'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-port 65536",
            2,
            "'65536'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-ttl 0",
            2,
            "'0'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-ttl 256",
            2,
            "'256'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-group 10.0.0.1",
            2,
            "'10.0.0.1'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-group bogus",
            2,
            "'bogus'",
        ),
        (
            "--start-daemon master --mcast-interface d0 --mcast-group fe80::1",
            2,
            "'fe80::1'",
        ),
        ("--start-daemon master -n", 2, "'-n'"),
        ("--start-daemon master extra", 2, "'extra'"),
        (
            "--stop-daemon master --mcast-interface d0",
            2,
            "'--mcast-interface'",
        ),
        ("--stop-daemon backup --syncid 300", 2, "'300'"),
        ("-L --timeout --daemon", 2, "'--daemon'"),
        ("-L -c -t 1.1.1.1:80", 2, "'-t'"),
        ("-L -c --stats", 2, "'--stats'"),
        ("-L --timeout --stats", 2, "'--stats'"),
        ("-L --timeout --persistent-conn", 2, "'--persistent-conn'"),
        ("-L -c --timeout", 2, "'--timeout'"),
        ("-L --mcast-ttl 5", 2, "'--mcast-ttl'"),
        ("-L -s rr", 2, "'-s'"),
        ("-L -r 1.1.1.1", 2, "'-r'"),
        ("-L -6", 2, "'-6'"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080 --tun-nocsum --tun-csum",
            2,
            "'--tun-csum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080 --tun-csum --tun-csum",
            2,
            "'--tun-csum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue",
            2,
            "--tun-port",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gre --tun-remcsum",
            2,
            "'--tun-remcsum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gre --tun-port 5",
            2,
            "'--tun-port'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type ipip --tun-port 5",
            2,
            "'--tun-port'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type ipip --tun-csum",
            2,
            "'--tun-csum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type bogus",
            2,
            "'bogus'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 0",
            2,
            "'0'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 65536",
            2,
            "'65536'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port domain",
            2,
            "'domain'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-csum",
            2,
            "'--tun-csum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-nocsum",
            2,
            "'--tun-nocsum'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-port 5",
            2,
            "'--tun-port'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -m --tun-type ipip",
            2,
            "'--tun-type'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 --tun-type ipip",
            2,
            "'--tun-type'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -g --tun-nocsum",
            2,
            "'--tun-nocsum'",
        ),
        ("-A --sctp-service 1.1.1.1:http", 2, "'1.1.1.1:http'"),
        (
            "-a --sctp-service 1.1.1.1:80 -r 4.4.4.4:http",
            2,
            "'4.4.4.4:http'",
        ),
        ("-R -n", 2, "'-n'"),
        ("-R foo", 2, "'foo'"),
    ] {
        refused(line, status, &[quoted]);
    }
}

#[test]
fn what_was_never_measured() {
    for (line, status, quoted) in [
        // Of several mistakes the first decides.
        ("-A -t bogus --bogus", 2, "'bogus'"),
        ("-A --bogus -t bogus", 255, "'--bogus'"),
        ("-A -n -t 1.2.3.4:80 -n", 2, "'-n'"),
        ("-L -h", 2, "'-h'"),
        ("-R --dry-run", 2, "'--dry-run'"),
        ("-R --wait 5", 2, "'--wait'"),
        ("-R --replace --wait -1", 2, "'-1'"),
        ("-R --replace --atomic", 2, "'--atomic'"),
        ("-R --input", 255, "'--input'"),
        ("-S --input rules", 2, "'--input'"),
        ("-R --output rules", 2, "'--output'"),
        ("--diagnose -n", 2, "'-n'"),
        ("--replace", 255, "'--replace'"),
        ("foo bar", 255, "'foo'"),
        ("'' -A", 2, "''"),
        ("-A -t 1.2.3.4:80 ''", 2, "''"),
        ("-d -t 1.2.3.4:80", 2, "(-r)"),
        ("-e -t 1.1.1.1:80 -r nowhere", 2, "'nowhere'"),
        (
            "-a -t [2001:db8::1]:80 -r 1.1.1.1 -g",
            2,
            "Different address family",
        ),
        ("-a -f 5 -r ::1", 2, "Different address family"),
        ("-a -f 5 -6 -r 1.1.1.1 -m", 2, "Different address family"),
        ("-a -f 5 -r 1.1.1.1:bogus", 2, "'bogus'"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -g --tun-port 5",
            2,
            "'--tun-port'",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 --tun-remcsum",
            2,
            "'--tun-remcsum'",
        ),
        ("-E -u 1.1.1.1:0", 2, "Zero port"),
        ("-E --sctp-service 1.1.1.1:80 -o", 2, "'-o'"),
    ] {
        refused(line, status, &[quoted]);
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
