//! What everybody may list: the same as root, but for what the kernel shows to nobody else.

use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::Value;

use director::{Case, Output, Stage, case};
use net::{Context, Host, Result};

pub const VISIBLE: Case = case(
    "privilege-listing",
    "what a user without any right lists, against what root lists",
    visible,
);

const NOTICE: &str = "without CAP_NET_ADMIN the kernel does not show counters, rates, thresholds, \
    persistent connections, scheduler flags, persistence engines and tunnel types\n";

/// Each kind of service and server. 192.0.2.1 is the director's own.
const RULES: &str = "\
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m -w 3 -x 20 -y 10
-a -t 192.0.2.1:80 -r 10.0.0.12 -g -w 0
-a -t 192.0.2.1:80 -r 10.0.0.13 -i --tun-type gue --tun-port 6080
-a -t 192.0.2.1:80 -r 10.0.0.14 -i -w 2147483647
-a -t 192.0.2.1:80 -r 192.0.2.1 -g
-A -t 192.0.2.2:80 -s sh -b sh-port -p 600 -M 255.255.255.0
-A -u 192.0.2.2:53 -s mh -o
-A -u 192.0.2.3:5060 -s wlc --pe sip -p 60
-A --sctp-service 192.0.2.2:9 -s wrr -b flag-1
-A -t 192.0.2.5:0 -s lc -p 2678400
-A -t [2001:db8::1]:80 -s lc -p 61 -M 64
-a -t [2001:db8::1]:80 -r [2001:db8::2]:8080 -m
-a -t [2001:db8::1]:80 -r 10.0.0.9 -i
-A -u [2001:db8::1]:53 -s rr -o
-A -u [2001:db8::1]:54 -s rr
-A -f 5 -s wlc -p 30 -M 255.255.0.0 -o
-a -f 5 -r 10.0.0.2 -g
-A -f 5 -6 -s lblc -p 7
-a -f 5 -6 -r [2001:db8::2]:80 -g
-A -f 6 -s rr
-A -f 7 -6 -s rr -p 8 -M 64
-A -f 4000000000 -s wlc -p 9
";

/// The lines of -Ln that differ: root's, and everybody's.
const LINES: &[(&str, &str)] = &[
    (
        "TCP  192.0.2.2:80 sh (sh-port) persistent 600 mask 255.255.255.0",
        "TCP  192.0.2.2:80 sh (?) persistent 600 mask 255.255.255.0",
    ),
    ("UDP  192.0.2.2:53 mh ops", "UDP  192.0.2.2:53 mh (?) ops"),
    (
        "UDP  192.0.2.3:5060 wlc persistent 60 pe sip",
        "UDP  192.0.2.3:5060 wlc persistent 60",
    ),
    ("SCTP 192.0.2.2:9 wrr (flag-1)", "SCTP 192.0.2.2:9 wrr"),
    (
        "UDP  [2001:db8::1]:53 rr ops",
        "UDP  [2001:db8::1]:53 rr ops?",
    ),
    ("UDP  [2001:db8::1]:54 rr", "UDP  [2001:db8::1]:54 rr ops?"),
    ("FWM  6 rr", "FWM  6 ? rr"),
    (
        "FWM  7 IPv6 rr persistent 8 mask 64",
        "FWM  7 ? rr persistent 8",
    ),
];
/// Of the listing with tunnels, besides.
const TUNNELS: &[(&str, &str)] = &[
    ("Tunnel  gue:6080:-c   ", "Tunnel  ?             "),
    ("Tunnel  ipip          ", "Tunnel  ?             "),
];

/// A service with more servers than fit into one page of the file.
const MANY: usize = 300;

fn visible(stage: &Stage) -> Result<()> {
    let mut rules = RULES.to_owned();
    rules.push_str("-A -t 192.0.2.9:80 -s wlc\n");
    for number in 0..MANY {
        let server = format!("10.0.{}.{}", 100 + number / 100, 1 + number % 100);
        rules.push_str(&format!("-a -t 192.0.2.9:80 -r {server} -m -w {number}\n"));
    }
    stage.set(&rules)?;
    texts(stage)?;
    documents(stage)?;
    metrics(stage)?;
    others(stage)?;
    beside_others(stage)
}

/// Runs the program as somebody who is not root and has no capability.
fn user(stage: &Stage, line: &str) -> Result<Output> {
    let mut command = Command::new("/sbin/ipvsadm");
    command.args(line.split(' ')).uid(1000).gid(1000);
    let output = stage.director()?.on(|| command.output())?;
    let output = output.context(|| line.to_owned())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Output {
        status: output.status,
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    })
}

/// What a listing prints to a user, which succeeds and says in one line what is missing.
fn listed(stage: &Stage, line: &str) -> Result<String> {
    let output = user(stage, line)?;
    stage.expect(
        &format!("{line}: success, and a line that says what is missing"),
        format_args!("{:?} {}", output.code(), output.stderr),
        output.code() == Some(0) && output.stderr == NOTICE,
    )?;
    Ok(output.stdout)
}

fn texts(stage: &Stage) -> Result<()> {
    let replaced = |text: &str, pairs: &[&[(&str, &str)]]| {
        let mut expected = format!("\n{text}");
        for (of_root, of_all) in pairs.concat() {
            assert!(expected.contains(of_root), "{of_root} is not in {text}");
            expected = expected.replace(of_root, of_all);
        }
        expected[1..].to_owned()
    };
    for (line, pairs) in [
        ("-Ln", &[LINES][..]),
        ("-Ln --sort-by weight", &[LINES][..]),
        ("-Ln --nosort", &[LINES][..]),
        ("-L -n --tun-info", &[LINES, TUNNELS][..]),
        ("-Ln -t 192.0.2.1:80", &[][..]),
        ("-Ln --only 192.0.2.1 --only 10.0.0.0/8", &[][..]),
    ] {
        let of_root = stage.must(&format!("ipvsadm {line}"), "")?;
        let of_all = listed(stage, line)?;
        let expected = replaced(&of_root, pairs);
        stage.expect(
            &format!("{line}: root's but for what nobody else sees"),
            difference(&expected, &of_all),
            of_all == expected,
        )?;
    }
    let thresholds = listed(stage, "-Ln --thresholds -t 192.0.2.1:80")?;
    let line = "  -> 10.0.0.11:8080               ?          ?          0          0         ";
    let has_line = thresholds.lines().any(|other| other == line);
    stage.expect("thresholds are marked as not known", thresholds, has_line)?;
    let persistent = listed(stage, "-Ln --persistent-conn -t 192.0.2.1:80")?;
    let line = "  -> 10.0.0.11:8080               3         ?           0          0         ";
    let has_line = persistent.lines().any(|other| other == line);
    stage.expect("so are persistent connections", persistent, has_line)?;
    let watched = listed(stage, "-Ln -t 192.0.2.1:80 --watch 0.1 --count 2")?;
    let count = watched.matches("TCP  192.0.2.1:80 rr\n").count();
    stage.expect("a watch lists twice", count, count == 2)
}

/// The first line that differs.
fn difference(expected: &str, saw: &str) -> String {
    let lines = expected.lines().zip(saw.lines());
    match lines.into_iter().find(|(expected, saw)| expected != saw) {
        Some((expected, saw)) => format!("'{saw}' instead of '{expected}'"),
        None => format!("{} lines", saw.lines().count()),
    }
}

fn documents(stage: &Stage) -> Result<()> {
    let document = |text: &str| -> Result<Value> {
        serde_json::from_str(text)
            .map_err(std::io::Error::from)
            .context(|| text.to_owned())
    };
    let text = listed(stage, "-L --json")?;
    let mut of_all = document(&text)?;
    let mut expected = document(&stage.must("ipvsadm -L --json", "")?)?;
    let absent = of_all["absent"].take();
    of_all.as_object_mut().map(|root| root.remove("absent"));
    for service in expected["services"].as_array_mut().into_iter().flatten() {
        let is_v6 = service["address"]
            .as_str()
            .is_some_and(|address| address.contains(':'));
        let is_unsure = [6, 7].map(Value::from).contains(&service["firewall_mark"]);
        for name in absent
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let known = match name {
                "one_packet" => !is_v6,
                "family" | "netmask" => !is_unsure,
                _ => false,
            };
            if known {
                continue;
            }
            service.as_object_mut().map(|service| service.remove(name));
            for server in service["servers"].as_array_mut().into_iter().flatten() {
                server.as_object_mut().map(|server| server.remove(name));
            }
        }
    }
    stage.expect(
        "the document of root without the members that are named as absent",
        format_args!("{absent}"),
        of_all == expected && absent.as_array().is_some_and(|absent| absent.len() == 12),
    )?;
    let restored = stage.run("ipvsadm -R --json --replace", &text)?;
    stage.expect(
        "it cannot be restored: that would lose what is absent",
        format_args!("{:?} {}", restored.code(), restored.stderr),
        restored.code() == Some(2) && restored.stderr.contains("it cannot be restored"),
    )
}

fn metrics(stage: &Stage) -> Result<()> {
    for line in [
        "-L --metrics --sum service",
        "-L --metrics --sum all --states",
    ] {
        let of_root = stage.must(&format!("ipvsadm {line}"), "")?;
        let of_all = listed(stage, line)?;
        let foreign = of_all
            .lines()
            .find(|line| !of_root.lines().any(|other| other == *line));
        stage.expect(
            &format!("{line}: the same sums"),
            format_args!("not root's: {foreign:?}"),
            foreign.is_none() && of_all.contains("\nnode_ipvs_backend_weight"),
        )?;
    }
    let of_root = stage.must("ipvsadm -L --metrics", "")?;
    let of_all = listed(stage, "-L --metrics")?;
    // Of the services of marks 6 and 7 there is nothing: they have no server.
    let foreign: Vec<&str> = of_all
        .lines()
        .filter(|line| !of_root.lines().any(|other| other == *line))
        .collect();
    let samples = |text: &str, name: &str| text.matches(&format!("\nnode_ipvs_{name}")).count();
    let server = "node_ipvs_backend_weight{local_address=\"192.0.2.1\",local_port=\"80\",local_mark=\"\",\
        proto=\"TCP\",remote_address=\"10.0.0.11\",remote_port=\"8080\"} 3";
    stage.expect(
        "some of root's metrics: those of node_exporter",
        format_args!("not root's: {foreign:?}"),
        foreign.is_empty()
            && of_all.lines().any(|line| line == server)
            && samples(&of_all, "backend_weight") == samples(&of_root, "backend_weight")
            && samples(&of_all, "backend_upper_threshold") == 0
            && samples(&of_all, "connections_total") == 1
            && samples(&of_all, "setting{") == samples(&of_root, "setting{")
            && of_all.ends_with("# EOF\n"),
    )
}

fn others(stage: &Stage) -> Result<()> {
    for line in [
        "-Lnc",
        "-Lnc --json",
        "-Lnc -f 5",
        "-Lnc -f 5 -6 --count-by state",
    ] {
        let output = user(stage, line)?;
        let of_root = stage.must(&format!("ipvsadm {line}"), "")?;
        stage.expect(
            &format!("{line}: all that root sees, and not a word more"),
            format_args!("{output:?}"),
            output.code() == Some(0) && output.stderr.is_empty() && output.stdout == of_root,
        )?;
    }
    let output = user(stage, "-L --status")?;
    let file = std::path::Path::new("/proc/net/ip_vs_status").exists();
    let why = match file {
        true => "only root may read /proc/net/ip_vs_status\n",
        false => "this kernel has no /proc/net/ip_vs_status, which Linux 7.2 has\n",
    };
    stage.expect(
        "the status: what can be counted, and why there is no more",
        format_args!("{output:?}"),
        output.code() == Some(0)
            && output.stderr.is_empty()
            && output.stdout.contains("\nServices          15\n")
            && output.stdout.contains(why),
    )?;
    let output = user(stage, "-Ln --quiet")?;
    stage.expect(
        "--quiet: not a word",
        &output.stderr,
        output.code() == Some(0) && output.stderr.is_empty(),
    )?;
    for line in [
        "-Sn",
        "-S --json",
        "-Ln --stats",
        "-Ln --rate",
        "-Ln --sort-by rate",
        "-Ln --only-active",
        "-L --timeout",
        "-L --daemon",
        "-C",
        "-Z",
    ] {
        let output = user(stage, line)?;
        stage.expect(
            &format!("{line}: denied"),
            format_args!("{output:?}"),
            output.code() == Some(2)
                && output.stdout.is_empty()
                && output
                    .stderr
                    .starts_with("Permission denied (you must be root)"),
        )?;
    }
    for (line, service) in [
        ("-Ln -t 192.0.2.77:80", "TCP 192.0.2.77:80"),
        ("-Lnc -f 77", "FWM 77"),
    ] {
        let output = user(stage, line)?;
        stage.expect(
            "a service that is not there",
            format_args!("{output:?}"),
            output.code() == Some(1)
                && output.stdout.is_empty()
                && output.stderr == format!("No such service: {service}\n"),
        )?;
    }
    Ok(())
}

/// With services of other network namespaces between its own in the kernel's file, of one page and of several.
fn beside_others(stage: &Stage) -> Result<()> {
    let neighbour = Host::new("neighbour")?;
    // Without an address the kernel takes no server.
    neighbour.ip("link set lo up")?;
    let services = |count: usize| -> String {
        let services = (1..=count).map(|number| {
            format!(
                "-A -t 192.0.2.{number}:80 -s rr\n-a -t 192.0.2.{number}:80 -r 10.0.0.1 -m\n\
                 -A -u [2001:db8::{number:x}]:53 -s wlc\n-A -f {number} -s sh -p {number}\n\
                 -a -f {number} -r 10.0.0.2 -g\n"
            )
        });
        services.collect()
    };
    let restore = format!("ip netns exec {} ipvsadm -R", neighbour.namespace());
    stage.must(&restore, &services(100))?;
    for count in [5, 100] {
        stage.set(&services(count))?;
        for line in ["-Ln -t 192.0.2.3:80", "-L --metrics --sum service"] {
            let of_root = stage.must(&format!("ipvsadm {line}"), "")?;
            let of_all = listed(stage, line)?;
            let servers = |text: &str| text.matches("10.0.0.").count();
            stage.expect(
                &format!("{line}: as many servers as root sees"),
                &of_all,
                servers(&of_all) == servers(&of_root),
            )?;
        }
        let of_root = stage.must("ipvsadm -Ln", "")?;
        let of_all = listed(stage, "-Ln")?;
        let expected = of_root.replace("]:53 wlc\n", "]:53 wlc ops?\n");
        let expected = expected.replace(" sh persistent", " sh (?) persistent");
        stage.expect(
            &format!("{} services, beside others, all of them", count * 3),
            difference(&expected, &of_all),
            of_all == expected,
        )?;
    }
    Ok(())
}
