//! Which option goes with which command: one table.

use super::flag_set::{self, FlagSet};
use super::flags::Flag;
use super::usage::UsageError;

/// What a command makes of a group of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Refused.
    Never,
    /// Allowed.
    May,
    /// Needed.
    Must,
    /// Allowed, but only one of all the groups with this rule.
    One,
    /// Needed, but only one of all the groups with this rule.
    Either,
    /// Allowed beside `-c`.
    WithConnections,
    /// Allowed with `--keep`, refused otherwise.
    Kept,
    /// Allowed with `--report`, refused otherwise.
    Reported,
    /// Allowed for rules that are only checked, or replace the table.
    Whole,
    /// Allowed with `--as-server`, refused otherwise; a firewall mark always.
    OnServer,
}

/// Options that are always legal together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub options: &'static [Flag],
    /// For the error where one is needed.
    pub what: &'static str,
}

const SERVICE: Group = Group {
    options: &flag_set::SERVICE,
    what: "a virtual service (-t, -u, --sctp-service or -f)",
};
const MARK_FAMILY: Group = group(&[Flag::Ipv6]);
const REAL_SERVER: Group = Group {
    options: &[Flag::RealServer],
    what: "a real server (-r)",
};
const SERVICE_OPTIONS: Group = group(&[
    Flag::Scheduler,
    Flag::Persistent,
    Flag::Netmask,
    Flag::OnePacket,
    Flag::PersistenceEngine,
    Flag::SchedulerFlags,
]);
const FORWARDING: Group = group(&[
    Flag::Gatewaying,
    Flag::Tunneling,
    Flag::Masquerading,
    Flag::TunnelType,
    Flag::TunnelPort,
    Flag::TunnelNoChecksum,
    Flag::TunnelChecksum,
    Flag::TunnelRemoteChecksum,
]);
const SERVER_OPTIONS: Group = group(&[Flag::Weight, Flag::UpperThreshold, Flag::LowerThreshold]);
const DIAGNOSING: Group = group(&[Flag::Probe, Flag::AsServer, Flag::Director]);
const EXIST: Group = group(&[Flag::Exist]);
const KEEP: Group = group(&[Flag::Keep]);
const TAKEN_AWAY: Group = group(&[Flag::NoPersistent, Flag::NoOnePacket]);
const DRAIN: Group = group(&[Flag::Drain]);
const RAMP: Group = group(&[Flag::Ramp]);
/// What a whole call is carried out with; no line of rules can have it.
pub const WHOLE_CALL: Group = group(&[Flag::Netns, Flag::Quiet, Flag::Verbose]);
/// Which part of the table a whole call is about; no line of rules can have it either.
pub const SCOPE: Group = group(&[Flag::Only, Flag::Except]);
/// What a whole call prints in the end; no line of rules can have it either.
pub const REPORT: Group = group(&[Flag::Report]);
const NUMERIC: Group = group(&[Flag::Numeric]);
const CONNECTION: Group = group(&[Flag::Connection]);
const TIMEOUT: Group = group(&[Flag::Timeout]);
const DAEMON: Group = group(&[Flag::Daemon]);
const VIEWS: Group = group(&[
    Flag::Status,
    Flag::Stats,
    Flag::Rate,
    Flag::Thresholds,
    Flag::PersistentConnections,
    Flag::TunnelInfo,
    Flag::Metrics,
    Flag::Sum,
    Flag::States,
    Flag::Watch,
    Flag::Count,
    Flag::SortBy,
    Flag::OnlyActive,
    Flag::NoSort,
    Flag::Exact,
]);
const QUERY: Group = group(&[
    Flag::Client,
    Flag::State,
    Flag::Protocol,
    Flag::ExpiresWithin,
    Flag::ExpiresAfter,
    Flag::Origin,
    Flag::CountBy,
    Flag::Top,
]);
const JSON: Group = group(&[Flag::Json]);
/// For whom a whole call prints; no line of rules can have it either.
pub const COLOR: Group = group(&[Flag::Color]);
const SYNC_ID: Group = group(&[Flag::SyncId]);
const MULTICAST: Group = group(&[
    Flag::MulticastInterface,
    Flag::SyncMaxLength,
    Flag::MulticastGroup,
    Flag::MulticastPort,
    Flag::MulticastTtl,
]);

const RESTORING: Group = group(&[
    Flag::Check,
    Flag::Replace,
    Flag::KeepWeights,
    Flag::DryRun,
    Flag::Atomic,
    Flag::Wait,
    Flag::Input,
]);
/// The options of `ipvsadm-restore`, which is `-R --replace` under a name of its own.
pub const RESTORE_PROGRAM: &[Flag] = &[
    Flag::Check,
    Flag::DryRun,
    Flag::Exist,
    Flag::Wait,
    Flag::Input,
    Flag::Netns,
    Flag::Quiet,
    Flag::Verbose,
];
const SAVING: Group = group(&[Flag::All, Flag::Output]);

const fn group(options: &'static [Flag]) -> Group {
    Group { options, what: "" }
}

/// The columns of [`TABLE`]. `--sort` is in none: it is legal everywhere.
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

/// A row of [`TABLE`].
type Row = (Flag, [Rule; GROUPS.len()]);

/// Command by group of options.
#[rustfmt::skip]
pub const TABLE: [Row; 17] = {
    use Rule::{
        Either, Kept as K, May as O, Must as M, Never as X, OnServer as S, One, Reported as R, Whole,
        WithConnections as C,
    };
    [
        //                    service  -6  -r  service  -g  server  -n  -c  query --timeout --daemon views --json --color --syncid multicast restore save --exist --keep --no-ops --drain --ramp --only  --report --as-server  --netns
        (Flag::AddService,    [M,       O,  X,  O,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   O,      X,     X,       X,      X,     X,      O,       X,           O]),
        (Flag::EditService,   [M,       O,  X,  O,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   K,      O,     K,       X,      X,     X,      O,       X,           O]),
        (Flag::DeleteService, [Either,  O,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   O,      X,     X,       O,      X,     Either, O,       X,           O]),
        (Flag::Clear,         [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   X,      X,     X,       X,      X,     O,      O,       X,           O]),
        (Flag::Restore,       [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    O,     X,      X,       X,        O,      X,   O,      X,     X,       X,      X,     Whole,  O,       X,           O]),
        (Flag::Save,          [X,       X,  X,  X,       X,  X,      O,  X,   X,   X,        X,       X,    O,     X,      X,       X,        X,      O,   X,      X,     X,       X,      X,     O,      X,       X,           O]),
        (Flag::AddServer,     [M,       O,  M,  X,       O,  O,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   O,      X,     X,       X,      O,     X,      O,       X,           O]),
        (Flag::EditServer,    [M,       O,  M,  X,       O,  O,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   K,      O,     X,       X,      O,     X,      O,       X,           O]),
        (Flag::DeleteServer,  [M,       O,  M,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   O,      X,     X,       O,      X,     X,      O,       X,           O]),
        (Flag::List,          [O,       O,  C,  X,       X,  X,      O,  O,   C,   O,        O,       O,    O,     O,      O,       X,        X,      X,   X,      X,     X,       X,      X,     O,      X,       X,           O]),
        (Flag::Zero,          [One,     O,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   X,      X,     X,       X,      X,     One,    O,       X,           O]),
        (Flag::SetTimeouts,   [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      X,       X,        X,      X,   X,      X,     X,       X,      X,     X,      O,       X,           O]),
        (Flag::StartDaemon,   [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      O,       O,        X,      X,   X,      X,     X,       X,      X,     X,      O,       X,           O]),
        (Flag::StopDaemon,    [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    R,     X,      O,       X,        X,      X,   X,      X,     X,       X,      X,     X,      O,       X,           O]),
        (Flag::Diagnose,      [S,       X,  X,  X,       S,  X,      X,  X,   X,   X,        X,       X,    O,     O,      X,       X,        X,      X,   X,      X,     X,       X,      X,     X,      X,       O,           O]),
        (Flag::Help,          [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    X,     X,      X,       X,        X,      X,   X,      X,     X,       X,      X,     X,      X,       X,           X]),
        (Flag::Version,       [X,       X,  X,  X,       X,  X,      X,  X,   X,   X,        X,       X,    X,     X,      X,       X,        X,      X,   X,      X,     X,       X,      X,     X,      X,       X,           X]),
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
const COMPANIONS: [(Flag, &[Flag], &str); 11] = [
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
const WHOLE_RULES: FlagSet = FlagSet::of(&[Flag::Check, Flag::Replace]);

/// Checks the options that were seen against the command.
///
/// # Errors
/// The first rule of [`TABLE`] that they break.
pub fn check(command: Flag, seen: &FlagSet) -> Result<(), UsageError> {
    let rules = TABLE
        .iter()
        .find(|(row, _)| *row == command)
        .map_or([Rule::Never; GROUPS.len()], |(_, rules)| *rules);
    let mut only: Option<Flag> = None;
    for (group, rule) in GROUPS.iter().zip(rules) {
        let given = group.options.iter().copied().find(|flag| seen.has(*flag));
        match (rule, given) {
            (Rule::Never, Some(option)) => return Err(UsageError::NotAllowed { command, option }),
            (Rule::Kept, Some(option)) if !seen.has(Flag::Keep) => {
                return Err(match option {
                    Flag::Exist => UsageError::NotAllowed { command, option },
                    flag => UsageError::Unsuitable {
                        flag,
                        why: "goes only with --keep",
                    },
                });
            }
            (Rule::OnServer, Some(option)) if option == Flag::FirewallMark => {
                return Err(UsageError::NotAllowed { command, option });
            }
            (Rule::OnServer, Some(flag)) if !seen.has(Flag::AsServer) => {
                return Err(UsageError::Unsuitable {
                    flag,
                    why: "goes only with --as-server",
                });
            }
            (Rule::Must, None) => {
                return Err(UsageError::Needed {
                    command,
                    what: group.what,
                });
            }
            (Rule::Reported, Some(option)) if !seen.has(Flag::Report) => {
                return Err(UsageError::NotAllowed { command, option });
            }
            (Rule::Whole, Some(flag)) if !seen.has_any(WHOLE_RULES) => {
                return Err(UsageError::Unsuitable {
                    flag,
                    why: "goes only with --replace or --check",
                });
            }
            (Rule::One | Rule::Either, Some(second)) => {
                if let Some(first) = only {
                    return Err(UsageError::Conflict { first, second });
                }
                only = Some(second);
            }
            (Rule::WithConnections, Some(flag)) if !seen.has(Flag::Connection) => {
                let why = "goes only with the list of connections (-L -c)";
                return Err(UsageError::Unsuitable { flag, why });
            }
            _ => {}
        }
    }
    let mut groups = GROUPS.iter().zip(rules);
    if let (None, Some((group, _))) = (only, groups.find(|(_, rule)| *rule == Rule::Either)) {
        return Err(UsageError::Needed {
            command,
            what: group.what,
        });
    }
    for (left, right) in CONFLICTS {
        let pair = left
            .iter()
            .find(|flag| seen.has(**flag))
            .zip(right.iter().find(|flag| seen.has(**flag)));
        if let Some((&first, &second)) = pair {
            return Err(UsageError::Conflict { first, second });
        }
    }
    for (flag, companions, why) in COMPANIONS {
        if seen.has(flag) && !companions.iter().any(|other| seen.has(*other)) {
            return Err(UsageError::Unsuitable { flag, why });
        }
    }
    Ok(())
}
