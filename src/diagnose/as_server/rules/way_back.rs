//! The way of answers to clients.

use crate::diagnose::as_server::facts::{Facts, Interface};
use crate::diagnose::facts::Route;
use crate::diagnose::shell::{KEEP_NETWORK, interface_parameter, quote};
use crate::diagnose::{Finding, Grade, Id};
use crate::model::{Forwarding, Protocol};
use crate::sys::words::counted;

/// `rp_filter` of 1: a packet must come in where its answer would go out.
const STRICT: u32 = 1;
/// `rp_filter` of 2: its answer must go out somewhere. The larger of two settings holds.
const LOOSE: u32 = 2;
/// Where the numbers of routing tables begin that nobody has given a meaning.
const FIRST_TABLE: u32 = 100;

/// Directly routed requests that come in where their answers do not leave.
///
/// Which interface they come in by is not known, so this needs the counter of what the filter dropped.
pub fn reverse_path(facts: &Facts) -> Vec<Finding> {
    let Some(answer) = &facts.answer else {
        return Vec::new();
    };
    if facts.role.forwarding != Forwarding::DirectRouting
        || facts.reverse_path_drops == 0
        || facts.address().is_ipv6()
        || !facts.has_vip()
    {
        return Vec::new();
    }
    let crossed = facts.segments().filter(|interface| {
        facts.is_on_segment(interface)
            && interface.name != answer.interface
            && facts.setting(&interface.name, |one| one.rp_filter) == STRICT
    });
    let find = |interface: &Interface| {
        let name = &interface.name;
        let title = format!(
            "The reverse path filter of {name} is strict, and answers leave by {}",
            answer.interface
        );
        Finding::new(Id::ServerReversePath, Grade::Broken, title)
            .seen(format!(
                "the filter dropped {} so far",
                counted(facts.reverse_path_drops, "packet")
            ))
            .why("The kernel drops packets that come in where their answers would not go out.")
            .sysctl(&interface_parameter(name, "rp_filter"), LOOSE)
    };
    crossed.map(find).collect()
}

/// Only the director can give the answers of a masqueraded server the address that the client asked.
pub fn not_by_director(facts: &Facts) -> Vec<Finding> {
    if facts.role.forwarding != Forwarding::Masquerading {
        return Vec::new();
    }
    let why = "The client knows nothing of this server: only the director can give its answers the address that the client \
               asked, so they must pass it.";
    let director = facts
        .role
        .director
        .map_or_else(|| "DIRECTOR".to_owned(), |director| director.to_string());
    let Some(answer) = &facts.answer else {
        // Clients may be in networks that have routes of their own.
        if facts.has_gateway {
            return Vec::new();
        }
        let finding = Finding::new(
            Id::ServerWayBack,
            Grade::Broken,
            "Answers have no way to clients",
        )
        .seen("no route leads to a router")
        .why(why)
        .why(KEEP_NETWORK)
        .run(format!("ip route add default via {director}"));
        return vec![finding];
    };
    // It is compared where it can be a gateway: as a neighbour.
    let (Some(wanted), Some(Route::Direct(_))) = (facts.role.director, &facts.director) else {
        return Vec::new();
    };
    if answer.gateway == Some(wanted) {
        return Vec::new();
    }
    let taken = match answer.gateway {
        Some(gateway) => gateway.to_string(),
        None => format!("{} without a router", answer.interface),
    };
    let title = format!("Answers to clients leave by {taken}, not by the director {wanted}");
    let finding = Finding::new(Id::ServerWayBack, Grade::Broken, title)
        .seen(format!("packets to far away leave by {} over {taken}", answer.interface))
        .why(why)
        .why(match facts.role.protocol {
            Protocol::Sctp => "The commands send all that comes from the server's address to the director.",
            _ => "The commands send only answers of the service to the director; all else keeps its way.",
        })
        .why(KEEP_NETWORK);
    vec![by_table(facts, finding, &director)]
}

/// Sends the answers alone by the director: the server's own traffic may need the router that it has.
fn by_table(facts: &Facts, finding: Finding, director: &str) -> Finding {
    let table = (FIRST_TABLE..).find(|number| !facts.tables.contains(number));
    let table = table.unwrap_or(FIRST_TABLE);
    let family = if facts.address().is_ipv6() { " -6" } else { "" };
    let own = facts
        .director_side()
        .map_or("ADDRESS".to_owned(), |own| own.to_string());
    let flow = match facts.role.protocol {
        Protocol::Tcp | Protocol::Udp => format!(
            " ipproto {} sport {}",
            facts.role.protocol.name(),
            facts.role.endpoint.port
        ),
        // The kernel does not say where it would send a packet of SCTP, so a rule for these alone could not be seen to work.
        Protocol::Sctp => String::new(),
    };
    let device = match &facts.director {
        Some(Route::Direct(device)) => format!(" dev {}", quote(device)),
        _ => String::new(),
    };
    finding
        .run(format!(
            "ip{family} route replace default via {director}{device} table {table}"
        ))
        .run(format!(
            "ip{family} rule add from {own}{flow} table {table}"
        ))
}
