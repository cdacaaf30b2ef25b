//! The words for what the kernel refuses.

use crate::kernel::ipvs::{KernelError, Operation};
use crate::kernel::netlink::Refusal;
use crate::model::{Change, Name, ServiceId};
use crate::model::{
    DaemonRole, Endpoint, Family, Forwarding, Netmask, OtherFlags, RealServer, SchedulerFlags,
    Service, SyncDaemon, Timeouts,
};
use nix::libc;

const ID: ServiceId = ServiceId::FirewallMark {
    mark: 5,
    family: Family::V4,
};

fn server() -> RealServer {
    RealServer {
        endpoint: Endpoint {
            address: [1, 2, 3, 4].into(),
            port: 80,
        },
        forwarding: Forwarding::Masquerading,
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    }
}

fn service() -> Service {
    Service {
        id: ID,
        scheduler: Name::constant("rr"),
        scheduler_flags: SchedulerFlags(0),
        other_flags: OtherFlags::default(),
        persistence: None,
        netmask: Netmask::whole(Family::V4),
        persistence_engine: None,
        one_packet: false,
    }
}

/// Every operation by a name for this test.
fn operations() -> Vec<(&'static str, Operation)> {
    let daemon = SyncDaemon {
        role: DaemonRole::Master,
        interface: Name::constant("lo"),
        sync_id: 0,
        max_length: None,
        group: None,
        port: None,
        ttl: None,
    };
    let stop = Change::StopDaemon {
        role: DaemonRole::Master,
        sync_id: 0,
    };
    let change = Operation::Change;
    vec![
        ("find", Operation::FindFamily),
        ("info", Operation::Info),
        ("list", Operation::List),
        ("list-service", Operation::ListService(ID)),
        ("timeouts", Operation::Timeouts),
        ("daemons", Operation::Daemons),
        ("add-service", change(Change::AddService(service()))),
        ("edit-service", change(Change::EditService(service()))),
        ("delete-service", change(Change::DeleteService(ID))),
        ("zero-service", change(Change::Zero(Some(ID)))),
        ("zero", change(Change::Zero(None))),
        ("add-server", change(Change::AddServer(ID, server()))),
        ("edit-server", change(Change::EditServer(ID, server()))),
        (
            "delete-server",
            change(Change::DeleteServer(ID, server().endpoint)),
        ),
        ("clear", change(Change::Clear)),
        ("set", change(Change::SetTimeouts(Timeouts::default()))),
        ("start-daemon", change(Change::StartDaemon(daemon))),
        ("stop-daemon", change(stop)),
    ]
}

/// The words that the reference has for an operation, where it has words of their own.
fn own_words(operation: &str, errno: i32) -> Option<&'static str> {
    Some(match (operation, errno) {
        ("add-service", libc::EEXIST) => "Service already exists",
        ("add-service" | "edit-service", libc::ENOENT) => {
            "Scheduler or persistence engine not found"
        }
        (
            "edit-service" | "delete-service" | "zero" | "zero-service" | "list-service",
            libc::ESRCH,
        ) => "No such service",
        ("add-server", libc::EEXIST) => "Destination already exists",
        ("add-server" | "edit-server" | "delete-server", libc::ESRCH) => "Service not defined",
        ("edit-server" | "delete-server", libc::ENOENT) => "No such destination",
        ("start-daemon", libc::EEXIST) => "Daemon has already run",
        ("stop-daemon", libc::ESRCH) => "No daemon is running",
        // The reference asks once; a watch asks again when the module may be gone.
        ("info" | "list" | "list-service", libc::ENOENT) => {
            "this kernel has no IPVS any more: the module ip_vs was unloaded"
        }
        _ => return None,
    })
}

fn refused(operation: Operation, errno: i32, text: Option<&str>) -> KernelError {
    let text = text.map(str::to_owned);
    KernelError {
        operation,
        refusal: Refusal { errno, text },
        explanation: None,
    }
}

#[test]
fn words_of_every_operation_and_error() {
    let general = [
        (libc::EPERM, "Permission denied (you must be root)"),
        (
            libc::EINVAL,
            "Invalid operation.  Possibly wrong module version, address not unicast, ...",
        ),
        (libc::ENOPROTOOPT, "Protocol not available"),
        (libc::ENOMEM, "Memory allocation problem"),
        (libc::EOPNOTSUPP, "Operation not supported with IPv6"),
        (
            libc::EAFNOSUPPORT,
            "Operation not supported with specified address family",
        ),
        (libc::EMSGSIZE, "Module is wrong version"),
        // Those of which the reference has no words of its own, as the system has them.
        (libc::EEXIST, "File exists"),
        (libc::ENOENT, "No such file or directory"),
        (libc::ESRCH, "No such process"),
        (libc::ENODEV, "No such device"),
        (libc::ERANGE, "Numerical result out of range"),
        (9999, "Unknown error 9999"),
    ];
    for (name, operation) in operations() {
        for (errno, words) in general {
            let expected = own_words(name, errno).unwrap_or(words);
            let found = refused(operation, errno, None).words();
            assert_eq!(found, expected, "{name} {errno}");
        }
    }
}

#[test]
fn details_stand_behind_the_words() {
    let list = operations();
    let of = |name: &str| list.iter().find(|(other, _)| *other == name).unwrap().1;
    for (operation, errno, text, expected) in [
        (
            "list",
            libc::EPERM,
            None,
            "Permission denied (you must be root)",
        ),
        ("list-service", libc::ESRCH, None, "No such service: FWM 5"),
        (
            "delete-server",
            libc::ENOENT,
            Some("gone"),
            "No such destination: 1.2.3.4:80 of FWM 5 (the kernel says: gone)",
        ),
        (
            "add-service",
            libc::ENOENT,
            None,
            "Scheduler or persistence engine not found: FWM 5; looked for the module ip_vs_rr",
        ),
        ("clear", libc::ENOMEM, None, "Memory allocation problem"),
        (
            "start-daemon",
            libc::ENODEV,
            None,
            "No such device: master on lo",
        ),
    ] {
        let error = refused(of(operation), errno, text);
        assert_eq!(error.to_string(), expected);
    }
    let with_engine = Service {
        persistence_engine: Some(Name::constant("sip")),
        ..service()
    };
    let error = KernelError::of_change(
        &Change::EditService(with_engine),
        Refusal {
            errno: libc::ENOENT,
            text: None,
        },
    );
    let end = "looked for the module ip_vs_rr and ip_vs_pe_sip";
    assert!(error.to_string().ends_with(end), "{error}");
}
