//! Real servers that are missing, closed, or out of reach.

use std::rc::Rc;

use ipvsadm::kernel::ipvs::Ipvs;
use ipvsadm::kernel::ipvs::trace::Trace;
use ipvsadm::model::{Change, Endpoint, Forwarding, Protocol as Transport, RealServer, ServiceId};
use net::topology::{self, NAT2};
use net::{Context, Protocol, Result, Stage};

use super::{DIRECT, NAT, NAT_V6, Trial, trial};
use crate::case::Case;

pub const CASES: &[Trial] = &[
    trial("no-server", "a service without servers", NAT2, |stage| {
        Case {
            healthy: NAT,
            broken: &["ipvsadm -A -t 192.0.2.1:443"],
            found: "broken[no-server]: TCP 192.0.2.1:443 has no server",
            instead: "ipvsadm -a -t 192.0.2.1:443 -r 10.0.0.11 -m",
        }
        .play(stage)
    }),
    trial(
        "no-weight",
        "every server is out of service",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -m -w 0 -x 5 -y 2",
                    "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12 -m -w 0",
                ],
                found: "broken[no-weight]: TCP 192.0.2.1:80: every server has the weight 0",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial("full", "every server is full", NAT2, |stage| {
        Case {
            healthy: NAT,
            broken: &[
                "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -m -x 1",
                "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12 -m -x 1",
            ],
            found: "broken[all-full]: TCP 192.0.2.1:80: every server has as many connections as",
            instead: "",
        }
        .play_with(stage, || stage.hold(4, Protocol::Tcp, "192.0.2.1:80"))
    }),
    trial(
        "no-route",
        "a server to which no route leads",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -a -t 192.0.2.1:80 -r 10.9.0.5:80 -m"],
                found: "broken[no-route]: There is no route to 10.9.0.5, a server of TCP 192.0.2.1:80",
                instead: "ip route add 10.9.0.5 via 10.0.0.11",
            }
            .play(stage)
        },
    ),
    trial(
        "route-refused",
        "a server to which a route says no",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "ip route add blackhole 10.9.0.0/24",
                    "ipvsadm -a -t 192.0.2.1:80 -r 10.9.0.5:80 -m",
                ],
                found: "broken[no-route]: There is no route to 10.9.0.5",
                instead: "ip route add 10.9.0.5 via 10.0.0.11",
            }
            .play(stage)
        },
    ),
    trial(
        "no-route-v6",
        "a server to which no route leads",
        topology::NAT_V6,
        |stage| {
            Case {
                healthy: NAT_V6,
                broken: &["ipvsadm -a -t [2001:db8::1]:80 -r [fd00:9::5]:80 -m"],
                found: "broken[no-route]: There is no route to fd00:9::5",
                instead: "ip route add fd00:9::5 via fd00::11",
            }
            .play(stage)
        },
    ),
    trial(
        "ourselves",
        "a server that is the director, which does not serve",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &["ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m"],
            found: "broken[local-not-listening]: 10.0.0.1:8080 of TCP 192.0.2.1:80 is this host, where nothing listens on 10.0.0.1:8080",
            instead: "",
        }
        .play(stage)
        },
    ),
    trial(
        "ourselves-routed",
        "the same by direct routing",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &["ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1 -g"],
            found: "broken[local-not-listening]: 10.0.0.1:80 of TCP 192.0.2.1:80 is this host, where nothing listens on 192.0.2.1:80",
            instead: "",
        }
        .play(stage)
        },
    ),
    trial(
        "port",
        "a server with another port that is not masqueraded",
        topology::DIRECT,
        |stage| {
            // ipvsadm makes no such server, but other programs do.
            Case {
                healthy: DIRECT,
                broken: &["sysctl -w net.ipv4.ip_forward=1"],
                found: "trap[port-not-translated]: 192.0.2.11:8080 of TCP 192.0.2.1:80 has another port than 80",
                instead: "",
            }
            .play_with(stage, || other_port(stage))
        },
    ),
    trial(
        "quiescent",
        "a server out of service that keeps its clients",
        NAT2,
        |stage| {
            Case {
            healthy: &[
                "ipvsadm -A -t 192.0.2.1:80 -s rr -p 600",
                "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            ],
            broken: &[
                "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11 -m -w 0",
                "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
            ],
            found: "trap[quiescent-clients]: 10.0.0.11:80 of TCP 192.0.2.1:80 has the weight 0 but still a persistent client",
            instead: "",
        }
        .play_with(stage, || stage.hold(1, Protocol::Tcp, "192.0.2.1:80"))
        },
    ),
];

/// Has this very program do it.
fn other_port(stage: &Stage) -> Result<String> {
    let own = std::env::current_exe().context(|| "own name".to_owned())?;
    stage.run("director", &format!("{} {OTHER_PORT}", own.display()))
}

/// The argument with which this program adds, as some programs do, a server whose port is not the service's.
pub const OTHER_PORT: &str = "--add-other-port";

/// Adds that server in the namespace of the caller.
pub fn add_other_port() -> std::result::Result<(), ipvsadm::kernel::ipvs::Error> {
    let service = ServiceId::Address {
        protocol: Transport::Tcp,
        endpoint: Endpoint {
            address: [192, 0, 2, 1].into(),
            port: 80,
        },
    };
    let server = RealServer {
        endpoint: Endpoint {
            address: [192, 0, 2, 11].into(),
            port: 8080,
        },
        forwarding: Forwarding::DirectRouting,
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    };
    Ipvs::open(Rc::default(), Trace::default())?.apply(&Change::AddServer(service, server))
}
