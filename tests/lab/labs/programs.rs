//! What programs read: JSON and metrics, held against the tables that people read.

use std::collections::BTreeMap;

use net::topology::NAT2;
use net::{Error, Protocol, Result, Stage};
use serde_json::Value;

use super::Lab;

/// Counters, connections and limits in three forms.
pub const PROGRAMS: Lab = Lab {
    name: "programs",
    about: "--json and --metrics say what the tables say, after real traffic",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -L --json",
        "ipvsadm -L --metrics",
    ],
    play: programs,
};

const VIP: &str = "192.0.2.1:80";
/// How often the tables are read until nothing changes between the first look and the last.
const ATTEMPTS: usize = 30;

/// What was counted for a service or a server, by its address.
type Counters = BTreeMap<String, [u64; 5]>;

fn programs(stage: &Stage) -> Result<()> {
    stage.step("Some traffic: two requests, and three connections that stay");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr -p 600",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 3 -x 100 -y 50",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
        ],
    )?;
    stage.run(
        "client",
        "for i in 1 2; do wget -qO- http://192.0.2.1/; done",
    )?;
    let held = stage.hold(3, Protocol::Tcp, VIP)?;
    stage.run_when("director", "ipvsadm -Ln --stats --exact", |text| {
        table(text).get(VIP).is_some_and(|counted| counted[0] == 5)
    })?;

    stage.step("What was counted");
    let [stats, json, metrics] = at_rest(
        stage,
        [
            "ipvsadm -Ln --stats --exact",
            "ipvsadm -L --json",
            "ipvsadm -L --metrics",
        ],
    )?;
    let table = table(&stats);
    let document = parse(&json)?;
    let same = |form: &str, counted: &Counters| {
        stage.expect(
            &format!("{form} has the counters of --stats: {table:?}"),
            format_args!("{counted:?}"),
            *counted == table && table.len() == 3 && table.values().any(|counted| counted[4] > 0),
        )
    };
    same("--json", &of_document(&document))?;
    same("--metrics", &of_metrics(&metrics))?;
    let totals = NAMES.map(|name| sample(&metrics, &format!("node_ipvs_{name}_total ")));
    stage.expect(
        "the totals are those of the only service",
        format_args!("{totals:?}"),
        Some(&totals) == table.get(VIP),
    )?;

    stage.step("The other views");
    let views = [
        (
            "ipvsadm -Ln",
            ["weight", "active_connections", "inactive_connections"],
        ),
        (
            "ipvsadm -Ln --thresholds",
            ["upper_threshold", "lower_threshold", "active_connections"],
        ),
        (
            "ipvsadm -Ln --persistent-conn",
            ["weight", "persistent_connections", "active_connections"],
        ),
    ];
    for (view, members) in views {
        let [text, json] = at_rest(stage, [view, "ipvsadm -L --json"])?;
        let listed = columns(&text);
        let written = members_of(&parse(&json)?, members);
        stage.expect(
            &format!("{members:?} as {view} has them: {listed:?}"),
            format_args!("{written:?}"),
            written == listed && listed.len() == 2,
        )?;
    }

    stage.step("Connections");
    let [rows, lines] = at_rest(stage, ["ipvsadm -Lnc", "ipvsadm -Lc --json"])?;
    let rows: Vec<String> = rows.lines().skip(2).map(without_time).collect();
    let lines: Vec<String> = lines
        .lines()
        .map(|line| parse(line).map(|connection| row(&connection)))
        .collect::<Result<_>>()?;
    stage.expect(
        "a line of --json for each row: 5 connections and the one that keeps the client",
        format_args!("{lines:?}"),
        rows == lines && lines.len() == 6,
    )?;
    drop(held);

    stage.step("One service, timeouts and daemons");
    let metrics = stage.run("director", "ipvsadm -L -t 192.0.2.1:80 --metrics")?;
    let totals = metrics.contains(&format!("node_ipvs_{}_total ", NAMES[0]));
    stage.expect(
        "the metrics of one service have its servers, and no totals",
        totals,
        !totals && metrics.contains("remote_address=\"10.0.0.12\""),
    )?;
    stage.run_all(
        "director",
        &[
            "ipvsadm --set 900 120 300",
            "ipvsadm --start-daemon backup --mcast-interface eth0 --syncid 7",
        ],
    )?;
    let timeouts = parse(&stage.run("director", "ipvsadm -L --timeout --json")?)?;
    let expected = serde_json::json!({"tcp": 900, "tcp_fin": 120, "udp": 300});
    stage.expect("--timeout", &timeouts, timeouts["timeouts"] == expected)?;
    let daemons = parse(&stage.run("director", "ipvsadm -L --daemon --json")?)?;
    let daemon = &daemons["daemons"][0];
    stage.expect(
        "--daemon",
        &daemons,
        daemon["role"] == "backup" && daemon["interface"] == "eth0" && daemon["sync_id"] == 7,
    )?;
    stage.run("director", "ipvsadm --stop-daemon backup")?;

    stage.step("Again and again");
    let line = "ipvsadm -L --json --watch 0.2 --count 3";
    let documents: Vec<Value> = stage
        .run("director", line)?
        .lines()
        .map(parse)
        .collect::<Result<_>>()?;
    let services = |document: &Value| document["services"].as_array().map(Vec::len);
    stage.expect(
        "a document a line",
        documents.len(),
        documents.len() == 3 && documents.iter().all(|each| services(each) == Some(1)),
    )?;
    let text = stage.run("director", "ipvsadm -Lnc --watch 0.2 --count 3")?;
    let titles = text.matches("IPVS connection entries").count();
    stage.expect("each time with its titles", titles, titles == 3)
}

/// What commands print while nothing changes: the first says the same before and behind the others.
fn at_rest<const N: usize>(stage: &Stage, commands: [&str; N]) -> Result<[String; N]> {
    let first = commands[0];
    for _ in 0..ATTEMPTS {
        let before = stage.run("director", first)?;
        let mut printed = vec![before.clone()];
        for other in &commands[1..] {
            printed.push(stage.run("director", other)?);
        }
        let after = stage.run("director", first)?;
        let rows = |text: &str| text.lines().map(without_time).collect::<Vec<_>>();
        let same = before == after || first.ends_with('c') && rows(&before) == rows(&after);
        if same && let Ok(printed) = printed.try_into() {
            return Ok(printed);
        }
    }
    Err(Error::NotAsExpected {
        expected: format!("{first} says the same twice"),
        saw: "changes all the time".to_owned(),
    })
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::NotAsExpected {
        expected: "JSON".to_owned(),
        saw: format!("{error}: {text}"),
    })
}

/// The lines of --stats.
fn table(text: &str) -> Counters {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, address, numbers @ ..] = &words[..] else {
            return None;
        };
        let numbers: Vec<u64> = numbers
            .iter()
            .filter_map(|word| word.parse().ok())
            .collect();
        Some(((*address).to_owned(), numbers.try_into().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// The services and servers of a document.
fn entries(document: &Value) -> Vec<&Value> {
    let services = document["services"].as_array().into_iter().flatten();
    services
        .flat_map(|service| {
            let servers = service["servers"].as_array().into_iter().flatten();
            std::iter::once(service).chain(servers)
        })
        .collect()
}

fn place(of: &Value) -> String {
    let address = of["address"].as_str().unwrap_or_default();
    format!("{address}:{}", of["port"])
}

fn of_document(document: &Value) -> Counters {
    let members = [
        "connections",
        "in_packets",
        "out_packets",
        "in_bytes",
        "out_bytes",
    ];
    let counted = |entry: &Value| {
        let numbers = members.map(|member| entry["stats"][member].as_u64().unwrap_or(u64::MAX));
        (place(entry), numbers)
    };
    entries(document).into_iter().map(counted).collect()
}

/// Counters in the order of --stats.
const NAMES: [&str; 5] = [
    "connections",
    "incoming_packets",
    "outgoing_packets",
    "incoming_bytes",
    "outgoing_bytes",
];

/// The value of the first sample that begins so.
fn sample(metrics: &str, start: &str) -> u64 {
    let value = |line: &str| {
        line.strip_prefix(start)?
            .split(' ')
            .next_back()?
            .parse()
            .ok()
    };
    metrics.lines().find_map(value).unwrap_or(u64::MAX)
}

fn of_metrics(metrics: &str) -> Counters {
    let service = r#"{local_address="192.0.2.1",local_port="80",local_mark="",proto="TCP""#;
    let numbers = |kind: &str, labels: &str| {
        NAMES.map(|name| {
            let start = format!("node_ipvs_{kind}_{name}_total{service}{labels}}} ");
            sample(metrics, &start)
        })
    };
    let server = |address: &str| {
        let labels = format!(",remote_address=\"{address}\",remote_port=\"80\"");
        (format!("{address}:80"), numbers("backend", &labels))
    };
    Counters::from([
        (VIP.to_owned(), numbers("service", "")),
        server("10.0.0.11"),
        server("10.0.0.12"),
    ])
}

/// The first three numbers of each server's line.
fn columns(text: &str) -> BTreeMap<String, Vec<u64>> {
    let server = |line: &str| {
        let mut words = line.trim_start().strip_prefix("-> ")?.split_whitespace();
        let address = words.next()?.to_owned();
        let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).take(3).collect();
        (numbers.len() == 3).then_some((address, numbers))
    };
    text.lines().filter_map(server).collect()
}

fn members_of(document: &Value, members: [&str; 3]) -> BTreeMap<String, Vec<u64>> {
    let servers = entries(document).into_iter();
    let servers = servers.filter(|entry| entry.get("weight").is_some());
    servers
        .map(|server| {
            let numbers = members.map(|member| server[member].as_u64().unwrap_or(u64::MAX));
            (place(server), numbers.to_vec())
        })
        .collect()
}

/// A row of -c without the time, which runs.
fn without_time(row: &str) -> String {
    let words: Vec<&str> = row.split_whitespace().collect();
    let mut words = words.into_iter();
    let protocol = words.next().unwrap_or_default().to_owned();
    words.skip(1).fold(protocol, |row, word| row + " " + word)
}

/// The same of a line of JSON.
fn row(connection: &Value) -> String {
    let text = |member: &str| connection[member].as_str().unwrap_or_default().to_owned();
    let places = ["source", "virtual", "destination"].map(|member| place(&connection[member]));
    let protocol = text("protocol").to_uppercase();
    format!("{protocol} {} {}", text("state"), places.join(" "))
}
