//! Every option with every command: legal or refused.

use super::{BASE, each};
use crate::scenario::Scenario;

/// Commands with what they need.
pub const COMMANDS: [&str; 16] = [
    "-A -t 3.3.3.3:80",
    "-E -t 1.1.1.1:80",
    "-D -t 1.1.1.1:80",
    "-C",
    "-R",
    "-S",
    "-a -t 1.1.1.1:80 -r 4.4.4.4:80",
    "-e -t 1.1.1.1:80 -r 2.2.2.2:80",
    "-d -t 1.1.1.1:80 -r 2.2.2.2:81",
    "-L",
    "-Z",
    "--set 5 6 7",
    "--start-daemon master --mcast-interface d0",
    "--stop-daemon master",
    "-h",
    "-v",
];

/// Every option with a value that is legal somewhere.
pub const OPTIONS: [&str; 43] = [
    "-t 1.1.1.1:80",
    "-u 1.1.1.1:53",
    "--sctp-service 1.1.1.1:80",
    "-f 7",
    "-6",
    "-f 8 -6",
    "-s wrr",
    "--pe sip",
    "-p",
    "-p 30",
    "-M 255.255.255.0",
    "-o",
    "-b flag-1",
    "-r 2.2.2.2:81",
    "-g",
    "-i",
    "-m",
    "--tun-type gre",
    "--tun-port 6080",
    "--tun-nocsum",
    "--tun-csum",
    "--tun-remcsum",
    "-w 2",
    "-x 8",
    "-y 2",
    "--mcast-interface d0",
    "--syncid 9",
    "--sync-maxlen 1000",
    "--mcast-group 224.1.1.1",
    "--mcast-port 9000",
    "--mcast-ttl 3",
    "-n",
    "-c",
    "--timeout",
    "--daemon",
    "--stats",
    "--rate",
    "--exact",
    "--thresholds",
    "--persistent-conn",
    "--tun-info",
    "--nosort",
    "--sort",
];

/// What each command lacks.
const LACKING: [&str; 24] = [
    "-A",
    "-E",
    "-D",
    "-a",
    "-e",
    "-d",
    "-a -t 1.1.1.1:80",
    "-a -r 2.2.2.2",
    "-e -t 1.1.1.1:80",
    "-e -r 2.2.2.2",
    "-d -t 1.1.1.1:80",
    "-d -r 2.2.2.2",
    "-A -s rr",
    "-E -p",
    "-D -n",
    "-a -m",
    "-e -w 1",
    "--set",
    "--set 1",
    "--set 1 2",
    "--start-daemon",
    "--stop-daemon",
    "-A -6",
    "-Z -6",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut lines = Vec::new();
    for command in COMMANDS {
        // Help and version end all reading of words.
        if !matches!(command, "-h" | "-v") {
            lines.extend(OPTIONS.iter().map(|option| format!("{command} {option}")));
        }
    }
    // The reference looks for -f before -6 only: see `wanted`.
    let mut all = each("cells", BASE, lines.iter().map(String::as_str));
    all.extend(each("cells::lacking", BASE, LACKING));
    all
}
