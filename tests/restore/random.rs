//! Tables made at random, the same in every run, of few things with all their options: so that two of them have much in
//! common, and differ in everything that can differ.

use std::fmt::Write;

/// A generator of numbers (SplitMix64).
pub struct Random(pub u64);

/// A service that a table may have.
struct Kind {
    selector: &'static str,
    /// The port of its servers; 0 for a firewall mark.
    port: u16,
    v6: bool,
    /// Whether it takes -o and --pe sip.
    datagrams: bool,
}

const fn kind(selector: &'static str, port: u16, v6: bool, datagrams: bool) -> Kind {
    Kind {
        selector,
        port,
        v6,
        datagrams,
    }
}

const KINDS: [Kind; 9] = [
    kind("-t 192.0.2.1:80", 80, false, false),
    kind("-t 192.0.2.2:0", 0, false, false),
    kind("-u 192.0.2.1:5060", 5060, false, true),
    kind("--sctp-service 192.0.2.1:80", 80, false, false),
    kind("-t [2001:db8::1]:80", 80, true, false),
    kind("-u [2001:db8::1]:53", 53, true, true),
    kind("-f 5", 0, false, false),
    kind("-f 5 -6", 0, true, false),
    kind("-f 6", 0, false, false),
];

const SCHEDULERS: [&str; 12] = [
    "rr",
    "wrr",
    "lc",
    "wlc",
    "lblc",
    "sed",
    "nq",
    "fo",
    "ovf",
    "sh -b sh-fallback",
    "sh -b sh-port",
    "mh -b mh-fallback,mh-port",
];

impl Random {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// A table without timeouts and daemons.
    pub fn services(&mut self) -> String {
        let mut rules = String::new();
        for kind in &KINDS {
            if self.below(4) > 0 {
                self.service(&mut rules, kind);
            }
        }
        rules
    }

    /// A table with its timeouts and one or two daemons.
    pub fn table(&mut self) -> String {
        let mut rules = self.services();
        let mut seconds = || 1 + self.below(900);
        let _ = writeln!(rules, "--set {} {} {}", seconds(), seconds(), seconds());
        let roles = match self.below(3) {
            0 => &["master"][..],
            1 => &["backup"],
            _ => &["master", "backup"],
        };
        for role in roles {
            // What is not given for a daemon stays as it is: so everything is given.
            let _ = writeln!(
                rules,
                "--start-daemon {role} --mcast-interface eth0 --syncid {} --sync-maxlen {} \
                 --mcast-group {} --mcast-port {} --mcast-ttl {}",
                1 + self.below(2),
                self.one_of(&["1000", "1400"]),
                self.one_of(&["224.0.0.82", "224.0.0.82", "ff02::82"]),
                self.one_of(&["8848", "8848", "8849"]),
                self.one_of(&["1", "1", "2"]),
            );
        }
        rules
    }

    fn service(&mut self, rules: &mut String, kind: &Kind) {
        let selector = kind.selector;
        let _ = write!(rules, "-A {selector} -s {}", self.one_of(&SCHEDULERS));
        if selector.ends_with(":0") || self.below(3) == 0 {
            let _ = write!(rules, " -p {}", 60 * (1 + self.below(3)));
            let masks: &[&str] = if kind.v6 {
                &["", " -M 64"]
            } else {
                &["", " -M 255.255.255.0"]
            };
            *rules += self.one_of(masks);
            if kind.datagrams {
                *rules += self.one_of(&["", " --pe sip"]);
            }
        } else if kind.datagrams || selector.starts_with("-f") {
            *rules += self.one_of(&["", " -o"]);
        }
        rules.push('\n');
        for server in 11..=15 {
            if self.below(3) > 0 {
                self.server(rules, kind, server);
            }
        }
    }

    fn server(&mut self, rules: &mut String, kind: &Kind, number: u32) {
        let address = match (number, kind.v6) {
            // The director itself.
            (15, false) => "192.0.2.1".to_owned(),
            (_, false) => format!("10.0.0.{number}"),
            (_, true) => format!("[2001:db8::{number}]"),
        };
        let forwarding = self.one_of(&[
            "-m",
            "-m",
            "-g",
            "-i",
            "-i --tun-type gue --tun-port 6080 --tun-nocsum",
            "-i --tun-type gue --tun-port 6081 --tun-csum",
            "-i --tun-type gue --tun-port 6080 --tun-remcsum",
            "-i --tun-type gre --tun-csum",
        ]);
        let port = if forwarding == "-m" && self.below(3) == 0 {
            8080
        } else {
            kind.port
        };
        let _ = writeln!(
            rules,
            "-a {} -r {address}:{port} {forwarding} -w {}{}",
            kind.selector,
            self.below(3),
            self.one_of(&["", "", " -x 20", " -x 20 -y 10"]),
        );
    }
}
