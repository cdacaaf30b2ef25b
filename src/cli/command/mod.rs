//! What a command line asks for, once it is known to make sense.

mod diagnose;
mod rule;

use std::path::PathBuf;
use std::time::Duration;

pub use diagnose::{ColorChoice, Diagnose, Examined, ServerRole};
pub use rule::{Print, RuleChange, RuleCommand};

use super::notice::Notice;
use crate::model::connection::ConnectionQuery;
pub use crate::model::order::Order;
use crate::model::patch::Patch;
use crate::model::ruleset::KeptWeights;
use crate::model::scope::Scope;
use crate::model::{Change, Endpoint, RealServer, ServiceId};

/// A call of the program: a command, and how it is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub command: Command,
    /// What is odd about it, though it is right.
    pub notices: Vec<Notice>,
    /// The network namespace to work in; else the caller's.
    pub netns: Option<String>,
    pub verbosity: Verbosity,
    /// The part of the table that it is about.
    pub scope: Scope,
    /// How the changes that were made are printed in the end; `None` where they are not.
    pub report: Option<ReportForm>,
}

/// What a report of changes is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    Rules,
    /// An array of JSON.
    Json,
}

/// What is printed to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing at all.
    Quiet,
    #[default]
    Normal,
    /// Each request and answer too.
    Verbose,
}

impl Invocation {
    /// Whether it makes a table, or puts another one in its place, without regard to what is there: others who keep
    /// one of their own will put that back. A part of the table is chosen with regard to them.
    pub fn takes_table(&self) -> bool {
        let takes = match &self.command {
            Command::Change(change) | Command::Ensure(change) => {
                matches!(change, Change::Clear | Change::AddService(_))
            }
            Command::Restore(restore) => {
                restore.mode == RestoreMode::Replace { dry_run: false } && !restore.check
            }
            _ => false,
        };
        takes && self.scope.is_everything()
    }

    /// A call with nothing but a command.
    pub fn plain(command: Command) -> Invocation {
        Invocation {
            command,
            notices: Vec::new(),
            netns: None,
            verbosity: Verbosity::default(),
            scope: Scope::default(),
            report: None,
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A request that changes the kernel's state.
    Change(Change),
    /// The same where it is not made already: what is to be added may be there, and is edited; what
    /// is to be deleted may be missing.
    Ensure(Change),
    /// A change of every service in the scope of the call.
    Within(ScopedChange),
    /// A change of what is named, and of nothing else.
    Keep(Keep),
    Drain(Drain),
    Ramp(Ramp),
    /// A change of what is named; the weight is reached in steps, in this time.
    KeepRamp(Keep, Duration),
    List(List),
    /// The same listing again and again.
    Watch(List, Watch),
    /// Saves to standard output.
    Save(Save),
    /// Saves into a file, which is replaced.
    SaveFile(Save, PathBuf),
    Restore(Restore),
    Diagnose(Diagnose),
    Help,
    Version,
}

/// What can be done to every service in a scope that is not everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopedChange {
    /// All of them are deleted, if there are any.
    Clear,
    /// All of them are deleted.
    Delete {
        /// There may be none.
        exist: bool,
    },
    /// Their counters are set to zero.
    Zero,
}

/// What a listing is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Tables to read.
    #[default]
    Text,
    /// A JSON document a line.
    Json,
    /// OpenMetrics text, which Prometheus reads.
    Metrics,
}

/// A partial edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub patch: Patch,
    /// What is missing is added, with the defaults where nothing is named.
    pub exist: bool,
}

/// What to drain and delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    pub service: ServiceId,
    /// One of its servers; else all of them, and then the service.
    pub server: Option<Endpoint>,
    /// How long to wait; else as long as it takes.
    pub limit: Option<Duration>,
    /// What is to be deleted may be missing.
    pub exist: bool,
}

/// A server that comes to its weight in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    pub service: ServiceId,
    /// With the weight that it gets in the end.
    pub server: RealServer,
    /// How long that takes.
    pub duration: Duration,
    /// Whether it is a new server, which begins at weight 0.
    pub add: bool,
    /// A new server may be there already; it begins at the weight that it has.
    pub exist: bool,
}

/// What to list, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    pub what: Listed,
    pub format: Format,
    /// Numbers instead of names.
    pub numeric: bool,
    /// Numbers whole instead of abbreviated.
    pub exact: bool,
    pub order: Order,
    /// Without real servers that have no connection and get none.
    pub only_active: bool,
    /// How far metrics go into detail.
    pub detail: Detail,
    /// With the number of connections in each state, as metrics.
    pub states: bool,
    /// Whether text is coloured.
    pub color: ColorChoice,
}

impl List {
    /// The listing of a call without arguments: the table, with names.
    pub const DEFAULT: List = List {
        what: Listed::Table {
            service: None,
            view: View::Plain,
        },
        format: Format::Text,
        numeric: false,
        exact: false,
        order: Order::Address,
        only_active: false,
        detail: Detail::Servers,
        states: false,
        color: ColorChoice::Never,
    };
}

/// How far metrics go into detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Down to each real server.
    #[default]
    Servers,
    /// Down to each service; those of its servers are summed up.
    Services,
    /// Of everything together.
    Whole,
}

/// How often to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// From one listing to the next, 0.1 to 86400 seconds.
    pub interval: Duration,
    /// How many listings; `None` for no end.
    pub count: Option<u32>,
}

impl Watch {
    /// The interval where none is given.
    pub const INTERVAL: Duration = Duration::from_secs(1);
}

/// The subject of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The services, or one of them, with their servers.
    Table {
        service: Option<ServiceId>,
        view: View,
    },
    /// The connections, or some of them, or counts of them; with their persistence-engine data where that is
    /// asked for.
    Connections {
        engine_data: bool,
        query: ConnectionQuery,
    },
    Timeouts,
    Daemons,
    /// How full the kernel's tables are, and the settings that differ from its defaults.
    Status,
}

/// The columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Plain,
    Stats,
    Rate,
    Thresholds,
    PersistentConnections,
    TunnelInfo,
}

/// What to save, and in which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Save {
    pub numeric: bool,
    /// As JSON instead of command lines.
    pub json: bool,
    /// The timeouts and the sync daemons too.
    pub all: bool,
}

/// Where rules come from, and what to do with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    pub mode: RestoreMode,
    /// A JSON document instead of command lines.
    pub json: bool,
    /// Each line may be made already, as [`Command::Ensure`] has it.
    pub exist: bool,
    /// Only verify the rules.
    pub check: bool,
    /// Into an empty table, apply each rule that can be applied; else a bad rule is in the way of all.
    pub partial: bool,
    /// Which weights a replacement leaves as they are; `None` for those of the rules.
    pub keep_weights: Option<KeptWeights>,
    /// A file to read; else standard input.
    pub input: Option<PathBuf>,
    /// How long to wait for another run that replaces the table.
    pub wait: Duration,
}

impl Restore {
    /// How long to wait where nothing is said.
    pub const WAIT: Duration = Duration::from_secs(60);

    /// A restore with nothing but its mode chosen.
    pub fn new(mode: RestoreMode) -> Restore {
        Restore {
            mode,
            json: false,
            exist: false,
            check: false,
            partial: false,
            keep_weights: None,
            input: None,
            wait: Restore::WAIT,
        }
    }

    /// Whether it takes the lock, which keeps other runs from changing the table at the same time.
    pub fn locks(&self) -> bool {
        let changes_whole = matches!(
            self.mode,
            RestoreMode::Atomic | RestoreMode::Replace { dry_run: false }
        );
        changes_whole && !self.check
    }
}

/// What becomes of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreMode {
    /// Each line as it comes.
    Apply,
    /// All lines or none.
    Atomic,
    /// The table becomes what the rules say.
    Replace {
        /// Only print the changes.
        dry_run: bool,
    },
}
