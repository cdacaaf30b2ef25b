//! What a diagnosis may do, and what it starts.

use director::{Case, Stage, case};
use net::Result;
use rustix::thread::CapabilitySet;

use super::privilege::{DIRECTORIES, NET_ADMIN, NONE, Row, in_hostile_environment, observe, row};
use crate::commands;
use crate::observer::Observer;

pub const DIAGNOSIS: Case = case(
    "privilege-diagnose",
    "the same of a diagnosis, and what it starts",
    diagnosis,
);

/// What programs can have that list the firewall's rules.
const FIREWALL: CapabilitySet = NET_ADMIN.union(CapabilitySet::NET_RAW);

fn diagnosis(stage: &Stage) -> Result<()> {
    const DIAGNOSIS: Row = Row {
        children: FIREWALL,
        ..row(
            "ipvsadm --diagnose",
            NET_ADMIN,
            &[
                // Who else manages the table.
                "read /proc",
                "read /proc/*/comm",
                "read /proc/modules",
                "read /proc/net/ip_vs_conn",
                "read /proc/net/netstat",
                "read /proc/net/snmp",
                "read /proc/sys/net/*",
                "read /lib/modules/*/modules.builtin",
                "read /lib/modules/*/modules.dep",
                "read /dev/null",
            ],
        )
    };
    const PROBE: Row = Row {
        line: "ipvsadm --diagnose --probe",
        capabilities: NET_ADMIN.union(CapabilitySet::NET_RAW),
        opens: &[
            "connect *",
            "read /proc",
            "read /proc/*/comm",
            "read /proc/modules",
            "read /proc/net/ip_vs_conn",
            "read /proc/net/netstat",
            "read /proc/net/snmp",
            "read /proc/sys/net/*",
            "read /lib/modules/*/modules.builtin",
            "read /lib/modules/*/modules.dep",
            "read /dev/null",
        ],
        ..DIAGNOSIS
    };
    const SERVER: Row = Row {
        children: FIREWALL,
        ..row(
            "ipvsadm --diagnose --as-server -t 192.0.2.1:80",
            NONE,
            &[
                "read /proc/modules",
                "read /proc/net/*",
                "read /proc/sys/net/*",
                "read /lib/modules/*/modules.builtin",
                "read /lib/modules/*/modules.dep",
                "read /dev/null",
            ],
        )
    };
    // A service by firewall mark that no packet has come to has it read the firewall's rules, if there can be any.
    stage.must("modprobe nf_tables", "")?;
    stage.set(commands::TABLE)?;
    for row in [DIAGNOSIS, PROBE, SERVER] {
        diagnose(stage, &row)?;
    }
    Ok(())
}

fn diagnose(stage: &Stage, row: &Row) -> Result<()> {
    let line = in_hostile_environment(stage, row.line)?;
    let (outcome, observer) = observe(stage, &line, Observer::default())?;
    stage.expect(
        "findings",
        format_args!("{outcome:?}"),
        outcome.status == Ok(1) && outcome.stderr.is_empty(),
    )?;
    row.judge(stage, &observer)?;
    stage.expect(
        "programs of the system, by their paths, with nothing in their environment but LC_ALL=C",
        format_args!("{:?}", observer.started),
        !observer.started.is_empty()
            && observer.started.iter().all(|started| {
                let path = &started.path;
                DIRECTORIES.iter().any(|parent| path.starts_with(parent))
                    && started.environment == ["LC_ALL=C"]
            }),
    )
}
