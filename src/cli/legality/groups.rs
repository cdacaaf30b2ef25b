//! Options that belong together, and what a command can make of them.

use crate::cli::flag_set;
use crate::cli::flags::Flag;

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

pub const SERVICE: Group = Group {
    options: &flag_set::SERVICE,
    what: "a virtual service (-t, -u, --sctp-service or -f)",
};
pub const MARK_FAMILY: Group = group(&[Flag::Ipv6]);
pub const REAL_SERVER: Group = Group {
    options: &[Flag::RealServer],
    what: "a real server (-r)",
};
pub const SERVICE_OPTIONS: Group = group(&[
    Flag::Scheduler,
    Flag::Persistent,
    Flag::Netmask,
    Flag::OnePacket,
    Flag::PersistenceEngine,
    Flag::SchedulerFlags,
]);
pub const FORWARDING: Group = group(&[
    Flag::Gatewaying,
    Flag::Tunneling,
    Flag::Masquerading,
    Flag::TunnelType,
    Flag::TunnelPort,
    Flag::TunnelNoChecksum,
    Flag::TunnelChecksum,
    Flag::TunnelRemoteChecksum,
]);
pub const SERVER_OPTIONS: Group =
    group(&[Flag::Weight, Flag::UpperThreshold, Flag::LowerThreshold]);
pub const DIAGNOSING: Group = group(&[Flag::Probe, Flag::AsServer, Flag::Director]);
pub const EXIST: Group = group(&[Flag::Exist]);
pub const KEEP: Group = group(&[Flag::Keep]);
pub const TAKEN_AWAY: Group = group(&[Flag::NoPersistent, Flag::NoOnePacket]);
pub const DRAIN: Group = group(&[Flag::Drain]);
pub const RAMP: Group = group(&[Flag::Ramp]);
/// What a whole call is carried out with; no line of rules can have it.
pub const WHOLE_CALL: Group = group(&[Flag::Netns, Flag::Quiet, Flag::Verbose]);
/// Which part of the table a whole call is about; no line of rules can have it either.
pub const SCOPE: Group = group(&[Flag::Only, Flag::Except]);
/// What a whole call prints in the end; no line of rules can have it either.
pub const REPORT: Group = group(&[Flag::Report]);
pub const NUMERIC: Group = group(&[Flag::Numeric]);
pub const CONNECTION: Group = group(&[Flag::Connection]);
pub const TIMEOUT: Group = group(&[Flag::Timeout]);
pub const DAEMON: Group = group(&[Flag::Daemon]);
pub const VIEWS: Group = group(&[
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
pub const QUERY: Group = group(&[
    Flag::Client,
    Flag::State,
    Flag::Protocol,
    Flag::ExpiresWithin,
    Flag::ExpiresAfter,
    Flag::Origin,
    Flag::CountBy,
    Flag::Top,
]);
pub const JSON: Group = group(&[Flag::Json]);
/// For whom a whole call prints; no line of rules can have it either.
pub const COLOR: Group = group(&[Flag::Color]);
pub const SYNC_ID: Group = group(&[Flag::SyncId]);
pub const MULTICAST: Group = group(&[
    Flag::MulticastInterface,
    Flag::SyncMaxLength,
    Flag::MulticastGroup,
    Flag::MulticastPort,
    Flag::MulticastTtl,
]);

pub const RESTORING: Group = group(&[
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
pub const SAVING: Group = group(&[Flag::All, Flag::Output]);

const fn group(options: &'static [Flag]) -> Group {
    Group { options, what: "" }
}
