//! Command lines with several mistakes at once: which of them decides the exit status?
//!
//! The reference reads words from left to right and ends at the first that is recognisably wrong, and looks at what
//! does not go together only afterwards. The lines are drawn at random, with a fixed seed.

use super::{BASE, each};
use crate::scenario::Scenario;

/// Lines that were once got wrong.
const GIVEN: &[&str] = &[
    "-A -t 3.3.3.3:80 -r no.such.host -q",
    "-A -t 3.3.3.3:80 -q -r no.such.host",
    "-D -p -M x --nosuch",
    "-D -p --nosuch -M x",
    "-A -t [2001:db8::1]:80 -M 129 -w",
    "-a -r 4.4.4.4:nosuch --nosuch",
    "-a -r 4.4.4.4:domain --nosuch",
    "-a -r 4.4.4.4:domain -u 1.1.1.1:53 -w x",
    "-D -6 -f 8 --nosuch",
    "-A -t vip6:81 --nosuch",
    "-A -s a-name-of-16-byte",
    "-A -t 3.3.3.3 -s a-name-of-16-byte",
    "-A -t 3.3.3.3:80 -s a-name-of-16-byte --pe a-name-of-16-byte",
    "-A -t 3.3.3.3:80 -s a-name-of-16-byte -b nosuch",
    "-A -t 3.3.3.3:80 -s a-name-of-16-byte -b flag-1",
    "-C --mcast-interface a-name-of-16-byte",
    "--start-daemon master --mcast-interface a-name-of-16-byte --mcast-ttl 0",
    "-t 10.9.9.1:nosuch -w x",
    "-p 0 -6",
    "-g -m",
    "-w -1 -nq",
    "-6",
    "--set",
    "word -t 10.9.9.1:nosuch",
    "-t 3.3.3.3:80 -A -w x",
    "-t 3.3.3.3:80 -A --stats",
    "-n -L word",
    "-L -6 -h",
    "-L -h",
    "-A -t 3.3.3.3:nosuch --help",
];

/// How many lines are drawn.
const COUNT: usize = 400;
const SEED: u64 = 0x1f7a_5adf;

/// Commands as they are drawn; the empty one is a line without a command.
const COMMANDS: &[&str] = &[
    "-A",
    "-A",
    "-A",
    "-E",
    "-E",
    "-D",
    "-C",
    "-S",
    "-a",
    "-a",
    "-a",
    "-e",
    "-e",
    "-d",
    "-d",
    "-L",
    "-Z",
    "--set 5 6 7",
    "--set 5 6",
    "--start-daemon master",
    "--start-daemon nobody",
    "--stop-daemon backup",
    "",
    "",
];

const SERVICES: &[&str] = &[
    "-t 1.1.1.1:80",
    "-t 3.3.3.3:80",
    "-u 1.1.1.1:53",
    "-f 7",
    "-t [2001:db8::1]:80",
    "-t 1.1.1.1:0",
];
const SERVERS: &[&str] = &["-r 2.2.2.2:81", "-r 4.4.4.4", "-r 4.4.4.4:82"];

/// What is right somewhere.
const RIGHT: &[&str] = &[
    "-s wrr",
    "-p",
    "-p 30",
    "-M 255.255.255.0",
    "-M 64",
    "-b flag-1",
    "-b sh-port",
    "--pe sip",
    "-o",
    "-r [2001:db8::5]:80",
    "-g",
    "-i",
    "-m",
    "-w 2",
    "-x 8",
    "-y 2",
    "--tun-type gre",
    "--tun-type gue",
    "--tun-port 6080",
    "--tun-nocsum",
    "--tun-csum",
    "--tun-remcsum",
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
    "--exact",
    "-X",
    "--nosort",
    "--sort",
    "-6",
];

/// What is wrong everywhere.
const WRONG: &[&str] = &[
    "-t no.such.host:80",
    "-t 1.1.1.1:nosuch",
    "-t 1.1.1.1:70000",
    "-t [2001:db8::1]",
    "-t 1.1.1",
    "-u no.such.host",
    "--sctp-service nosuch:1",
    "-f 0",
    "-f x",
    "-r no.such.host",
    "-r 4.4.4.4:nosuch",
    "-r 4.4.4.4:70000",
    "-r [2001:db8::5]",
    "-s nosuch",
    "-s a-name-of-16-byte",
    "--pe nosuch",
    "-p 0",
    "-p x",
    "-M x",
    "-M 129",
    "-M 0",
    "-b nosuch",
    "-w x",
    "-w -1",
    "-x x",
    "-y -1",
    "--tun-type nosuch",
    "--tun-port 0",
    "--tun-port x",
    "--mcast-interface a-name-of-16-byte",
    "--syncid 256",
    "--sync-maxlen 0",
    "--mcast-group 10.0.0.1",
    "--mcast-group x",
    "--mcast-port 0",
    "--mcast-ttl x",
    "--numeric=1",
    "-q",
    "-nq",
    "--nosuch",
    "--nosuch=1",
    "word",
    "-L",
    "-A",
    "-v",
    "--set",
    "--start-daemon x",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut draw = Draw(SEED);
    let lines: Vec<String> = (0..COUNT).map(|_| line(&mut draw)).collect();
    let lines = lines.iter().map(String::as_str);
    each("mistakes", BASE, GIVEN.iter().copied().chain(lines))
}

/// A command with what it may need, something right and up to three mistakes, in any order.
fn line(draw: &mut Draw) -> String {
    let command = *draw.one_of(COMMANDS);
    let mut options = Vec::new();
    if draw.below(4) > 0 {
        options.push(*draw.one_of(SERVICES));
    }
    if matches!(command, "-a" | "-e" | "-d") && draw.below(4) > 0 {
        options.push(*draw.one_of(SERVERS));
    }
    for _ in 0..draw.below(3) {
        options.push(*draw.one_of(RIGHT));
    }
    for _ in 0..=draw.below(3) {
        let wrong = *draw.one_of(WRONG);
        // Behind options these are commands here, but not to the reference: see `wanted`.
        if !(command.is_empty() && matches!(wrong, "-L" | "-A" | "-v")) {
            options.push(wrong);
        }
    }
    draw.shuffle(&mut options);
    if !command.is_empty() {
        options.insert(0, command);
    }
    // A value that is missing can only be the last word's.
    if draw.below(20) == 0 {
        options.push("-w");
    }
    options.join(" ")
}

/// Random numbers that are the same in every run (xorshift64*).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % bound
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}
