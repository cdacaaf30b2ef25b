//! A restore while clients come: what ipvsadm-restore of 1.31 does to them, and what ours does not.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use net::topology::NAT2;
use net::{Context, Protocol, Result, Stage, tally};

use super::Lab;
use crate::table::{CONNS, number};

/// The table is replaced by another one, to and fro, and no client notices.
pub const RESTORE: Lab = Lab {
    name: "restore",
    about: "a table of 100 services is replaced while clients come",
    on: NAT2,
    hints: &[
        "ipvsadm-restore < /tmp/rules-1",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Sn | sed s/10.0.1/10.0.2/ | ipvsadm -R --replace --dry-run | head",
    ],
    play: restore,
};

const VIP: &str = "192.0.2.1:80";
/// Between two connections of the load.
const PAUSE: Duration = Duration::from_millis(20);
const SERVICES: usize = 100;
const SERVERS: usize = 10;
/// How often the table is replaced.
const REPLACEMENTS: usize = 6;
/// The reference in a guest, and where Debian has it on a host.
const REFERENCES: [&str; 2] = [
    "/opt/reference/ipvsadm-restore",
    "/usr/sbin/ipvsadm-restore",
];

fn restore(stage: &Stage) -> Result<()> {
    stage.step("Two tables of 100 services with 10 servers each; half of the servers differ");
    for variant in [1, 2] {
        let path = format!("/tmp/rules-{variant}");
        std::fs::write(&path, rules(variant)).context(|| path)?;
    }
    stage.run("director", "wc -l < /tmp/rules-1; tail -11 /tmp/rules-1")?;
    stage.run("director", "ipvsadm-restore < /tmp/rules-1")?;
    let mut held = stage.hold(6, Protocol::Tcp, VIP)?;

    stage.step("Clients come, and the table is replaced");
    let load = under_load(stage, "ipvsadm-restore")?;
    stage.expect(
        "no connection fails",
        load.words(),
        load.failures.is_empty(),
    )?;
    let again = held.ask()?;
    stage.expect(
        "the connections from before go on",
        tally(&again),
        again == held.servers(),
    )?;
    let wanted = (load.opened + again.len()) as u64;
    let counted = |text: &str| {
        let servers = ["10.0.0.11:80", "10.0.0.12:80"].map(|line| number(text, line, CONNS));
        [number(text, VIP, CONNS), servers.iter().sum()]
    };
    let stats = format!("ipvsadm -Ln --stats -t {VIP} | head -5");
    let text = stage.run_when("director", &stats, |text| counted(text) == [wanted; 2])?;
    stage.expect(
        &format!("all {wanted} connections are still counted, of the service and of its servers"),
        format_args!("{:?}", counted(&text)),
        counted(&text) == [wanted; 2],
    )?;

    stage.step("The same with ipvsadm-restore of ipvsadm 1.31");
    let reference = REFERENCES.into_iter().find(|path| Path::new(path).exists());
    let reference = under_load(stage, reference.unwrap_or(REFERENCES[0]))?;
    stage.expect(
        "connections fail: the measurement can see it",
        reference.words(),
        !reference.failures.is_empty(),
    )?;
    let text = stage.run("director", &stats)?;
    println!("connections that are still counted: {:?}", counted(&text));
    println!(
        "\nfailed connections: {} with ours, {} with 1.31",
        load.failures.len(),
        reference.failures.len()
    );
    Ok(())
}

/// A table of one of two variants. The service with the clients comes last, as in a saved table, and only two of its
/// servers, which stay, get connections.
fn rules(variant: usize) -> String {
    let mut rules = String::new();
    for service in 1..SERVICES {
        let id = format!("10.0.0.1:{}", 1000 + service);
        let _ = writeln!(rules, "-A -t {id} -s rr");
        for server in 1..=SERVERS {
            let net = if server % 2 == 0 { 0 } else { variant };
            let _ = writeln!(
                rules,
                "-a -t {id} -r 10.0.{net}.{}:80 -m -w 1",
                100 + server
            );
        }
    }
    // Where the scheduler changes, the kernel itself has none for a moment, and refuses connections.
    let _ = writeln!(rules, "-A -t {VIP} -s wrr");
    let _ = writeln!(rules, "-a -t {VIP} -r 10.0.0.11:80 -m -w {variant}");
    let _ = writeln!(rules, "-a -t {VIP} -r 10.0.0.12:80 -m -w 1");
    for server in 3..=SERVERS {
        let net = if server % 2 == 0 { 0 } else { variant };
        let _ = writeln!(
            rules,
            "-a -t {VIP} -r 10.0.{net}.{}:80 -m -w 0",
            100 + server
        );
    }
    rules
}

/// What became of the clients' connections.
pub(super) struct Load {
    pub(super) opened: usize,
    seconds: f64,
    /// Why connections failed.
    pub(super) failures: Vec<String>,
}

impl Load {
    pub(super) fn words(&self) -> String {
        let Self {
            opened,
            seconds,
            failures,
        } = self;
        let first = failures.first().map(|first| format!(", such as: {first}"));
        format!(
            "{} of {opened} connections in {seconds:.1} s failed{}",
            failures.len(),
            first.unwrap_or_default()
        )
    }
}

/// Replaces the table some times while clients come.
fn under_load(stage: &Stage, restore: &str) -> Result<Load> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = scope.spawn(|| visit_until(stage, &stop));
        let replace = |number: usize| {
            sleep(PAUSE * 10);
            let variant = 2 - number % 2;
            stage.run("director", &format!("{restore} < /tmp/rules-{variant}"))
        };
        let replaced = (0..REPLACEMENTS).try_for_each(|number| replace(number).map(drop));
        sleep(PAUSE * 10);
        stop.store(true, Ordering::Relaxed);
        let load = load
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        replaced.map(|()| load)
    })
}

/// Opens a connection every so often, whatever becomes of those before it.
pub(super) fn visit_until(stage: &Stage, stop: &AtomicBool) -> Load {
    let begun = Instant::now();
    thread::scope(|scope| {
        let mut visits = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            visits.push(scope.spawn(|| stage.connect(Protocol::Tcp, None, VIP)?.ask()));
            let next = begun + PAUSE * visits.len() as u32;
            sleep(next.saturating_duration_since(Instant::now()));
        }
        let seconds = begun.elapsed().as_secs_f64();
        let opened = visits.len();
        let outcomes = visits.into_iter().map(|visit| visit.join());
        let failures = outcomes.filter_map(|outcome| match outcome {
            Ok(visited) => visited.err().map(|error| error.to_string()),
            Err(panic) => std::panic::resume_unwind(panic),
        });
        Load {
            opened,
            seconds,
            failures: failures.collect(),
        }
    })
}
