//! What comes through a tunnel must be unpacked, and believed.

use std::net::IpAddr;

use crate::diagnose::as_server::facts::{Facts, Interface};
use crate::diagnose::shell::{KEEP_NETWORK, interface_parameter, quote};
use crate::diagnose::{Finding, Grade, Id};
use crate::kernel::interfaces::TunnelEnds;
use crate::model::{Forwarding, Tunnel, TunnelChecksum};
use crate::sys::words::counted;

/// `rp_filter` of 1: a packet must come in where its answer would go out.
const STRICT: u32 = 1;
/// `rp_filter` of 2: its answer must go out somewhere. The larger of two settings holds.
const LOOSE: u32 = 2;

fn tunnel(facts: &Facts) -> Option<Tunnel> {
    match facts.role.forwarding {
        Forwarding::Tunnel(tunnel) => Some(tunnel),
        _ => None,
    }
}

/// A kind of interface that unpacks something.
struct Kind {
    name: &'static str,
    /// The module that brings it, and the interface that comes with that and takes everything.
    module: &'static str,
    first: &'static str,
}

const fn kind(name: &'static str, module: &'static str, first: &'static str) -> Kind {
    Kind {
        name,
        module,
        first,
    }
}

const IPIP: Kind = kind("ipip", "ipip", "tunl0");
const SIT: Kind = kind("sit", "sit", "sit0");
const IP6TNL: Kind = kind("ip6tnl", "ip6_tunnel", "ip6tnl0");
const GRE: Kind = kind("gre", "ip_gre", "gre0");
const IP6GRE: Kind = kind("ip6gre", "ip6_gre", "ip6gre0");

/// The kinds that unpack such a tunnel; the one to be made comes first.
fn kinds(tunnel: Tunnel, vip: IpAddr) -> [Kind; 2] {
    match (tunnel, vip) {
        // What GUE carries is IP in IP again.
        (Tunnel::Ipip | Tunnel::Gue { .. }, IpAddr::V4(_)) => [IPIP, IP6TNL],
        (Tunnel::Ipip | Tunnel::Gue { .. }, IpAddr::V6(_)) => [IP6TNL, SIT],
        (Tunnel::Gre { .. }, IpAddr::V4(_)) => [GRE, IP6GRE],
        (Tunnel::Gre { .. }, IpAddr::V6(_)) => [IP6GRE, GRE],
    }
}

/// The interfaces that take such packets, whatever their state.
fn takers(facts: &Facts, tunnel: Tunnel) -> impl Iterator<Item = (&Interface, TunnelEnds)> {
    let kinds = kinds(tunnel, facts.address());
    facts.interfaces.iter().filter_map(move |interface| {
        let ends = interface.tunnel?;
        let is_own = |address| {
            let mut all = facts.interfaces.iter().flat_map(|one| one.addresses.iter());
            all.any(|own| own.network.addr() == address)
        };
        let takes = kinds.iter().any(|kind| kind.name == interface.kind)
            && !ends.key
            && ends.local.is_none_or(is_own);
        takes.then_some((interface, ends))
    })
}

/// No interface unpacks the tunnel, or only one that is down.
pub fn interface(facts: &Facts) -> Vec<Finding> {
    let Some(tunnel) = tunnel(facts) else {
        return Vec::new();
    };
    if takers(facts, tunnel).any(|(interface, _)| interface.up) {
        return Vec::new();
    }
    let why =
        "Packets that come through the tunnel are not unpacked, so the server sees none of them.";
    if let Some((interface, _)) = takers(facts, tunnel).next() {
        let name = &interface.name;
        let title = format!(
            "{name}, which unpacks what comes by {}, is down",
            facts.method()
        );
        let finding = Finding::new(Id::ServerTunnelDown, Grade::Broken, title)
            .why(why)
            .why(KEEP_NETWORK)
            .run(format!("ip link set {} up", quote(name)));
        return vec![finding];
    }
    let [kind, other] = kinds(tunnel, facts.address());
    let title = format!("No interface unpacks what comes by {}", facts.method());
    let mut finding = Finding::new(Id::ServerTunnelMissing, Grade::Broken, title)
        .seen(format!(
            "there is no interface of the kind {} or {} that takes packets from every sender to this host",
            kind.name, other.name
        ))
        .why(why)
        .why(KEEP_NETWORK);
    let is_there = facts.interface(kind.first).is_some();
    if !facts.modules.is_loaded(kind.module) {
        finding = finding.run(format!("modprobe {}", kind.module));
    }
    let with_checksum = tunnel
        == (Tunnel::Gre {
            checksum: TunnelChecksum::On,
        });
    let needs_own = with_checksum || is_there || facts.modules.is_loaded(kind.module);
    vec![if needs_own {
        add_interface(facts, finding, &kind, with_checksum)
    } else {
        finding.run(format!("ip link set {} up", kind.first))
    }]
}

/// Adds the commands that make an interface of this kind for packets from every sender.
fn add_interface(facts: &Facts, finding: Finding, kind: &Kind, checksum: bool) -> Finding {
    let name = free_name(facts, kind.name);
    let local = own_address(facts).map_or("ADDRESS".to_owned(), |address| address.to_string());
    let option = if checksum { " icsum" } else { "" };
    finding
        .run(format!(
            "ip link add {name} type {} local {local}{option}",
            kind.name
        ))
        .run(format!("ip link set {name} up"))
}

fn free_name(facts: &Facts, kind: &str) -> String {
    let names = (1..).map(|number| format!("{kind}{number}"));
    let mut free = names.filter(|name| facts.interface(name).is_none());
    free.next().unwrap_or_else(|| kind.to_owned())
}

/// The address that the director sends to, where there is only one that it can be.
fn own_address(facts: &Facts) -> Option<IpAddr> {
    let vip = facts.address();
    let addresses = facts.segments().flat_map(|one| one.addresses.iter());
    let mut own = addresses
        .map(|own| own.network.addr())
        .filter(|own| own.is_ipv4() == vip.is_ipv4() && *own != vip)
        .filter(|own| !matches!(own, IpAddr::V6(v6) if v6.is_unicast_link_local()));
    let first = own.next()?;
    own.next().is_none().then_some(first)
}

/// GRE packets are taken with a checksum or without one, as the interface is set.
pub fn checksum(facts: &Facts) -> Vec<Finding> {
    let Some(tunnel @ Tunnel::Gre { checksum }) = tunnel(facts) else {
        return Vec::new();
    };
    let wanted = checksum == TunnelChecksum::On;
    let up = || takers(facts, tunnel).filter(|(interface, _)| interface.up);
    if up().any(|(_, ends)| ends.checksum == wanted) {
        return Vec::new();
    }
    let Some((interface, _)) = up().next() else {
        return Vec::new();
    };
    let name = &interface.name;
    let (title, word) = if wanted {
        (
            format!(
                "{name} takes only GRE packets without a checksum, and the director sends one (--tun-csum)"
            ),
            "icsum",
        )
    } else {
        (
            format!("{name} takes only GRE packets with a checksum, and the director sends none"),
            "noicsum",
        )
    };
    let finding = Finding::new(Id::ServerTunnelChecksum, Grade::Broken, title)
        .why("Packets of the other sort are dropped.")
        .why(KEEP_NETWORK);
    let [kind, other] = kinds(tunnel, facts.address());
    let kind = if interface.kind == kind.name {
        kind
    } else {
        other
    };
    vec![if *name == kind.first {
        // It cannot be changed.
        add_interface(facts, finding, &kind, wanted)
    } else {
        finding.run(format!(
            "ip link set {} type {} {word}",
            quote(name),
            kind.name
        ))
    }]
}

/// The UDP port of a GUE tunnel must be one at which the kernel unpacks.
pub fn port(facts: &Facts) -> Vec<Finding> {
    let (Some(Tunnel::Gue { port, .. }), Some(ports)) = (tunnel(facts), &facts.fou_ports) else {
        return Vec::new();
    };
    let mut there = ports.iter().filter(|one| one.port == port);
    if there.clone().any(|one| one.gue) {
        return Vec::new();
    }
    let family = if facts.address().is_ipv6() { " -6" } else { "" };
    let title = format!("The kernel unpacks no GUE at UDP port {port}");
    let mut finding = Finding::new(Id::ServerTunnelPort, Grade::Broken, title);
    finding = match ports.len() {
        0 => finding.seen("it unpacks at no port"),
        _ => {
            let shown: Vec<String> = ports
                .iter()
                .map(|one| format!("{} ({})", one.port, if one.gue { "gue" } else { "fou" }))
                .collect();
            finding.seen(format!("it unpacks at {}", shown.join(", ")))
        }
    };
    finding = finding
        .why("What the director sends to that port is refused or goes to a program, not to the tunnel.")
        .why(KEEP_NETWORK);
    if !facts.modules.is_loaded("fou") {
        finding = finding.run("modprobe fou");
    }
    if let Some(wrong) = there.next() {
        let family = if wrong.ipv6 { " -6" } else { "" };
        finding = finding.run(format!("ip fou del port {port}{family}"));
    }
    vec![finding.run(format!("ip fou add port {port} gue{family}"))]
}

/// What is unpacked comes in on the tunnel's interface, but answers leave by another one.
pub fn reverse_path(facts: &Facts) -> Vec<Finding> {
    let Some(tunnel) = tunnel(facts).filter(|_| facts.address().is_ipv4()) else {
        return Vec::new();
    };
    let answer = facts.answer.as_ref().map(|hop| hop.interface.as_str());
    let strict = takers(facts, tunnel)
        .map(|(interface, _)| interface)
        .filter(|interface| {
            interface.up
                && facts.setting(&interface.name, |one| one.rp_filter) == STRICT
                && answer != Some(interface.name.as_str())
        });
    let find = |interface: &Interface| {
        let name = &interface.name;
        let title =
            format!("The reverse path filter of {name} is strict, and answers do not leave there");
        let mut finding = Finding::new(Id::ServerReversePath, Grade::Broken, title);
        if let Some(answer) = answer {
            finding = finding.seen(format!("answers to clients leave by {answer}"));
        }
        if facts.reverse_path_drops > 0 {
            finding = finding.seen(format!(
                "the filter dropped {} so far",
                counted(facts.reverse_path_drops, "packet")
            ));
        }
        finding
            .why("The kernel drops packets that come in where their answers would not go out: all that comes through the tunnel.")
            .sysctl(&interface_parameter(name, "rp_filter"), LOOSE)
    };
    strict.map(find).collect()
}
