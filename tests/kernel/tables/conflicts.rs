//! What does not go together: options given twice, options that exclude each other, several commands.

use super::cells::{COMMANDS, OPTIONS};
use super::{BASE, each};
use crate::scenario::Scenario;

const SERVICES: [&str; 5] = [
    "-t 3.3.3.3:80",
    "-u 3.3.3.3:80",
    "--sctp-service 3.3.3.3:80",
    "-f 3",
    "-f 3 -6",
];
const FORWARDING: [&str; 3] = ["-g", "-i", "-m"];
const TUNNELS: [&str; 8] = [
    "--tun-type ipip",
    "--tun-type gue",
    "--tun-type gre",
    "--tun-port 6080",
    "--tun-nocsum",
    "--tun-csum",
    "--tun-remcsum",
    "--tun-type gue --tun-port 6080",
];
/// What -L takes.
const VIEWS: [&str; 15] = [
    "-n",
    "-c",
    "--timeout",
    "--daemon",
    "--stats",
    "--rate",
    "--thresholds",
    "--persistent-conn",
    "--tun-info",
    "--nosort",
    "--sort",
    "--exact",
    "--syncid 3",
    "-t 1.1.1.1:80",
    "-f 7",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add =
        |group, lines: Vec<String>| all.extend(each(group, BASE, lines.iter().map(String::as_str)));
    add("conflicts::services", pairs("-A -s rr", &SERVICES));
    add(
        "conflicts::forwarding",
        pairs("-a -t 1.1.1.1:80 -r 3.3.3.3", &FORWARDING),
    );
    add(
        "conflicts::tunnels",
        pairs("-a -t 1.1.1.1:80 -r 3.3.3.3 -i", &TUNNELS),
    );
    add(
        "conflicts::tunnels_without",
        pairs("-a -t 1.1.1.1:80 -r 3.3.3.3 -m", &TUNNELS[..5]),
    );
    let views = pairs("-L", &VIEWS);
    // The difference `connections-of-service`.
    let asks = |line: &str| {
        let has = |wanted: &str| line.split(' ').any(|word| word == wanted);
        has("-c") && (has("-t") || has("-f"))
    };
    add(
        "conflicts::views",
        views.into_iter().filter(|line| !asks(line)).collect(),
    );
    add("conflicts::commands", several_commands());
    add("conflicts::twice", twice());
    let csums = ["--tun-nocsum", "--tun-csum", "--tun-remcsum"];
    add(
        "conflicts::gue",
        pairs(
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080",
            &csums,
        ),
    );
    add(
        "conflicts::gre",
        pairs("-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gre", &csums),
    );
    all
}

/// Each option alone, and each with each, itself included, in both orders.
fn pairs(command: &str, options: &[&str]) -> Vec<String> {
    let alone = options.iter().map(|option| format!("{command} {option}"));
    let both = options.iter().flat_map(|one| {
        options
            .iter()
            .map(move |other| format!("{command} {one} {other}"))
    });
    alone.chain(both).collect()
}

/// A second command behind a whole first one. Help and version come first or not at all: see `wanted`.
fn several_commands() -> Vec<String> {
    let seconds = [
        "-A",
        "-E",
        "-D",
        "-C",
        "-R",
        "-S",
        "-a",
        "-e",
        "-d",
        "-L",
        "-l",
        "-Z",
        "--set",
        "--start-daemon backup",
        "--stop-daemon backup",
        "-h",
        "-v",
    ];
    let firsts = COMMANDS
        .iter()
        .filter(|first| !matches!(**first, "-h" | "-v"));
    firsts
        .flat_map(|first| {
            seconds
                .iter()
                .map(move |second| format!("{first} {second}"))
        })
        .collect()
}

/// Each option twice, with the command it belongs to.
fn twice() -> Vec<String> {
    let command = |option: &str| match option {
        "-s wrr" | "--pe sip" | "-p" | "-p 30" | "-M 255.255.255.0" | "-o" | "-b flag-1" => {
            "-A -u 3.3.3.3:80"
        }
        "-r 2.2.2.2:81" => "-a -t 1.1.1.1:80",
        "-g" | "-i" | "-m" | "-w 2" | "-x 8" | "-y 2" => "-a -t 1.1.1.1:80 -r 4.4.4.4",
        tunnel if tunnel.starts_with("--tun-") && tunnel != "--tun-info" => {
            "-a -t 1.1.1.1:80 -r 4.4.4.4 -i --tun-type gue --tun-port 7000"
        }
        daemon if daemon.starts_with("--mcast") || daemon.starts_with("--sync") => {
            "--start-daemon master"
        }
        "-t 1.1.1.1:80" | "-u 1.1.1.1:53" | "--sctp-service 1.1.1.1:80" | "-f 7" | "-f 8 -6" => {
            "-D"
        }
        "-6" => "-D -f 8",
        _ => "-L",
    };
    OPTIONS
        .iter()
        .map(|option| format!("{} {option} {option}", command(option)))
        .collect()
}
