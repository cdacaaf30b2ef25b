//! What is done on a network: commands, shown as one would type them, with what they print, and
//! verdicts on what was seen.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::host::{Host, Output};
use crate::network::Net;
use crate::serve::Protocol;
use crate::traffic::Connection;

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A network on which something is being played.
pub struct Stage {
    net: Net,
}

impl Stage {
    pub fn new(net: Net) -> Self {
        Self { net }
    }

    /// A host of the network.
    pub fn host(&self, name: &str) -> Result<&Host> {
        self.net.host(name)
    }

    /// The name of the host that alone has this address.
    pub fn host_with(&self, address: IpAddr) -> Result<String> {
        let mut found = None;
        for host in self.net.hosts() {
            let shown = host.shell(&format!("ip -o addr show to {address}"))?;
            if !shown.text.is_empty() && found.replace(host.name()).is_some() {
                return Err(Error::NoHost(format!("{address}, which several have")));
            }
        }
        found
            .map(str::to_owned)
            .ok_or_else(|| Error::NoHost(address.to_string()))
    }

    /// A heading in the transcript.
    pub fn step(&self, text: &str) {
        println!("\n# {text}");
    }

    /// Runs a command line on a host, whatever comes of it.
    pub fn attempt(&self, host: &str, line: &str) -> Result<Output> {
        let sign = if host.starts_with("client") { '$' } else { '#' };
        println!("{host}{sign} {line}");
        let output = self.net.host(host)?.shell(line)?;
        for line in output.text.lines() {
            println!("{}", line.trim_end());
        }
        Ok(output)
    }

    /// Runs a command line that must succeed and gives what it printed.
    pub fn run(&self, host: &str, line: &str) -> Result<String> {
        let output = self.attempt(host, line)?;
        if output.status == 0 {
            return Ok(output.text);
        }
        Err(Error::Command {
            host: host.to_owned(),
            line: line.to_owned(),
            status: output.status,
            output: output.text,
        })
    }

    /// Runs several on one host.
    pub fn run_all(&self, host: &str, lines: &[&str]) -> Result<()> {
        lines
            .iter()
            .try_for_each(|line| self.run(host, line).map(drop))
    }

    /// Runs a command line once what it prints is ready, which is tried unseen for some seconds.
    ///
    /// The kernel adds up its counters every two seconds.
    pub fn run_when(&self, host: &str, line: &str, ready: impl Fn(&str) -> bool) -> Result<String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !ready(&self.net.host(host)?.shell(line)?.text) {
            thread::sleep(Duration::from_millis(200));
        }
        self.run(host, line)
    }

    /// As [`verdict`].
    pub fn expect(&self, expected: &str, saw: impl Display, as_expected: bool) -> Result<()> {
        verdict(expected, saw, as_expected)
    }

    /// Fetches a page four times, from two servers that must answer one after the other.
    pub fn fetch_in_turn(&self, url: &str) -> Result<()> {
        let fetch = format!("for i in 1 2 3 4; do wget -qO- {url}; done");
        let pages = self.run("client", &fetch)?;
        let saw: Vec<&str> = pages.lines().collect();
        let alternate = matches!(
            saw[..],
            ["rs1", "rs2", "rs1", "rs2"] | ["rs2", "rs1", "rs2", "rs1"]
        );
        self.expect("the two servers answer in turn", saw.join(" "), alternate)
    }

    /// Opens connections from the host `client`, asks once on each, so that it is established all the way, and
    /// keeps them.
    pub fn hold(&self, count: usize, protocol: Protocol, to: &str) -> Result<Held> {
        let mut held = Held::default();
        for _ in 0..count {
            held.add(self.connect(protocol, None, to)?)?;
        }
        let tally = tally(held.servers());
        println!("client: opens {count} connections to {to} and keeps them: {tally}");
        Ok(held)
    }

    /// Asks once from each of these addresses of the host `client`, over a connection of its own.
    pub fn visit(&self, from: &[IpAddr], to: &str) -> Result<Vec<String>> {
        let visit = |from: &IpAddr| self.connect(Protocol::Tcp, Some(*from), to)?.ask();
        let servers: Vec<String> = from.iter().map(visit).collect::<Result<_>>()?;
        if let [first, .., last] = from {
            let tally = tally(&servers);
            println!("client: a request to {to} from each of {first} to {last}: {tally}");
        }
        Ok(servers)
    }

    /// Asks so many times, over a connection of its own each time.
    pub fn visits(&self, count: usize, to: &str) -> Result<Vec<String>> {
        let visit = |_| self.connect(Protocol::Tcp, None, to)?.ask();
        let servers: Vec<String> = (0..count).map(visit).collect::<Result<_>>()?;
        println!("client: {count} requests to {to}: {}", tally(&servers));
        Ok(servers)
    }

    /// A connection from the host `client`.
    pub fn connect(
        &self,
        protocol: Protocol,
        from: Option<IpAddr>,
        to: &str,
    ) -> Result<Connection> {
        Connection::open(self.net.host("client")?, protocol, from, to)
    }
}

/// Connections that are being held, each with the server that answers on it.
#[derive(Debug, Default)]
pub struct Held {
    connections: Vec<Connection>,
    servers: Vec<String>,
}

impl Held {
    fn add(&mut self, mut connection: Connection) -> Result<()> {
        self.servers.push(connection.ask()?);
        self.connections.push(connection);
        Ok(())
    }

    /// The servers, in the order in which the connections were opened.
    pub fn servers(&self) -> &[String] {
        &self.servers
    }

    /// Asks again on each and gives the servers that answer now.
    pub fn ask(&mut self) -> Result<Vec<String>> {
        self.connections.iter_mut().map(Connection::ask).collect()
    }

    /// Closes so many of those that a server answers.
    pub fn close(&mut self, server: &str, count: usize) {
        println!("client: closes {count} of its connections to {server}");
        for _ in 0..count {
            if let Some(at) = self.servers.iter().position(|name| name == server) {
                self.servers.remove(at);
                self.connections.remove(at);
            }
        }
    }
}

/// A verdict: says what was expected and what was seen, and is an error if that is not the same.
pub fn verdict(expected: &str, saw: impl Display, as_expected: bool) -> Result<()> {
    println!("expected: {expected}");
    let word = if as_expected { "ok" } else { "NOT AS EXPECTED" };
    println!("saw:      {saw} -- {word}");
    if as_expected {
        return Ok(());
    }
    Err(Error::NotAsExpected {
        expected: expected.to_owned(),
        saw: saw.to_string(),
    })
}

/// How often each server answered: `rs1 2, rs2 4`.
pub fn tally(servers: &[String]) -> String {
    let mut counts = BTreeMap::new();
    for server in servers {
        *counts.entry(server).or_insert(0) += 1;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(server, count)| format!("{server} {count}"))
        .collect();
    words.join(", ")
}
