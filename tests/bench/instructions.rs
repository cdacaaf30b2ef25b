//! Counts the instructions of the reference, of ours, and of the least that the work can cost.
//!
//! ```sh
//! cargo bench                  # restore, list and save at 300 x 10 and 1,000 x 10; an empty listing; a watch
//! cargo bench -- start [PROGRAM...]   # -Ln of an empty table: the reference, ours, other builds of ours such as the static one
//! cargo bench -- growth        # 100 to 10,000 services with 10 servers each, and peak memory; draws growth.svg
//! cargo bench -- draw          # growth.svg anew, from the table in README.md
//! cargo bench -- scale         # the listings and replacements of the largest of these that growth leaves out
//! cargo bench -- connections   # listings and a diagnosis of 10,000 and 100,000 connections, listings of a million in a file
//! cargo bench -- --kernel 6.12
//! ```
//!
//! It runs in a virtual machine whose clock advances by a nanosecond an instruction, so the times that
//! the guest's kernel accounts to a process are instructions, user and kernel together, and nothing
//! that the host does beside it changes them.

mod chart;
mod connections;
mod floor;
mod measure;
mod rules;
mod scale;
mod start;
#[path = "../callers/sync.rs"]
mod sync;

use std::process::ExitCode;
use std::time::Duration;

use measure::Measured;
use vm::{Guest, Kernel};

/// Where this program stands in the guest.
const SELF: &str = "/sbin/bench";
const OURS: &str = "/sbin/ipvsadm";
const REFERENCE: &str = "/opt/reference/ipvsadm";
/// So many are listed; a guest for each, because the size of the kernel's table is set when the module is loaded.
const CONNECTIONS: [&str; 2] = ["10000", "100000"];
/// Where `growth` draws, and the page that has its table.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/growth.svg");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/README.md");

fn main() -> ExitCode {
    // `cargo bench` adds a --bench of its own.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["--in-guest", "start", ref programs @ ..] => start::in_guest(programs),
        ["--in-guest", what] => in_guest(what),
        ["--afresh", ref rest @ ..] => measure::in_new_namespace().and_then(|()| inner(rest)),
        ref rest if inner_call(rest) => inner(rest),
        [] => on_host("sizes", Kernel::V6_1),
        ["growth"] => growth(Kernel::V6_1),
        ["draw"] => std::fs::read_to_string(PAGE)
            .map_err(Into::into)
            .and_then(|page| draw(&chart::panels_of_page(&page))),
        ["scale"] => on_host("scale", Kernel::V6_1),
        ["start", ref programs @ ..] => start::on_host(programs, Kernel::V6_1),
        ["connections"] => CONNECTIONS
            .iter()
            .try_for_each(|count| on_host(count, Kernel::V6_1)),
        ["--kernel", kernel] => chosen(kernel).and_then(|kernel| on_host("sizes", kernel)),
        ["--kernel", kernel, "growth"] => chosen(kernel).and_then(growth),
        _ => Err("usage: cargo bench [-- [--kernel NAME] [growth]] [draw] [scale] [connections] [start [PROGRAM...]]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether this is one of the small processes that measure.
fn inner_call(words: &[&str]) -> bool {
    matches!(words.first(), Some(&("--measure" | "--floor" | "--read")))
}

fn inner(words: &[&str]) -> Outcome {
    match *words {
        ["--measure", ref command @ ..] => measure::run_and_print(command),
        ["--floor", what, path] => floor::run(what, path),
        ["--read", path] => connections::read(path),
        _ => Err("no such measurement".into()),
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn chosen(name: &str) -> Result<Kernel, Box<dyn std::error::Error>> {
    Ok(name.parse::<Kernel>()?)
}

fn on_host(what: &str, kernel: Kernel) -> Outcome {
    run(guest(kernel)?, kernel, &[what]).map(drop)
}

/// Measures how the costs grow, and draws them.
fn growth(kernel: Kernel) -> Outcome {
    let table = run(guest(kernel)?, kernel, &["growth"])?;
    draw(&chart::panels(&table))
}

fn draw(panels: &[chart::Panel]) -> Outcome {
    std::fs::write(PICTURE, chart::svg(panels)?)?;
    println!("drawn: {PICTURE}");
    Ok(())
}

fn guest(kernel: Kernel) -> Result<Guest, Box<dyn std::error::Error>> {
    Ok(Guest::new(kernel)
        .program(std::env::current_exe()?, SELF)
        .counting(true)
        .cpus(1)
        .memory(4096)
        .timeout(Duration::from_secs(3600)))
}

/// Runs a part of the benchmark in the guest, and returns what it has printed.
fn run(guest: Guest, kernel: Kernel, what: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    println!("Millions of instructions, user and kernel, on Linux {kernel}");
    let outcome = guest.run(&[&[SELF, "--in-guest"], what].concat())?;
    match outcome.status {
        0 => Ok(outcome.text()),
        status => Err(format!("the guest ended with status {status}").into()),
    }
}

fn in_guest(what: &str) -> Outcome {
    if let Ok(count) = what.parse() {
        connections::row("", connections::TITLES.map(str::to_owned).into_iter());
        return connections::run(count);
    }
    measure::quietly("modprobe", &["ip_vs"])?;
    for scheduler in ["ip_vs_rr", "ip_vs_wlc"] {
        measure::quietly("modprobe", &[scheduler])?;
    }
    if what == "scale" {
        return scale::run();
    }
    let sizes: &[usize] = match what {
        "growth" => &[100, 300, 1_000, 3_000, 10_000],
        _ => &[300, 1_000],
    };
    println!(
        "{:26} {:>10} {:>10} {:>10} {:>12} {:>12}",
        "", "reference", "ours", "floor", "ours/floor", "ours/ref"
    );
    if what != "growth" {
        // Once for nothing, so that neither pays for what the other finds in memory.
        for program in [REFERENCE, OURS] {
            measure::command(&[program, "-Ln"], None)?;
        }
        let reference = measure::command(&[REFERENCE, "-Ln"], None)?;
        let ours = measure::command(&[OURS, "-Ln"], None)?;
        row("-Ln, empty table", &reference, &ours, None);
        watch()?;
    }
    for services in sizes {
        size(*services, what == "growth")?;
    }
    Ok(())
}

fn size(services: usize, memory: bool) -> Outcome {
    const SERVERS: usize = 10;
    let path = "/tmp/rules";
    std::fs::write(path, rules::text(services, SERVERS))?;
    let title = |what| format!("{what} {services} x {SERVERS}");

    let reference = measure::afresh(&[REFERENCE, "-R"], path)?;
    let restored = measure::afresh(&[OURS, "-R"], path)?;
    let floor = measure::floor_afresh("restore", path)?;
    row(&title("restore"), &reference, &restored, Some(&floor));
    if memory {
        memory_row(&reference, &restored);
    }

    measure::quietly_from(OURS, &["-R"], path)?;
    for (name, options) in [("list", "-Ln"), ("save", "-Sn")] {
        let reference = measure::command(&[REFERENCE, options], None)?;
        let ours = measure::command(&[OURS, options], None)?;
        let floor = measure::floor("list", path)?;
        row(&title(name), &reference, &ours, Some(&floor));
        if memory {
            memory_row(&reference, &ours);
        }
    }
    let list = measure::command(&[OURS, "-Ln"], None)?;
    let whole = measure::floor("list-whole", path)?;
    println!(
        "{:26} {:>10} {:>10} {:>10.1} {:>12.2}",
        "  read in one piece",
        "",
        "",
        whole.millions(),
        list.millions() / whole.millions()
    );
    for form in ["--json", "--metrics"] {
        let listed = measure::command(&[OURS, "-L", form], None)?;
        println!(
            "{:26} {:>10} {:>10.1} {:>36.2}",
            title(form),
            "",
            listed.millions(),
            listed.millions() / list.millions()
        );
    }
    let same = measure::command(&[OURS, "-R", "--replace"], Some(path))?;
    println!(
        "{:26} {:>10} {:>10.1}",
        title("replace by the same"),
        "",
        same.millions()
    );
    measure::quietly(OURS, &["-C"])
}

/// What one more listing of a watch costs, against a listing of its own.
fn watch() -> Outcome {
    const LISTINGS: i64 = 10;
    let path = "/tmp/rules";
    std::fs::write(path, rules::text(100, 10))?;
    measure::quietly_from(OURS, &["-R"], path)?;
    let listing = measure::command(&[OURS, "-Ln"], None)?;
    let watched = |count: &str| {
        let line = [OURS, "-Ln", "--watch", "0.1", "--count", count];
        measure::command(&line, None).map(|measured| measured.instructions)
    };
    let more = (watched("11")? - watched("1")?) / LISTINGS;
    println!(
        "{:26} {:>10} {:>10.1} {:>10} {:>12}",
        "tick of a watch 100 x 10",
        "",
        more as f64 / 1e6,
        "",
        format!("{:.2} x -Ln", more as f64 / listing.instructions as f64),
    );
    measure::quietly(OURS, &["-C"])
}

fn memory_row(reference: &Measured, ours: &Measured) {
    println!(
        "{:26} {:>10} {:>10}",
        "  peak memory, KiB", reference.memory, ours.memory
    );
}

fn row(title: &str, reference: &Measured, ours: &Measured, floor: Option<&Measured>) {
    let (reference, ours) = (reference.millions(), ours.millions());
    // An empty listing takes few.
    let digits = if reference < 10.0 { 2 } else { 1 };
    print!("{title:26} {reference:>10.digits$} {ours:>10.digits$}");
    match floor.map(Measured::millions) {
        Some(floor) => print!(" {floor:>10.1} {:>12.2}", ours / floor),
        None => print!(" {:>10} {:>12}", "", ""),
    }
    println!(" {:>12.2}", ours / reference);
}
