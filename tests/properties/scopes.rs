//! A replacement of a part of the table makes that part equal to the rules, and touches nothing else.

use ipvsadm::model::diff::plan;
use ipvsadm::model::ruleset::Ruleset;
use ipvsadm::model::scope::{Scope, Selector};
use ipvsadm::model::{Change, Endpoint, Protocol, ServiceId};
use proptest::prelude::*;

use super::plans::{content, ruleset, with_flags_kept};

/// Selectors of some of the services of [`ruleset`].
fn selector() -> impl Strategy<Value = Selector> {
    let network = |text: &str| Selector::Network(text.parse().unwrap());
    prop::sample::select(vec![
        network("10.0.0.0/8"),
        network("10.0.0.1/32"),
        network("2001:db8::/64"),
        network("192.0.2.0/24"),
        Selector::Endpoint(Endpoint {
            address: [10, 0, 0, 1].into(),
            port: 80,
        }),
        Selector::Marks(1..=1),
        Selector::Marks(2..=9),
        Selector::Protocol(Protocol::Tcp),
        Selector::Protocol(Protocol::Udp),
    ])
}

fn scope() -> impl Strategy<Value = Scope> {
    let selectors = || prop::collection::vec(selector(), 0..3);
    (selectors(), selectors())
        .prop_map(|(only, except)| Scope { only, except })
        .prop_filter("everything is no part", |scope| !scope.is_everything())
}

/// The services that are chosen, and nothing else.
fn part(ruleset: &Ruleset, chosen: impl Fn(&ServiceId) -> bool) -> Ruleset {
    let mut part = Ruleset::default();
    for configured in ruleset.services() {
        if chosen(&configured.service.id) {
            let servers = configured.servers.iter();
            let changes = servers.map(|server| Change::AddServer(configured.service.id, *server));
            let service = Change::AddService(configured.service);
            for change in std::iter::once(service).chain(changes) {
                part.apply(&change).unwrap();
            }
        }
    }
    part
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_part_is_replaced_and_the_rest_is_untouched(
        (running, rules, scope) in (ruleset(), ruleset(), scope())
    ) {
        let inside = |ruleset: &Ruleset| part(ruleset, |id| scope.includes(id));
        let outside = |ruleset: &Ruleset| {
            let mut rest = part(ruleset, |id| !scope.includes(id));
            rest.timeouts = ruleset.timeouts;
            rest.daemons = ruleset.daemons.clone();
            rest
        };
        // Rules outside the scope are refused before that; here they must change nothing either.
        let mut after = running.clone();
        let mut undo = Vec::new();
        for change in plan(&running, &rules, &scope).changes() {
            prop_assert!(scope.includes_change(change), "{:?}", change);
            let undone = after.apply(change);
            prop_assert!(undone.is_ok(), "{:?}: {:?}", change, undone);
            undo.push(undone.unwrap_or_default());
        }
        let expected = inside(&with_flags_kept(&running, &rules));
        prop_assert_eq!(content(&inside(&after)), content(&expected));
        prop_assert_eq!(content(&outside(&after)), content(&outside(&running)));
        prop_assert_eq!(plan(&after, &rules, &scope).changes().count(), 0);
        // To know the part is enough.
        let of_part = plan(&inside(&running), &inside(&rules), &scope);
        prop_assert_eq!(&of_part, &plan(&running, &rules, &scope));

        for change in undo.into_iter().rev().flatten() {
            prop_assert!(scope.includes_change(&change), "{:?}", change);
            prop_assert!(after.apply(&change).is_ok());
        }
        prop_assert_eq!(content(&after), content(&running));
    }
}
