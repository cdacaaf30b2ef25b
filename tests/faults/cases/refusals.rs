//! What the kernel refuses for more than one reason: the words of ipvsadm 1.31 first, the reason behind them.

use director::{Case, Stage, case};
use net::Result;

pub const REFUSALS: Case = case(
    "refusals",
    "what the kernel refuses is explained",
    |stage| {
        refused(stage, &ADDRESSES)?;
        refused(stage, &OTHERS)?;
        refused(stage, &FAMILIES)?;
        existing(stage)?;
        without_addresses(stage)
    },
);

const INVALID: &str =
    "Invalid operation.  Possibly wrong module version, address not unicast, ...: ";
const RANGE: &str = "Numerical result out of range: ";

struct Row {
    /// Command lines that succeed.
    before: &'static [&'static str],
    /// The one that is refused.
    line: &'static str,
    /// What it says first.
    words: &'static str,
    /// Why, further on.
    reason: &'static str,
}

const fn row(
    before: &'static [&'static str],
    line: &'static str,
    words: &'static str,
    reason: &'static str,
) -> Row {
    Row {
        before,
        line,
        words,
        reason,
    }
}

const TABLE: &str = "\
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m
-A -t [2001:db8::1]:80 -s rr
";

#[rustfmt::skip]
static ADDRESSES: [Row; 9] = [
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 224.0.0.1 -m", INVALID, "224.0.0.1 is a multicast address"),
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 255.255.255.255 -m", INVALID, "255.255.255.255 is the broadcast address"),
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 0.0.0.0 -m", INVALID, "0.0.0.0 is the unspecified address"),
    row(&["ip link add br0 type dummy", "ip addr add 10.5.5.1/24 brd + dev br0", "ip link set br0 up"],
        "ipvsadm -a -t 192.0.2.1:80 -r 10.5.5.255 -m", INVALID, "10.5.5.255 is the broadcast address of one of this machine's networks"),
    row(&[], "ipvsadm -a -t [2001:db8::1]:80 -r [::]:80 -m", INVALID, ":: is the unspecified address"),
    row(&[], "ipvsadm -a -t [2001:db8::1]:80 -r [ff02::1]:80 -m", INVALID, "ff02::1 is a multicast address"),
    row(&[], "ipvsadm -a -t [2001:db8::1]:80 -r [fe80::1]:80 -m", INVALID, "fe80::1 is a link-local address"),
    row(&[], "ipvsadm -a -t [2001:db8::1]:80 -r [::ffff:10.0.0.1]:80 -m", INVALID, "is an IPv4 address in the form of IPv6"),
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 224.0.0.1 -m -x 5 -y 9", RANGE, "(-y 9) is above the upper threshold (-x 5)"),
];

#[rustfmt::skip]
static OTHERS: [Row; 8] = [
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m -x 5 -y 9", RANGE, "(-y 9) is above the upper threshold (-x 5)"),
    row(&[], "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -m -y 9", RANGE, "(-y 9) is above the upper threshold (-x 0)"),
    row(&[], "ipvsadm -A -t 192.0.2.1:80 -s rr", "Service already exists: ", "-E edits it, and -A with --exist"),
    row(&[], "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m", "Destination already exists: ", "-e edits it, and -a with --exist"),
    row(&[], "ipvsadm --start-daemon master --mcast-interface nosuch", "No such device: ", "no interface nosuch"),
    row(&["ip link add down0 type dummy"],
        "ipvsadm --start-daemon master --mcast-interface down0 --mcast-group ff02::5", "Network is unreachable: ", "no multicast to ff02::5 leaves down0"),
    row(&[], "ipvsadm -A -t 192.0.2.1:81 -s nosuch", "Scheduler or persistence engine not found: ", "ip_vs_nosuch"),
    row(&[], "ipvsadm -E -t 192.0.2.9:80 -s rr", "No such service: ", "TCP 192.0.2.9:80"),
];

#[rustfmt::skip]
static FAMILIES: [Row; 4] = [
    row(&["ipvsadm -a -t 192.0.2.1:80 -r [2001:db8::77]:80 -i"],
        "ipvsadm --start-daemon master --mcast-interface eth0", INVALID, "of another address family than its service"),
    row(&["ipvsadm -d -t 192.0.2.1:80 -r [2001:db8::77]:80", "ipvsadm --start-daemon master --mcast-interface eth0"],
        "ipvsadm -a -t 192.0.2.1:80 -r [2001:db8::77]:80 -i", INVALID, "while a sync daemon runs"),
    row(&[], "ipvsadm -a -t [2001:db8::1]:80 -r 10.0.0.12:80 -i", INVALID, "while a sync daemon runs"),
    row(&[], "ipvsadm --start-daemon master --mcast-interface eth0", "Daemon has already run: ", "master on eth0"),
];

fn refused(stage: &Stage, rows: &[Row]) -> Result<()> {
    stage.set(TABLE)?;
    for row in rows {
        for line in row.before {
            stage.must(line, "")?;
        }
        let output = stage.run(row.line, "")?;
        let said = output.stderr.trim_end();
        stage.expect(
            &format!("{}: {} ... {}", row.line, row.words, row.reason),
            said,
            output.code() == Some(255)
                && said.starts_with(row.words)
                && said.contains(row.reason)
                && said.lines().count() == 1,
        )?;
    }
    Ok(())
}

/// Of a restore, the last line says what to do about rules that are there.
fn existing(stage: &Stage) -> Result<()> {
    stage.set(TABLE)?;
    for (rules, advice) in [
        (TABLE, true),
        ("-A -t 192.0.2.1:80 -s rr\n-D -f 99\n", true),
        ("-D -f 99\n", false),
    ] {
        let output = stage.run("ipvsadm -R", rules)?;
        let last = output.stderr.lines().last().unwrap_or_default();
        stage.expect(
            &format!("advice about what exists: {advice}"),
            last,
            output.code() == Some(255)
                && (last.contains("--exist") && last.contains("--replace")) == advice,
        )?;
    }
    Ok(())
}

/// A new network namespace has not even a local route.
fn without_addresses(stage: &Stage) -> Result<()> {
    let lonely = "ipvsadm --netns lonely";
    stage.must("ip netns add lonely", "")?;
    stage.must(&format!("{lonely} -A -t 192.0.2.1:80 -s rr"), "")?;
    let line = format!("{lonely} -a -t 192.0.2.1:80 -r 10.0.0.11 -m");
    let output = stage.run(&line, "")?;
    stage.expect(
        "it says that there is no address, and what helps",
        output.stderr.trim_end(),
        output.code() == Some(255)
            && output.stderr.starts_with(INVALID)
            && output.stderr.contains("'ip link set lo up'"),
    )?;
    stage.must("ip netns exec lonely ip link set lo up", "")?;
    stage.must(&line, "")?;
    stage.must("ip netns delete lonely", "").map(drop)
}
