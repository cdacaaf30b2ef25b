//! Every option with a value: legal values, edges, and what is no value at all.

use super::{BASE, with_values};
use crate::scenario::Scenario;

/// Spellings of small numbers, for every option that takes one.
const NUMBERS: &[&str] = &[
    "0", "1", "7", "+5", "-1", "' 5'", " 5", "5 ", "5x", "x", "0x10", "010", "08", "", "1.5",
    "1e3", "--5", "+-5", "\t5",
];
const NETMASKS: &[&str] = &[
    "255.255.255.0",
    "255.255.255.255",
    "255.255.255.254",
    "0.0.0.0",
    "128.0.0.0",
    "255.255.0.255",
    "255.255",
    "255",
    "0xffffff00",
    "037777777400",
    "24",
    "32",
    "33",
    "0",
    "/24",
    "",
    "bogus",
    "vip",
    "255.255.255.256",
    "64",
    "128",
    "129",
    "1",
    "+12",
    "012",
    "12x",
    "-5",
    " 12",
    "ffff::",
    "1e1",
    "x",
];
const TEXTS: &[&str] = &[
    "",
    "rr",
    "RR",
    "wlc",
    "rr ",
    "bogus",
    "sip",
    "../x",
    "123456789012345",
    "1234567890123456",
    "a b",
    "-x",
];
const FLAGS: &[&str] = &[
    "flag-1",
    "flag-2",
    "flag-1,flag-2",
    "flag-2,flag-1,flag-2",
    "flag-4",
    "FLAG-1",
    "4",
    "1",
    "",
    " ",
    "flag-1,",
    ",flag-1",
    "flag-1,,flag-2",
    ",,flag-1,,",
    "flag-1 ,flag-2",
    "flag-1;flag-2",
    "sh-fallback",
    "sh-port",
    "sh-fallback,sh-port",
    "mh-port",
    "mh-fallback",
    "mh-port,mh-fallback",
    "sh-port,mh-port",
    "flag",
    "flag-",
    "flag-11",
    "none",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add =
        |group, line: &str, values: &[&str]| all.extend(with_values(group, BASE, line, values));
    // A mark in hexadecimal is a difference: see `wanted`.
    let marks: Vec<&str> = NUMBERS
        .iter()
        .copied()
        .filter(|number| *number != "0x10")
        .collect();
    add("values::fwmark", "-A -f {}", &marks);
    let marks = [
        "0x",
        "0xg",
        "0x-1",
        "0x+1",
        "0x 1",
        "0x0",
        "0x100000000",
        "x10",
        "00x10",
    ];
    add("values::fwmark", "-A -f {}", &marks);
    add(
        "values::fwmark",
        "-A -f {}",
        &[
            "2147483647",
            "4294967296",
            "99999999999999999999",
            "-2147483648",
        ],
    );
    let server = "-a -t 1.1.1.1:80 -r 3.3.3.3 -m";
    for option in ["-w", "-x"] {
        add(
            "values::server_numbers",
            &format!("{server} {option} {{}}"),
            NUMBERS,
        );
        add(
            "values::server_numbers",
            &format!("{server} {option} {{}}"),
            &[
                "65535",
                "65536",
                "2147483647",
                "2147483648",
                "4294967295",
                "4294967296",
                "-2147483648",
            ],
        );
    }
    add(
        "values::server_numbers",
        &format!("{server} -x 9 -y {{}}"),
        NUMBERS,
    );
    add(
        "values::server_numbers",
        &format!("{server} -x 9 -y {{}}"),
        &["8", "9", "10", "2147483648"],
    );
    add("values::persistence", "-A -t 3.3.3.3:80 -p {}", NUMBERS);
    add(
        "values::persistence",
        "-A -t 3.3.3.3:80 -p {}",
        &["2678400", "2678401", "360", "4294967296"],
    );
    add(
        "values::persistence",
        "-A -t 3.3.3.3:80 -p{}",
        &["600", "=600", "=", "x", "+7"],
    );
    for service in ["-t 3.3.3.3:80", "-t [2001:db8::3]:80", "-f 3", "-f 3 -6"] {
        add(
            "values::netmask",
            &format!("-A {service} -p -M {{}}"),
            NETMASKS,
        );
    }
    add(
        "values::netmask",
        "-A -M {} -t [2001:db8::3]:80 -p",
        &["64", "129", "0", "255.255.255.0", "bogus"],
    );
    add(
        "values::netmask",
        "-A -M {} -f 5 -6 -p",
        &["64", "255.255.255.0"],
    );
    add(
        "values::netmask",
        "-A -f 5 -p -M {} -6",
        &["64", "255.255.255.0"],
    );
    add("values::scheduler", "-A -t 3.3.3.3:80 -s {}", TEXTS);
    add("values::scheduler", "-E -t 1.1.1.1:80 -s {}", TEXTS);
    add("values::engine", "-A -u 3.3.3.3:80 --pe {}", TEXTS);
    add("values::engine", "-A -u 3.3.3.3:80 -p 5 --pe {}", TEXTS);
    for scheduler in ["rr", "sh", "mh"] {
        add(
            "values::flags",
            &format!("-A -t 3.3.3.3:80 -s {scheduler} -b {{}}"),
            FLAGS,
        );
    }
    add(
        "values::flags",
        "-A -t 3.3.3.3:80 -b {} -s sh",
        &["sh-port", "mh-port"],
    );
    add(
        "values::flags",
        "-A -t 3.3.3.3:80 -s {} -b flag-3",
        &["rr", "wlc"],
    );
    let gue = "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port {}";
    add("values::tunnel", gue, NUMBERS);
    add("values::tunnel", gue, &["65535", "65536", "domain"]);
    add(
        "values::tunnel",
        "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type {}",
        &["ipip", "gre", "gue", "IPIP", "", "vxlan", "ipip ", "0"],
    );
    add("values::timeouts", "--set {} 1 1", NUMBERS);
    add(
        "values::timeouts",
        "--set 1 {} 1",
        &["2678400", "2678401", "x", "+3", ""],
    );
    add(
        "values::timeouts",
        "--set 1 1 {}",
        &["2678400", "2678401", "x", "+3", "", "-3"],
    );
    all.extend(daemons());
    all
}

fn daemons() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add =
        |line: &str, values: &[&str]| all.extend(with_values("values::daemon", "", line, values));
    add(
        "--start-daemon {} --mcast-interface d0",
        &["master", "backup", "MASTER", "", "both", "mas", "master "],
    );
    add("--stop-daemon {}", &["master", "backup", "", "both"]);
    let daemon = "--start-daemon master --mcast-interface";
    add(
        &format!("{daemon} {{}}"),
        &[
            "d0",
            "lo",
            "nosuch",
            "",
            "123456789012345",
            "1234567890123456",
            "d0 ",
        ],
    );
    add(&format!("{daemon} d0 --syncid {{}}"), NUMBERS);
    add(&format!("{daemon} d0 --syncid {{}}"), &["255", "256"]);
    add(
        &format!("{daemon} d0 --sync-maxlen {{}}"),
        &[
            "0", "1", "100", "1400", "1472", "1473", "65507", "65508", "-1", "", "x",
        ],
    );
    add(
        &format!("{daemon} d0 --mcast-port {{}}"),
        &["0", "1", "65535", "65536", "http", "+9", ""],
    );
    add(
        &format!("{daemon} d0 --mcast-ttl {{}}"),
        &["0", "1", "255", "256", "x", "-1"],
    );
    add(
        &format!("{daemon} d0 --mcast-group {{}}"),
        &[
            "224.0.0.1",
            "239.255.255.255",
            "223.255.255.255",
            "240.0.0.0",
            "10.0.0.1",
            "ff02::5",
            "ff0e::1",
            "fe80::1",
            "::1",
            "bogus",
            "",
            "224.1",
            "[ff02::5]",
            "0xe0000001",
            "224.1.1.1 ",
        ],
    );
    add(
        "--stop-daemon master --syncid {}",
        &["0", "7", "255", "256", "x"],
    );
    all
}
