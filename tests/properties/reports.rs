//! A report of changes leads from how everything was to how it is, and as JSON it fits the schema.

use ipvsadm::format::changes::as_json;
use ipvsadm::model::report::Baseline;
use ipvsadm::model::ruleset::Ruleset;
use ipvsadm::model::{Change, RealServerEntry, ServiceEntry, ServiceWithServers, Stats, Timeouts};
use proptest::prelude::*;

use super::documents::SCHEMA;
use super::plans::{changes, content, ruleset, with_flags_kept};

/// A configuration as the kernel lists it.
fn listed(ruleset: &Ruleset) -> Vec<ServiceWithServers> {
    let server = |server| RealServerEntry {
        server,
        active_connections: 0,
        inactive_connections: 0,
        persistent_connections: 0,
        stats: Stats::default(),
    };
    let services = ruleset.services().map(|configured| ServiceWithServers {
        entry: ServiceEntry {
            service: configured.service,
            stats: Stats {
                connections: 1,
                ..Stats::default()
            },
        },
        servers: configured.servers.iter().copied().map(server).collect(),
    });
    services.collect()
}

proptest! {
    #[test]
    fn a_report_leads_to_what_is((before, changes) in (ruleset(), changes(30))) {
        let timeouts = before.timeouts.unwrap_or(Timeouts::default());
        let daemons = before.daemons.clone().unwrap_or_default();
        let baseline = Baseline::new(&listed(&before), timeouts, daemons);
        let mut after = before.clone();
        let made: Vec<Change> = changes
            .into_iter()
            .filter(|change| after.apply(change).is_ok())
            .collect();
        let effects = baseline.effects_of(&made);
        let mut reported = before.clone();
        for effect in &effects {
            let applied = reported.apply(&effect.change);
            prop_assert!(applied.is_ok(), "{:?}: {:?}", effect.change, applied);
            let is_zero = matches!(effect.change, Change::Zero(_));
            prop_assert!(is_zero || effect.before != effect.after, "{:?}", effect);
        }
        // No rule can take away a flag of a newer kernel.
        let expected = with_flags_kept(&before, &after);
        prop_assert_eq!(content(&reported), content(&expected));

        let text = as_json(&effects);
        prop_assert_eq!(text.is_empty(), effects.is_empty());
        if !effects.is_empty() {
            let array = serde_json::from_str(&text).unwrap();
            let errors: Vec<String> = SCHEMA.iter_errors(&array).map(|e| e.to_string()).collect();
            prop_assert!(errors.is_empty(), "{}: {:?}", text, errors);
        }
    }
}
