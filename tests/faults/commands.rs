//! The commands that meet faults, and the table they find.

use std::fmt::Write;

/// A command line and what it reads.
pub struct Command {
    pub line: &'static str,
    pub input: fn() -> String,
    /// Whether the last of the input's lines may fail alone.
    pub by_line: bool,
}

const fn command(line: &'static str) -> Command {
    Command {
        line,
        input: String::new,
        by_line: false,
    }
}

/// What is there before.
pub const TABLE: &str = "\
-A -t 192.0.2.1:80 -s wlc -p 300
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 3 -x 20 -y 10
-a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 0
-A -u [2001:db8::1]:53 -s sh -b sh-port
-a -u [2001:db8::1]:53 -r [2001:db8::11]:53 -g -w 1
-A -f 7 -s rr
-a -f 7 -r 10.0.0.13 -i -w 5
";
/// Beside it a sync daemon runs.
pub const DAEMON: &str =
    "ipvsadm --start-daemon master --mcast-interface eth0 --syncid 5 --mcast-ttl 3";

pub static LISTINGS: [Command; 4] = [
    command("ipvsadm -Ln"),
    command("ipvsadm -Ln -t 192.0.2.1:80 --stats"),
    command("ipvsadm -L --timeout"),
    command("ipvsadm -L --daemon"),
];

pub static SAVES: [Command; 2] = [command("ipvsadm -Sn"), command("ipvsadm -Sn --all")];

pub static CHANGES: [Command; 4] = [
    command("ipvsadm -A -t 192.0.2.1:81 -s rr"),
    command("ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 9"),
    command("ipvsadm -C"),
    command("ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 9 --exist"),
];

pub static RESTORE: Command = Command {
    line: "ipvsadm -R",
    input: fifty_lines,
    by_line: true,
};

pub static REPLACE: Command = Command {
    line: "ipvsadm -R --replace",
    input: another_table,
    by_line: false,
};

pub static ATOMIC: Command = Command {
    line: "ipvsadm -R --atomic",
    input: several_changes,
    by_line: false,
};

fn fifty_lines() -> String {
    rules(10)
}

/// Rules that need some megabytes.
pub fn large() -> String {
    rules(2000)
}

/// So many services with four servers each.
fn rules(services: usize) -> String {
    let mut lines = String::new();
    for service in 1..=services {
        let id = format!("203.0.113.1:{service}");
        let _ = writeln!(lines, "-A -t {id} -s rr");
        for server in 1..=4 {
            let _ = writeln!(lines, "-a -t {id} -r 10.0.1.{server}:80 -m -w 1");
        }
    }
    lines
}

/// Of which one service stays, one changes, one goes and one comes.
fn another_table() -> String {
    "\
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 4
-a -t 192.0.2.1:80 -r 10.0.0.14:80 -m -w 1
-A -f 7 -s rr
-a -f 7 -r 10.0.0.13 -i -w 5
-A -t 192.0.2.1:82 -s rr
-a -t 192.0.2.1:82 -r 10.0.0.11:82 -m -w 1
"
    .to_owned()
}

fn several_changes() -> String {
    "\
-D -f 7
-A -t 192.0.2.1:83 -s rr
-a -t 192.0.2.1:83 -r 10.0.0.11:83 -m -w 1
-e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 7
-d -t 192.0.2.1:80 -r 10.0.0.12:8080
"
    .to_owned()
}
