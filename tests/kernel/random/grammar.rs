//! Writes scripts: lines of every command, on a handful of services and servers that meet each other again and again.

use fastrand::Rng;

use super::slips;
use super::vocabulary::*;
use crate::scenario::{Line, Program};

/// The services and servers that a script is about.
struct Cast {
    services: Vec<Vec<String>>,
    servers: Vec<String>,
}

/// A whole script: some lines to begin with, then one at a time.
pub fn script(rng: &mut Rng) -> Vec<Line> {
    let cast = Cast::new(rng);
    let mut lines = vec![Line::new("-R").input(&cast.rules(rng, 4..8, false))];
    for _ in 0..rng.usize(5..9) {
        lines.push(cast.line(rng));
    }
    lines
}

/// One line on the tables' usual services, with two mistakes in it.
pub fn two_mistakes(rng: &mut Rng) -> Line {
    let cast = Cast {
        services: ["-t 1.1.1.1:80", "-u 1.1.1.1:53", "-f 7", "-f 8 -6"]
            .map(words)
            .to_vec(),
        servers: ["2.2.2.2:81", "2.2.2.3", "3.3.3.3:http"]
            .map(str::to_owned)
            .to_vec(),
    };
    let mut line = Line::from_words(cast.call(rng));
    slips::two(rng, &mut line.words);
    line
}

impl Cast {
    fn new(rng: &mut Rng) -> Self {
        let services = (0..rng.usize(2..6)).map(|_| service(rng)).collect();
        let mut servers: Vec<String> = (0..rng.usize(2..5))
            .map(|_| any(rng, SERVERS_V4).to_owned())
            .collect();
        servers.extend((0..rng.usize(1..3)).map(|_| any(rng, SERVERS_V6).to_owned()));
        Self { services, servers }
    }

    fn line(&self, rng: &mut Rng) -> Line {
        match rng.u32(0..20) {
            0 | 1 => Line::new("-R").input(&self.rules(rng, 1..8, true)),
            2 => {
                let rules = self.rules(rng, 1..8, true);
                // The difference `restore-changes-only`.
                let changes: Vec<&str> =
                    rules.lines().filter(|rule| !slips::prints(rule)).collect();
                Line::of(Program::Restore, "").input(&(changes.join("\n") + "\n"))
            }
            3 => Line::of(Program::Save, any(rng, &["", "-n"])),
            _ => {
                let mut words = self.call(rng);
                slips::some(rng, &mut words);
                Line::from_words(words)
            }
        }
    }

    /// The words of one call, without mistakes.
    fn call(&self, rng: &mut Rng) -> Vec<String> {
        match rng.u32(0..100) {
            0..18 => self.add_service(rng, "-A --add-service"),
            18..26 => self.add_service(rng, "-E --edit-service"),
            26..50 => self.add_server(rng, "-a --add-server"),
            50..60 => self.add_server(rng, "-e --edit-server"),
            60..65 => self.named(rng, "-D --delete-service", &[]),
            65..72 => {
                let server = self.server(rng);
                self.named(rng, "-d --delete-server", &[server])
            }
            72..75 => self.named(rng, "-Z --zero", &[]),
            75..86 => self.listing(rng),
            86..90 => words(any(rng, &["-S", "-Sn", "-S -n", "--save --numeric"])),
            _ => words(weighted(rng, PLAIN)),
        }
    }

    /// Text for a restore. Listings are its last line only: there they show the table as it is then.
    fn rules(&self, rng: &mut Rng, count: std::ops::Range<usize>, slips: bool) -> String {
        let mut lines: Vec<Vec<String>> = Vec::new();
        for _ in 0..rng.usize(count) {
            let mut words = match rng.u32(0..20) {
                0..8 => self.add_service(rng, "-A --add-service"),
                8..17 => self.add_server(rng, "-a --add-server"),
                17 => self.add_server(rng, "-e --edit-server"),
                18 => self.named(rng, "-D --delete-service", &[]),
                _ => lines.last().cloned().unwrap_or_default(),
            };
            if slips {
                slips::in_rules(rng, &mut words);
            }
            if rng.u32(0..10) == 0 {
                words.insert(0, "ipvsadm".to_owned());
            }
            lines.push(words);
        }
        if slips {
            match rng.u32(0..8) {
                0 => {
                    // The kernel's own order is another one in each namespace.
                    let mut listing = self.listing(rng);
                    listing.retain(|word| word != "--nosort");
                    lines.push(listing);
                }
                1 => lines.push(words("-S -n")),
                2 => lines.insert(rng.usize(0..=lines.len()), words("# a comment")),
                3 => lines.insert(rng.usize(0..=lines.len()), Vec::new()),
                _ => {}
            }
        }
        lines.iter().map(|words| words.join(" ") + "\n").collect()
    }

    fn named(&self, rng: &mut Rng, command: &str, more: &[Vec<String>]) -> Vec<String> {
        let parts = [&[self.service(rng)], more].concat();
        shuffled(rng, command, parts)
    }

    fn service(&self, rng: &mut Rng) -> Vec<String> {
        let index = rng.usize(0..self.services.len());
        self.services[index].clone()
    }

    fn server(&self, rng: &mut Rng) -> Vec<String> {
        let index = rng.usize(0..self.servers.len());
        option(rng, "-r --real-server", &[&self.servers[index]])
    }

    fn add_service(&self, rng: &mut Rng, command: &str) -> Vec<String> {
        let service = self.service(rng);
        let is = |short: &str| service[0].starts_with(short);
        let six = service
            .iter()
            .any(|word| word.contains("::") || word == "-6");
        let portless = PORTLESS
            .iter()
            .any(|place| service.iter().any(|word| word.ends_with(place)));
        let mut parts = Vec::new();
        let scheduler = any(rng, SCHEDULERS);
        if rng.u32(0..4) > 0 {
            parts.push(option(rng, "-s --scheduler", &[scheduler]));
            if rng.u32(0..5) == 0 {
                // Of others than these a flag with no name under the scheduler would be saved in another way.
                let flags = match scheduler {
                    "sh" => any(
                        rng,
                        &["sh-port", "sh-fallback", "sh-fallback,sh-port", "flag-1"],
                    ),
                    "mh" => any(rng, &["mh-port", "mh-fallback", "flag-2"]),
                    _ => any(rng, &["flag-1", "flag-2,flag-3", "flag-3"]),
                };
                parts.push(option(rng, "-b --sched-flags", &[flags]));
            }
        }
        if portless || rng.u32(0..4) == 0 {
            parts.push(match rng.u32(0..3) {
                0 => words(any(rng, &["-p", "--persistent"])),
                _ => option(rng, "-p --persistent", &["1", "50", "600", "2678400"]),
            });
            if rng.u32(0..4) == 0 {
                let mask = if six { "64" } else { "255.255.255.0" };
                parts.push(option(rng, "-M --netmask", &[mask]));
            }
            if rng.u32(0..8) == 0 {
                parts.push(option(rng, "--pe", &["sip"]));
            }
        }
        if (is("-u") || is("-f")) && rng.u32(0..6) == 0 {
            parts.push(words(any(rng, &["-o", "--ops"])));
        }
        // A netmask is read by the family of the service before it.
        let mut line = shuffled(rng, command, parts);
        line.splice(1..1, service);
        line
    }

    fn add_server(&self, rng: &mut Rng, command: &str) -> Vec<String> {
        let mut parts = vec![self.service(rng), self.server(rng)];
        match rng.u32(0..8) {
            0..3 => parts.push(words(any(rng, &["-m", "--masquerading"]))),
            3 => parts.push(words(any(rng, &["-g", "--gatewaying"]))),
            4 => parts.push(words(any(rng, &["-i", "--ipip"]))),
            5 => {
                let tunnel = [
                    "-i --tun-type ipip",
                    "-i --tun-type gue --tun-port 6080",
                    "-i --tun-type gue --tun-port 6080 --tun-csum",
                    "-i --tun-type=gue --tun-port=6081 --tun-remcsum",
                    "-i --tun-type gre",
                    "-i --tun-type gre --tun-csum",
                ];
                parts.push(words(any(rng, &tunnel)));
            }
            _ => {}
        }
        if rng.bool() {
            let weight = any(rng, &["0", "1", "5", "100", "65536", "2147483647"]);
            parts.push(option(rng, "-w --weight", &[weight]));
        }
        for name in ["-x --u-threshold", "-y --l-threshold"] {
            if rng.u32(0..5) == 0 {
                parts.push(option(rng, name, &["0", "5", "90", "2147483647"]));
            }
        }
        shuffled(rng, command, parts)
    }

    fn listing(&self, rng: &mut Rng) -> Vec<String> {
        let command = any(rng, &["-L", "-Ln", "-l", "-ln", "--list"]);
        let mut parts = Vec::new();
        if rng.bool() {
            parts.push(words(any(rng, VIEWS)));
        }
        if rng.u32(0..4) == 0 {
            parts.push(self.service(rng));
        }
        for (of, word) in [(3, "-n"), (6, "--exact"), (6, "--nosort"), (20, "--sort")] {
            if rng.u32(0..of) == 0 && !(word == "-n" && command.ends_with('n')) {
                parts.push(words(word));
            }
        }
        shuffled(rng, command, parts)
    }
}

fn service(rng: &mut Rng) -> Vec<String> {
    match rng.u32(0..12) {
        0..5 => option(rng, "-t --tcp-service", TCP),
        5..7 => option(rng, "-u --udp-service", UDP),
        7 => option(rng, "--sctp-service", SCTP),
        8 => {
            let name = any(rng, &["-t", "-u"]);
            option(rng, name, PORTLESS)
        }
        _ => {
            let mut words = option(rng, "-f --fwmark-service", MARKS);
            if rng.u32(0..3) == 0 {
                words.push(any(rng, &["-6", "--ipv6"]).to_owned());
            }
            words
        }
    }
}

/// The command, in one of its spellings, and the parts behind it in any order.
fn shuffled(rng: &mut Rng, command: &str, mut parts: Vec<Vec<String>>) -> Vec<String> {
    // People mostly write the service first.
    if rng.bool() {
        rng.shuffle(&mut parts);
    }
    let spellings: Vec<&str> = command.split(' ').collect();
    let mut line = vec![any(rng, &spellings).to_owned()];
    line.extend(parts.into_iter().flatten());
    line
}
