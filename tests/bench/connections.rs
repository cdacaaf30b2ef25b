//! What the listing of a great many connections takes.
//!
//! The kernel shows them in /proc/net/ip_vs_conn alone, of which a read gets a page at most, and for every page it
//! looks for its place from the table's beginning. So the kernel's part grows with the square of the number, and is
//! told apart from the program's: first both list the kernel's table, then a copy of it in a plain file, of which
//! reading costs next to nothing.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use ipvsadm::kernel::proc::connections::PATH;
use net::{Lan, Net};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::measure::{self, Measured};
use super::{OURS, REFERENCE, SELF, sync};

type Outcome = Result<(), Box<dyn Error>>;

const LAN: &[Lan] = &[(
    "lan",
    &[("director", "192.0.2.1/24"), ("other", "192.0.2.2/24")],
)];
/// A backup on which nothing is wrong, with the service and the server of the connections.
const BACKUP: &str = "ipvsadm --start-daemon backup --mcast-interface eth0 &&
    sysctl -qw net.ipv4.ip_forward=1 && ip route add 10.0.0.11 dev eth0 &&
    ipvsadm -A -t 192.0.2.1:80 && ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m";
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
/// Told before the table is looked at again: so many fit into the socket of the one who listens.
const BATCH: u32 = 2000;
/// The calling thread's table: [`PATH`] shows the one of the process's first thread.
const THREADS_OWN: &str = "/proc/thread-self/net/ip_vs_conn";
/// Takes the place of /proc for who lists the copy.
const COPIES: &str = "/tmp/copies";
const COPY: &str = "/tmp/copies/net/ip_vs_conn";
/// As much as ours asks for at a time.
const BLOCK_LENGTH: usize = 64 * 1024;
/// The copy is also listed this many times over, as one table.
const TIMES: usize = 10;

/// Fills a table with `count` connections and lists it and its copy.
pub fn run(count: u32) -> Outcome {
    // As many chains as connections, as far as the kernel goes: what it then looks through is short.
    let bits = count.next_power_of_two().ilog2().clamp(8, 20);
    measure::quietly("modprobe", &["ip_vs", &format!("conn_tab_bits={bits}")])?;
    let net = Net::new(LAN)?;
    let director = net.host("director")?;
    let backup = director.shell(BACKUP)?;
    if backup.status != 0 {
        return Err(backup.text.into());
    }
    fill(&net, count)?;
    fs::create_dir_all(format!("{COPIES}/net"))?;
    director.on(|| {
        let rows = copy(THREADS_OWN, COPY, 1).map_err(|error| error.to_string())?;
        if rows != count as usize + 1 {
            return Err(format!("{rows} lines of {count} connections"));
        }
        let reading = measure::command(&[SELF, "--read", PATH], None);
        reading
            .and_then(|reading| lists(&format!("{count}, in the kernel"), Some(&reading)))
            .and_then(|()| diagnosed(count))
            .map_err(|error| error.to_string())
    })??;
    listed_copy(&format!("{count}, in a file"))?;
    let long = format!("{COPY}.long");
    copy(COPY, &long, TIMES)?;
    fs::rename(long, COPY)?;
    listed_copy(&format!("{}, in a file", count as usize * TIMES))
}

fn fill(net: &Net, count: u32) -> Outcome {
    let (other, director) = (net.host("other")?, net.host("director")?);
    for told in (0..count).step_by(BATCH as usize) {
        sync::send(other, OTHER, told..count.min(told + BATCH))?;
        while director.on(sync::waiting)?? {
            thread::sleep(Duration::from_millis(2));
        }
    }
    // The last of them have been taken from the socket, and are being worked on.
    thread::sleep(Duration::from_millis(300));
    Ok(())
}

/// Reads a table as long listings do and throws it away.
pub fn read(path: &str) -> Outcome {
    let mut table = File::open(path)?;
    let mut block = vec![0; BLOCK_LENGTH];
    while table.read(&mut block)? > 0 {}
    Ok(())
}

/// Copies a table, its rows several times over, and tells its lines.
fn copy(from: &str, to: &str, times: usize) -> Result<usize, Box<dyn Error>> {
    let mut table = Vec::new();
    let mut source = File::open(from)?;
    let mut block = vec![0; BLOCK_LENGTH];
    while let length @ 1.. = source.read(&mut block)? {
        table.extend_from_slice(&block[..length]);
    }
    let titles = table.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1;
    let mut copy = File::create(to)?;
    copy.write_all(&table[..titles])?;
    for _ in 0..times {
        copy.write_all(&table[titles..])?;
    }
    Ok(table.iter().filter(|byte| **byte == b'\n').count())
}

/// Lists what is in the file, as if the kernel showed it.
fn listed_copy(title: &str) -> Outcome {
    let list = || -> Outcome {
        unshare(CloneFlags::CLONE_NEWNS)?;
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
        mount(Some(COPIES), "/proc", none, MsFlags::MS_BIND, none)?;
        lists(title, None)
    };
    // The thread stays in its namespace, and ends with it.
    let listed = thread::scope(|scope| {
        let listing = scope.spawn(|| list().map_err(|error| error.to_string()));
        listing
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    Ok(listed?)
}

/// Calls of ours, in the order of the columns: the whole table as text and as JSON, a filter that no
/// connection passes, and counts.
const LISTINGS: [&[&str]; 4] = [
    &[OURS, "-Lnc"],
    &[OURS, "-Lc", "--json"],
    &[OURS, "-Lnc", "--client", "203.0.113.9"],
    &[OURS, "-Lnc", "--count-by", "client"],
];
/// The columns.
pub const TITLES: [&str; 6] = [
    "reference",
    "ours",
    "--json",
    "--client",
    "--count-by",
    "reading",
];

fn lists(title: &str, reading: Option<&Measured>) -> Outcome {
    let reference = measure::command(&[REFERENCE, "-Lnc"], None)?;
    let ours: Vec<Measured> = LISTINGS
        .iter()
        .map(|listing| measure::command(listing, None))
        .collect::<Result<_, _>>()?;
    let all = || std::iter::once(&reference).chain(&ours);
    let costs = all().chain(reading);
    row(
        title,
        costs.map(|listing| format!("{:.1}", listing.millions())),
    );
    row(
        "  peak memory, KiB",
        all().map(|listing| listing.memory.to_string()),
    );
    Ok(())
}

/// What a diagnosis takes, with the programs that it asks for the firewall's rules.
fn diagnosed(count: u32) -> Outcome {
    let measured = measure::command(&[OURS, "--diagnose"], None)?;
    let figures = [
        format!("{:.1}", measured.millions()),
        measured.memory.to_string(),
    ];
    row(&format!("{count}, --diagnose, KiB"), figures.into_iter());
    Ok(())
}

/// Prints a line of the table.
pub fn row(title: &str, cells: impl Iterator<Item = String>) {
    print!("{title:26}");
    cells.for_each(|cell| print!(" {cell:>10}"));
    println!();
}
