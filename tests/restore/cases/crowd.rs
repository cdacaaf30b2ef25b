//! Many at a time: programs that change the table, and programs that read it.
//!
//! Each writer has services of its own, so it knows what must be there, whatever the others do. Everything about
//! a service shows which one it is: its servers have the same port. The services that stay all the time must be
//! in every listing. All of them fit into one datagram of the kernel: of a dump that takes more the kernel may
//! skip entries when others are deleted meanwhile, which no reader can notice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use director::{Case, Stage, case};
use net::{Error, Result};

pub const CROWD: Case = case(
    "crowd",
    "8 programs that write and 4 that read, at the same time",
    crowd,
)
.on_two_processors();

const WRITERS: u16 = 8;
const READERS: usize = 4;
/// Asks for more rounds of each writer than [`ROUNDS`].
pub const VARIABLE: &str = "IPVSADM_TEST_ROUNDS";
const ROUNDS: usize = 1;
/// In the time of a round in which each rule is a program, a writer of whole tables has so many.
const TABLES: usize = 8;
/// No program may need longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Services that nobody touches have these ports.
const PERMANENT: std::ops::Range<u16> = 1000..1020;
/// Services of a writer.
const OWN: u16 = 5;
/// Real servers of each service.
const SERVERS: u16 = 3;

fn crowd(stage: &Stage) -> Result<()> {
    stage.set(&PERMANENT.map(added).collect::<String>())?;
    let asked = std::env::var(VARIABLE).ok();
    let rounds = asked.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let writing = AtomicBool::new(true);
    let (written, read) = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| scope.spawn(move || write(stage, number, rounds)))
            .collect();
        let writing = &writing;
        let readers: Vec<_> = (0..READERS)
            .map(|number| scope.spawn(move || read(stage, number, writing)))
            .collect();
        let sum = |threads: Vec<thread::ScopedJoinHandle<'_, Result<usize>>>| {
            let counts = threads.into_iter().map(|thread| {
                let joined = thread.join();
                joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            counts.sum::<Result<usize>>()
        };
        let written = sum(writers);
        writing.store(false, Ordering::Relaxed);
        (written, sum(readers))
    });
    let (written, read) = (written?, read?);
    stage.expect(
        "each of the 12 had its turn",
        format_args!("{written} programs wrote, {read} read"),
        read >= READERS,
    )?;
    let left = stage.must("ipvsadm -Sn", "")?;
    stage.expect(
        "in the end, what nobody touched, and no more",
        left.lines().count(),
        left == PERMANENT.map(added).collect::<String>(),
    )
}

/// The service of a port with its real servers, as rules.
fn added(port: u16) -> String {
    let mut rules = format!("-A -t 192.0.2.1:{port} -s rr\n");
    for server in servers(port) {
        rules += &format!("-a {server}\n");
    }
    rules
}

fn servers(port: u16) -> impl Iterator<Item = String> {
    (1..=SERVERS)
        .map(move |host| format!("-t 192.0.2.1:{port} -r 10.0.0.{host}:{port} -m -w {host}"))
}

/// Runs a program, which must be done in time, succeed, and have nothing to say on standard error.
fn run(stage: &Stage, line: &str, input: &str) -> Result<String> {
    let begun = Instant::now();
    let output = stage.run(line, input)?;
    let took = begun.elapsed();
    if output.code() == Some(0) && output.stderr.is_empty() && took < PATIENCE {
        return Ok(output.stdout);
    }
    Err(Error::NotAsExpected {
        expected: format!("{line}: success within {PATIENCE:?}"),
        saw: format!("{:?} after {took:?}, {}", output.code(), output.stderr),
    })
}

fn expect(what: &str, expected: &str, saw: &str) -> Result<()> {
    if saw == expected {
        return Ok(());
    }
    Err(Error::NotAsExpected {
        expected: format!("{what}:\n{expected}"),
        saw: saw.to_owned(),
    })
}

/// Makes services, looks whether they are there, and takes them away; returns how many programs that took.
fn write(stage: &Stage, number: u16, rounds: usize) -> Result<usize> {
    let ports = 2000 + number * 100..2000 + number * 100 + OWN;
    // Half of them change rule by rule, half a table at a time.
    if number % 2 == 0 {
        (0..rounds).map(|_| by_rule(stage, ports.clone())).sum()
    } else {
        let rounds = rounds * TABLES;
        (0..rounds).map(|_| by_table(stage, ports.clone())).sum()
    }
}

fn by_rule(stage: &Stage, ports: std::ops::Range<u16>) -> Result<usize> {
    let mut count = 0;
    let mut change = |line: String| {
        count += 1;
        run(stage, &format!("ipvsadm {line}"), "").map(drop)
    };
    for port in ports.clone() {
        added(port)
            .lines()
            .try_for_each(|rule| change(rule.to_owned()))?;
    }
    expect(
        "what was added",
        &ports.clone().map(added).collect::<String>(),
        &own(stage, ports.clone())?,
    )?;
    for port in ports.clone() {
        change(format!("-d -t 192.0.2.1:{port} -r 10.0.0.2:{port}"))?;
        change(format!("-E -t 192.0.2.1:{port} -s wrr"))?;
    }
    let edited: String = ports
        .clone()
        .map(|port| {
            let rules = added(port).replace("-s rr", "-s wrr");
            let kept = rules.lines().filter(|rule| !rule.contains("10.0.0.2:"));
            kept.map(|rule| format!("{rule}\n")).collect::<String>()
        })
        .collect();
    expect("what was edited", &edited, &own(stage, ports.clone())?)?;
    for port in ports.clone() {
        change(format!("-D -t 192.0.2.1:{port}"))?;
    }
    expect("what was deleted", "", &own(stage, ports)?)?;
    Ok(count)
}

fn by_table(stage: &Stage, ports: std::ops::Range<u16>) -> Result<usize> {
    let rules: String = ports.clone().map(added).collect();
    run(stage, "ipvsadm -R", &rules)?;
    expect("what was restored", &rules, &own(stage, ports.clone())?)?;
    let deletions = ports
        .clone()
        .map(|port| format!("-D -t 192.0.2.1:{port}\n"));
    run(stage, "ipvsadm -R", &deletions.collect::<String>())?;
    expect("what was deleted", "", &own(stage, ports)?)?;
    Ok(2)
}

/// The rules of these services that are saved.
fn own(stage: &Stage, ports: std::ops::Range<u16>) -> Result<String> {
    let saved = run(stage, "ipvsadm -Sn", "")?;
    let rows = saved.lines().filter(|row| {
        let service = row.split(' ').nth(2).unwrap_or_default();
        port(service).is_some_and(|port| ports.contains(&port))
    });
    Ok(rows.map(|row| format!("{row}\n")).collect())
}

fn port(endpoint: &str) -> Option<u16> {
    endpoint.rsplit_once(':')?.1.parse().ok()
}

/// Lists as long as others write, and takes each listing apart; returns how many there were.
fn read(stage: &Stage, number: usize, writing: &AtomicBool) -> Result<usize> {
    let line = ["-Ln", "-Ln --stats", "-Ln --nosort", "-Ln --rate"][number % 4];
    let mut count = 0;
    while count == 0 || writing.load(Ordering::Relaxed) {
        let listing = run(stage, &format!("ipvsadm {line}"), "")?;
        if let Err(complaint) = examine(&listing) {
            return Err(Error::NotAsExpected {
                expected: format!("{line}: each service once, with its own servers"),
                saw: format!("{complaint}\n{listing}"),
            });
        }
        count += 1;
    }
    Ok(count)
}

/// What is wrong with a listing.
fn examine(listing: &str) -> std::result::Result<(), String> {
    let mut services: Vec<(u16, BTreeSet<&str>)> = Vec::new();
    for row in listing.lines().skip(3) {
        let mut words = row.split_whitespace();
        match (words.next(), words.next(), services.last_mut()) {
            (Some("TCP"), Some(service), _) => {
                let port = port(service).ok_or(row)?;
                services.push((port, BTreeSet::new()));
            }
            (Some("->"), Some(server), Some((own, servers))) => {
                if port(server) != Some(*own) {
                    return Err(format!("a server of another service: {row}"));
                }
                if !servers.insert(server) {
                    return Err(format!("a server twice: {row}"));
                }
            }
            _ => return Err(format!("not understood: {row}")),
        }
    }
    let distinct: BTreeSet<u16> = services.iter().map(|(port, _)| *port).collect();
    if distinct.len() != services.len() {
        return Err("a service twice".to_owned());
    }
    let whole = |port: &u16| {
        let entry = services.iter().find(|(own, _)| own == port);
        entry.is_some_and(|(_, servers)| servers.len() == usize::from(SERVERS))
    };
    match PERMANENT.clone().find(|port| !whole(port)) {
        Some(port) => Err(format!("port {port} is not there with all its servers")),
        None => Ok(()),
    }
}
