//! `--atomic`: a line that the kernel refuses is put before each of the lines in turn. All or none.

use director::{Case, Stage, case, reference};
use net::Result;

pub const ATOMIC: Case = case(
    "atomic",
    "a refused line before each of the lines of --atomic",
    atomic,
);

/// What is there before, with timeouts and a daemon.
const BASE: &str = "\
-A -t 192.0.2.1:1 -s rr
-a -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 1 -x 9 -y 3
-a -t 192.0.2.1:1 -r 10.0.0.12:80 -m -w 1
-A -t 192.0.2.1:2 -s sh -b sh-fallback,sh-port -p 300 -M 255.255.255.0
-a -t 192.0.2.1:2 -r 10.0.0.11:2 -g -w 1
-a -t 192.0.2.1:2 -r 192.0.2.1:2 -g -w 1
-A -u [2001:db8::1]:3 -s rr -o
-a -u [2001:db8::1]:3 -r [2001:db8::11]:3 -m -w 1
-A -f 4 -s wlc
-a -f 4 -r 10.0.0.13 -i -w 5 --tun-type gue --tun-port 6080 --tun-csum
--set 111 22 33
--start-daemon master --mcast-interface eth0 --syncid 5 --mcast-ttl 3
";

/// Every kind of change, and what is no change.
const LINES: &[&str] = &[
    "-A -t 192.0.2.1:10 -s rr",
    "-a -t 192.0.2.1:10 -r 10.0.0.11:10 -m",
    "-e -t 192.0.2.1:1 -r 10.0.0.11:80 -m -w 0",
    "-E -t 192.0.2.1:2 -s wrr",
    "-E -u [2001:db8::1]:3 -s mh",
    "-d -t 192.0.2.1:1 -r 10.0.0.12:80",
    "-D -f 4",
    "-A -f 4 -s rr",
    "--set 0 44 0",
    "--stop-daemon master --syncid 5",
    "--start-daemon backup --mcast-interface eth0 --syncid 9",
    "--start-daemon master --mcast-interface eth0 --syncid 6",
    "-Z",
    "-D -t 192.0.2.1:2",
    "-Z -f 4",
    "-E -t 192.0.2.1:10 -s sed -p 77",
    "-e -t 192.0.2.1:10 -r 10.0.0.11:10 -i -w 3",
    "-C",
    "-A -t 192.0.2.1:2 -s lc",
    "-a -t 192.0.2.1:2 -r 10.0.0.12:2 -g -w 8 -x 10 -y 5",
    "-A -u [2001:db8::1]:3 -s nq",
    "-a -u [2001:db8::1]:3 -r [2001:db8::12]:3 -m",
    "--set 1000 0 0",
    "--stop-daemon backup --syncid 9",
    "-C",
    "-A -f 4 -6 -s rr",
    "-a -f 4 -6 -r [2001:db8::12]:0 -g",
    "-Z -f 4 -6",
];

/// Lines that are refused whatever the table is.
const REFUSED: &[&str] = &[
    "-D -t 203.0.113.9:9",
    "-A -t 203.0.113.9:9 -s nosuch",
    "-d -t 203.0.113.9:9 -r 10.0.0.1:9",
    "-a -t 203.0.113.9:9 -r 10.0.0.1:9 -m",
    "-E -t 203.0.113.9:9 -s rr",
    "-e -t 203.0.113.9:9 -r 10.0.0.1:9 -m",
    "--start-daemon master --mcast-interface none --syncid 7",
    "-Z -t 203.0.113.9:9",
];

fn atomic(stage: &Stage) -> Result<()> {
    stage.set(BASE)?;
    let before = stage.state()?.sorted();
    for place in 0..=LINES.len() {
        let refused = REFUSED[place % REFUSED.len()];
        let mut lines = LINES.to_vec();
        lines.insert(place, refused);
        let output = stage.run("ipvsadm -R --atomic", &lines.join("\n"))?;
        let start = format!("line {}: {refused}: ", place + 1);
        stage.expect(
            &format!("line {}, {refused}, is refused", place + 1),
            format_args!("{:?}, {}", output.code(), output.stderr.trim_end()),
            output.code().is_some_and(|code| code != 0)
                && output.stderr.starts_with(&start)
                && !output.stderr.contains("COULD"),
        )?;
        stage.expect_equal("all is as it was", &before, &stage.state()?.sorted())?;
    }

    stage.step("Without a refused line, all of them are applied");
    stage.must("ipvsadm -R --atomic", &LINES.join("\n"))?;
    let ours = stage.state()?.sorted();
    stage.must("ipvsadm --stop-daemon master --syncid 6", "")?;
    stage.set(BASE)?;
    stage.must(&format!("{} -R", reference()), &LINES.join("\n"))?;
    stage.expect_equal(
        "as after the reference's -R",
        &stage.state()?.sorted(),
        &ours,
    )
}
