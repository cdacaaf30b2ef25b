//! The last rule about each service, server and daemon: for messages that refer to it.

use std::collections::HashMap;

use crate::cli::command::RuleChange;
use crate::model::{Change, DaemonRole, Endpoint, ServiceId};

/// What a rule is about, where it is about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Service(ServiceId),
    Server(ServiceId, Endpoint),
    Timeouts,
    Daemon(DaemonRole),
}

impl Subject {
    fn of(change: &Change) -> Option<Subject> {
        match change {
            Change::AddService(service) | Change::EditService(service) => {
                Some(Subject::Service(service.id))
            }
            Change::DeleteService(id) => Some(Subject::Service(*id)),
            Change::AddServer(id, server) | Change::EditServer(id, server) => {
                Some(Subject::Server(*id, server.endpoint))
            }
            Change::DeleteServer(id, endpoint) => Some(Subject::Server(*id, *endpoint)),
            Change::SetTimeouts(_) => Some(Subject::Timeouts),
            Change::StartDaemon(daemon) => Some(Subject::Daemon(daemon.role)),
            Change::StopDaemon { role, .. } => Some(Subject::Daemon(*role)),
            Change::Clear | Change::Zero(_) => None,
        }
    }
}

/// The index of the last rule about each service, server and daemon.
///
/// Valid rules need no look-up, so the index is built when it is first used.
#[derive(Default)]
pub struct LastRules {
    last: HashMap<Subject, usize>,
    /// How many rules are indexed.
    indexed: usize,
}

impl LastRules {
    /// The last of these rules that is about the same thing as a change. From one call to the next, rules may only
    /// be added.
    pub fn about<P>(&mut self, rules: &[(P, RuleChange)], change: &Change) -> Option<usize> {
        for (index, (_, rule)) in rules.iter().enumerate().skip(self.indexed) {
            if let Some(subject) = rule.change().and_then(Subject::of) {
                self.last.insert(subject, index);
            }
        }
        self.indexed = rules.len();
        self.last.get(&Subject::of(change)?).copied()
    }
}
