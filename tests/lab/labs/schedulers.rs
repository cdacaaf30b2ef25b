//! Schedulers that look at weights and at the connections there are.

use net::topology::{NAT2, NAT3};
use net::{Protocol, Result, Stage, tally};

use super::Lab;

const VIP: &str = "192.0.2.1:80";

/// A service with these servers: the last number of the address, and the weight.
fn service(stage: &Stage, scheduler: &str, servers: &[(u8, u32)]) -> Result<()> {
    stage.run("director", &format!("ipvsadm -A -t {VIP} -s {scheduler}"))?;
    servers
        .iter()
        .try_for_each(|(last, weight)| server(stage, "-a", *last, *weight))
}

/// Adds (`-a`) or edits (`-e`) a server.
fn server(stage: &Stage, command: &str, last: u8, weight: u32) -> Result<()> {
    let line = format!("ipvsadm {command} -t {VIP} -r 10.0.0.{last}:80 -m -w {weight}");
    stage.run("director", &line).map(drop)
}

const HINTS: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s wrr",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m -w 1",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m -w 2",
    "on client wget -qO- http://192.0.2.1/",
    "ipvsadm -Ln",
];

/// Weighted round robin.
pub const WRR: Lab = Lab {
    name: "wrr",
    about: "weighted round robin: shares in proportion to the weights",
    on: NAT3,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 1, 2 and 3");
        service(stage, "wrr", &[(11, 1), (12, 2), (13, 3)])?;
        let saw = tally(&stage.visits(60, VIP)?);
        stage.expect("10, 20 and 30 of 60", &saw, saw == "rs1 10, rs2 20, rs3 30")?;
        stage.step("Another weight for rs1");
        server(stage, "-e", 11, 5)?;
        let saw = tally(&stage.visits(60, VIP)?);
        stage.expect("30, 12 and 18 of 60", &saw, saw == "rs1 30, rs2 12, rs3 18")
    },
};

/// Least connections.
pub const LC: Lab = Lab {
    name: "lc",
    about: "least connections: a server that joins late catches up",
    on: NAT2,
    hints: HINTS,
    play: |stage| {
        stage.step("One server has three connections when another joins");
        service(stage, "lc", &[(11, 1)])?;
        let _first = stage.hold(3, Protocol::Tcp, VIP)?;
        server(stage, "-a", 12, 1)?;
        let next = stage.hold(3, Protocol::Tcp, VIP)?;
        let saw = tally(next.servers());
        stage.expect("the next three go to the new one", &saw, saw == "rs2 3")?;
        let last = stage.hold(4, Protocol::Tcp, VIP)?;
        let saw = tally(last.servers());
        stage.expect("from then on half and half", &saw, saw == "rs1 2, rs2 2")?;
        stage.run("director", "ipvsadm -Ln").map(drop)
    },
};

/// Weighted least connections, the default.
pub const WLC: Lab = Lab {
    name: "wlc",
    about: "weighted least connections (the default): held connections as weights",
    on: NAT2,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 1 and 3, eight connections held");
        service(stage, "wlc", &[(11, 1), (12, 3)])?;
        let mut held = stage.hold(8, Protocol::Tcp, VIP)?;
        stage.run("director", "ipvsadm -Ln")?;
        let saw = tally(held.servers());
        stage.expect("2 and 6", &saw, saw == "rs1 2, rs2 6")?;
        stage.step("The busier server loses three");
        held.close("rs2", 3);
        let next = stage.hold(3, Protocol::Tcp, VIP)?;
        let saw = tally(next.servers());
        stage.expect("the next three fill the gap", &saw, saw == "rs2 3")
    },
};

/// Shortest expected delay.
pub const SED: Lab = Lab {
    name: "sed",
    about: "shortest expected delay: a fast server comes first, even before an idle one",
    on: NAT2,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 1 and 10, six connections held");
        service(stage, "sed", &[(11, 1), (12, 10)])?;
        let held = stage.hold(6, Protocol::Tcp, VIP)?;
        let saw = tally(held.servers());
        stage.expect("all on the fast server", &saw, saw == "rs2 6")
    },
};

/// Never queue.
pub const NQ: Lab = Lab {
    name: "nq",
    about: "never queue: an idle server comes first, however slow",
    on: NAT2,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 1 and 10, six connections held");
        service(stage, "nq", &[(11, 1), (12, 10)])?;
        let held = stage.hold(6, Protocol::Tcp, VIP)?;
        let saw = tally(held.servers());
        stage.expect(
            "one on the slow server, while it was idle; five on the fast one",
            &saw,
            saw == "rs1 1, rs2 5",
        )
    },
};

/// Weighted failover.
pub const FO: Lab = Lab {
    name: "fo",
    about: "failover: all to the server with the highest weight that is there",
    on: NAT3,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 3, 2 and 1");
        service(stage, "fo", &[(11, 3), (12, 2), (13, 1)])?;
        let saw = tally(&stage.visits(6, VIP)?);
        stage.expect("all to the first", &saw, saw == "rs1 6")?;
        server(stage, "-e", 11, 0)?;
        let saw = tally(&stage.visits(6, VIP)?);
        stage.expect("without it, all to the second", &saw, saw == "rs2 6")?;
        server(stage, "-e", 11, 3)?;
        let saw = tally(&stage.visits(6, VIP)?);
        stage.expect("back to the first", &saw, saw == "rs1 6")
    },
};

/// Weighted overflow.
pub const OVF: Lab = Lab {
    name: "ovf",
    about: "overflow: the next server when one has more connections than its weight",
    on: NAT2,
    hints: HINTS,
    play: |stage| {
        stage.step("Weights 3 and 2, seven connections held");
        service(stage, "ovf", &[(11, 3), (12, 2)])?;
        let held = stage.hold(7, Protocol::Tcp, VIP)?;
        stage.run("director", "ipvsadm -Ln")?;
        let order = held.servers().join(" ");
        stage.expect(
            "four on the first (more than 3), then three on the second (more than 2)",
            &order,
            order == "rs1 rs1 rs1 rs1 rs2 rs2 rs2",
        )?;
        let eighth = stage.attempt("client", "wget -qO- http://192.0.2.1/")?;
        stage.expect(
            "the eighth is refused: both are full",
            format_args!("exit status {}", eighth.status),
            eighth.status != 0,
        )
    },
};
