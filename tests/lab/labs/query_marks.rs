//! Connections of firewall marks, of which the kernel's table says little; templates, and names.

use std::net::IpAddr;

use net::topology::NAT3;
use net::{Protocol, Result, Stage};

use super::Lab;
use super::query::{NEAR, TAKE, WEB, WITHOUT_TIME, same};

/// Marks, templates and names, each against the same done by hand.
pub const QUERY_MARKS: Lab = Lab {
    name: "query-marks",
    about: "the connections of firewall marks, what keeps clients on their servers, and names instead of numbers",
    on: NAT3,
    hints: &[
        "iptables -t mangle -A PREROUTING -d 192.0.2.2 -p tcp --dport 80 -j MARK --set-mark 5",
        "ipvsadm -Lnc -f 5",
        "ipvsadm -Lnc --count-by service",
    ],
    play: marks,
};

/// The options of `ipvsadm -Lnc`, and what awk picks from its whole list. Mark 5 has the servers rs1 and rs2, mark 6 is persistent and has rs3, mark 7 has none.
const MARK_FILTERS: &[(&str, &str)] = &[
    ("-f 5", "$6 ~ /^10[.]0[.]0[.]1[12]:80$/"),
    // The kernel does not take the port of a persistent mark's server.
    (
        "-f 6",
        "$5 == \"0.0.0.6:0\" || ($4 !~ /:0$/ && $6 ~ /^10[.]0[.]0[.]13:/)",
    ),
    ("-f 6 --protocol ip", "$5 == \"0.0.0.6:0\""),
    ("-f 6 --state syn_recv", "$6 == \"10.0.0.13:8000\""),
    ("-f 7", "0"),
    ("--protocol ip", "$1 == \"IP\""),
    (
        "--protocol tcp --state none,assured",
        "$1 == \"TCP\" && $4 ~ /:0$/",
    ),
    ("-t 192.0.2.1:80", "$5 == \"192.0.2.1:80\""),
];
/// Connections and templates of each group, by awk; `KEY` is what is counted.
const TALLY: &str = "awk '{ template = $4 ~ /:0$/; key = KEY; all[key] += !template; kept[key] += template } \
    END { for (key in all) print all[key], kept[key], key }' /tmp/all | sort";
const TALLIED: &[(&str, &str)] = &[
    ("service", "$1 == \"IP\" ? \"FWM 6\" : $1 \" \" $5"),
    ("server", "$6"),
    ("state", "$3"),
    (
        "client,state",
        "substr($4, 1, index($4, \":\") - 1) \" \" $3",
    ),
];

fn marks(stage: &Stage) -> Result<()> {
    stage.step("Three marks, and a persistent service on a server of one of them");
    let mark = |port: u16, mark: u32| {
        format!(
            "iptables -t mangle -A PREROUTING -d 192.0.2.2 -p tcp --dport {port} -j MARK --set-mark {mark}"
        )
    };
    stage.run("rs3", "iptables -A INPUT -p tcp --dport 8000 -j DROP")?;
    stage.run_all(
        "director",
        &[
            &mark(80, 5),
            &mark(8000, 6),
            "ipvsadm -A -f 5 -s rr",
            "ipvsadm -a -f 5 -r 10.0.0.11:80 -m",
            "ipvsadm -a -f 5 -r 10.0.0.12:80 -m",
            "ipvsadm -A -f 6 -s rr -p 600",
            "ipvsadm -a -f 6 -r 10.0.0.13:80 -m",
            "ipvsadm -A -f 7 -s rr",
            "ipvsadm -A -t 192.0.2.1:80 -s rr -p 600",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m",
        ],
    )?;
    let near: IpAddr = NEAR.parse().expect("an address");
    let _marked = stage.hold(3, Protocol::Tcp, "192.0.2.2:80")?;
    let _kept = stage.hold(1, Protocol::Tcp, WEB)?;
    let unanswered = stage.connect(Protocol::Tcp, Some(near), "192.0.2.2:8000");
    stage.expect("no connection", unanswered.is_err(), unanswered.is_err())?;
    stage.run("director", TAKE)?;
    let all = stage.run("director", "cat /tmp/all")?;
    stage.expect(
        "five connections, and two entries that keep the client",
        all.lines().count(),
        all.lines().count() == 7 && all.contains("10.0.0.13:8000"),
    )?;

    stage.step("Each filter shows what awk finds in the whole list");
    for (options, by_hand) in MARK_FILTERS {
        let filtered = format!("ipvsadm -Lnc {options} | tail -n +3 | {WITHOUT_TIME}");
        let picked = format!("awk '{by_hand}' /tmp/all | {WITHOUT_TIME}");
        same(stage, &filtered, &picked)?;
    }
    for options in ["-f 8", "-f 5 -6"] {
        let output = stage.attempt("director", &format!("ipvsadm -Lnc {options}"))?;
        stage.expect(
            "a mark that has no service",
            &output.text,
            output.status == 1 && output.text.starts_with("No such service: FWM "),
        )?;
    }

    stage.step("Each count has connections and templates apart");
    for (keys, key) in TALLIED {
        let counted = format!(
            "ipvsadm -Lnc --count-by {keys} | tail -n +3 | awk '{{ $2 = \"\"; $1 = $1; print }}' | tr -s ' ' | sort"
        );
        same(stage, &counted, &TALLY.replace("KEY", key))?;
    }
    again_and_again(stage)?;
    named(stage)
}

/// Counts with --watch, as text and as documents.
fn again_and_again(stage: &Stage) -> Result<()> {
    let once = stage.run("director", "ipvsadm -Lnc --count-by server")?;
    let twice = stage.run(
        "director",
        "ipvsadm -Lnc --count-by server --watch 0.1 --count 2",
    )?;
    let listings: Vec<&str> = twice.split("\n\n").collect();
    stage.expect(
        "the same two times, each under its time",
        listings.len(),
        listings.len() == 2
            && listings.iter().all(|listing| {
                listing
                    .split_once('\n')
                    .is_some_and(|(_, rest)| rest.trim_end() == once.trim_end())
            }),
    )?;
    let top = "ipvsadm -Lnc --count-by server --top 1 --json";
    let once = stage.run("director", top)?;
    let twice = stage.run("director", &format!("{top} --watch 0.1 --count 2"))?;
    stage.expect(
        "a document each time",
        &once,
        once.lines().count() == 1
            && once.contains("\"connections\":2,\"templates\":0,\"share\":0.4,")
            && twice == format!("{once}{once}"),
    )
}

/// With names instead of numbers, of which one would steer the terminal.
fn named(stage: &Stage) -> Result<()> {
    stage.step("Names");
    stage.run_all(
        "director",
        &[
            "cp /etc/hosts /tmp/hosts",
            "printf '10.0.0.13 rs3.example\\n192.0.2.100 a\\033[31mb\\n' >> /etc/hosts",
        ],
    )?;
    let listed = stage.run(
        "director",
        "ipvsadm -Lc -r rs3.example:http -t 192.0.2.1:80",
    )?;
    let counted = stage.run("director", "ipvsadm -Lc --count-by client,server")?;
    stage.run("director", "mv /tmp/hosts /etc/hosts")?;
    let rows: Vec<&str> = listed.lines().skip(2).collect();
    stage.expect(
        "what the name and number of the server have",
        &listed,
        rows.len() == 2 && rows.iter().all(|row| row.ends_with(" rs3.example:http")),
    )?;
    stage.expect(
        "names in counts, harmless ones, and the port of a server as a number",
        &counted,
        !counted.contains('\x1b')
            && counted.contains(" a?[31mb")
            && counted.contains(" rs3.example:80\n"),
    )
}
