//! Synchronisation.

use net::topology::PAIR;

use super::{DIRECT, Trial, trial};
use crate::case::{Case, healthy};

pub const CASES: &[Trial] = &[
    trial(
        "sync-down",
        "the sync daemon's interface is down",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ip link add sync type dummy && ip link set sync up",
                    "ipvsadm --start-daemon master --mcast-interface sync --syncid 7",
                    "ip link set sync down",
                ],
                found: "trap[sync-interface]: The master sync daemon uses sync, which is down",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-gone",
        "the sync daemon's interface is gone",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ip link add sync type dummy && ip link set sync up",
                    "ipvsadm --start-daemon backup --mcast-interface sync --syncid 7",
                    "ip link del sync",
                ],
                found: "trap[sync-interface]: The backup sync daemon uses sync, which does not exist",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-remade",
        "the interface of a backup was removed and made anew",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ip link add sync type dummy && ip link set sync up",
                    "ipvsadm --start-daemon backup --mcast-interface sync --syncid 7 --mcast-group 239.1.1.1",
                    "ip link del sync",
                    "ip link add sync type dummy && ip link set sync up",
                ],
                found: "trap[sync-no-group]: The backup sync daemon gets nothing: it is not in the group 239.1.1.1 on sync",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-port-in",
        "the firewall lets no message in to a backup",
        PAIR,
        |stage| {
            Case {
                healthy: &[
                    "ipvsadm --start-daemon backup --mcast-interface eth0 --mcast-port 9999",
                ],
                broken: &[
                    "nft add table inet filter",
                    "nft 'add chain inet filter input { type filter hook input priority filter; policy drop; }'",
                    "nft add rule inet filter input ct state established,related accept",
                    "nft add rule inet filter input udp dport 8848 accept",
                ],
                found: "trap[sync-port-closed]: The firewall drops what the backup sync daemon is sent (224.0.0.81 port 9999): \
                        chain input of table inet filter",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-port-out",
        "the firewall lets no message out of a master",
        PAIR,
        |stage| {
            Case {
                healthy: &["ipvsadm --start-daemon master --mcast-interface eth0"],
                broken: &["iptables -A OUTPUT -d 224.0.0.0/4 -j REJECT"],
                found: "trap[sync-port-closed]: The firewall drops what the master sync daemon sends (224.0.0.81 port 8848): \
                        chain OUTPUT of iptables's table filter",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sync-notes",
        "what may be wrong with a backup is a note",
        PAIR,
        |stage| {
            healthy(
                stage,
                &[
                    "ip link set eth0 multicast off",
                    "ipvsadm --start-daemon backup --mcast-interface eth0",
                ],
            )?;
            let text = stage.run("director", "ipvsadm --diagnose --verbose")?;
            for note in ["note[sync-no-multicast]: ", "note[sync-nothing-received]: "] {
                stage.expect(note, &text, text.contains(note))?;
            }
            stage.run("director", "ip link set eth0 multicast on")?;
            let text = stage.run("director", "ipvsadm --diagnose --verbose")?;
            stage.expect(
                "only the other one",
                &text,
                !text.contains("sync-no-multicast"),
            )
        },
    ),
    trial(
        "sync-length",
        "the messages of a master do not fit into a packet",
        PAIR,
        |stage| {
            healthy(
                stage,
                &["ipvsadm --start-daemon master --mcast-interface eth0 --sync-maxlen 4000"],
            )?;
            let note = "note[sync-message-too-long]: The master sync daemon sends messages of up to 4000 bytes, \
                        and a packet on eth0 takes 1472";
            let text = stage.run("director", "ipvsadm --diagnose --verbose")?;
            stage.expect(note, &text, text.contains(note))?;
            stage.step("As it says");
            for command in text
                .lines()
                .filter_map(|line| line.strip_prefix("    ipvsadm "))
            {
                stage.run("director", &format!("ipvsadm {command}"))?;
            }
            let text = stage.run("director", "ipvsadm --diagnose --verbose")?;
            stage.expect("no such note", &text, !text.contains("sync-message"))?;
            let daemons = stage.run("director", "ipvsadm -L --daemon")?;
            stage.expect("1472 bytes", &daemons, daemons.contains("maxlen=1472"))
        },
    ),
    trial(
        "sync-persistence",
        "a backup would forget clients before their connections",
        PAIR,
        |stage| {
            Case {
                healthy: DIRECT,
                broken: &[
                    "ipvsadm -E -t 192.0.2.1:80 -s sh -b sh-port -p 60 -M 255.255.255.0",
                    "ipvsadm --start-daemon master --mcast-interface eth0",
                ],
                found: "trap[sync-short-persistence]: TCP 192.0.2.1:80 is persistent for 60 seconds",
                instead: "",
            }
            .play(stage)
        },
    ),
];
