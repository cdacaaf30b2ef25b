//! The connection table at scale: what `-c` prints of it, and how much memory that and `--diagnose` take however long it is.

use std::net::Ipv4Addr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use net::{Context, Lan, Result};
use suite::figure;

use crate::peak::measure;
use crate::sides::{Bench, Side, alone};
use crate::sync;

const LAN: &[Lan] = &[(
    "lan",
    &[("director", "192.0.2.1/24"), ("other", "192.0.2.2/24")],
)];
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const FEW: u32 = 10;
const SOME: u32 = 4000;
/// Unless [`MANY_VARIABLE`] says otherwise: the time that the kernel needs grows with the square of this.
const MANY: u32 = 30_000;
/// Set to 100000 it makes the case take half a minute more.
pub const MANY_VARIABLE: &str = "IPVSADM_TEST_CONNECTIONS";
/// Told before the table is looked at again: so many fit into the socket of the one who listens.
const BATCH: u32 = 2000;
/// How much more memory the long listing may take, in KiB.
const MORE: u64 = 512;
const OURS: &str = "/sbin/ipvsadm";
const REFERENCE: &str = "/opt/reference/ipvsadm";

/// One table, read by both programs while it is short, for the kernel needs long to hand out a long one: it starts
/// from the beginning for each page, and the reference asks for four times as many.
pub fn play() -> Result<()> {
    alone(Side::Ours, LAN, |bench| {
        bench.run("ipvsadm --start-daemon backup --mcast-interface eth0")?;
        // Nothing is wrong on this director, and the connections are those of its server.
        bench.run(
            "sysctl -qw net.ipv4.ip_forward=1
            ip route add 10.0.0.11 dev eth0
            ipvsadm -A -t 192.0.2.1:80
            ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m",
        )?;
        fill(bench, 0, FEW)?;
        let few = list(bench, OURS, &["-Lnc"])?;
        let few_diagnosed = diagnose(bench, FEW)?;
        fill(bench, FEW, SOME)?;
        for words in [&["-Lnc"][..], &["-Lnc", "--persistent-conn"]] {
            let begun = Instant::now();
            let ours = list(bench, OURS, words)?;
            let reference = list(bench, REFERENCE, words)?;
            let rows = ours.0.lines().count();
            bench.expect(
                "a row for each",
                &rows.to_string(),
                rows == SOME as usize + 2,
            )?;
            compare(bench, &ours.0, &reference.0, begun.elapsed())?;
        }
        let many = std::env::var(MANY_VARIABLE).ok();
        let count = many.and_then(|many| many.parse().ok()).unwrap_or(MANY);
        fill(bench, SOME, count)?;
        let begun = Instant::now();
        let many = list(bench, OURS, &["-Lnc"])?;
        figure(&format!(
            "-Lnc of {FEW} connections: {} KiB; of {count}: {} KiB, {:.1} s",
            few.1,
            many.1,
            begun.elapsed().as_secs_f64()
        ));
        let rows = many.0.lines().count();
        bench.expect(
            "a row for each",
            &rows.to_string(),
            rows == count as usize + 2,
        )?;
        let as_expected = many.1.abs_diff(few.1) <= MORE;
        bench.expect("no more memory", &format!("{} KiB", many.1), as_expected)?;
        let diagnosed = diagnose(bench, count)?;
        let as_expected = diagnosed.abs_diff(few_diagnosed) <= MORE;
        bench.expect("no more memory", &format!("{diagnosed} KiB"), as_expected)
    })
}

/// Diagnoses the director, on which nothing is wrong, and gives the peak in KiB.
fn diagnose(bench: &Bench, connections: u32) -> Result<u64> {
    let begun = Instant::now();
    let (text, peak) = list(bench, OURS, &["--diagnose"])?;
    figure(&format!(
        "--diagnose with {connections} connections: {peak} KiB, {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    let as_expected = text.starts_with("Nothing found: ");
    bench.expect("nothing found", text.trim(), as_expected)?;
    Ok(peak)
}

/// Tells of connections, no faster than the director listens.
fn fill(bench: &Bench, from: u32, to: u32) -> Result<()> {
    let other = bench.host("other")?;
    let mut sent = from;
    while sent < to {
        let next = to.min(sent + BATCH);
        sync::send(other, OTHER, sent..next)?;
        while bench.director()?.on(sync::waiting)?? {
            thread::sleep(Duration::from_millis(2));
        }
        sent = next;
    }
    // The last of them have been taken from the socket, and are being worked on.
    thread::sleep(Duration::from_millis(300));
    Ok(())
}

/// What a program prints, and its peak.
fn list(bench: &Bench, program: &str, words: &[&str]) -> Result<(String, u64)> {
    let measured = bench
        .director()?
        .on(|| measure(Path::new(program), words))?;
    let (text, peak) = measured.context(|| format!("{program} {words:?}"))?;
    Ok((String::from_utf8_lossy(&text).into_owned(), peak))
}

/// Row by row, where the time to expire may be less the second time.
fn compare(bench: &Bench, ours: &str, reference: &str, took: Duration) -> Result<()> {
    bench.expect(
        &reference.lines().count().to_string(),
        &ours.lines().count().to_string(),
        reference.lines().count() == ours.lines().count(),
    )?;
    for (ours, reference) in ours.lines().zip(reference.lines()) {
        let same = match (split(ours), split(reference)) {
            (Some((start, expires, end)), Some((other_start, other_expires, other_end))) => {
                let passed = expires.saturating_sub(other_expires);
                (start, end) == (other_start, other_end) && passed <= took.as_secs() + 2
            }
            _ => ours == reference,
        };
        bench.expect(reference, ours, same)?;
    }
    Ok(())
}

/// A row without its time, and the time in seconds. Its width stays: it is four characters after the protocol.
fn split(row: &str) -> Option<(&str, u64, &str)> {
    let (start, rest) = row.split_at_checked(4)?;
    let (time, end) = rest.split_once(' ')?;
    let (minutes, seconds) = time.split_once(':')?;
    let expires = minutes.parse::<u64>().ok()? * 60 + seconds.parse::<u64>().ok()?;
    Some((start, expires, end))
}
