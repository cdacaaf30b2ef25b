//! Directors that ask the network.

use std::time::{Duration, Instant};

use net::topology::{self, NAT2};
use net::{Protocol, Result, Server, Stage};

use super::{DIRECT, IPIP, NAT, NAT_V6, Trial, trial};
use crate::case::found_by;

const PROBE: &str = "ipvsadm --diagnose --probe";

pub const CASES: &[Trial] = &[
    trial(
        "probe-arp",
        "a server that answers ARP requests for the VIP",
        topology::DIRECT,
        arp,
    ),
    trial(
        "probe-neighbours",
        "a server that answers neighbour solicitations for the VIP",
        topology::DIRECT,
        neighbours,
    ),
    trial(
        "probe-stranger",
        "a host with the VIP that is no server",
        topology::DIRECT,
        |stage| {
            nothing(stage, DIRECT)?;
            stage.run("client", "ping -c 1 192.0.2.2")?;
            stage.run("client", "ip addr add 192.0.2.1/32 dev lo")?;
            let title =
                "broken[vip-claimed]: The host 192.0.2.100 answers ARP requests for 192.0.2.1";
            let commands = found_by(stage, PROBE, title)?;
            stage.expect("no command", commands.len(), commands.is_empty())
        },
    ),
    trial(
        "probe-servers",
        "servers that refuse and that are silent",
        NAT2,
        servers,
    ),
    trial(
        "probe-own-address",
        "a directly routed server that listens at the VIP alone",
        topology::DIRECT_UDP,
        own_address,
    ),
    trial(
        "probe-sctp",
        "servers of SCTP",
        topology::NAT_SCTP,
        |stage| {
            nothing(
                stage,
                &[
                    "ipvsadm -A --sctp-service 192.0.2.1:9000",
                    "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.11 -m",
                ],
            )?;
            let all = stage.run("director", &format!("{PROBE} --verbose"))?;
            let line = "Seen: 10.0.0.11:9000 of SCTP 192.0.2.1:9000, weight 1: fine.";
            stage.expect(line, &all, all.contains(line))?;
            stage.run(
                "director",
                "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.11:9001 -m",
            )?;
            let title =
                "broken[probe-refused]: 10.0.0.11:9001 of SCTP 192.0.2.1:9000 refuses connections";
            found_by(stage, PROBE, title).map(drop)
        },
    ),
    trial(
        "probe-healthy-tun",
        "servers behind tunnels",
        topology::IPIP,
        |stage| nothing(stage, IPIP),
    ),
    trial(
        "probe-healthy-v6",
        "masqueraded servers of IPv6",
        topology::NAT_V6,
        |stage| nothing(stage, NAT_V6),
    ),
    trial(
        "probe-many",
        "1,000 servers that are silent, with few descriptors",
        NAT2,
        many,
    ),
];

/// Expects that nothing is found after these commands.
fn nothing(stage: &Stage, commands: &[&str]) -> Result<()> {
    stage.run_all("director", commands)?;
    let text = stage.run("director", PROBE)?;
    let as_expected = text.starts_with("Nothing found: ") && text.lines().count() == 1;
    stage.expect("nothing found", text.trim(), as_expected)
}

fn arp(stage: &Stage) -> Result<()> {
    nothing(stage, DIRECT)?;
    stage.step("Something goes wrong");
    let settings = "sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0";
    stage.run("rs1", settings)?;
    let hardware = stage.run("rs1", "cat /proc/net/arp >/dev/null; ip -o link show eth0")?;
    let hardware = hardware.split("link/ether ").nth(1).unwrap_or_default();
    let hardware = hardware.split(' ').next().unwrap_or_default();
    let title = "broken[vip-claimed]: The real server 192.0.2.11 answers ARP requests for 192.0.2.1, the address of TCP 192.0.2.1:80";
    let commands = found_by(stage, PROBE, title)?;
    let output = stage.attempt("director", PROBE)?;
    let seen = format!("Seen: on eth0 it said that 192.0.2.1 is at {hardware}.");
    stage.expect(&seen, &output.text, output.text.contains(&seen))?;
    stage.step("As it says");
    for fix in &commands {
        stage.run(&fix.host(stage)?, &fix.command)?;
    }
    nothing(stage, &[])?;
    stage.fetch_in_turn("http://192.0.2.1/")
}

fn neighbours(stage: &Stage) -> Result<()> {
    stage.run_all(
        "rs1",
        &[
            "ip addr add 2001:db8::11/64 dev eth0",
            "ip addr add 2001:db8::1/128 dev lo",
        ],
    )?;
    nothing(
        stage,
        &[
            "ip addr add 2001:db8::2/64 dev eth0",
            "ip addr add 2001:db8::1/64 dev eth0",
            "ipvsadm -A -t [2001:db8::1]:80",
            "ipvsadm -a -t [2001:db8::1]:80 -r 2001:db8::11 -g",
        ],
    )?;
    stage.step("Something goes wrong");
    stage.run("rs1", "ip addr add 2001:db8::1/64 dev eth0")?;
    let title = "broken[vip-claimed]: The real server 2001:db8::11 answers neighbour solicitations for 2001:db8::1";
    let commands = found_by(stage, PROBE, title)?;
    stage.step("As it says");
    for fix in &commands {
        let command = fix
            .command
            .replace("PREFIX", "64")
            .replace("INTERFACE", "eth0");
        // It is on lo already.
        let command = command.replace("addr add", "addr replace");
        stage.run(&fix.host(stage)?, &command)?;
    }
    nothing(stage, &[])
}

fn servers(stage: &Stage) -> Result<()> {
    nothing(stage, NAT)?;
    stage.step("A port at which nobody listens");
    let add = |port: u16| format!("ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:{port} -m");
    stage.run("director", &add(81))?;
    let title = "broken[probe-refused]: 10.0.0.11:81 of TCP 192.0.2.1:80 refuses connections";
    found_by(stage, PROBE, title)?;
    let program = Server::start(stage.host("rs1")?, Protocol::Tcp, "10.0.0.11:81")?;
    nothing(stage, &[])?;
    drop(program);
    nothing(
        stage,
        &["ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:81 -m -w 0"],
    )?;
    stage.step("A port that a firewall closes");
    drop_packets(stage, "82")?;
    stage.run("director", &add(82))?;
    let title = "broken[probe-silent]: 10.0.0.11:82 of TCP 192.0.2.1:80 does not answer";
    found_by(stage, PROBE, title)?;
    let all = stage.attempt("director", &format!("{PROBE} --verbose"))?;
    for line in [
        "Seen: 10.0.0.11:80 of TCP 192.0.2.1:80, weight 1: fine.",
        "Seen: 10.0.0.11:81 of TCP 192.0.2.1:80, weight 0: refused.",
        "Seen: 10.0.0.11:82 of TCP 192.0.2.1:80, weight 1: silent.",
    ] {
        stage.expect(line, &all.text, all.text.contains(line))?;
    }
    Ok(())
}

/// Has the first server drop what comes to these ports.
fn drop_packets(stage: &Stage, ports: &str) -> Result<()> {
    stage.run_all(
        "rs1",
        &[
            "nft add table ip lab",
            "nft 'add chain ip lab in { type filter hook input priority filter; }'",
            &format!("nft add rule ip lab in tcp dport {ports} drop"),
        ],
    )
}

/// It refuses at its own address, and works.
fn own_address(stage: &Stage) -> Result<()> {
    nothing(
        stage,
        &[
            "ipvsadm -A -u 192.0.2.1:53 -s rr",
            "ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.11 -g",
        ],
    )?;
    let all = stage.run("director", &format!("{PROBE} --verbose"))?;
    let line = "Seen: 192.0.2.11:53 of UDP 192.0.2.1:53, weight 1: refused, at its own address.";
    stage.expect(line, &all, all.contains(line))
}

fn many(stage: &Stage) -> Result<()> {
    stage.run("director", NAT[0])?;
    let add = "for port in $(seq 1000 1999); do echo \"-a -t 192.0.2.1:80 -r 10.0.0.11:$port -m\"; done | ipvsadm -R";
    stage.run("director", add)?;
    drop_packets(stage, "1000-1999")?;
    for limit in ["unlimited", "256"] {
        let begun = Instant::now();
        let line = format!("ulimit -n {limit} 2>/dev/null; {PROBE}");
        let title = "broken[probe-silent]: 10.0.0.11:1000 of TCP 192.0.2.1:80 does not answer, as do 999 more";
        found_by(stage, &line, title)?;
        let took = begun.elapsed();
        stage.expect(
            // In a virtual machine, beside others. Without sharing the time, groups of 192 take 14 s.
            "an end after ten seconds at most",
            format_args!("{took:?}"),
            took < Duration::from_secs(10),
        )?;
    }
    Ok(())
}
