//! Direct routing (`-g`) and tunnels (`-i`): requests pass the director, replies do not.

use std::fmt::Display;

use net::topology::{DIRECT, GRE, GUE, IPIP};
use net::{Result, Stage};

use super::Lab;
use crate::table::{CONNS, OUT_PKTS, number};

/// Direct routing, with proof that replies take the short way.
pub const DR: Lab = Lab {
    name: "dr",
    about: "direct routing: the servers' replies bypass the director",
    on: DIRECT,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12 -g",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --stats",
    ],
    play: dr,
};

fn dr(stage: &Stage) -> Result<()> {
    stage.step("Gatewaying (-g, the default): packets are passed on unchanged");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
        ],
    )?;
    stage.fetch_in_turn("http://192.0.2.1/")?;
    one_way(stage, "Route ")?;
    healthy(stage, &["-g", "-g"])?;

    stage.step("A page of a megabyte, and how much of it the director has seen");
    let before = received(stage)?;
    let fetched = stage.run("client", "wget -qO- http://192.0.2.1/big | wc -c")?;
    let seen = received(stage)? - before;
    let size: u64 = fetched.trim().parse().unwrap_or(0);
    stage.expect(
        "over 1,000,000 bytes at the client, under 100,000 at the director",
        format_args!("{size} bytes, {seen} bytes"),
        size > 1_000_000 && seen > 0 && seen < 100_000,
    )
}

/// Bytes that have come in at the director's interface.
fn received(stage: &Stage) -> Result<u64> {
    let counters = stage.run("director", "grep eth0 /proc/net/dev")?;
    Ok(number(&counters, "eth0:", 0))
}

/// Nothing is found wrong with the servers, by themselves.
fn healthy(stage: &Stage, methods: &[impl Display]) -> Result<()> {
    for (host, method) in ["rs1", "rs2"].iter().zip(methods) {
        let diagnose = format!("ipvsadm --diagnose --as-server -t 192.0.2.1:80 {method}");
        let report = stage.run(host, &diagnose)?;
        stage.expect(
            "nothing found",
            report.trim(),
            report.starts_with("Nothing found: "),
        )?;
    }
    Ok(())
}

/// The table shows the method, and the kernel has counted no reply.
fn one_way(stage: &Stage, method: &str) -> Result<()> {
    let table = stage.run("director", "ipvsadm -Ln")?;
    let servers = table.lines().filter(|line| line.contains(method)).count();
    let stats = stage.run_when("director", "ipvsadm -Ln --stats", |text| {
        number(text, "192.0.2.1:80", CONNS) >= 4
    })?;
    let (conns, replies) = (
        number(&stats, "192.0.2.1:80", CONNS),
        number(&stats, "192.0.2.1:80", OUT_PKTS),
    );
    stage.expect(
        &format!(
            "2 servers with {}, 4 connections, no OutPkts",
            method.trim()
        ),
        format_args!("{servers}, {conns}, {replies}"),
        (servers, conns, replies) == (2, 4, 0),
    )
}

/// The oldest and plainest tunnel.
pub const TUN: Lab = Lab {
    name: "tun",
    about: "IP-in-IP tunnels to servers in another network",
    on: IPIP,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11 -i",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --tun-info",
    ],
    play: |stage| {
        tunnels(stage, "ipip", ["--tun-type ipip", "--tun-type ipip"])?;
        unpacked(stage, "tunl0")
    },
};

/// A tunnel through UDP, with and without a checksum.
pub const GUE_LAB: Lab = Lab {
    name: "gue",
    about: "GUE tunnels (through UDP), with its three kinds of checksum",
    on: GUE,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11 -i --tun-type gue --tun-port 6080",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --tun-info",
    ],
    play: gue,
};

fn gue(stage: &Stage) -> Result<()> {
    let gue = "--tun-type gue --tun-port 6080";
    let options = [format!("{gue} --tun-nocsum"), format!("{gue} --tun-csum")];
    tunnels(stage, "gue:6080", options.each_ref().map(String::as_str))?;
    unpacked(stage, "tunl0")?;

    stage.step("Remote checksum offload");
    for server in ["203.0.113.11", "203.0.113.12"] {
        let edit = format!("ipvsadm -e -t 192.0.2.1:80 -r {server}:80 -i {gue} --tun-remcsum");
        stage.run("director", &edit)?;
    }
    stage.fetch_in_turn("http://192.0.2.1/")
}

/// A tunnel with a protocol of its own.
pub const GRE_LAB: Lab = Lab {
    name: "gre",
    about: "GRE tunnels, with and without a checksum",
    on: GRE,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 203.0.113.11 -i --tun-type gre",
        "on client wget -qO- http://192.0.2.1/",
        "ipvsadm -Ln --tun-info",
    ],
    play: |stage| {
        tunnels(
            stage,
            "gre",
            ["--tun-type gre --tun-nocsum", "--tun-type gre --tun-csum"],
        )?;
        unpacked(stage, "gre1")
    },
};

fn tunnels(stage: &Stage, info: &str, options: [&str; 2]) -> Result<()> {
    stage.step("Tunnelling (-i): packets travel to the servers inside others");
    stage.run("director", "ipvsadm -A -t 192.0.2.1:80 -s rr")?;
    for (server, options) in ["203.0.113.11", "203.0.113.12"].iter().zip(options) {
        let add = format!("ipvsadm -a -t 192.0.2.1:80 -r {server}:80 -i {options}");
        stage.run("director", &add)?;
    }
    stage.fetch_in_turn("http://192.0.2.1/")?;
    one_way(stage, "Tunnel ")?;
    healthy(stage, &options.map(|options| format!("-i {options}")))?;
    let table = stage.run("director", "ipvsadm -Ln --tun-info")?;
    let shown = table
        .lines()
        .filter(|line| line.contains(&format!("Tunnel  {info}")))
        .count();
    stage.expect(&format!("2 servers with {info}"), shown, shown == 2)
}

/// The packets did come through the tunnels.
fn unpacked(stage: &Stage, device: &str) -> Result<()> {
    let command = format!("grep {device}: /proc/net/dev");
    let mut packets = Vec::new();
    for host in ["rs1", "rs2"] {
        let counters = stage.run(host, &command)?;
        packets.push(number(&counters, &format!("{device}:"), 1));
    }
    stage.expect(
        &format!("each server has unpacked packets from its {device}"),
        format_args!("{packets:?}"),
        packets.iter().all(|count| *count >= 8),
    )
}
