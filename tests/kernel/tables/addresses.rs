//! Addresses and ports of services and real servers, in every spelling.

use super::{BASE, each, with_values};
use crate::scenario::Scenario;

const SERVICES: &[&str] = &[
    "3.3.3.3:81",
    "3.3.3.3",
    "3.3.3.3:",
    "3.3.3.3:0",
    "3.3.3.3:1",
    "3.3.3.3:65535",
    "3.3.3.3:65536",
    "3.3.3.3:-1",
    "3.3.3.3:+5",
    "3.3.3.3: 5",
    "3.3.3.3:5 ",
    "3.3.3.3:5x",
    "3.3.3.3:0x50",
    "3.3.3.3:010",
    "3.3.3.3:http",
    "3.3.3.3:HTTP",
    "3.3.3.3:domain",
    "3.3.3.3:tftp",
    "3.3.3.3:sip",
    "3.3.3.3:www",
    "3.3.3.3:bogus",
    "3.3.3.3:80:80",
    "3.3.3.256:80",
    "3.3.3:80",
    "3.3:80",
    "3:80",
    "50529027:80",
    "0x03030303:80",
    "0x03.3:80",
    "03.3.3.3:80",
    "3.3.3.3.3:80",
    "3.3.3.:80",
    ".3.3.3:80",
    "4294967295:80",
    "4294967296:80",
    "-1:80",
    "16909060",
    "1234",
    "1234:80",
    "0.0.0.0:80",
    "127.0.0.1:80",
    "224.1.1.1:80",
    "255.255.255.255:80",
    "10.9.9.9:80",
    "3.3.3.3 :80",
    " 3.3.3.3:80",
    "3.3.3.3 x:80",
    "",
    ":",
    ":80",
    "vip:81",
    "vip.example.com:81",
    "VIP.EXAMPLE.COM:81",
    "both.example.com:80",
    "six-first.example.com:80",
    "LOCALHOST:80",
    "1e1:80",
    "a b:80",
    "[vip]:81",
    "[nowhere]:81",
    "nowhere.example.com:80",
    "vip.example.com.:81",
    "[2001:db8::3]:80",
    "[2001:db8::3]",
    "[2001:db8::3]:",
    "[2001:db8::3]:0",
    "[2001:db8::3]:65536",
    "[2001:db8::3]80",
    "[2001:db8::3]:http",
    "[2001:db8::3",
    "2001:db8::3]:80",
    "2001:db8::3",
    "2001:db8::3:80",
    "2001:DB8::3",
    "::1",
    "::",
    "[::]:80",
    "[::1]:80",
    "[::ffff:1.2.3.4]:80",
    "::ffff:1.2.3.4",
    "[2001:db8:0:0:0:0:0:3]:80",
    "[1.2.3.4]:80",
    "[fe80::1%lo]:80",
    "fe80::1%lo",
    "fe80::1",
    "[]:80",
    "[",
    "]",
    "[2001:db8::3]x:80",
    "[2001:db8::3]::80",
    "2001:db8::g",
    "2001:db8:1:2:3:4:5:6:7",
];
/// The same without a port: -p makes that legal.
const SERVICES_WITHOUT_PORT: &[&str] = &[
    "3.3.3.3",
    "3.3.3.3:0",
    "vip.example.com",
    "2001:db8::3",
    "[2001:db8::3]",
    "[2001:db8::3]:0",
    "::",
    "50529027",
    "0x3030303",
    "3.3",
    "1234",
];
const SERVERS: &[&str] = &[
    "3.3.3.3",
    "3.3.3.3:80",
    "3.3.3.3:0",
    "3.3.3.3:81",
    "3.3.3.3:65536",
    "3.3.3.3:http",
    "3.3.3.3:domain",
    "3.3.3.3:",
    "3.3.3.3:bogus",
    "3.3",
    "0x3030303:80",
    "50529027",
    "1234",
    "0.0.0.0",
    "127.0.0.1",
    "10.9.9.9",
    "10.9.9.255",
    "224.1.1.1",
    "255.255.255.255",
    "rs",
    "rs:82",
    "nowhere",
    "",
    "2001:db8::4",
    "[2001:db8::4]:80",
    "[2001:db8::4]:81",
    "[2001:db8::4]",
    "::1",
    "ff02::1",
    "both.example.com",
    "vip.example.com",
];
/// The service's port and family count for a real server only where the service comes first.
const SERVER_FIRST: [&str; 7] = [
    "-a -r 3.3.3.3 -t 1.1.1.1:80 -m",
    "-a -r 3.3.3.3 -t 1.1.1.1:80 -i",
    "-a -r 3.3.3.3:90 -t 1.1.1.1:80 -m",
    "-a -r 2001:db8::9 -t [2001:db8::1]:80 -m",
    "-e -r 2.2.2.2 -t 1.1.1.1:80 -m",
    "-d -r 2.2.2.2 -t 1.1.1.1:80",
    "-d -r 2.2.2.2:81 -t 1.1.1.1:80",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all = each("values::server", BASE, SERVER_FIRST);
    let mut add =
        |group, line: &str, values: &[&str]| all.extend(with_values(group, BASE, line, values));
    add("values::service", "-A -t {}", SERVICES);
    // Of other protocols only the ports are different.
    let ports: Vec<&str> = SERVICES
        .iter()
        .copied()
        .filter(|service| service.starts_with("3.3.3.3:"))
        .collect();
    add("values::service", "-A -u {}", &ports);
    add("values::service", "-A --sctp-service {}", &ports);
    add("values::service", "-A -t {} -p", SERVICES_WITHOUT_PORT);
    add("values::service", "-L -n -t {}", SERVICES_WITHOUT_PORT);
    for (service, forward) in [
        ("-t 1.1.1.1:80", "-m"),
        ("-t 1.1.1.1:80", "-g"),
        ("-t 1.1.1.1:80", "-i"),
        ("-f 7", "-m"),
        ("-t [2001:db8::1]:80", "-m"),
    ] {
        let line = format!("-a {service} {forward} -r {{}}");
        add("values::server", &line, SERVERS);
    }
    let old = [
        "2.2.2.2:81",
        "2.2.2.2",
        "rs:81",
        "2.2.2.3",
        "2.2.2.3:http",
        "2.2:81",
        "",
        "[2001:db8::2]:80",
    ];
    add("values::server", "-d -t 1.1.1.1:80 -r {}", &old);
    all
}
