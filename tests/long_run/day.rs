//! What happens on the director, and what is left of it. This runs in the guest.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use net::{Host, Net};

use crate::measure::{Held, System};
use crate::painted::Painted;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const VIP: &str = "192.0.2.1:80";
const FAILING: &str = "10.0.0.12:80";
/// Seconds from one round to the next.
const ROUND: u64 = 2;
/// Seconds until everything has happened many times, and what is allocated once is allocated: the heap of the watch that
/// paints takes its last step, of 132 kB, after more than 20 minutes.
const WARM: u64 = 3600;
/// What a program's memory may differ by, in kilobytes: a few pages that its allocator has not given back. One byte
/// lost in each listing would be 43 kB in a day.
const SLACK: u64 = 40;
/// What its address space may differ by, in kilobytes: an allocator asks for more at once than it needs.
const SPACE_SLACK: u64 = 1024;
/// What the system's free memory may shrink by, in kilobytes: it caches what it likes.
const SYSTEM_SLACK: u64 = 16 * 1024;

/// The rules: a service with traffic, and a part that belongs to somebody else.
fn rules(third: bool) -> String {
    let mut rules =
        format!("-A -t {VIP} -s rr\n-a -t {VIP} -r 10.0.0.11:80 -m\n-a -t {VIP} -r {FAILING} -m\n");
    if third {
        let _ = writeln!(rules, "-a -t {VIP} -r 10.0.0.13:80 -m -w 0");
    }
    rules + &part(false)
}

/// Twenty services with two servers each; or half of them, set differently.
fn part(other: bool) -> String {
    let mut rules = String::new();
    for mark in 1..=20 {
        if other && mark % 2 == 0 {
            continue;
        }
        let scheduler = if other { "rr" } else { "wlc" };
        let _ = writeln!(rules, "-A -f {mark} -s {scheduler}");
        for server in 1..=2 {
            let weight = if other { 7 } else { 1 };
            let _ = writeln!(rules, "-a -f {mark} -r 10.0.0.{server}:0 -m -w {weight}");
        }
    }
    rules
}

pub fn play(hours: &str) -> Outcome {
    let seconds = (hours.parse::<f64>()? * 3600.0) as u64;
    if seconds < 2 * WARM {
        return Err("it takes two hours at least".into());
    }
    let net = network()?;
    let mut day = Day::begin(&net)?;
    let mut begun = Instant::now();
    let mut first = None;
    for round in 1..=seconds / ROUND {
        let second = round * ROUND;
        let due = begun + Duration::from_secs(second);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        day.live(second)?;
        if second == WARM {
            let before = Instant::now();
            let state = day.at_rest()?;
            begun += before.elapsed();
            println!("{:>6} s: {state}", second);
            first = Some(state);
        } else if second % 3600 == 0 {
            println!("{:>6} s: {}", second, day.state()?);
        }
    }
    let last = day.at_rest()?;
    println!("{seconds:>6} s: {last}");
    println!("{}", day.counts);
    let passed = begun.elapsed().as_secs();
    let first = first.ok_or("no first measurement")?;
    first.compare(&last)?;
    if day.counts.answered < seconds / ROUND / 2 || day.counts.failures < seconds / 240 {
        return Err("hardly anything has happened".into());
    }
    let status = day.painted.quit()?;
    if !status.success() {
        return Err(format!("the watch on the terminal ended with {status}").into());
    }
    println!("{passed} s have passed: memory, descriptors and the table are what they were");
    Ok(())
}

fn network() -> Outcome<Net> {
    let net = Net::new(&[
        (
            "outside",
            &[("client", "192.0.2.100/24"), ("director", "192.0.2.1/24")],
        ),
        (
            "inside",
            &[
                ("director", "10.0.0.1/24"),
                ("rs1", "10.0.0.11/24"),
                ("rs2", "10.0.0.12/24"),
            ],
        ),
    ])?
    .sysctl("director", &[("net.ipv4.ip_forward", "1")])?
    .ip(&[
        ("rs1", "route add default via 10.0.0.1"),
        ("rs2", "route add default via 10.0.0.1"),
    ])?;
    for name in ["rs1", "rs2"] {
        let listener = net.host(name)?.on(|| TcpListener::bind("0.0.0.0:80"))??;
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                answer(connection);
            }
        });
    }
    Ok(net)
}

/// Answers one request; what becomes of it is the client's affair.
fn answer(mut connection: TcpStream) {
    let _ = connection.set_read_timeout(Some(Duration::from_secs(2)));
    let mut request = [0; 64];
    if connection.read(&mut request).is_ok() {
        let _ = connection.write_all(b"page\n");
    }
}

/// Whether a host gets an answer from an address.
fn is_answered(host: &Host, address: &str) -> Outcome<bool> {
    let address: SocketAddr = address.parse()?;
    let ask = || -> std::io::Result<String> {
        let patience = Duration::from_secs(1);
        let mut connection = TcpStream::connect_timeout(&address, patience)?;
        connection.set_read_timeout(Some(patience))?;
        connection.write_all(b"?\n")?;
        let mut page = String::new();
        connection.read_to_string(&mut page)?;
        Ok(page)
    };
    Ok(host.on(ask)?.is_ok_and(|page| page == "page\n"))
}

/// What has happened.
#[derive(Debug, Default)]
struct Counts {
    answered: u64,
    unanswered: u64,
    saves: u64,
    replacements: u64,
    failures: u64,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} requests answered, {} not; {} saves, {} replacements, {} failures of a server",
            self.answered, self.unanswered, self.saves, self.replacements, self.failures
        )
    }
}

/// A director at work.
struct Day<'a> {
    net: &'a Net,
    appended: Child,
    painted: Painted,
    /// Whether the failing server is taken for one that works.
    trusted: bool,
    counts: Counts,
}

impl<'a> Day<'a> {
    fn begin(net: &'a Net) -> Outcome<Day<'a>> {
        let director = net.host("director")?;
        ipvsadm(director, &["-R"], &rules(false))?;
        let appended = director.on(|| {
            Command::new("ipvsadm")
                .args(["-Ln", "--rate", "--watch", "2"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
        })??;
        Ok(Day {
            net,
            appended,
            painted: Painted::start(director, &["-L", "--watch", "2"])?,
            trusted: true,
            counts: Counts::default(),
        })
    }

    /// What happens in one round.
    fn live(&mut self, second: u64) -> Outcome {
        let director = self.net.host("director")?;
        match is_answered(self.net.host("client")?, VIP)? {
            true => self.counts.answered += 1,
            false => self.counts.unanswered += 1,
        }
        match second % 120 {
            40 => {
                self.net.host("rs2")?.ip("link set eth0 down")?;
                self.counts.failures += 1;
            }
            80 => {
                let lines = "link set eth0 up\nroute add default via 10.0.0.1";
                self.net.host("rs2")?.ip(lines)?;
            }
            _ => {}
        }
        if second % 6 == 0 {
            self.check_server()?;
        }
        if second % 10 == 0 {
            let saves: [&[&str]; 5] = [
                &["-Sn"],
                &["-L", "--json"],
                &["-L", "--metrics"],
                &["-Sn", "--all", "--output", "/tmp/saved"],
                &["-Lnc"],
            ];
            ipvsadm(
                director,
                saves[self.counts.saves as usize % saves.len()],
                "",
            )?;
            self.counts.saves += 1;
        }
        if second % 60 == 0 {
            let other = second % 120 == 0;
            let options = ["-R", "--replace", "--only", "fwm:1-20"];
            ipvsadm(director, &options, &part(other))?;
            self.counts.replacements += 1;
        }
        if second % 300 == 150 {
            let third = second % 600 == 150;
            ipvsadm(
                director,
                &["-R", "--replace", "--keep-weights"],
                &rules(third),
            )?;
            self.counts.replacements += 1;
        }
        if second % 30 == 0 {
            self.painted.press()?;
        }
        if second % 600 == 0 {
            self.painted.resize((second / 600) as usize)?;
        }
        Ok(())
    }

    /// As a health checker does: weight 0 for a server that does not answer.
    fn check_server(&mut self) -> Outcome {
        let director = self.net.host("director")?;
        let answered = is_answered(director, FAILING)?;
        if answered != self.trusted {
            let weight = if answered { "1" } else { "0" };
            let words = ["-e", "-t", VIP, "-r", FAILING, "-m", "-w", weight];
            ipvsadm(director, &words, "")?;
            self.trusted = answered;
        }
        Ok(())
    }

    fn state(&self) -> Outcome<State> {
        let director = self.net.host("director")?;
        Ok(State {
            appended: Held::by(self.appended.id())?,
            painted: Held::by(self.painted.id())?,
            system: System::now()?,
            table: ipvsadm(director, &["-Sn"], "")?,
            connections: ipvsadm(director, &["-Lnc"], "")?
                .lines()
                .count()
                .saturating_sub(2),
        })
    }

    /// The state once the rules are the first ones, every server works, and connections have had the time to end.
    fn at_rest(&mut self) -> Outcome<State> {
        let director = self.net.host("director")?;
        // The failing server comes back, where it is away: a link that is up stays so, and so does its route.
        let lines = "link set eth0 up\nroute replace default via 10.0.0.1";
        self.net.host("rs2")?.ip(lines)?;
        thread::sleep(Duration::from_secs(2));
        self.check_server()?;
        ipvsadm(director, &["-R", "--replace"], &rules(false))?;
        self.painted.resize(0)?;
        // TIME_WAIT takes two minutes.
        thread::sleep(Duration::from_secs(180));
        self.state()
    }
}

impl Drop for Day<'_> {
    fn drop(&mut self) {
        let _ = self.appended.kill();
        let _ = self.appended.wait();
    }
}

/// What must be the same at the end.
struct State {
    appended: Held,
    painted: Held,
    system: System,
    table: String,
    connections: usize,
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let State {
            appended,
            painted,
            system,
            table,
            connections,
        } = self;
        let lines = table.lines().count();
        write!(
            f,
            "appended: {appended}; painted: {painted}; {system}; {lines} rules, {connections} connections"
        )
    }
}

impl State {
    fn compare(&self, last: &State) -> Outcome {
        let programs = [
            ("appends", self.appended, last.appended),
            ("paints", self.painted, last.painted),
        ];
        for (name, then, now) in programs {
            if now.anonymous > then.anonymous + SLACK
                || now.space > then.space + SPACE_SLACK
                || now.descriptors != then.descriptors
            {
                return Err(format!("the watch that {name} has grown: {then}, now {now}").into());
            }
        }
        if self.system.processes != last.system.processes
            || self.system.files != last.system.files
            || self.system.available > last.system.available + SYSTEM_SLACK
        {
            return Err(
                format!("the system has less: {}, now {}", self.system, last.system).into(),
            );
        }
        if self.table != last.table {
            return Err(format!("another table: {}\nnow {}", self.table, last.table).into());
        }
        match last.connections {
            0 => Ok(()),
            count => Err(format!("{count} connections are left").into()),
        }
    }
}

/// Calls ipvsadm, which must succeed; what it printed.
fn ipvsadm(host: &Host, words: &[&str], input: &str) -> Outcome<String> {
    let output = host.on(|| {
        let mut child = Command::new("ipvsadm")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        child.wait_with_output()
    })??;
    if !output.status.success() {
        let words = words.join(" ");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("ipvsadm {words}: {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
