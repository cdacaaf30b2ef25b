//! The table of [`check`](super::check): which command takes which groups of options.

use super::groups::{
    COLOR, CONNECTION, DAEMON, DIAGNOSING, DRAIN, EXIST, FORWARDING, Group, JSON, KEEP,
    MARK_FAMILY, MULTICAST, NUMERIC, QUERY, RAMP, REAL_SERVER, REPORT, RESTORING, Rule, SAVING,
    SCOPE, SERVER_OPTIONS, SERVICE, SERVICE_OPTIONS, SYNC_ID, TAKEN_AWAY, TIMEOUT, VIEWS,
    WHOLE_CALL,
};
use crate::cli::flag_set::FlagSet;
use crate::cli::flags::Flag;

/// All groups, in the order in which they are checked. `--sort` is in none: it is legal everywhere.
pub const GROUPS: [Group; 27] = [
    SERVICE,
    MARK_FAMILY,
    REAL_SERVER,
    SERVICE_OPTIONS,
    FORWARDING,
    SERVER_OPTIONS,
    NUMERIC,
    CONNECTION,
    QUERY,
    TIMEOUT,
    DAEMON,
    VIEWS,
    JSON,
    COLOR,
    SYNC_ID,
    MULTICAST,
    RESTORING,
    SAVING,
    EXIST,
    KEEP,
    TAKEN_AWAY,
    DRAIN,
    RAMP,
    SCOPE,
    REPORT,
    DIAGNOSING,
    WHOLE_CALL,
];

/// A command with what it makes of each group of [`GROUPS`].
pub type Row = (Flag, [Rule; GROUPS.len()]);

/// The row of a command, which takes these groups and refuses all others.
const fn row(command: Flag, takes: &[(Rule, &[Group])]) -> Row {
    let mut rules = [Rule::Never; GROUPS.len()];
    let mut rule = 0;
    while rule < takes.len() {
        let mut group = 0;
        while group < takes[rule].1.len() {
            rules[index(takes[rule].1[group])] = takes[rule].0;
            group += 1;
        }
        rule += 1;
    }
    (command, rules)
}

/// The place of a group in [`GROUPS`]. No option is in two groups, so the first one identifies it.
const fn index(group: Group) -> usize {
    let mut index = 0;
    while GROUPS[index].options[0] as usize != group.options[0] as usize {
        index += 1;
    }
    index
}

/// What each command takes.
pub const TABLE: [Row; 17] = {
    use Rule::{Either, Kept, May, Must, OnServer, One, Reported, Whole, WithConnections};
    [
        row(
            Flag::AddService,
            &[
                (Must, &[SERVICE]),
                (
                    May,
                    &[MARK_FAMILY, SERVICE_OPTIONS, EXIST, REPORT, WHOLE_CALL],
                ),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::EditService,
            &[
                (Must, &[SERVICE]),
                (
                    May,
                    &[MARK_FAMILY, SERVICE_OPTIONS, KEEP, REPORT, WHOLE_CALL],
                ),
                (Kept, &[EXIST, TAKEN_AWAY]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::DeleteService,
            &[
                (Either, &[SERVICE, SCOPE]),
                (May, &[MARK_FAMILY, EXIST, DRAIN, REPORT, WHOLE_CALL]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::Clear,
            &[(May, &[SCOPE, REPORT, WHOLE_CALL]), (Reported, &[JSON])],
        ),
        row(
            Flag::Restore,
            &[
                (May, &[JSON, RESTORING, EXIST, REPORT, WHOLE_CALL]),
                (Whole, &[SCOPE]),
            ],
        ),
        row(
            Flag::Save,
            &[(May, &[NUMERIC, JSON, SAVING, SCOPE, WHOLE_CALL])],
        ),
        row(
            Flag::AddServer,
            &[
                (Must, &[SERVICE, REAL_SERVER]),
                (
                    May,
                    &[
                        MARK_FAMILY,
                        FORWARDING,
                        SERVER_OPTIONS,
                        EXIST,
                        RAMP,
                        REPORT,
                        WHOLE_CALL,
                    ],
                ),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::EditServer,
            &[
                (Must, &[SERVICE, REAL_SERVER]),
                (
                    May,
                    &[
                        MARK_FAMILY,
                        FORWARDING,
                        SERVER_OPTIONS,
                        KEEP,
                        RAMP,
                        REPORT,
                        WHOLE_CALL,
                    ],
                ),
                (Kept, &[EXIST]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::DeleteServer,
            &[
                (Must, &[SERVICE, REAL_SERVER]),
                (May, &[MARK_FAMILY, EXIST, DRAIN, REPORT, WHOLE_CALL]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::List,
            &[
                (
                    May,
                    &[
                        SERVICE,
                        MARK_FAMILY,
                        NUMERIC,
                        CONNECTION,
                        TIMEOUT,
                        DAEMON,
                        VIEWS,
                        JSON,
                        COLOR,
                        SYNC_ID,
                        SCOPE,
                        WHOLE_CALL,
                    ],
                ),
                (WithConnections, &[REAL_SERVER, QUERY]),
            ],
        ),
        row(
            Flag::Zero,
            &[
                (One, &[SERVICE, SCOPE]),
                (May, &[MARK_FAMILY, REPORT, WHOLE_CALL]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::SetTimeouts,
            &[(May, &[REPORT, WHOLE_CALL]), (Reported, &[JSON])],
        ),
        row(
            Flag::StartDaemon,
            &[
                (May, &[SYNC_ID, MULTICAST, REPORT, WHOLE_CALL]),
                (Reported, &[JSON]),
            ],
        ),
        row(
            Flag::StopDaemon,
            &[(May, &[SYNC_ID, REPORT, WHOLE_CALL]), (Reported, &[JSON])],
        ),
        row(
            Flag::Diagnose,
            &[
                (May, &[JSON, COLOR, DIAGNOSING, WHOLE_CALL]),
                (OnServer, &[SERVICE, FORWARDING]),
            ],
        ),
        row(Flag::Help, &[]),
        row(Flag::Version, &[]),
    ]
};

/// Options of which none on the left goes with any on the right.
pub const CONFLICTS: [(&[Flag], &[Flag]); 16] = [
    (
        &[Flag::Timeout, Flag::Daemon],
        &[
            Flag::TcpService,
            Flag::UdpService,
            Flag::SctpService,
            Flag::FirewallMark,
            Flag::Connection,
            Flag::Only,
            Flag::Except,
        ],
    ),
    (&[Flag::Timeout], &[Flag::Daemon]),
    (
        &[
            Flag::TcpService,
            Flag::UdpService,
            Flag::SctpService,
            Flag::FirewallMark,
            Flag::Connection,
        ],
        &[Flag::Only, Flag::Except],
    ),
    // Counts have neither column.
    (
        &[Flag::CountBy],
        &[Flag::Origin, Flag::PersistentConnections],
    ),
    // The kernel's file with origins has no data of persistence engines.
    (&[Flag::Origin], &[Flag::PersistentConnections]),
    (
        &[Flag::Status],
        &[
            Flag::TcpService,
            Flag::UdpService,
            Flag::SctpService,
            Flag::FirewallMark,
            Flag::Connection,
            Flag::Timeout,
            Flag::Daemon,
            Flag::Only,
            Flag::Except,
        ],
    ),
    (
        &[Flag::Connection, Flag::Timeout, Flag::Daemon, Flag::Status],
        &[
            Flag::Stats,
            Flag::Rate,
            Flag::Thresholds,
            Flag::Metrics,
            Flag::SortBy,
            Flag::OnlyActive,
        ],
    ),
    (
        &[Flag::Timeout, Flag::Daemon, Flag::Status],
        &[Flag::PersistentConnections],
    ),
    (&[Flag::Metrics], &[Flag::Json, Flag::Watch]),
    // A connection does not say which service it is of.
    (
        &[Flag::States],
        &[
            Flag::TcpService,
            Flag::UdpService,
            Flag::SctpService,
            Flag::FirewallMark,
            Flag::Only,
            Flag::Except,
        ],
    ),
    (&[Flag::Atomic], &[Flag::Replace]),
    (&[Flag::NoSort], &[Flag::SortBy]),
    // One service is drained at a time; timeouts and sync daemons are in no part of the table.
    (&[Flag::Drain, Flag::All], &[Flag::Only, Flag::Except]),
    (&[Flag::Probe], &[Flag::AsServer]),
    // Where nothing is changed, there is nothing to report.
    (&[Flag::Check, Flag::DryRun], &[Flag::Report]),
    (&[Flag::Quiet], &[Flag::Verbose]),
];

/// Options that need another one: the option, what it needs, and why.
pub const COMPANIONS: [(Flag, &[Flag], &str); 11] = [
    (
        Flag::Ipv6,
        &[Flag::FirewallMark],
        "goes only with a firewall mark (-f)",
    ),
    (Flag::DryRun, &[Flag::Replace], "goes only with --replace"),
    (
        Flag::KeepWeights,
        &[Flag::Replace],
        "goes only with --replace",
    ),
    (Flag::Count, &[Flag::Watch], "goes only with --watch"),
    (Flag::Top, &[Flag::CountBy], "goes only with --count-by"),
    (Flag::Sum, &[Flag::Metrics], "goes only with --metrics"),
    (Flag::States, &[Flag::Metrics], "goes only with --metrics"),
    (
        Flag::Wait,
        &[Flag::Replace, Flag::Atomic],
        "goes only with --replace or --atomic",
    ),
    (Flag::Ramp, &[Flag::Weight], "needs a weight to reach (-w)"),
    (
        Flag::AsServer,
        &[Flag::TcpService, Flag::UdpService, Flag::SctpService],
        "needs the service that this is a server of (-t, -u or --sctp-service)",
    ),
    (
        Flag::Director,
        &[Flag::Masquerading],
        "goes only with masquerading (-m)",
    ),
];

/// Options with which rules are only checked, or replace the table.
pub const WHOLE_RULES: FlagSet = FlagSet::of(&[Flag::Check, Flag::Replace]);
