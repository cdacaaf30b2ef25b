//! The rights of this process: which a run keeps, and whether they are its caller's own.
//!
//! ipvsadm runs as root on the machine that all traffic goes through, and reads rules, names and clients' data that
//! others wrote. An attacker who exploits a mistake in that code should gain no more than the right to change the table.

use std::path::Path;

use nix::unistd::{getegid, geteuid, getgid, getuid};
use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_ambient_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};

use super::confinement::confine;
use super::required_rights::RequiredRights;

/// It exists where IPVS does, loaded or built in.
const LOADED: &str = "/proc/net/ip_vs";
/// What listing the firewall's rules takes: raw sockets are for those of iptables-legacy.
const FIREWALL: CapabilitySet = CapabilitySet::NET_ADMIN.union(CapabilitySet::NET_RAW);

/// The capabilities that the process keeps.
fn own(needs: &RequiredRights) -> CapabilitySet {
    let sets = [
        (needs.kernel, CapabilitySet::NET_ADMIN),
        (needs.ports, CapabilitySet::NET_BIND_SERVICE),
        (needs.namespaces, CapabilitySet::SYS_ADMIN),
        (needs.raw_sockets, CapabilitySet::NET_RAW),
        (needs.reads_file, CapabilitySet::DAC_READ_SEARCH),
        // To give the new file to the old one's owner, and to replace one in a sticky directory.
        (
            needs.writes_file,
            CapabilitySet::DAC_OVERRIDE | CapabilitySet::CHOWN | CapabilitySet::FOWNER,
        ),
    ];
    let needed = sets.into_iter().filter(|(needed, _)| *needed);
    needed.fold(CapabilitySet::empty(), |all, (_, set)| all | set)
}

/// Those that programs can have that it starts.
fn of_children(needs: &RequiredRights) -> CapabilitySet {
    if needs.firewall {
        FIREWALL
    } else {
        CapabilitySet::empty()
    }
}

/// Gives up, for good, every right that a run has no use for; see `capabilities(7)`.
///
/// No program that it starts can get one back either, and where it starts none, it can change no file that it has no
/// need to. There is one exception: where IPVS is not loaded yet, or there is no /proc to see it in, modprobe
/// gets all that root has, and [`no_new_privileges`] is called after that.
pub fn give_up(needs: &RequiredRights) {
    // What fails here was forbidden by a sandbox, or is for root alone and not held: there is nothing to give up.
    let Ok(held) = capabilities(None) else { return };
    if !needs.kernel || Path::new(LOADED).exists() {
        if held.effective.contains(CapabilitySet::SETPCAP) {
            empty_bounding_set(of_children(needs));
        }
        if !needs.firewall {
            no_new_privileges();
            confine(needs);
        }
    }
    let own = own(needs);
    let _ = set_capabilities(
        None,
        CapabilitySets {
            effective: held.effective & own,
            permitted: held.permitted & own,
            inheritable: CapabilitySet::empty(),
        },
    );
}

/// From here on no program that this one starts has a right that this one has not.
pub fn no_new_privileges() {
    let _ = set_no_new_privs(true);
}

/// Leaves only `kept` of the capabilities that a program can get when it is started.
fn empty_bounding_set(kept: CapabilitySet) {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if kept.contains(capability) {
            continue;
        }
        // The kernel knows no capability of this number, nor any beyond.
        if remove_capability_from_bounding_set(capability) == Err(Errno::INVAL) {
            break;
        }
    }
}

/// Whether the process has rights that its caller has not: the program is set-user-ID or set-group-ID, or its file
/// has capabilities. It must then open no file in the caller's name.
///
/// To be asked before anything is given up.
pub fn are_borrowed() -> bool {
    if getuid() != geteuid() || getgid() != getegid() {
        return true;
    }
    // A caller's capabilities that are no file's are ambient, but for root, who has them all.
    let held = capabilities(None).map(|sets| sets.permitted);
    let is_own = |capability| capability_is_in_ambient_set(capability) != Ok(false);
    !getuid().is_root() && held.is_ok_and(|held| !held.iter().all(is_own))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: RequiredRights = RequiredRights {
        kernel: false,
        ports: false,
        namespaces: false,
        reads_file: false,
        writes_file: false,
        lock: false,
        raw_sockets: false,
        firewall: false,
    };

    #[test]
    fn each_need_has_its_capabilities() {
        let kernel = RequiredRights {
            kernel: true,
            ..NONE
        };
        let admin = CapabilitySet::NET_ADMIN;
        for (needs, expected) in [
            (NONE, CapabilitySet::empty()),
            (kernel, admin),
            (
                RequiredRights {
                    ports: true,
                    ..kernel
                },
                admin | CapabilitySet::NET_BIND_SERVICE,
            ),
            (
                RequiredRights {
                    namespaces: true,
                    ..kernel
                },
                admin | CapabilitySet::SYS_ADMIN,
            ),
            (
                RequiredRights {
                    reads_file: true,
                    ..NONE
                },
                CapabilitySet::DAC_READ_SEARCH,
            ),
            (
                RequiredRights {
                    writes_file: true,
                    ..kernel
                },
                admin | CapabilitySet::DAC_OVERRIDE | CapabilitySet::CHOWN | CapabilitySet::FOWNER,
            ),
            (
                RequiredRights {
                    firewall: true,
                    ..kernel
                },
                admin,
            ),
            (
                RequiredRights {
                    firewall: true,
                    raw_sockets: true,
                    ..kernel
                },
                admin | CapabilitySet::NET_RAW,
            ),
        ] {
            assert_eq!(own(&needs), expected, "{needs:?}");
            let expected = if needs.firewall {
                FIREWALL
            } else {
                CapabilitySet::empty()
            };
            assert_eq!(of_children(&needs), expected, "{needs:?}");
        }
    }
}
