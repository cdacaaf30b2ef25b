//! The kernel's settings of IPVS, `net.ipv4.vs.*`, that this program knows, with the kernel's defaults.
//!
//! Source: `Documentation/networking/ipvs-sysctl.rst` of the kernel. The tests hold names and defaults against what
//! kernels show before anything is set.

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// The name below `net.ipv4.vs.`.
    pub name: &'static str,
    /// What the kernel begins with.
    pub default: DefaultValue,
    /// The first kernel that has the setting, `(6, 2)` for Linux 6.2; `(0, 0)` where every kernel has it.
    pub since: (u32, u32),
}

/// What the kernel begins with, as it shows it, with blanks for tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// The same everywhere.
    Fixed(&'static str),
    /// One value in the first network namespace, another one in all others.
    Namespace {
        first: &'static str,
        other: &'static str,
    },
    /// Worked out from what the machine has, such as its memory.
    Machine,
}

impl DefaultValue {
    /// The value in a network namespace, where it is known.
    pub fn value(self, first_namespace: bool) -> Option<&'static str> {
        match self {
            DefaultValue::Fixed(value) => Some(value),
            DefaultValue::Namespace { first, .. } if first_namespace => Some(first),
            DefaultValue::Namespace { other, .. } => Some(other),
            DefaultValue::Machine => None,
        }
    }
}

/// The most connections of a network namespace.
pub const CONN_MAX: &str = "conn_max";
/// How full the connection table is to be: the power of two of connections for each bucket.
pub const CONN_LFACTOR: &str = "conn_lfactor";
/// The same of the table of services.
pub const SVC_LFACTOR: &str = "svc_lfactor";
/// Whether counters are added up and rates are worked out.
pub const RUN_ESTIMATION: &str = "run_estimation";
/// The processors on which that is done.
pub const EST_CPULIST: &str = "est_cpulist";
/// The priority of the threads that do it, -20 to 19.
pub const EST_NICE: &str = "est_nice";

const ALWAYS: (u32, u32) = (0, 0);

const fn fixed(name: &'static str, default: &'static str, since: (u32, u32)) -> Sysctl {
    Sysctl {
        name,
        default: DefaultValue::Fixed(default),
        since,
    }
}

const fn of_namespace(
    name: &'static str,
    first: &'static str,
    other: &'static str,
    since: (u32, u32),
) -> Sysctl {
    Sysctl {
        name,
        default: DefaultValue::Namespace { first, other },
        since,
    }
}

const fn of_machine(name: &'static str, since: (u32, u32)) -> Sysctl {
    Sysctl {
        name,
        default: DefaultValue::Machine,
        since,
    }
}

/// Every setting, by name.
pub const SYSCTLS: [Sysctl; 34] = [
    fixed("am_droprate", "10", ALWAYS),
    fixed("amemthresh", "1024", ALWAYS),
    fixed("backup_only", "0", ALWAYS),
    fixed("cache_bypass", "0", ALWAYS),
    of_namespace(CONN_LFACTOR, "-4", "-2", (7, 2)),
    fixed(CONN_MAX, "1073741824", (7, 2)),
    fixed("conn_reuse_mode", "1", ALWAYS),
    fixed("conntrack", "0", ALWAYS),
    fixed("drop_entry", "0", ALWAYS),
    fixed("drop_packet", "0", ALWAYS),
    of_machine(EST_CPULIST, (6, 2)),
    fixed(EST_NICE, "0", (6, 2)),
    fixed("expire_nodest_conn", "0", ALWAYS),
    fixed("expire_quiescent_template", "0", ALWAYS),
    fixed("ignore_tunneled", "0", ALWAYS),
    // These two are there as long as the scheduler's module is loaded.
    fixed("lblc_expiration", "86400", ALWAYS),
    fixed("lblcr_expiration", "86400", ALWAYS),
    fixed("nat_icmp_send", "0", ALWAYS),
    fixed("pmtu_disc", "1", ALWAYS),
    fixed(RUN_ESTIMATION, "1", (5, 15)),
    fixed("schedule_icmp", "0", ALWAYS),
    fixed("secure_tcp", "0", ALWAYS),
    fixed("sloppy_sctp", "0", ALWAYS),
    fixed("sloppy_tcp", "0", ALWAYS),
    fixed("snat_reroute", "1", ALWAYS),
    of_namespace(SVC_LFACTOR, "-3", "-2", (7, 2)),
    fixed("sync_persist_mode", "0", ALWAYS),
    fixed("sync_ports", "1", ALWAYS),
    of_machine("sync_qlen_max", ALWAYS),
    fixed("sync_refresh_period", "0", ALWAYS),
    fixed("sync_retries", "0", ALWAYS),
    fixed("sync_sock_size", "0", ALWAYS),
    fixed("sync_threshold", "3 50", ALWAYS),
    fixed("sync_version", "1", ALWAYS),
];

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Sysctl> {
    SYSCTLS.iter().find(|sysctl| sysctl.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_in_order() {
        assert!(SYSCTLS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for name in [CONN_MAX, CONN_LFACTOR, SVC_LFACTOR, RUN_ESTIMATION] {
            assert_eq!(find(name).map(|sysctl| sysctl.name), Some(name));
        }
        assert_eq!(find("conn"), None);
    }

    #[test]
    fn defaults_of_a_namespace() {
        let of = |name, first| find(name).unwrap().default.value(first);
        assert_eq!(of(CONN_LFACTOR, true), Some("-4"));
        assert_eq!(of(CONN_LFACTOR, false), Some("-2"));
        assert_eq!(of("sync_threshold", false), Some("3 50"));
        assert_eq!(of(EST_CPULIST, true), None);
    }
}
