//! What the kernel lacks: IPVS itself, a scheduler, a helper.

use super::title;
use crate::diagnose::facts::Facts;
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{
    Change, Endpoint, Forwarding, Name, Protocol, RealServerEntry, Service, ServiceId,
};

/// Schedulers to fall back on, the default first.
const SCHEDULERS: &[&str] = &[
    "wlc", "lc", "wrr", "rr", "sh", "mh", "dh", "sed", "nq", "lblc", "lblcr", "fo", "ovf",
];
/// What the kernel calls the scheduler of a service that has none.
const NO_SCHEDULER: &str = "none";
/// The first kernel that knows another tunnel than ipip.
const TUNNEL_TYPES: (u32, u32) = (5, 3);
/// The control port of FTP.
const FTP: u16 = 21;

pub fn no_ipvs(facts: &Facts) -> Vec<Finding> {
    if facts.ipvs_loaded {
        return Vec::new();
    }
    let release = &facts.release;
    let why = match facts.modules.is_available("ip_vs") {
        Some(true) => {
            "Nothing is balanced before the module ip_vs is loaded; it is installed.".to_owned()
        }
        Some(false) => format!(
            "Nothing is balanced without the module ip_vs, and /lib/modules/{release} has none: first install the \
             distribution's further modules for this kernel (Ubuntu: linux-modules-extra-{release}, \
             Fedora and RHEL: kernel-modules-{release}; Debian's kernels have it)."
        ),
        None => format!(
            "Nothing is balanced before the module ip_vs is loaded. There is no /lib/modules/{release} here: \
             in a container, load it on the host."
        ),
    };
    vec![
        Finding::new(
            Id::NoIpvs,
            Grade::Broken,
            format!("The running kernel {release} has no IPVS"),
        )
        .why(why)
        .run("modprobe ip_vs")
        .why(keep_module("ip_vs")),
    ]
}

fn keep_module(name: &str) -> String {
    format!("To keep it at the next start, write {name} to a file in /etc/modules-load.d.")
}

/// A service has no scheduler where it was added with `-s none`, or where a scheduler's place was left empty.
pub fn no_scheduler(facts: &Facts) -> Vec<Finding> {
    let services = facts.services.iter().map(|service| &service.entry.service);
    let without = services.filter(|service| service.scheduler.is(NO_SCHEDULER));
    let available =
        |name: &&&str| facts.modules.is_available(&format!("ip_vs_{name}")) != Some(false);
    let scheduler = SCHEDULERS.iter().find(available).unwrap_or(&SCHEDULERS[0]);
    let Some(name) = Name::new(scheduler.as_bytes()) else {
        return Vec::new();
    };
    let find = |service: &Service| {
        let mended = Service {
            scheduler: name,
            ..*service
        };
        Finding::new(
            Id::NoScheduler,
            Grade::Broken,
            format!("{} has no scheduler", title(&service.id)),
        )
        .why("Nothing chooses a server for new connections: they are refused.")
        .change(&Change::EditService(mended))
    };
    without.map(find).collect()
}

/// Kernels before 5.3 ignore the tunnel's type, port and checksum and tunnel with ipip, without an error: the table
/// cannot show what was asked for.
pub fn older_than_tunnel_types(facts: &Facts) -> Vec<Finding> {
    let tunnelled =
        |entry: &RealServerEntry| matches!(entry.server.forwarding, Forwarding::Tunnel(_));
    let old = version(&facts.release).is_some_and(|version| version < TUNNEL_TYPES);
    match facts.servers().find(|(_, entry)| tunnelled(entry)) {
        Some((service, entry)) if old => vec![Finding::new(Id::TunnelTypeIgnored, Grade::Note, format!(
                "Linux {} is older than the tunnel types gue and gre: {} of {} gets ipip whatever was asked for",
                facts.release,
                entry.server.endpoint,
                title(&service.id)
            )).why("A kernel before 5.3 says nothing of a --tun-type that it does not know. Where ipip is meant, all is well; \
             where gue or gre is, the server drops what it gets.").run("ipvsadm -Ln --tun-info")],
        _ => Vec::new(),
    }
}

/// Major and minor number of a kernel's release.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The engine reads the Call-ID of SIP over UDP only, and the kernel drops what it cannot read.
pub fn sip_without_udp(facts: &Facts) -> Vec<Finding> {
    let services = facts.services.iter().map(|service| &service.entry.service);
    let concerned = services.filter(|service| {
        service.persistence.is_some()
            && service
                .persistence_engine
                .is_some_and(|engine| engine.is("sip"))
            && service
                .id
                .protocol()
                .is_some_and(|protocol| protocol != Protocol::Udp)
    });
    let find = |service: &Service| {
        let mended = Service {
            persistence_engine: None,
            ..*service
        };
        Finding::new(
            Id::SipNotUdp,
            Grade::Broken,
            format!(
                "{} has the persistence engine sip, which reads UDP only",
                title(&service.id)
            ),
        )
        .why(
            "The kernel drops every packet in which the engine finds no Call-ID. \
             Without the engine, clients stay with their servers by address.",
        )
        .change(&Change::EditService(mended))
    };
    concerned.map(find).collect()
}

/// FTP sends addresses and ports of further connections in its text, which a module must translate.
pub fn ftp_without_helper(facts: &Facts) -> Vec<Finding> {
    let is_ftp = |id: &ServiceId| {
        matches!(
            id,
            ServiceId::Address {
                protocol: Protocol::Tcp,
                endpoint: Endpoint { port: FTP, .. }
            }
        )
    };
    if facts.modules.is_loaded("ip_vs_ftp") || facts.modules.is_available("ip_vs_ftp").is_none() {
        return Vec::new();
    }
    let concerned = facts.services.iter().find(|service| {
        let translated = |forwarding| forwarding == Forwarding::Masquerading;
        is_ftp(&service.entry.service.id)
            && service
                .servers
                .iter()
                .any(|entry| translated(entry.server.forwarding))
    });
    let find = |id: &ServiceId| {
        Finding::new(Id::FtpHelperMissing, Grade::Broken, format!(
                "{} is FTP by masquerading, and the module ip_vs_ftp is not loaded",
                title(id)
            )).why("Clients can log in, but their data connections are told the real server's own address and fail.").run("modprobe ip_vs_ftp").why(keep_module("ip_vs_ftp"))
    };
    concerned
        .map(|service| find(&service.entry.service.id))
        .into_iter()
        .collect()
}
