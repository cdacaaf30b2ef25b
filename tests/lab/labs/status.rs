//! `--status`: how full the kernel's tables are, and what is set otherwise than the kernel begins with.

use net::topology::NAT2;
use net::{Protocol, Result, Stage};

use super::Lab;
use crate::table::{ACTIVE, CONNS, number};

pub const STATUS: Lab = Lab {
    name: "status",
    about: "how full the tables are (--status), changed settings, and counters that stand still",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -L --status",
        "sysctl -w net.ipv4.vs.conntrack=1",
        "ipvsadm -L --status",
    ],
    play: status,
};

/// Waits for what newer kernels find out in their first seconds: how many estimators a thread can have.
const CALIBRATED: &str = "for i in $(seq 50); do grep -qs 'max len:.0$' /proc/net/ip_vs_status || break; sleep 0.2; done";
const SETTINGS: &str = "/proc/sys/net/ipv4/vs";
const NOTICE: &str =
    "estimation is off (net.ipv4.vs.run_estimation=0): counters and rates stand still\n";

fn status(stage: &Stage) -> Result<()> {
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -A -u 192.0.2.1:53 -s rr",
        ],
    )?;
    let held = stage.hold(3, Protocol::Tcp, "192.0.2.1:80")?;
    filled(stage)?;
    summed(stage)?;
    changed(stage)?;
    still(stage)?;
    drop(held);
    Ok(())
}

/// The text of the line, or lines, behind a label.
fn entry(text: &str, label: &str) -> Vec<String> {
    const WIDTH: usize = 18;
    let mut lines = text
        .lines()
        .skip_while(|line| line.get(..WIDTH).is_none_or(|it| it.trim_end() != label));
    let first = lines.next().into_iter();
    let rest = lines.take_while(|line| line.starts_with(' '));
    first
        .chain(rest)
        .map(|line| line[WIDTH..].to_owned())
        .collect()
}

fn filled(stage: &Stage) -> Result<()> {
    stage.step("Three connections and two services");
    stage.run("director", CALIBRATED)?;
    let text = stage.run("director", "ipvsadm -L --status")?;
    let one = |label: &str| entry(&text, label).join("\n");
    stage.expect(
        "3 connections, 2 services, estimation on, nothing changed",
        format_args!(
            "{:?}",
            [
                one("Connections"),
                one("Services"),
                one("Estimation"),
                one("Changed settings")
            ]
        ),
        one("Connections").split(' ').next() == Some("3")
            && one("Services") == "2"
            && one("Estimation").starts_with("on")
            && one("Changed settings") == "none",
    )?;
    let file = stage.run("director", "cat /proc/net/ip_vs_status 2>/dev/null; true")?;
    let missing = entry(&text, "Not known");
    if file.is_empty() {
        let size = stage.run(
            "director",
            "sed -n '1s/.*size=\\([0-9]*\\).*/\\1/p' /proc/net/ip_vs",
        )?;
        stage.expect(
            "the size of the table, and why there is no more",
            format_args!("{} / {missing:?}", one("Connection table")),
            one("Connection table") == format!("{} buckets", size.trim())
                && missing[0]
                    .ends_with("this kernel has no /proc/net/ip_vs_status, which Linux 7.2 has"),
        )?;
    } else {
        let of_kernel = |label: &str| {
            let line = file
                .lines()
                .find_map(|line| line.strip_prefix(label)?.strip_prefix(":\t"));
            line.unwrap_or_default()
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let (buckets, empty) = (of_kernel("Conn buckets"), of_kernel("Conn buckets empty"));
        let (threads, chain) = (
            of_kernel("Stats thread ests"),
            of_kernel("Stats chain max len"),
        );
        stage.expect(
            "what the kernel's file has",
            &text,
            one("Connection table").starts_with(&format!(
                "{buckets} buckets, load factor -2, {empty} empty,"
            )) && one("Estimator threads").contains(&format!(
                "each for at most {threads} estimators, {chain} at"
            )) && missing.is_empty(),
        )?;
    }
    let document = stage.run("director", "ipvsadm -L --status --json")?;
    stage.expect(
        "the same as JSON",
        &document,
        document.contains("\"status\":{\"connections\":3,")
            && document.contains("\"services\":2,")
            && document.contains("\"changed_settings\":[]"),
    )?;
    let metrics = stage.run("director", "ipvsadm -L --metrics")?;
    let has = |line: &str| metrics.lines().any(|other| other == line);
    stage.expect(
        "and as metrics",
        "",
        has("node_ipvs_services 2")
            && has("node_ipvs_estimation_enabled 1")
            && has("node_ipvs_setting{name=\"conntrack\"} 0")
            && has("node_ipvs_connection_entries 3") != file.is_empty(),
    )
}

/// Series for fewer things, and for states.
fn summed(stage: &Stage) -> Result<()> {
    stage.step("Metrics of a large director: sums, and connections by state");
    let service = stage.run("director", "ipvsadm -L --metrics --sum service")?;
    let labels = "local_address=\"192.0.2.1\",local_port=\"80\",local_mark=\"\",proto=\"TCP\"";
    let sum = format!("node_ipvs_backend_connections_active{{{labels}}} 3");
    stage.expect(
        "a sum for the service, no series for servers",
        &sum,
        service.lines().any(|line| line == sum)
            && !service.contains("remote_address")
            && service.contains("node_ipvs_service_connections_total{"),
    )?;
    let all = stage.run("director", "ipvsadm -L --metrics --sum all --states")?;
    let has = |line: &str| all.lines().any(|other| other == line);
    stage.expect(
        "one sum, and 3 established connections; the entries are counted where the kernel does not report them",
        "",
        has("node_ipvs_backend_connections_active 3")
            && has("node_ipvs_connection_states{proto=\"TCP\",state=\"ESTABLISHED\"} 3")
            && has("node_ipvs_connection_entries 3")
            && !all.contains("local_address"),
    )
}

fn changed(stage: &Stage) -> Result<()> {
    stage.step("A setting is changed");
    stage.run(
        "director",
        &format!("echo 1 >{SETTINGS}/conntrack; echo 2 50 >{SETTINGS}/sync_threshold"),
    )?;
    let text = stage.run("director", "ipvsadm -L --status")?;
    let seen = entry(&text, "Changed settings");
    stage.expect(
        "both with their defaults",
        format_args!("{seen:?}"),
        seen == [
            "conntrack=1 (default 0)",
            "sync_threshold=2 50 (default 3 50)",
        ],
    )?;
    stage
        .run(
            "director",
            &format!("echo 0 >{SETTINGS}/conntrack; echo 3 50 >{SETTINGS}/sync_threshold"),
        )
        .map(drop)
}

/// Where the kernel adds up no counters, a listing that shows them says so.
fn still(stage: &Stage) -> Result<()> {
    stage.step("Estimation is switched off");
    let switch = format!("{SETTINGS}/run_estimation");
    let there = stage
        .attempt("director", &format!("[ -e {switch} ]"))?
        .status
        == 0;
    if !there {
        let text = stage.run("director", "ipvsadm -L --status")?;
        let missing = entry(&text, "Not known");
        return stage.expect(
            "a kernel that cannot do that says so",
            format_args!("{missing:?}"),
            missing
                .iter()
                .any(|line| line == "run_estimation: settings of Linux 5.15 and later"),
        );
    }
    let counted = |text: &str| number(text, "192.0.2.1:80", CONNS);
    let before = stage.run_when("director", "ipvsadm -Ln --stats", |text| counted(text) == 3)?;
    stage.run("director", &format!("echo 0 >{switch}"))?;
    let more = stage.hold(2, Protocol::Tcp, "192.0.2.1:80")?;
    stage.run("director", "sleep 3")?;
    let after = stage.run("director", "ipvsadm -Ln --stats 2>/dev/null")?;
    let table = stage.run("director", "ipvsadm -Ln")?;
    let active = number(&table, "10.0.0.11:80", ACTIVE);
    stage.expect(
        "two connections more, which the counters do not have",
        format_args!(
            "{} before, {} after, {active} active",
            counted(&before),
            counted(&after)
        ),
        counted(&before) == 3 && counted(&after) == 3 && active == 5,
    )?;
    for (line, says) in [
        ("-Ln", false),
        ("-Ln --thresholds", false),
        ("-Ln --stats", true),
        ("-Ln --rate", true),
        ("-Ln --sort-by rate", true),
        ("-Ln --only-active", true),
        ("-Ln --watch 0.1 --count 2", true),
        ("-L --json", true),
        ("-L --metrics", true),
        ("-Ln --rate --quiet", false),
        ("-Lnc --watch 0.1 --count 2", false),
    ] {
        let said = stage.run("director", &format!("ipvsadm {line} 2>&1 >/dev/null"))?;
        let expected = if says { NOTICE } else { "" };
        stage.expect(
            &format!("{line}: {}", if says { "one line" } else { "nothing" }),
            &said,
            said == expected,
        )?;
    }
    let text = stage.run("director", "ipvsadm -L --status")?;
    let seen = (entry(&text, "Estimation"), entry(&text, "Changed settings"));
    stage.expect(
        "the status has it",
        format_args!("{seen:?}"),
        seen.0 == ["off: counters and rates stand still"]
            && seen.1 == ["run_estimation=0 (default 1)"],
    )?;
    stage.run("director", &format!("echo 1 >{switch}"))?;
    let again = stage.run_when("director", "ipvsadm -Ln --stats", |text| counted(text) == 5)?;
    stage.expect(
        "and on again, all are counted",
        counted(&again),
        counted(&again) == 5,
    )?;
    drop(more);
    Ok(())
}
