//! What the kernel lacks.

use net::topology::NAT2;
use net::{Result, Stage};

use super::{NAT, Trial, trial};
use crate::case::{Case, found, healthy};

pub const CASES: &[Trial] = &[
    trial("no-ipvs", "IPVS is not in the kernel", NAT2, no_ipvs),
    trial(
        "no-scheduler",
        "a service has lost its scheduler",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -E -t 192.0.2.1:80 -s none"],
                found: "broken[no-scheduler]: TCP 192.0.2.1:80 has no scheduler",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "sip-over-tcp",
        "the persistence engine sip under a TCP service",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &["ipvsadm -E -t 192.0.2.1:80 -s rr -p 60 --pe sip"],
                found: "broken[sip-not-udp]: TCP 192.0.2.1:80 has the persistence engine sip",
                instead: "",
            }
            .play(stage)
        },
    ),
    trial(
        "ftp",
        "FTP by masquerading without its helper",
        NAT2,
        |stage| {
            Case {
                healthy: NAT,
                broken: &[
                    // A run before this one may have left it.
                    "rmmod ip_vs_ftp 2>/dev/null; true",
                    "ipvsadm -A -t 192.0.2.1:21 -p 600",
                    "ipvsadm -a -t 192.0.2.1:21 -r 10.0.0.11 -m",
                ],
                found: "broken[ftp-helper-missing]: TCP 192.0.2.1:21 is FTP by masquerading",
                instead: "",
            }
            .play(stage)
        },
    ),
];

/// In the guest the module is unloaded; elsewhere, where others may need it, it is only hidden.
fn no_ipvs(stage: &Stage) -> Result<()> {
    let guest = std::path::Path::new("/etc/init.conf").exists();
    if guest {
        stage.run(
            "director",
            "rmmod $(cut -d' ' -f1 /proc/modules | grep ^ip_vs_) 2>/dev/null; rmmod ip_vs",
        )?;
        let repair = found(stage, "broken[no-ipvs]: The running kernel ")?;
        for fix in repair {
            stage.run("director", &fix.command)?;
        }
        return healthy(stage, NAT);
    }
    healthy(stage, NAT)?;
    let output = stage.attempt(
        "director",
        "unshare -m sh -c 'mount -t tmpfs none /proc/$$/net && exec ipvsadm --diagnose'",
    )?;
    let as_expected = output.status == 1 && output.text.contains("\n    modprobe ip_vs\n");
    stage.expect(
        "that IPVS is missing, and the exit status 1",
        output.status,
        as_expected,
    )
}
