//! Patches against entries that are there.

use super::{
    ForwardingPatch, Patch, PatchError, SchedulerFlagsPatch, ServerPatch, ServicePatch, TunnelKind,
    TunnelPatch, WeightPatch,
};
use crate::model::{
    Change, Endpoint, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer, SchedulerFlags,
    Service, ServiceId, Tunnel, TunnelChecksum,
};
use nix::libc;

mod servers;

fn id(port: u16) -> ServiceId {
    let address = [192, 0, 2, 1].into();
    ServiceId::Address {
        protocol: Protocol::Udp,
        endpoint: Endpoint { address, port },
    }
}

/// Nothing of it is a default.
fn service() -> Service {
    Service {
        id: id(53),
        scheduler: Name::constant("mh"),
        scheduler_flags: SchedulerFlags(3),
        other_flags: OtherFlags {
            set: 0x40,
            clear: 0,
        },
        persistence: Some(600),
        netmask: Netmask::V4([255, 255, 255, 0].into()),
        persistence_engine: Some(Name::constant("sip")),
        one_packet: true,
    }
}

fn server(last: u8, port: u16, forwarding: Forwarding) -> RealServer {
    RealServer {
        endpoint: Endpoint {
            address: [10, 0, 0, last].into(),
            port,
        },
        forwarding,
        weight: 7,
        upper_threshold: 9,
        lower_threshold: 3,
    }
}

fn edited(patch: ServicePatch) -> Result<Option<Change>, PatchError> {
    Patch::Service(patch).resolve(Some(&service()), [].iter(), false)
}

fn on_servers(patch: ServerPatch, servers: &[RealServer]) -> Result<Option<Change>, PatchError> {
    Patch::Server(patch).resolve(Some(&service()), servers.iter(), false)
}

#[test]
fn only_what_is_named_of_a_service_changes() {
    let none = ServicePatch::new(id(53));
    // The kernel keeps the other flags by itself.
    let kept = Service {
        other_flags: OtherFlags::default(),
        ..service()
    };
    assert_eq!(edited(none), Ok(None));
    let wlc = Name::constant("wlc");
    let flags = |bits, others, named| {
        Some(SchedulerFlagsPatch {
            flags: SchedulerFlags(bits),
            others,
            named,
        })
    };
    for (patch, expected) in [
        (
            ServicePatch {
                scheduler: Some(wlc),
                ..none
            },
            Service {
                scheduler: wlc,
                ..kept
            },
        ),
        (
            ServicePatch {
                persistence: Some(None),
                ..none
            },
            Service {
                persistence: None,
                ..kept
            },
        ),
        (
            ServicePatch {
                persistence_engine: Some(None),
                ..none
            },
            Service {
                persistence_engine: None,
                ..kept
            },
        ),
        (
            ServicePatch {
                one_packet: Some(false),
                ..none
            },
            Service {
                one_packet: false,
                ..kept
            },
        ),
        (
            ServicePatch {
                flags: flags(0, 0, None),
                ..none
            },
            Service {
                scheduler_flags: SchedulerFlags(0),
                other_flags: OtherFlags {
                    set: 0,
                    clear: 0x40,
                },
                ..kept
            },
        ),
        (
            ServicePatch {
                flags: flags(2, 0x80, Some("mh-port")),
                ..none
            },
            Service {
                scheduler_flags: SchedulerFlags(2),
                other_flags: OtherFlags {
                    set: 0x80,
                    clear: 0x40,
                },
                ..kept
            },
        ),
    ] {
        assert_eq!(
            edited(patch),
            Ok(Some(Change::EditService(expected))),
            "{patch:?}"
        );
    }
    // A service for all ports is not added without persistence, and may be edited.
    let all_ports = ServicePatch {
        scheduler: Some(Name::constant("rr")),
        ..ServicePatch::new(id(0))
    };
    assert_eq!(all_ports.resolve(None, true), Err(PatchError::NoPort));
    let persistent = ServicePatch {
        persistence: Some(Some(60)),
        ..all_ports
    };
    assert!(matches!(
        persistent.resolve(None, true),
        Ok(Some(Change::AddService(_)))
    ));
    // What is so already is no change.
    for patch in [
        ServicePatch {
            persistence: Some(Some(600)),
            ..none
        },
        ServicePatch {
            flags: flags(3, 0x40, None),
            ..none
        },
    ] {
        assert_eq!(edited(patch), Ok(None), "{patch:?}");
    }
    let error = edited(ServicePatch {
        flags: flags(1, 0, Some("sh-port")),
        ..none
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the scheduler 'mh' has no such flag: 'sh-port'"
    );
}

#[test]
fn what_is_missing() {
    let errno = |made: Result<Option<Change>, PatchError>| match made {
        Err(PatchError::Missing { errno, .. }) => errno,
        made => panic!("{made:?}"),
    };
    let patch = Patch::Service(ServicePatch::new(id(53)));
    assert_eq!(errno(patch.resolve(None, [].iter(), false)), libc::ESRCH);
    let weight = Some(WeightPatch::More(4));
    let none = ServerPatch::new(id(53), [10, 0, 0, 1].into(), None);
    let patch = Patch::Server(ServerPatch { weight, ..none });
    assert_eq!(errno(patch.resolve(None, [].iter(), false)), libc::ESRCH);
    assert_eq!(errno(patch.resolve(None, [].iter(), true)), libc::ESRCH);
    assert_eq!(
        errno(patch.resolve(Some(&service()), [].iter(), false)),
        libc::ENOENT
    );
    let added = RealServer {
        weight: 5,
        upper_threshold: 0,
        lower_threshold: 0,
        ..server(1, 53, Forwarding::DirectRouting)
    };
    let made = patch.resolve(Some(&service()), [].iter(), true);
    assert_eq!(made, Ok(Some(Change::AddServer(id(53), added))));
}

impl From<Tunnel> for Forwarding {
    fn from(tunnel: Tunnel) -> Forwarding {
        Forwarding::Tunnel(tunnel)
    }
}
