//! The director as a server, and services for itself alone.

use net::topology::{NAT2, Topology};

use super::{FETCH_ALL, NAT, SERVING, Trial, trial};
use crate::case::{Case, Traffic};

/// Two masqueraded servers, and the director serves on another port.
const SERVING_ASIDE: Topology = Topology {
    picture: NAT2.picture,
    net: || (NAT2.net)()?.http("director", "0.0.0.0:8080"),
};

pub const CASES: &[Trial] = &[
    trial(
        "loopback",
        "a server of masquerading that is the loopback address",
        SERVING,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -a -t 192.0.2.1:80 -r 127.0.0.1:80 -m"],
                found: "broken[loopback-masqueraded]: 127.0.0.1:80 of TCP 192.0.2.1:80 is masqueraded to the loopback address",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL)],
                    untouched: &[("director", FETCH_ALL), ("director", "timeout 1 wget -qO- http://127.0.0.1/")],
                },
            )
        },
    ),
    trial(
        "loopback-port",
        "the same with another port than the service's",
        SERVING_ASIDE,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -a -t 192.0.2.1:80 -r 127.0.0.1:8080 -m -w 1 -x 9"],
                found: "broken[loopback-masqueraded]: 127.0.0.1:8080 of TCP 192.0.2.1:80 is masqueraded to the loopback address",
                instead: "",
            }
            .play_with_traffic(
                stage,
                &Traffic {
                    concerned: &[("client", FETCH_ALL)],
                    untouched: &[("director", FETCH_ALL), ("director", "timeout 1 wget -qO- http://127.0.0.1:8080/")],
                },
            )
        },
    ),
    trial(
        "service-on-loopback",
        "a service on the loopback address whose server is another host",
        NAT2,
        |stage| {
            const WEB: &[&str] = &[
                "ipvsadm -A -t 127.0.0.1:81 -s rr",
                "ipvsadm -a -t 127.0.0.1:81 -r 10.0.0.11:80 -m -w 5",
            ];
            Case {
                healthy: NAT,
                broken: &[WEB[0], WEB[1], "timeout 1 wget -qO- http://127.0.0.1:81/ || true"],
                found: "broken[service-on-loopback]: TCP 127.0.0.1:81 is on the loopback address, but 10.0.0.11:80 is on another",
                instead: "",
            }
            .play(stage)?;
            stage.run("director", "timeout 1 wget -qO- http://10.0.0.1:81/")?;
            stage.fetch_in_turn("http://192.0.2.1/")
        },
    ),
];
