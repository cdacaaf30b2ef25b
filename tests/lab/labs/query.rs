//! Connections that are asked for by what they are, and counted.

use std::net::IpAddr;

use net::topology::{NAT3, PAIR};
use net::{Protocol, Result, Stage};

use super::Lab;

/// Each filter and each count against the same done by hand, with awk on the whole list.
pub const QUERY: Lab = Lab {
    name: "query",
    about: "who is on a server, who holds the most connections, and what hangs",
    on: NAT3,
    hints: &[
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Lnc --count-by client,server",
        "ipvsadm -Lnc --state SYN_RECV",
    ],
    play: query,
};

/// Two directors, of which one learns of the other's connections.
pub const ORIGIN: Lab = Lab {
    name: "origin",
    about: "which connections are a director's own, and which came over the sync daemon",
    on: PAIR,
    hints: &["on backup ipvsadm -Lnc --origin"],
    play: origin,
};

pub(super) const WEB: &str = "192.0.2.1:80";
pub(super) const NEAR: &str = "192.0.2.100";
const FAR: &str = "198.51.100.7";
/// The whole list, taken once; the time left goes on, so it is compared without.
pub(super) const TAKE: &str = "ipvsadm -Lnc | tail -n +3 > /tmp/all";
pub(super) const WITHOUT_TIME: &str = "awk '{ $2 = \"\"; print }'";
/// What is done with the options of `ipvsadm -Lnc`, and with awk on its whole list.
const FILTERS: &[(&str, &str)] = &[
    ("-t 192.0.2.1:80", "$5 == \"192.0.2.1:80\""),
    ("-t 192.0.2.1:0", "$5 ~ /^192[.]0[.]2[.]1:/"),
    ("-u 192.0.2.1:80", "0"),
    ("-r 10.0.0.11", "$6 ~ /^10[.]0[.]0[.]11:/"),
    ("-r 10.0.0.12:80", "$6 == \"10.0.0.12:80\""),
    ("-r 10.0.0.12:81", "0"),
    ("--client 198.51.100.7", "$4 ~ /^198[.]51[.]100[.]7:/"),
    ("--client 192.0.2.0/24", "$4 ~ /^192[.]0[.]2[.]/"),
    ("--client 203.0.113.0/24", "0"),
    ("--state syn_recv", "$3 == \"SYN_RECV\""),
    (
        "--state ESTABLISHED,SYN_RECV",
        "$3 == \"ESTABLISHED\" || $3 == \"SYN_RECV\"",
    ),
    ("--protocol tcp", "$1 == \"TCP\""),
    ("--protocol udp", "0"),
    ("--expires-within 120", "$2 + 0 < 2"),
    ("--expires-after 120", "$2 + 0 >= 2"),
    (
        "-t 192.0.2.1:80 --client 192.0.2.0/24 -r 10.0.0.11 --state established",
        "$5 == \"192.0.2.1:80\" && $4 ~ /^192[.]0[.]2[.]/ && $6 ~ /^10[.]0[.]0[.]11:/ && $3 == \"ESTABLISHED\"",
    ),
];
/// The keys of counts, and the words that awk counts.
const COUNTS: &[(&str, &str)] = &[
    ("client", "substr($4, 1, index($4, \":\") - 1)"),
    ("service", "$1 \" \" $5"),
    ("server", "$6"),
    ("state", "$3"),
    ("server,state", "$6 \" \" $3"),
    ("state,server", "$3 \" \" $6"),
];

fn query(stage: &Stage) -> Result<()> {
    stage.step("Two clients, three servers, and a service whose server does not answer");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m",
            "ipvsadm -A -t 192.0.2.1:81 -s rr",
            "ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.13:81 -m",
        ],
    )?;
    stage.run("rs3", "iptables -A INPUT -p tcp --dport 81 -j DROP")?;
    let mut held = Vec::new();
    for client in [NEAR, NEAR, NEAR, NEAR, NEAR, FAR, FAR] {
        let from: IpAddr = client.parse().expect("an address");
        let mut connection = stage.connect(Protocol::Tcp, Some(from), WEB)?;
        connection.ask()?;
        held.push(connection);
    }
    let near: IpAddr = NEAR.parse().expect("an address");
    let unanswered = stage.connect(Protocol::Tcp, Some(near), "192.0.2.1:81");
    stage.expect("no connection", unanswered.is_err(), unanswered.is_err())?;
    stage.run("director", TAKE)?;
    let all = stage.run("director", "cat /tmp/all")?;
    let hanging = all.lines().filter(|line| line.contains("SYN_RECV")).count();
    stage.expect(
        "eight connections, of which one hangs",
        format_args!("{} and {hanging}", all.lines().count()),
        all.lines().count() == 8 && hanging == 1,
    )?;

    stage.step("Each filter shows what awk finds in the whole list");
    for (options, by_hand) in FILTERS {
        let filtered = format!("ipvsadm -Lnc {options} | tail -n +3 | {WITHOUT_TIME}");
        let picked = format!("awk '{by_hand}' /tmp/all | {WITHOUT_TIME}");
        same(stage, &filtered, &picked)?;
    }

    stage.step("Each count is what uniq -c counts");
    for (keys, words) in COUNTS {
        let counted = format!(
            "ipvsadm -Lnc --count-by {keys} | tail -n +3 | awk '{{ $2 = \"\"; $3 = \"\"; $1 = $1; print }}' | \
             tr -s ' ' | sort"
        );
        let by_hand = format!(
            "awk '{{ print {words} }}' /tmp/all | sort | uniq -c | awk '{{ $1 = $1; print }}' | sort"
        );
        same(stage, &counted, &by_hand)?;
    }
    let largest = stage.run("director", "ipvsadm -Lnc --count-by client --top 1")?;
    let lines: Vec<&str> = largest.lines().collect();
    stage.expect(
        "the client with the most connections, 6 of 8",
        lines.last().unwrap_or(&""),
        lines.len() == 3 && lines[2].split_whitespace().eq(["6", "75.0%", "0", NEAR]),
    )?;

    stage.step("Before a server goes: who is still on it");
    let deleted = stage.run(
        "director",
        "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.11:80 --verbose",
    )?;
    let count = all.lines().filter(|line| line.ends_with(" 10.0.0.11:80"));
    let expected = format!("had connections: {} active", count.count());
    let said = deleted.lines().last().unwrap_or_default();
    stage.expect(&expected, said, said.contains(&expected))?;
    drop(held);
    Ok(())
}

/// Runs both on the director, unseen, and expects the same output.
pub(super) fn same(stage: &Stage, ours: &str, by_hand: &str) -> Result<()> {
    let director = stage.host("director")?;
    let (ours_printed, by_hand_printed) = (director.shell(ours)?, director.shell(by_hand)?);
    let lines = ours_printed.text.lines().count();
    let equal = ours_printed.text == by_hand_printed.text;
    if !equal {
        println!("{}---\n{}", ours_printed.text, by_hand_printed.text);
    }
    println!("director# {ours}");
    stage.expect("the same as by hand", format_args!("{lines} lines"), equal)
}

fn origin(stage: &Stage) -> Result<()> {
    stage.step("Both directors serve; the second learns of the connections of the first");
    for host in ["director", "backup"] {
        stage.run_all(
            host,
            &[
                "ipvsadm -A -t 192.0.2.1:80 -s rr",
                "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
                "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
            ],
        )?;
    }
    let start = |role| format!("ipvsadm --start-daemon {role} --mcast-interface eth0 --syncid 7");
    stage.run("director", &start("master"))?;
    stage.run("backup", &start("backup"))?;
    let _held = stage.hold(3, Protocol::Tcp, WEB)?;
    let synced = "ipvsadm -Lnc --origin --state established";
    let shown = stage.run_when("backup", synced, |text| origins(text, "SYNC") == 3)?;
    stage.expect(
        "on the second, three that came over the sync daemon",
        format_args!(
            "{} SYNC, {} LOCAL",
            origins(&shown, "SYNC"),
            origins(&shown, "LOCAL")
        ),
        origins(&shown, "SYNC") == 3 && origins(&shown, "LOCAL") == 0,
    )?;
    let own = stage.run("director", synced)?;
    stage.expect(
        "on the first, three of its own",
        format_args!(
            "{} SYNC, {} LOCAL",
            origins(&own, "SYNC"),
            origins(&own, "LOCAL")
        ),
        origins(&own, "LOCAL") == 3 && origins(&own, "SYNC") == 0,
    )?;
    let counted = stage.run("backup", "ipvsadm -Lnc --count-by origin")?;
    let row = counted.lines().nth(2).unwrap_or_default();
    stage.expect(
        "all of them counted as SYNC",
        row,
        row.contains("100.0%") && row.ends_with(" SYNC"),
    )?;
    let json = stage.run("backup", "ipvsadm -Lnc --origin --json")?;
    stage.expect(
        "the same in JSON",
        json.lines().count(),
        !json.is_empty()
            && json
                .lines()
                .all(|line| line.contains("\"origin\":\"sync\"")),
    )
}

/// How many entries have this origin.
fn origins(text: &str, origin: &str) -> usize {
    let rows = text.lines().skip(1);
    rows.filter(|line| line.split_whitespace().any(|word| word == origin))
        .count()
}
