//! What a run has changed in the end, worked out from how everything was and what the kernel took; no I/O.

use std::collections::{HashMap, HashSet};
use std::mem::discriminant;

use super::diff::plan;
use super::ruleset::{Ruleset, ServiceConfig};
use super::scope::EVERYTHING;
use super::{
    Change, RealServer, ServiceId, ServiceWithServers, Stats, Subject, SyncDaemon, Timeouts,
};

/// How everything was before the first change.
pub struct Baseline {
    ruleset: Ruleset,
    /// The services that had counted anything.
    counted: HashSet<ServiceId>,
}

impl Baseline {
    /// The state in what the kernel listed.
    pub fn new(
        table: &[ServiceWithServers],
        timeouts: Timeouts,
        daemons: Vec<SyncDaemon>,
    ) -> Baseline {
        let mut ruleset = Ruleset::of_table(table);
        ruleset.timeouts = Some(timeouts);
        ruleset.daemons = Some(daemons);
        let counted = table
            .iter()
            .filter(|listed| has_counted(&listed.entry.stats))
            .map(|listed| listed.entry.service.id);
        Baseline {
            ruleset,
            counted: counted.collect(),
        }
    }

    /// What is different after changes that the kernel took in this order: as a plan that leads there, with what each
    /// step finds and leaves. Changes that undid each other are not in it.
    ///
    /// A change that does not fit the state, because others changed it at the same time, is in it as it was made.
    pub fn effects_of(&self, made: &[Change]) -> Vec<Effect> {
        let mut after = self.ruleset.clone();
        let mut unfitting = Vec::new();
        let mut zeroed = HashSet::new();
        for change in made {
            if after.apply(change).is_err() {
                unfitting.push(*change);
            }
            match change {
                Change::Zero(None) => zeroed.extend(&self.counted),
                Change::Zero(Some(id)) => zeroed.extend(self.counted.get(id)),
                _ => {}
            }
        }
        let plan = plan(&self.ruleset, &after, &EVERYTHING);
        let changes = in_order_made(plan.changes().copied().collect(), made);
        zeroed.retain(|id| after.service(id).is_some());
        let mut zeroed: Vec<ServiceId> = zeroed.into_iter().collect();
        zeroed.sort_by_key(ServiceId::sort_key);
        let zeroings = zeroed.into_iter().map(|id| Change::Zero(Some(id)));
        changes
            .into_iter()
            .chain(zeroings)
            .chain(unfitting)
            .map(|change| Effect {
                before: Thing::of(&change, &self.ruleset),
                after: Thing::of(&change, &after),
                change,
            })
            .collect()
    }
}

fn has_counted(stats: &Stats) -> bool {
    stats.totals().iter().any(|total| *total != 0)
}

/// The steps of a plan in the order and in the words in which they were made, where each was made by one change.
fn in_order_made(plan: Vec<Change>, made: &[Change]) -> Vec<Change> {
    let (planned, sent) = (by_subject(&plan), by_subject(made));
    let index_made = |change: &Change| -> Option<usize> {
        let subject = change.about()?;
        let of_subject = sent.get(&subject)?;
        let mut same = of_subject
            .iter()
            .filter(|index| discriminant(&made[**index]) == discriminant(change));
        let index = same.next().filter(|_| same.next().is_none());
        let nothing_else = planned.get(&subject)?.len() == of_subject.len();
        index.copied().filter(|_| nothing_else)
    };
    let indexes: Option<Vec<usize>> = plan.iter().map(index_made).collect();
    match indexes {
        None => plan,
        Some(mut indexes) => {
            indexes.sort_unstable();
            indexes.iter().map(|index| made[*index]).collect()
        }
    }
}

/// The indexes of the changes of each thing.
fn by_subject(changes: &[Change]) -> HashMap<Subject, Vec<usize>> {
    let mut indexes: HashMap<Subject, Vec<usize>> = HashMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(subject) = change.about() {
            indexes.entry(subject).or_default().push(index);
        }
    }
    indexes
}

/// One difference that a run has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub change: Change,
    /// What it is about, as it was; `None` where it was not there.
    pub before: Option<Thing>,
    /// What it is about, as it is; `None` where it is gone.
    pub after: Option<Thing>,
}

/// What can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Service(ServiceConfig),
    Server(RealServer),
    Timeouts(Timeouts),
    Daemon(SyncDaemon),
}

impl Thing {
    /// What a change is about, in a configuration.
    fn of(change: &Change, ruleset: &Ruleset) -> Option<Thing> {
        match change.about()? {
            Subject::Service(id) => ruleset.service(&id).cloned().map(Thing::Service),
            Subject::Server(id, endpoint) => {
                let server = ruleset.service(&id)?.server(&endpoint)?;
                Some(Thing::Server(*server))
            }
            Subject::Timeouts => ruleset.timeouts.map(Thing::Timeouts),
            Subject::Daemon(role) => {
                let mut daemons = ruleset.daemons.iter().flatten();
                let daemon = daemons.find(|daemon| daemon.role == role)?;
                Some(Thing::Daemon(*daemon))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Family, Forwarding, Name, Netmask, RealServerEntry, Service};

    const MARK: ServiceId = ServiceId::FirewallMark {
        mark: 5,
        family: Family::V4,
    };

    fn service(scheduler: &'static str) -> Service {
        Service {
            id: MARK,
            scheduler: Name::constant(scheduler),
            scheduler_flags: Default::default(),
            other_flags: Default::default(),
            persistence: None,
            netmask: Netmask::whole(Family::V4),
            persistence_engine: None,
            one_packet: false,
        }
    }

    fn server(host: u8, weight: i32) -> RealServer {
        RealServer {
            endpoint: Endpoint {
                address: [10, 0, 0, host].into(),
                port: 0,
            },
            forwarding: Forwarding::DirectRouting,
            weight,
            upper_threshold: 0,
            lower_threshold: 0,
        }
    }

    const TIMEOUTS: Timeouts = Timeouts {
        tcp: 900,
        tcp_fin: 120,
        udp: 300,
    };

    /// The mark with two servers of weight 1, and so many connections.
    fn baseline(connections: u64) -> Baseline {
        let observed = |server| RealServerEntry {
            server,
            active_connections: 0,
            inactive_connections: 0,
            persistent_connections: 0,
            stats: Stats::default(),
        };
        let stats = Stats {
            connections,
            ..Stats::default()
        };
        let listed = ServiceWithServers {
            entry: crate::model::ServiceEntry {
                service: service("rr"),
                stats,
            },
            servers: vec![observed(server(1, 1)), observed(server(2, 1))],
        };
        Baseline::new(&[listed], TIMEOUTS, Vec::new())
    }

    #[track_caller]
    fn check(made: &[Change], expected: &[Change]) {
        let effects = baseline(7).effects_of(made);
        let changes: Vec<Change> = effects.iter().map(|effect| effect.change).collect();
        assert_eq!(changes, expected);
    }

    #[test]
    fn what_differs_in_the_end() {
        use Change::*;
        let edit = |weight| EditServer(MARK, server(1, weight));
        check(&[], &[]);
        // Nothing had to change.
        check(&[edit(1)], &[]);
        check(&[EditService(service("rr"))], &[]);
        check(&[SetTimeouts(TIMEOUTS)], &[]);
        check(&[edit(5)], &[edit(5)]);
        // A weight that is reached in steps, a drain that is called off.
        check(&[edit(2), edit(3), edit(4)], &[edit(4)]);
        check(&[edit(0), edit(1)], &[]);
        let gone = DeleteServer(MARK, server(2, 1).endpoint);
        check(&[edit(0), gone], &[edit(0), gone]);
        check(
            &[
                AddServer(MARK, server(3, 1)),
                DeleteServer(MARK, server(3, 1).endpoint),
            ],
            &[],
        );
        // The order in which it was made.
        let added = AddServer(MARK, server(3, 1));
        check(&[gone, added, edit(5)], &[gone, added, edit(5)]);
        // A table that is cleared, and one that is cleared and made again.
        check(&[Clear], &[DeleteService(MARK)]);
        let again = [
            Clear,
            AddService(service("rr")),
            AddServer(MARK, server(1, 1)),
            AddServer(MARK, server(2, 4)),
        ];
        check(&again, &[EditServer(MARK, server(2, 4))]);
    }

    #[test]
    fn counters_that_were_set_to_zero() {
        use Change::*;
        let zeroed = Zero(Some(MARK));
        for made in [Zero(None), zeroed] {
            check(&[made], &[zeroed]);
            assert_eq!(baseline(0).effects_of(&[made]), []);
        }
        check(&[Zero(None), Clear], &[DeleteService(MARK)]);
    }

    /// The words are those that were sent, as --dry-run prints them, where they were sent once.
    #[test]
    fn timeouts_of_which_some_are_kept() {
        use Change::*;
        let set = |tcp, tcp_fin, udp| SetTimeouts(Timeouts { tcp, tcp_fin, udp });
        check(&[set(0, 44, 0)], &[set(0, 44, 0)]);
        check(&[set(0, 44, 0), set(5, 0, 0)], &[set(5, 44, 300)]);
    }

    #[test]
    fn what_others_changed_meanwhile() {
        let other = ServiceId::FirewallMark {
            mark: 6,
            family: Family::V4,
        };
        let deleted = Change::DeleteService(other);
        let effects = baseline(7).effects_of(&[deleted]);
        let expected = Effect {
            change: deleted,
            before: None,
            after: None,
        };
        assert_eq!(effects, [expected]);
    }

    #[test]
    fn what_was_and_what_is() {
        let edit = Change::EditServer(MARK, server(1, 5));
        let [effect] = &baseline(0).effects_of(&[edit])[..] else {
            panic!("one effect");
        };
        assert_eq!(effect.before, Some(Thing::Server(server(1, 1))));
        assert_eq!(effect.after, Some(Thing::Server(server(1, 5))));
        let [effect] = &baseline(0).effects_of(&[Change::Clear])[..] else {
            panic!("one effect");
        };
        let Some(Thing::Service(configured)) = &effect.before else {
            panic!("{effect:?}");
        };
        assert_eq!(configured.servers, [server(1, 1), server(2, 1)]);
        assert_eq!(effect.after, None);
    }
}
