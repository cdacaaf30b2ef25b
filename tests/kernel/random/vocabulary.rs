//! The words that scripts are made of, and how they are put together.

use fastrand::Rng;

pub const TCP: &[&str] = &[
    "1.1.1.1:80",
    "1.1.1.1:443",
    "1.2.3.4:80",
    "10.0.0.1:80",
    "10.9.9.9:80",
    "192.168.0.1:80",
    "192.168.0.1:https",
    "200.1.1.1:8080",
    "vip:http",
    "vip.example.com:8443",
    "[2001:db8::1]:80",
    "[2001:db8::5]:https",
    "[fd00::1]:80",
    "[::1]:65535",
];
pub const UDP: &[&str] = &[
    "1.1.1.1:53",
    "1.1.1.1:domain",
    "10.0.0.1:5060",
    "10.0.0.1:sip",
    "200.1.1.1:tftp",
    "vip:53",
    "[2001:db8::1]:53",
    "[fd00::1]:domain",
];
pub const SCTP: &[&str] = &["1.1.1.1:80", "192.168.0.1:2905", "[2001:db8::1]:2905"];
/// For services that take every port; -p makes that legal.
pub const PORTLESS: &[&str] = &["1.1.1.1", "10.0.0.1:0", "vip", "2001:db8::1", "[fd00::1]:0"];
pub const MARKS: &[&str] = &["1", "5", "7", "2147483647", "2147483648", "4294967295"];
pub const SERVERS_V4: &[&str] = &[
    "2.2.2.2",
    "2.2.2.2:81",
    "3.3.3.3:80",
    "10.9.9.9:80",
    "127.0.0.1:8080",
    "192.168.7.7",
    "192.168.7.7:http",
    "200.2.2.2:8080",
    "rs",
    "rs:81",
    "rs.example.com:https",
];
pub const SERVERS_V6: &[&str] = &[
    "2001:db8::2",
    "[2001:db8::2]:81",
    "[2001:db8::9]:http",
    "fd00::9",
    "[fd00::9]:8080",
];
pub const SCHEDULERS: &[&str] = &[
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh",
];
pub const VIEWS: &[&str] = &[
    "--stats",
    "--rate",
    "--thresholds",
    "--persistent-conn",
    "--tun-info",
];
/// What takes no service and no server, with how often it is wanted.
pub const PLAIN: &[(u32, &str)] = &[
    (3, "-C"),
    (3, "-Z"),
    (3, "--set 10 20 30"),
    (1, "--set 0 0 7"),
    (1, "--set 900 120 2678401"),
    (3, "-L --timeout"),
    (3, "-L --daemon"),
    (1, "-Lc"),
    (1, "-Lnc --persistent-conn"),
    (2, "--start-daemon master --mcast-interface d0"),
    (2, "--start-daemon backup --mcast-interface d0 --syncid 7"),
    (
        1,
        "--start-daemon master --mcast-interface d0 --mcast-ttl 3",
    ),
    (2, "--stop-daemon master"),
    (1, "--stop-daemon backup"),
    (1, "-h"),
    (1, "-v"),
];

/// An option with one of the values, in one of the ways to write it; `names` are its short and long names, or the long one.
pub fn option(rng: &mut Rng, names: &str, values: &[&str]) -> Vec<String> {
    let value = any(rng, values);
    let names: Vec<&str> = names.split(' ').collect();
    let name = if rng.u32(0..4) == 0 {
        names[names.len() - 1]
    } else {
        names[0]
    };
    let long = name.starts_with("--");
    match rng.u32(0..8) {
        0 if long => vec![format!("{name}={value}")],
        0 => vec![format!("{name}{value}")],
        1 if !long => vec![format!("{name}={value}")],
        // An optional value that is a word of its own is read as one.
        _ => vec![name.to_owned(), value.to_owned()],
    }
}

pub fn words(text: &str) -> Vec<String> {
    crate::scenario::split(text)
}

pub fn any<'a>(rng: &mut Rng, choices: &[&'a str]) -> &'a str {
    choices[rng.usize(0..choices.len())]
}

pub fn weighted<'a>(rng: &mut Rng, choices: &[(u32, &'a str)]) -> &'a str {
    let mut left = rng.u32(0..choices.iter().map(|(weight, _)| weight).sum());
    for (weight, choice) in choices {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return choice,
        }
    }
    choices[0].1
}
