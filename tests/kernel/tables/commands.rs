//! Every command with its options: each value of an option meets each value of every other one.

use super::{BASE, each};
use crate::pairwise;
use crate::scenario::{Line, Scenario};

/// Services that [`BASE`] does not have.
const NEW: &[&str] = &[
    "-t 3.3.3.3:80",
    "-u 3.3.3.3:53",
    "--sctp-service 3.3.3.3:90",
    "-f 5",
    "-f 5 -6",
    "-t [2001:db8::3]:443",
    "-u [2001:db8::3]:53",
    "-t 3.3.3.3",
];
/// Services of [`BASE`], and one that it does not have.
const OLD: &[&str] = &[
    "-t 1.1.1.1:80",
    "-u 1.1.1.1:53",
    "--sctp-service 1.1.1.1:80",
    "-t [2001:db8::1]:80",
    "-f 7",
    "-f 8 -6",
    "-f 9",
];
const SERVICE_OPTIONS: [&[&str]; 6] = [
    &[
        "", "-s rr", "-s wrr", "-s lc", "-s wlc", "-s lblc", "-s lblcr", "-s dh", "-s sh",
        "-s sed", "-s nq", "-s fo", "-s ovf", "-s mh",
    ],
    &["", "-p", "-p 600"],
    &["", "-M 255.255.255.0", "-M 64"],
    &["", "-o"],
    &["", "--pe sip"],
    &[
        "",
        "-b flag-1",
        "-b flag-2,flag-1",
        "-b sh-port",
        "-b mh-fallback,mh-port",
    ],
];
const SERVER_OPTIONS: [&[&str]; 5] = [
    &[
        "-r 2.2.2.2:81",
        "-r 2.2.2.2",
        "-r [2001:db8::2]:80",
        "-r 2001:db8::4",
        "-r 10.9.9.9:80",
        "-r rs.example.com:http",
    ],
    &[
        "",
        "-g",
        "-m",
        "-i",
        "-i --tun-type ipip",
        "-i --tun-type gue --tun-port 6080",
        "-i --tun-type gue --tun-port 6080 --tun-csum",
        "-i --tun-type gue --tun-port 6080 --tun-remcsum",
        "-i --tun-type gre",
        "-i --tun-type gre --tun-csum",
        "--tun-type gre",
    ],
    &["", "-w 0", "-w 70000"],
    &["", "-x 10"],
    &["", "-y 5"],
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all = each("commands", BASE, PLAIN.iter().copied());
    for (command, services) in [(["-A"], NEW), (["-E"], OLD)] {
        let factors: Vec<&[&str]> = [&command[..], services]
            .into_iter()
            .chain(SERVICE_OPTIONS)
            .collect();
        all.extend(generated("commands::service", &factors));
    }
    for command in [["-a"], ["-e"]] {
        let factors: Vec<&[&str]> = [&command[..], OLD]
            .into_iter()
            .chain(SERVER_OPTIONS)
            .collect();
        all.extend(generated("commands::server", &factors));
    }
    all.extend(generated(
        "commands::server",
        &[&["-d"], OLD, SERVER_OPTIONS[0]],
    ));
    for command in ["-D", "-Z", "-L", "-L -n"] {
        all.extend(generated("commands::one_service", &[&[command], OLD]));
    }
    all.extend(sequences());
    all
}

/// Commands that need nothing, each in all its spellings.
const PLAIN: [&str; 30] = [
    "",
    "-L",
    "-l",
    "--list",
    "-Ln",
    "-L -n",
    "-L --numeric",
    "-S",
    "--save",
    "-S -n",
    "-Sn",
    "-C",
    "--clear",
    "-Z",
    "--zero",
    "-R",
    "--restore",
    "--set 1 2 3",
    "-L --timeout",
    "-L --daemon",
    "-L -c",
    "-L -n -c",
    "--start-daemon master --mcast-interface d0",
    "--start-daemon backup --mcast-interface d0",
    "--stop-daemon master",
    "--stop-daemon backup",
    "-L --sort",
    "-L -n --nosort",
    "-C --sort",
    "-Z --sort",
];

fn generated(group: &'static str, factors: &[&[&str]]) -> Vec<Scenario> {
    let rows = pairwise::rows(factors);
    each(group, BASE, rows.iter().map(String::as_str))
}

/// Several lines on one table.
fn sequences() -> Vec<Scenario> {
    let lines = |texts: &[&str]| texts.iter().map(|text| Line::new(text)).collect();
    let sequence =
        |name, texts: &[&str]| Scenario::lines("commands::sequence", name, "", lines(texts));
    vec![
        sequence(
            "a service's life",
            &[
                "-A -t 1.1.1.1:80",
                "-A -t 1.1.1.1:80 -s rr",
                "-E -t 1.1.1.1:80 -s sh -b sh-port -p 30",
                "-a -t 1.1.1.1:80 -r 2.2.2.2 -m -w 5 -x 10 -y 2",
                "-a -t 1.1.1.1:80 -r 2.2.2.2 -m",
                "-e -t 1.1.1.1:80 -r 2.2.2.2 -m",
                "-e -t 1.1.1.1:80 -r 2.2.2.2 -i",
                "-a -t 1.1.1.1:80 -r 2.2.2.4 -g",
                "-Ln",
                "-E -t 1.1.1.1:80",
                "-Z -t 1.1.1.1:80",
                "-S -n",
                "-d -t 1.1.1.1:80 -r 2.2.2.2",
                "-d -t 1.1.1.1:80 -r 2.2.2.2",
                "-D -t 1.1.1.1:80",
                "-D -t 1.1.1.1:80",
                "-L",
                "-S",
                "-C",
                "-Z",
            ],
        ),
        sequence(
            "sync daemons",
            &[
                "--start-daemon master --mcast-interface d0 --syncid 7",
                "-L --daemon",
                "--start-daemon master --mcast-interface d0 --syncid 7",
                "--start-daemon backup --mcast-interface d0 --syncid 8 --sync-maxlen 1400 --mcast-group 224.1.2.3 --mcast-port 9999 --mcast-ttl 5",
                "-L --daemon",
                "-L --daemon -n",
                "-C",
                "-L --daemon",
                "--stop-daemon master --syncid 7",
                "-L --daemon",
                "--stop-daemon master",
                "--stop-daemon backup",
                "--start-daemon master --mcast-interface lo --mcast-group ff02::5",
                "-L --daemon",
                "--stop-daemon master",
            ],
        ),
        sequence(
            "timeouts",
            &[
                "-L --timeout",
                "--set 1 2 3",
                "-L --timeout",
                "--set 0 0 4",
                "-L --timeout",
                "--set 0 0 0",
                "--set 2678400 2678400 2678400",
                "-L --timeout",
            ],
        ),
        sequence(
            "an empty table",
            &[
                "",
                "-L",
                "-Ln",
                "-L --stats",
                "-L --rate",
                "-L --thresholds",
                "-L --persistent-conn",
                "-L --tun-info",
                "-S",
                "-S -n",
                "-Lc",
                "-Lnc --persistent-conn",
                "-Z",
                "-C",
            ],
        ),
    ]
}
