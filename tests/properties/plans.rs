//! Plans lead where they should, and every change can be undone.

use std::collections::BTreeMap;

use ipvsadm::model::diff::plan;
use ipvsadm::model::ruleset::Ruleset;
use ipvsadm::model::scope::EVERYTHING;
use ipvsadm::model::{Change, Family, Protocol, Service, ServiceId};
use proptest::prelude::*;

use super::strategies;

/// One of so few services that two configurations have some in common.
fn few_ids() -> impl Strategy<Value = ServiceId> {
    let address = |protocol, address: &str| ServiceId::Address {
        protocol,
        endpoint: ipvsadm::model::Endpoint {
            address: address.parse().unwrap(),
            port: 80,
        },
    };
    let mark = |family| ServiceId::FirewallMark { mark: 1, family };
    prop::sample::select(vec![
        address(Protocol::Tcp, "10.0.0.1"),
        address(Protocol::Udp, "10.0.0.1"),
        address(Protocol::Tcp, "2001:db8::1"),
        mark(Family::V4),
        mark(Family::V6),
    ])
}

/// The same change, with one of few servers.
fn with_few_servers(change: Change, index: u8) -> Change {
    let few = |endpoint: &mut ipvsadm::model::Endpoint| {
        endpoint.address = match Family::of(endpoint.address) {
            Family::V4 => [192, 168, 0, index % 4].into(),
            Family::V6 => [0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(index % 4)].into(),
        };
        endpoint.port = 80;
    };
    match change {
        Change::AddServer(id, mut server) => {
            few(&mut server.endpoint);
            Change::AddServer(id, server)
        }
        Change::EditServer(id, mut server) => {
            few(&mut server.endpoint);
            Change::EditServer(id, server)
        }
        Change::DeleteServer(id, mut endpoint) => {
            few(&mut endpoint);
            Change::DeleteServer(id, endpoint)
        }
        other => other,
    }
}

pub fn changes(count: usize) -> impl Strategy<Value = Vec<Change>> {
    let change = (strategies::change(few_ids()), any::<u8>());
    let change = change.prop_map(|(change, index)| with_few_servers(change, index));
    prop::collection::vec(change, 0..count)
}

/// A configuration as changes left it; those that the kernel would refuse left nothing.
pub fn ruleset() -> impl Strategy<Value = Ruleset> {
    changes(40).prop_map(|changes| {
        let mut ruleset = Ruleset::default();
        // So that nothing is unknown: a kernel always has timeouts and a list of daemons.
        ruleset.timeouts = Some(ipvsadm::model::Timeouts {
            tcp: 900,
            tcp_fin: 120,
            udp: 300,
        });
        ruleset.daemons = Some(Vec::new());
        for change in changes {
            let _ = ruleset.apply(&change);
        }
        ruleset
    })
}

/// A configuration without the order in which it was made.
pub fn content(ruleset: &Ruleset) -> BTreeMap<String, Vec<String>> {
    let mut content = BTreeMap::new();
    for configured in ruleset.services() {
        let mut servers: Vec<_> = configured
            .servers
            .iter()
            .map(|one| format!("{one:?}"))
            .collect();
        servers.sort();
        content.insert(format!("{:?}", configured.service), servers);
    }
    let mut daemons: Vec<_> = ruleset
        .daemons
        .iter()
        .flatten()
        .map(|one| format!("{one:?}"))
        .collect();
    daemons.sort();
    content.insert("daemons".to_owned(), daemons);
    content.insert(
        "timeouts".to_owned(),
        vec![format!("{:?}", ruleset.timeouts)],
    );
    content
}

/// What is wanted, with the flags of a newer kernel that are there and of which it does not speak.
pub fn with_flags_kept(running: &Ruleset, wanted: &Ruleset) -> Ruleset {
    let mut expected = wanted.clone();
    for configured in running.services() {
        let edit = wanted.service(&configured.service.id).map(|wanted| {
            let flags = configured.service.other_flags;
            Change::EditService(Service {
                other_flags: flags.edited(wanted.service.other_flags),
                ..wanted.service
            })
        });
        edit.map(|edit| expected.apply(&edit));
    }
    expected
}

proptest! {
    #[test]
    fn a_plan_leads_to_what_is_wanted((running, wanted) in (ruleset(), ruleset())) {
        let mut after = running.clone();
        let plan_there = plan(&running, &wanted, &EVERYTHING);
        for change in plan_there.changes() {
            let undo = after.apply(change);
            prop_assert!(undo.is_ok(), "{:?}: {:?}", change, undo);
        }
        // Only what is not said of a daemon may differ.
        let without_daemons = |ruleset: &Ruleset| {
            let mut content = content(ruleset);
            content.remove("daemons");
            content
        };
        let expected = with_flags_kept(&running, &wanted);
        prop_assert_eq!(without_daemons(&after), without_daemons(&expected));
        prop_assert_eq!(plan(&after, &wanted, &EVERYTHING).changes().count(), 0);
    }

    #[test]
    fn what_is_the_same_stays(ruleset in ruleset()) {
        prop_assert_eq!(plan(&ruleset, &ruleset, &EVERYTHING).changes().count(), 0);
    }

    #[test]
    fn what_is_not_spoken_of_stays((running, mut wanted) in (ruleset(), ruleset())) {
        wanted.timeouts = None;
        wanted.daemons = None;
        let about_services = |change: &Change| {
            !matches!(change, Change::SetTimeouts(_) | Change::StartDaemon(_) | Change::StopDaemon { .. })
        };
        prop_assert!(plan(&running, &wanted, &EVERYTHING).changes().all(about_services));
    }

    #[test]
    fn every_change_is_undone((before, changes) in (ruleset(), changes(30))) {
        let mut ruleset = before.clone();
        let mut undo = Vec::new();
        for change in changes {
            let known = content(&ruleset);
            match ruleset.apply(&change) {
                Ok(back) => undo.push(back),
                // What is refused changes nothing.
                Err(_) => prop_assert_eq!(content(&ruleset), known),
            }
        }
        for change in undo.into_iter().rev().flatten() {
            let outcome = ruleset.apply(&change);
            prop_assert!(outcome.is_ok(), "{:?}: {:?}", change, outcome);
        }
        prop_assert_eq!(content(&ruleset), content(&before));
    }
}
