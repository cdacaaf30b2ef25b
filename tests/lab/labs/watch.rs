//! `--watch`: rates of the last interval, and how the servers share new connections.

use net::topology::NAT2;
use net::{Result, Stage};

use super::Lab;

/// Rates and shares against what a client has opened.
pub const WATCH: Lab = Lab {
    name: "watch",
    about: "rates of the last interval, and the servers' shares, while a client opens connections",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s wrr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m -w 3",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
        "on client sh -c 'while wget -qO- http://192.0.2.1/ >/dev/null; do sleep 0.1; done' &",
        "ipvsadm -Ln --rate --watch 2",
    ],
    play: watch,
};

/// A client that opens one connection after the other and notes each, until it is asked to stop. Eight a
/// process, because starting one takes longer than a connection.
const OPEN: &str = "rm -f /tmp/stop /tmp/opened; touch /tmp/opened; U=http://192.0.2.1/; \
    (while [ ! -e /tmp/stop ]; do busybox wget -qO- $U $U $U $U $U $U $U $U >>/tmp/opened; \
    sleep 0.1; done) >/dev/null 2>&1 &";
const STOP: &str = "touch /tmp/stop";

fn watch(stage: &Stage) -> Result<()> {
    stage.step("Three connections for rs1, then one for rs2 (weighted round robin)");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s wrr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 3",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 1",
        ],
    )?;
    rates(stage)?;
    once_a_second(stage)?;
    resets(stage)?;
    order(stage)
}

fn rates(stage: &Stage) -> Result<()> {
    stage.run("client", OPEN)?;
    stage.run("director", "sleep 3")?;
    let before = opened(stage)?;
    let text = stage.run("director", "ipvsadm -Ln --rate --watch 2 --count 6")?;
    let count = opened(stage)? - before;
    // Five intervals of two seconds, and what the kernel had not added up before or afterwards.
    let true_rate = count as f64 / 10.0;
    let blocks = blocks(&text);
    stage.expect("6 listings", blocks.len(), blocks.len() == 6)?;
    let of = |block: &str, address: &str| rate(block, address);
    let first = of(blocks[0], "192.0.2.1:80");
    stage.expect(
        "no rate in the first one",
        format_args!("{first:?}"),
        first.is_none(),
    )?;
    let seen: Vec<u64> = blocks[1..]
        .iter()
        .filter_map(|block| of(block, "192.0.2.1:80"))
        .collect();
    let mean = seen.iter().sum::<u64>() as f64 / seen.len().max(1) as f64;
    stage.expect(
        "in all others a rate like that at which the client opened connections",
        format_args!("{seen:?}, opened {true_rate:.1} a second"),
        seen.len() == 5 && mean > true_rate / 2.0 && mean < true_rate * 2.0,
    )?;
    let shares: Vec<u64> = blocks[1..]
        .iter()
        .filter_map(|block| share(block, "10.0.0.11:80"))
        .collect();
    // A slow machine opens few connections in an interval, of which three quarters may be all.
    let mean = shares.iter().sum::<u64>() / shares.len().max(1) as u64;
    stage.expect(
        "about three quarters on rs1",
        format_args!("{shares:?}, {mean} on average"),
        shares.len() == 5 && (60..=90).contains(&mean),
    )
}

fn once_a_second(stage: &Stage) -> Result<()> {
    stage.step("Twice as often as the kernel adds up its counters: no rate jumps to nothing");
    let text = stage.run("director", "ipvsadm -Ln --rate --watch --count 8")?;
    let seen: Vec<Option<u64>> = blocks(&text)
        .iter()
        .map(|block| rate(block, "192.0.2.1:80"))
        .collect();
    // From the fourth listing on, the kernel has added up between any two known ones.
    stage.expect(
        "rates above 0",
        format_args!("{seen:?}"),
        seen.len() == 8
            && seen[3..]
                .iter()
                .all(|rate| rate.is_some_and(|rate| rate > 0)),
    )
}

fn resets(stage: &Stage) -> Result<()> {
    stage.step("Counters set to zero, a server removed and added, while it is watched");
    let text = stage.run(
        "director",
        "(ipvsadm -Ln --rate --watch 1 --count 12 >/tmp/watched) & \
         sleep 3; ipvsadm -Z; sleep 2; ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.12:80; \
         ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 1; wait; cat /tmp/watched",
    )?;
    stage.run("client", STOP)?;
    let columns = |line: &str| -> Vec<u64> {
        let words = line.split_whitespace();
        words.filter_map(|word| word.parse().ok()).take(2).collect()
    };
    let most = text
        .lines()
        .filter(|line| line.contains("192.0.2.1:80") || line.contains("-> 10.0.0."))
        .flat_map(columns)
        .max();
    // The client cannot open a hundred connections a second, of a dozen packets each.
    stage.expect(
        "no huge rate of connections or packets",
        format_args!("{most:?}"),
        most.is_some_and(|most| most < 5000) && !text.contains(&u64::MAX.to_string()),
    )
}

fn order(stage: &Stage) -> Result<()> {
    stage.step("The largest first, without what is idle");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -u 192.0.2.1:53",
            "ipvsadm -a -u 192.0.2.1:53 -r 10.0.0.11:53 -m",
            "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 9",
        ],
    )?;
    let text = stage.run("director", "ipvsadm -Ln --sort-by weight --only-active")?;
    let lines: Vec<&str> = text.lines().skip(3).collect();
    let as_expected = matches!(lines[..], [service, heavy, light]
        if service.starts_with("TCP  192.0.2.1:80")
        && heavy.contains("10.0.0.12:80") && light.contains("10.0.0.11:80"));
    stage.expect(
        "rs2 before rs1, and no UDP service",
        lines.len(),
        as_expected,
    )
}

/// How many pages the client has fetched.
fn opened(stage: &Stage) -> Result<u64> {
    let text = stage.run("client", "wc -l </tmp/opened")?;
    Ok(text.trim().parse().unwrap_or(0))
}

/// The listings that were appended, each from its time stamp on.
fn blocks(text: &str) -> Vec<&str> {
    text.split("\n\n")
        .filter(|block| block.starts_with("20"))
        .collect()
}

/// The rate of connections in the line of an address.
fn rate(block: &str, address: &str) -> Option<u64> {
    word_behind(block, address)?.parse().ok()
}

fn word_behind<'a>(block: &'a str, address: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| *word == address)?;
        words.next()
    })
}

/// The percentage in the line of an address.
fn share(block: &str, address: &str) -> Option<u64> {
    let line = block.lines().find(|line| line.contains(address))?;
    let (before, _) = line.split_once('%')?;
    before.split_whitespace().last()?.parse().ok()
}
