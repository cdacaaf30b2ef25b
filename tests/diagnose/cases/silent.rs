//! Servers that answer past the director, or do not: it sees the clients' packets alone.

use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use net::topology;
use net::{Connection, Protocol, Result, Stage};

use super::{DIRECT, IPIP, Trial, trial};
use crate::case::{found, healthy, nothing};
use crate::server;

const CLIENTS: u8 = 5;
/// A connection whose last packet is younger may have been opened just now.
const PAST_JUST_NOW: Duration = Duration::from_millis(2200);
/// What the director must find, up to the server's address.
const SILENT: &str = "broken[server-silent]: The clients of TCP 192.0.2.1:80 get no answer from ";

pub const CASES: &[Trial] = &[
    trial(
        "silent-direct",
        "one of the directly routed servers has not the VIP",
        topology::DIRECT,
        |stage| {
            Silent {
                healthy: DIRECT,
                broken: "ip addr del 192.0.2.1/32 dev lo",
                address: "192.0.2.11",
                role: "-t 192.0.2.1:80 -g",
                found_there: "broken[vip-missing]: 192.0.2.1, the address of TCP 192.0.2.1:80, is on no interface",
            }
            .play(stage)
        },
    ),
    trial(
        "silent-dropped",
        "one of the directly routed servers drops the packets of the VIP",
        topology::DIRECT,
        |stage| {
            Silent {
                healthy: DIRECT,
                broken: "iptables -A INPUT -d 192.0.2.1 -p tcp --dport 80 -j DROP",
                address: "192.0.2.11",
                role: "-t 192.0.2.1:80 -g",
                found_there: "broken[server-firewall]: The firewall drops requests to TCP 192.0.2.1:80",
            }
            .play(stage)
        },
    ),
    trial(
        "silent-tunnel",
        "one of the servers does not unpack its tunnel",
        topology::IPIP,
        |stage| {
            Silent {
                healthy: IPIP,
                broken: "ip link set tunl0 down",
                address: "203.0.113.11",
                role: "-t 192.0.2.1:80 -i --tun-type ipip",
                found_there: "broken[server-tunnel-down]: tunl0, which unpacks what comes by an ipip tunnel (-i), is down",
            }
            .play(stage)
        },
    ),
    trial(
        "healthy-silent-scan",
        "two clients scan a server that nobody else asks",
        topology::DIRECT,
        |stage| half_open(stage, &[[client(1); 11].as_slice(), &[client(2)]].concat()),
    ),
    trial(
        "healthy-silent-few",
        "four clients leave a connection half open, at a server that nobody else asks",
        topology::DIRECT,
        |stage| half_open(stage, &[1, 2, 3, 4].map(client)),
    ),
];

/// A server that goes silent.
struct Silent<'a> {
    /// The service, with this server, `rs1`, and another one, in turn.
    healthy: &'a [&'a str],
    /// A command for the server after which it answers no client.
    broken: &'a str,
    /// The server's.
    address: &'a str,
    /// The words with which the printed command names the server's role.
    role: &'a str,
    /// What that command then finds on the server.
    found_there: &'a str,
}

impl Silent<'_> {
    fn play(&self, stage: &Stage) -> Result<()> {
        healthy(stage, self.healthy)?;
        add_clients(stage)?;
        stage.step("Something goes wrong on a server");
        stage.run("rs1", self.broken)?;
        // Of twenty connections in turn, ten are of three clients at least.
        let all = [each_client(), each_client(), each_client(), each_client()].concat();
        let answered = ask_at_once(stage, &all)?;
        stage.expect(
            "every other client answered",
            answered,
            answered * 2 == all.len(),
        )?;
        let printed = found(stage, &format!("{SILENT}{}", self.address))?;
        stage.step("As it says");
        let command = format!("ipvsadm --diagnose --as-server {}", self.role);
        let [fix] = &printed[..] else {
            return stage.expect("one command", printed.len(), false);
        };
        stage.expect(&command, &fix.command, fix.command == command)?;
        let host = fix.host(stage)?;
        stage.expect("for rs1", &host, host == "rs1")?;
        for command in server::found(stage, self.role, self.found_there)? {
            stage.run(&host, &command)?;
        }
        let answered = ask_at_once(stage, &all)?;
        stage.expect("all clients answered", answered, answered == all.len())?;
        nothing(stage)
    }
}

/// Gives the client its other addresses.
fn add_clients(stage: &Stage) -> Result<()> {
    let add = format!("for i in $(seq {CLIENTS}); do ip addr add 192.0.2.10$i/24 dev eth0; done");
    stage.run("client", &add).map(drop)
}

fn client(number: u8) -> IpAddr {
    [192, 0, 2, 100 + number].into()
}

fn each_client() -> Vec<IpAddr> {
    (1..=CLIENTS).map(client).collect()
}

/// Has all these clients ask at the same time, and gives the number of those that are answered; returns when the others
/// have waited for some seconds.
fn ask_at_once(stage: &Stage, from: &[IpAddr]) -> Result<usize> {
    let host = stage.host("client")?;
    let ask = |client: IpAddr| {
        let opened = Connection::open(host, Protocol::Tcp, Some(client), "192.0.2.1:80");
        opened.and_then(|mut connection| connection.ask()).is_ok()
    };
    let answers: Vec<bool> = thread::scope(|scope| {
        let asking: Vec<_> = from
            .iter()
            .map(|client| scope.spawn(|| ask(*client)))
            .collect();
        let ended = asking.into_iter().map(|thread| thread.join());
        ended
            .map(|answered| answered.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let answered = answers.iter().filter(|answered| **answered).count();
    if answered < from.len() {
        thread::sleep(PAST_JUST_NOW);
    }
    println!(
        "client: {} requests at once: {answered} answered",
        from.len()
    );
    Ok(answered)
}

/// One server answers, and the other one, which would, gets nothing but connections that these clients leave half open.
fn half_open(stage: &Stage, from: &[IpAddr]) -> Result<()> {
    healthy(stage, DIRECT)?;
    add_clients(stage)?;
    let weigh = |server: u8, weight: u8| {
        let edit = format!("ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.{server}:80 -g -w {weight}");
        stage.run("director", &edit).map(drop)
    };
    weigh(12, 0)?;
    let answered = ask_at_once(stage, &each_client())?;
    stage.expect("all answered", answered, answered == usize::from(CLIENTS))?;
    stage.step("Clients that do not hear the other server");
    weigh(12, 1)?;
    weigh(11, 0)?;
    let deaf = "iptables -A INPUT -s 192.0.2.1 -p tcp --sport 80 -j DROP";
    stage.run("client", deaf)?;
    ask_at_once(stage, from)?;
    weigh(11, 1)?;
    let waiting = "ipvsadm -Lnc -t 192.0.2.1:80 -r 192.0.2.12 --state SYN_RECV";
    let waiting = stage.run("director", waiting)?;
    let count = waiting.matches("SYN_RECV").count();
    stage.expect("as many that wait", count, count == from.len())?;
    nothing(stage)
}
