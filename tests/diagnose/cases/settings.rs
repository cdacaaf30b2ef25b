//! Settings, limits and other programs.

use net::topology::NAT2;
use net::{Protocol, Result, Stage};

use super::{NAT, Trial, trial};
use crate::case::{Case, healthy};

const VIP: &str = "192.0.2.1:80";

/// One server, which can be removed.
const ALONE: &[&str] = &[
    "ipvsadm -A -t 192.0.2.1:80 -s rr",
    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
];

pub const CASES: &[Trial] = &[
    trial(
        "gone-server",
        "a server was removed while a client was connected",
        NAT2,
        |stage| {
            Case {
                healthy: ALONE,
                broken: &[
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
                    "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.11:80",
                ],
                found: "trap[gone-server]: 1 connection of TCP 192.0.2.1:80 goes to servers that are no longer there",
                instead: "",
            }
            .play_with(stage, || connected(stage))?;
            stage.visits(1, VIP).map(drop)
        },
    ),
    trial(
        "reused-ports",
        "a server with the weight 0 is to be drained, without a look at reused ports",
        NAT2,
        |stage| {
            Case {
                healthy: ALONE,
                broken: &[
                    "sysctl -w net.ipv4.vs.conn_reuse_mode=0",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
                    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0",
                ],
                found: "trap[reused-ports]: 10.0.0.11:80 of TCP 192.0.2.1:80 has the weight 0 and still gets new connections",
                instead: "",
            }
            .play_with(stage, || connected(stage))?;
            stage.visits(1, VIP).map(drop)
        },
    ),
    trial(
        "defence-packets",
        "IPVS always drops packets",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["sysctl -w net.ipv4.vs.drop_packet=3 net.ipv4.vs.am_droprate=1"],
                found: "broken[defence-active]: IPVS's defence is active: it drops some of the packets",
                instead: "",
            }
            .play(stage)?;
            stage.visits(2, VIP).map(drop)
        },
    ),
    trial(
        "defence-memory",
        "IPVS gives connections up, as memory seems to be short",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "sysctl -w net.ipv4.vs.amemthresh=2000000000 net.ipv4.vs.drop_entry=1",
                    "until grep -q 2 /proc/sys/net/ipv4/vs/drop_entry; do sleep 0.1; done",
                ],
                found: "trap[defence-active]: IPVS's defence is active: it gives up some of the connections",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "connection-limit",
        "the limit of connections is nearly reached, where the kernel has one",
        NAT2,
        |stage| {
            let limit = stage.attempt("director", "cat /proc/sys/net/ipv4/vs/conn_max")?;
            if limit.status != 0 {
                healthy(stage, NAT)?;
                let _kept = connected(stage)?;
                return healthy(stage, &[]);
            }
            Case {
                healthy: NAT,
                broken: &["sysctl -w net.ipv4.vs.conn_max=1"],
                found: "broken[connection-limit]: The connection table is full: 1 of 1",
                instead: "",
            }
            .play_with(stage, || connected(stage))?;
            stage.visits(1, VIP).map(drop)
        },
    ),
    trial(
        "settings-notes",
        "counters that stand still, and other programs, are notes",
        NAT2,
        |stage| {
            healthy(stage, NAT)?;
            stage.run_all(
                "director",
                &[
                    "sysctl -w net.ipv4.vs.run_estimation=0",
                    "ip link add kube-dummy-if type dummy",
                    "ipvsadm -A -f 5",
                    "ipvsadm -a -f 5 -r 10.0.0.11 -m",
                    "iptables -t nat -N DOCKER_OUTPUT",
                    "cp /bin/bash /tmp/keepalived",
                    "/tmp/keepalived -c 'sleep 60; true' >/dev/null 2>&1 & echo $! >/tmp/pid",
                ],
            )?;
            let text = stage.run("director", "ipvsadm --diagnose --verbose")?;
            stage.run("director", "kill $(cat /tmp/pid)")?;
            for note in [
                "note[estimation-off]: net.ipv4.vs.run_estimation is 0",
                "note[table-managed]: keepalived manages this table",
                "note[table-managed]: kube-router manages this table",
                "note[table-managed]: Docker's swarm manages this table",
            ] {
                stage.expect(note, &text, text.contains(note))?;
            }
            Ok(())
        },
    ),
];

/// A client that stays.
fn connected(stage: &Stage) -> Result<net::Held> {
    stage.hold(1, Protocol::Tcp, VIP)
}
