//! What was typed, as a command: legality, and the options of each.

use std::path::PathBuf;
use std::time::Duration;

use super::{Typed, bad};
use crate::cli::command::{
    ColorChoice, Command, Drain, Format, List, Listed, Order, Ramp, ReportForm, Restore,
    RestoreMode, Save, ScopedChange, Verbosity, View, Watch,
};
use crate::cli::flags::Flag;
use crate::cli::usage::UsageError;
use crate::cli::{Lookup, legality, limits, numbers, values};
use crate::model::{Change, DaemonRole, SyncDaemon, Timeouts};

impl Typed<'_> {
    pub(super) fn finish(&self, names: &dyn Lookup) -> Result<Command, UsageError> {
        let Some(command) = self.command else {
            return Err(match (self.first_option, self.words.first()) {
                (Some(option), _) => UsageError::NoCommand(option),
                (None, word) => {
                    UsageError::NotACommand(word.copied().unwrap_or_default().to_owned())
                }
            });
        };
        let timeouts = if command == Flag::SetTimeouts {
            Some(self.timeouts()?)
        } else if let Some(word) = self.words.first() {
            return Err(unexpected(command, word));
        } else {
            None
        };
        legality::check(command, &self.seen)?;
        self.build(command, timeouts, names)
    }

    pub(super) fn build(
        &self,
        command: Flag,
        timeouts: Option<Timeouts>,
        names: &dyn Lookup,
    ) -> Result<Command, UsageError> {
        if self.seen.has(Flag::Drain) {
            return Ok(Command::Drain(self.drain(command, names)?));
        }
        if self.seen.has(Flag::Keep) {
            let keep = self.keep(command, names)?;
            return Ok(match self.seen.has(Flag::Ramp) {
                true => Command::KeepRamp(keep, Duration::from_secs(self.ramp.into())),
                false => Command::Keep(keep),
            });
        }
        if self.seen.has(Flag::Ramp) {
            return Ok(Command::Ramp(self.ramp(command, names)?));
        }
        let within = match command {
            Flag::Clear => Some(ScopedChange::Clear),
            Flag::Zero => Some(ScopedChange::Zero),
            Flag::DeleteService => Some(ScopedChange::Delete {
                exist: self.seen.has(Flag::Exist),
            }),
            _ => None,
        };
        if let Some(change) = within.filter(|_| !self.scope.is_everything()) {
            return Ok(Command::Within(change));
        }
        let change = match command {
            Flag::AddService => Change::AddService(self.service_options()?),
            Flag::EditService => Change::EditService(self.service_options()?),
            Flag::DeleteService => Change::DeleteService(self.service_id()),
            Flag::Clear => Change::Clear,
            Flag::AddServer => Change::AddServer(self.service_id(), self.server(names)?),
            Flag::EditServer => Change::EditServer(self.service_id(), self.server(names)?),
            Flag::DeleteServer => {
                Change::DeleteServer(self.service_id(), self.server_endpoint(names)?)
            }
            Flag::Zero => Change::Zero(self.optional_service_id()),
            Flag::SetTimeouts => Change::SetTimeouts(timeouts.unwrap_or_default()),
            Flag::StartDaemon => Change::StartDaemon(self.daemon()?),
            Flag::StopDaemon => Change::StopDaemon {
                role: self.role(),
                sync_id: self.sync_id.unwrap_or(0),
            },
            Flag::Save => {
                let save = Save {
                    numeric: self.seen.has(Flag::Numeric),
                    json: self.seen.has(Flag::Json),
                    all: self.seen.has(Flag::All),
                };
                return Ok(match self.file {
                    None => Command::Save(save),
                    Some(file) => Command::SaveFile(save, PathBuf::from(file)),
                });
            }
            Flag::Restore => return Ok(Command::Restore(self.restore())),
            Flag::Diagnose => return Ok(Command::Diagnose(self.diagnose(names)?)),
            Flag::Help => return Ok(Command::Help),
            Flag::Version => return Ok(Command::Version),
            _ if self.seen.has(Flag::Watch) => {
                let watch = Watch {
                    interval: self.interval,
                    count: self.count,
                };
                return Ok(Command::Watch(self.list(names)?, watch));
            }
            _ => return Ok(Command::List(self.list(names)?)),
        };
        Ok(if self.seen.has(Flag::Exist) {
            Command::Ensure(change)
        } else {
            Command::Change(change)
        })
    }

    pub(super) fn verbosity(&self) -> Verbosity {
        if self.seen.has(Flag::Quiet) {
            Verbosity::Quiet
        } else if self.seen.has(Flag::Verbose) {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        }
    }

    pub(super) fn report(&self) -> Option<ReportForm> {
        let form = match self.seen.has(Flag::Json) {
            true => ReportForm::Json,
            false => ReportForm::Rules,
        };
        self.seen.has(Flag::Report).then_some(form)
    }

    fn drain(&self, command: Flag, names: &dyn Lookup) -> Result<Drain, UsageError> {
        let limit = self.drain_limit.map(u64::from);
        Ok(Drain {
            service: self.service_id(),
            server: match command {
                Flag::DeleteServer => Some(self.server_endpoint(names)?),
                _ => None,
            },
            limit: limit.map(Duration::from_secs),
            exist: self.seen.has(Flag::Exist),
        })
    }

    fn ramp(&self, command: Flag, names: &dyn Lookup) -> Result<Ramp, UsageError> {
        Ok(Ramp {
            service: self.service_id(),
            server: self.server(names)?,
            duration: Duration::from_secs(self.ramp.into()),
            add: command == Flag::AddServer,
            exist: self.seen.has(Flag::Exist),
        })
    }

    fn timeouts(&self) -> Result<Timeouts, UsageError> {
        let [tcp, tcp_fin, udp] = match self.words[..] {
            [tcp, tcp_fin, udp] => [tcp, tcp_fin, udp],
            [_, _, _, extra, ..] => return Err(UsageError::UnexpectedWord(extra.to_owned())),
            _ => return Err(UsageError::ThreeTimeouts),
        };
        let seconds =
            |word| numbers::number(word, 0, limits::LONGEST).map_err(bad(Flag::SetTimeouts, word));
        Ok(Timeouts {
            tcp: seconds(tcp)?,
            tcp_fin: seconds(tcp_fin)?,
            udp: seconds(udp)?,
        })
    }

    fn role(&self) -> DaemonRole {
        // The flag does not go without its value, so a role is there.
        self.role.unwrap_or(DaemonRole::Master)
    }

    fn daemon(&self) -> Result<SyncDaemon, UsageError> {
        let named = |word| values::interface(word).map_err(bad(Flag::MulticastInterface, word));
        let interface = self.interface.map(named).transpose()?;
        Ok(SyncDaemon {
            role: self.role(),
            interface: interface.unwrap_or(limits::DEFAULT_INTERFACE),
            sync_id: self.sync_id.unwrap_or(0),
            max_length: self.max_length,
            group: self.group,
            port: self.port,
            ttl: self.ttl,
        })
    }

    pub(super) fn restore(&self) -> Restore {
        let mode = if self.seen.has(Flag::Replace) {
            RestoreMode::Replace {
                dry_run: self.seen.has(Flag::DryRun),
            }
        } else if self.seen.has(Flag::Atomic) {
            RestoreMode::Atomic
        } else {
            RestoreMode::Apply
        };
        let mut restore = Restore::new(mode);
        restore.json = self.seen.has(Flag::Json);
        restore.exist = self.seen.has(Flag::Exist);
        restore.check = self.seen.has(Flag::Check);
        restore.keep_weights = self.keep_weights;
        restore.input = self.file.map(PathBuf::from);
        if let Some(seconds) = self.wait {
            restore.wait = Duration::from_secs(seconds.into());
        }
        restore
    }

    fn list(&self, names: &dyn Lookup) -> Result<List, UsageError> {
        const VIEWS: [(Flag, View); 5] = [
            (Flag::Stats, View::Stats),
            (Flag::Rate, View::Rate),
            (Flag::Thresholds, View::Thresholds),
            (Flag::PersistentConnections, View::PersistentConnections),
            (Flag::TunnelInfo, View::TunnelInfo),
        ];
        let what = if self.seen.has(Flag::Connection) {
            Listed::Connections {
                engine_data: self.seen.has(Flag::PersistentConnections),
                query: self.connection_query(names)?,
            }
        } else if self.seen.has(Flag::Timeout) {
            Listed::Timeouts
        } else if self.seen.has(Flag::Daemon) {
            Listed::Daemons
        } else if self.seen.has(Flag::Status) {
            Listed::Status
        } else {
            // Where several views are asked for, the first of this order wins.
            let view = VIEWS.iter().find(|(flag, _)| self.seen.has(*flag));
            Listed::Table {
                service: self.optional_service_id(),
                view: view.map_or(View::Plain, |(_, view)| *view),
            }
        };
        let format = if self.seen.has(Flag::Json) {
            Format::Json
        } else if self.seen.has(Flag::Metrics) {
            Format::Metrics
        } else {
            Format::Text
        };
        Ok(List {
            what,
            format,
            numeric: self.seen.has(Flag::Numeric),
            exact: self.seen.has(Flag::Exact),
            order: self.order.unwrap_or(if self.seen.has(Flag::NoSort) {
                Order::Kernel
            } else {
                Order::Address
            }),
            only_active: self.seen.has(Flag::OnlyActive),
            detail: self.detail,
            states: self.seen.has(Flag::States),
            // Scripts that run on a terminal read -L.
            color: self.color.unwrap_or(if self.seen.has(Flag::Watch) {
                ColorChoice::Auto
            } else {
                ColorChoice::Never
            }),
        })
    }
}

/// What a word is that belongs to no option: often a file, where that is an option's value.
fn unexpected(command: Flag, word: &str) -> UsageError {
    let word = word.to_owned();
    let option = match command {
        Flag::Restore => Flag::Input,
        Flag::Save => Flag::Output,
        _ => return UsageError::UnexpectedWord(word),
    };
    UsageError::FileIsOption {
        command,
        option,
        word,
    }
}
