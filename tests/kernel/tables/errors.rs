//! What the kernel refuses: operation by error. And callers without root's rights.

use super::{BASE, each};
use crate::scenario::{Line, Program, Scenario};

const LINES: &[&str] = &[
    // EEXIST
    "-A -t 1.1.1.1:80",
    "-A -u 1.1.1.1:53 -p",
    "-A --sctp-service 1.1.1.1:80",
    "-A -t [2001:db8::1]:80",
    "-A -f 7",
    "-A -f 8 -6",
    "-a -t 1.1.1.1:80 -r 2.2.2.2:81 -m",
    "-a -t [2001:db8::1]:80 -r [2001:db8::2]:80",
    "-a -f 7 -r 2.2.2.2",
    // ESRCH of services
    "-E -t 9.9.9.9:80",
    "-E -u 1.1.1.1:80",
    "-E -f 9",
    "-E -f 7 -6",
    "-D -t 9.9.9.9:80",
    "-D -t 1.1.1.1:81",
    "-D -u 1.1.1.1:80",
    "-D -f 9",
    "-D -f 7 -6",
    "-Z -t 9.9.9.9:80",
    "-Z -f 9",
    "-Z -f 7 -6",
    "-L -t 9.9.9.9:80",
    "-L -n -u 1.1.1.1:80",
    "-L -f 9",
    "-L -f 8",
    "-L --stats -t 9.9.9.9:80",
    "-D -t 1.1.1.1",
    "-Z -t 1.1.1.1",
    "-L -t 1.1.1.1",
    // Services without real server
    "-a -t 9.9.9.9:80 -r 2.2.2.2",
    "-e -t 9.9.9.9:80 -r 2.2.2.2",
    "-d -t 9.9.9.9:80 -r 2.2.2.2",
    "-a -f 9 -r 2.2.2.2",
    "-a -t 1.1.1.1 -r 2.2.2.2",
    "-e -t 1.1.1.1:80 -r 9.9.9.9",
    "-d -t 1.1.1.1:80 -r 9.9.9.9",
    "-e -t 1.1.1.1:80 -r 2.2.2.2:82 -m",
    "-e -t 1.1.1.1:80 -r 2.2.2.2",
    "-d -f 7 -r 2.2.2.2:80",
    "-d -t [2001:db8::1]:80 -r 2.2.2.2:80",
    // ENOENT: no such module
    "-A -t 3.3.3.3:80 -s bogus",
    "-E -t 1.1.1.1:80 -s bogus",
    "-A -u 3.3.3.3:80 --pe bogus",
    "-E -u 1.1.1.1:53 --pe bogus",
    "-E -t 9.9.9.9:80 -s bogus",
    "-A -t 1.1.1.1:80 -s bogus",
    // EINVAL, ERANGE
    "-a -t 1.1.1.1:80 -r 224.1.1.1 -m",
    "-a -t 1.1.1.1:80 -r 255.255.255.255 -m",
    "-a -t [2001:db8::1]:80 -r [ff02::1]:80 -m",
    "-a -t 1.1.1.1:80 -r 3.3.3.3 -x 5 -y 10",
    "-a -t 1.1.1.1:80 -r 3.3.3.3 -y 10",
    "-e -t 1.1.1.1:80 -r 2.2.2.2:81 -m -x 1 -y 2",
    "-a -t 1.1.1.1:80 -r 0.0.0.0 -m",
    "-A -t [2001:db8::3]:80 -s lblc -p -M 64",
    "-A -t [2001:db8::3]:80 -s dh",
    // Families
    "-a -t 1.1.1.1:80 -r [2001:db8::2]:80 -m",
    "-a -t 1.1.1.1:80 -r [2001:db8::2]:80",
    "-a -t 1.1.1.1:80 -r [2001:db8::2]:80 -i",
    "-a -t [2001:db8::1]:80 -r 2.2.2.2:80 -m",
    "-a -t [2001:db8::1]:80 -r 2.2.2.2:80 -i",
    "-a -f 8 -6 -r 2.2.2.2",
    "-a -f 8 -6 -r 2.2.2.2 -i",
    "-a -f 7 -r 2001:db8::2 -i",
    "-e -t 1.1.1.1:80 -r [2001:db8::2]:80 -i",
    "-d -t 1.1.1.1:80 -r [2001:db8::2]:80",
    // Daemons
    "--stop-daemon master",
    "--stop-daemon backup --syncid 4",
    "--start-daemon master",
    "--start-daemon backup --mcast-interface nosuch",
];

const WITHOUT_RIGHTS: &[&str] = &[
    "-L --timeout",
    "-L --daemon",
    "-S",
    "-S -n",
    "-C",
    "-Z",
    "-h -n",
    "-A -t 3.3.3.3:80",
    "-A",
    "-A -t bogus",
    "-E -t 1.1.1.1:80",
    "-D -t 1.1.1.1:80",
    "-a -t 1.1.1.1:80 -r 4.4.4.4",
    "-e -t 1.1.1.1:80 -r 2.2.2.2",
    "-d -t 1.1.1.1:80 -r 2.2.2.2:81",
    "--set 1 2 3",
    "--start-daemon master --mcast-interface d0",
    "--stop-daemon master",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all = each("errors", BASE, LINES.iter().copied());
    let user = |line: Line| Scenario::line("errors::without_rights", BASE, line.unprivileged());
    all.extend(
        WITHOUT_RIGHTS
            .iter()
            .filter(|text| !text.starts_with("-h"))
            .map(|text| user(Line::new(text))),
    );
    all.push(user(Line::new("-R").input("-A -t 3.3.3.3:80\n")));
    all.push(user(Line::of(Program::Save, "-n")));
    all.push(user(
        Line::of(Program::Restore, "").input("-A -t 3.3.3.3:80\n"),
    ));
    all
}
