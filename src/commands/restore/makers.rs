//! Which rule made what: for messages that name an earlier line.

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

/// For each service, server and daemon the last rule about it.
///
/// Nothing is looked up in rules that are right, so it is filled only when it is asked.
#[derive(Default)]
pub struct Makers {
    last: HashMap<Subject, usize>,
    known: usize,
}

impl Makers {
    /// The last of these rules that is about the same thing as a change. From call to call the rules may only
    /// grow.
    pub fn last<P>(&mut self, rules: &[(P, RuleChange)], change: &Change) -> Option<usize> {
        for (index, (_, rule)) in rules.iter().enumerate().skip(self.known) {
            if let Some(subject) = Subject::of(rule.change()) {
                self.last.insert(subject, index);
            }
        }
        self.known = rules.len();
        self.last.get(&Subject::of(change)?).copied()
    }
}
