//! What the firewall has to do with it.

use net::topology::NAT2;
use net::{Result, Stage};

use super::{NAT, Trial, trial};
use crate::case::{Case, found_by, healthy};

/// A diagnosis where nft is the only program for the firewall.
const ONLY_NFT: &str = "mkdir -p /tmp/only && cp /sbin/nft /sbin/ipvsadm /tmp/only && \
                        unshare -m sh -c 'mount --bind /tmp/only /sbin && exec /sbin/ipvsadm --diagnose'";

pub const CASES: &[Trial] = &[
    trial(
        "no-mark",
        "nothing sets the mark of a service",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "nft add table ip other",
                "ipvsadm -A -f 5",
                "ipvsadm -a -f 5 -r 10.0.0.11 -m",
            ],
            found: "broken[mark-unset]: FWM 5 has seen no packet",
            instead: "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 443 -j MARK --set-mark 5",
        }
        .play(stage)
        },
    ),
    trial(
        "no-mark-other",
        "a rule sets another mark than the service's",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 443 -j MARK --set-mark 2",
                "ipvsadm -A -f 5",
                "ipvsadm -a -f 5 -r 10.0.0.11 -m",
            ],
            found: "broken[mark-unset]: FWM 5 has seen no packet",
            instead: "iptables -t mangle -A PREROUTING -d 192.0.2.1 -p tcp --dport 443 -j MARK --set-mark 5",
        }
        .play(stage)
        },
    ),
    trial(
        "no-mark-nft",
        "the same on a host that has nft and no iptables",
        NAT2,
        no_mark_by_nft,
    ),
    trial(
        "untracked-nft",
        "servers are to see the director's address, by nft",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    "nft add table ip full",
                    "nft 'add chain ip full out { type nat hook postrouting priority srcnat; }'",
                    "nft add rule ip full out ip daddr 10.0.0.0/24 masquerade",
                ],
                found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "untracked-iptables",
        "the same by iptables",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["iptables -t nat -A POSTROUTING -m ipvs --vaddr 192.0.2.1 -j MASQUERADE"],
                found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "untracked-destination",
        "another address is translated to the VIP",
        NAT2,
        |stage| {
            Case {
            healthy: NAT,
            broken: &[
                "iptables -t nat -A PREROUTING -d 192.0.2.9 -p tcp --dport 80 -j DNAT --to-destination 192.0.2.1:80",
            ],
            found: "broken[nat-untracked]: TCP 192.0.2.1:80 is subject to a rule that translates addresses",
            instead: "",
        }
        .play(stage)
        },
    ),
];

fn no_mark_by_nft(stage: &Stage) -> Result<()> {
    healthy(stage, NAT)?;
    stage.step("Something goes wrong");
    stage.run_all(
        "director",
        &[
            "nft add table ip other",
            "ipvsadm -A -f 5",
            "ipvsadm -a -f 5 -r 10.0.0.11:80 -m",
        ],
    )?;
    let fetch = "timeout 1 wget -qO- http://192.0.2.1:81/";
    let output = stage.attempt("client", fetch)?;
    stage.expect("no page", output.status, output.status != 0)?;
    let title = "broken[mark-unset]: FWM 5 has seen no packet";
    let printed = found_by(stage, ONLY_NFT, title)?;
    stage.step("As it says, for port 81");
    for fix in &printed {
        let command = fix.command.replace("ADDRESS", "192.0.2.1");
        stage.run(&fix.host(stage)?, &command.replace("PORT", "81"))?;
    }
    stage.run("client", fetch)?;
    healthy(stage, &[])
}
