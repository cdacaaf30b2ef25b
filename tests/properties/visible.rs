//! The table as everybody may read it: what the kernel shows comes back as far as it goes, and other text is refused.

use std::fmt::Write;
use std::net::IpAddr;

use ipvsadm::kernel::proc::table::parse;
use ipvsadm::model::visible::VisibleTable;
use ipvsadm::model::{
    Endpoint, Forwarding, Netmask, OtherFlags, RealServer, RealServerEntry, SchedulerFlags,
    Service, ServiceEntry, ServiceId, ServiceWithServers, Stats, Tunnel,
};
use proptest::prelude::*;

use super::documents::{assert_valid, written};
use super::strategies::{server, service, service_id};

const TITLES: &str = "\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
";

fn place(endpoint: Endpoint) -> String {
    let port = endpoint.port;
    match endpoint.address {
        IpAddr::V4(address) => format!("{:08X}:{port:04X}", u32::from(address)),
        IpAddr::V6(address) => {
            let groups = address.segments().map(|group| format!("{group:04x}"));
            format!("[{}]:{port:04X}", groups.join(":"))
        }
    }
}

/// The lines of a service, as the kernel shows them.
fn shown(listed: &ServiceWithServers, ticks: u32) -> String {
    let service = &listed.entry.service;
    let mut text = match service.id {
        ServiceId::Address { protocol, endpoint } => {
            format!(
                "{}  {} {} ",
                protocol.title(),
                place(endpoint),
                service.scheduler
            )
        }
        ServiceId::FirewallMark { mark, .. } => format!("FWM  {mark:08X} {} ", service.scheduler),
    };
    if service.one_packet && !VisibleTable::hides_one_packet(&service.id) {
        text.push_str("ops ");
    }
    if let Some(seconds) = service.persistence {
        let mask = match service.netmask {
            Netmask::V4(mask) => u32::from(mask),
            Netmask::V6(length) => u32::from(length).to_be(),
        };
        let _ = write!(text, "persistent {} {mask:08X}", seconds * ticks);
    }
    text.push('\n');
    for entry in &listed.servers {
        let method = match entry.server.forwarding {
            Forwarding::Masquerading => "Masq",
            Forwarding::Local => "Local",
            Forwarding::Tunnel(_) => "Tunnel",
            Forwarding::DirectRouting => "Route",
            Forwarding::Bypass => "Bypass",
        };
        let _ = writeln!(
            text,
            "  -> {}      {method:<7} {:<6} {:<10} {:<10}",
            place(entry.server.endpoint),
            entry.server.weight,
            entry.active_connections,
            entry.inactive_connections
        );
    }
    text
}

/// What of a service everybody may see.
fn visible(listed: &ServiceWithServers, is_unsure: bool) -> ServiceWithServers {
    let service = listed.entry.service;
    let id = match service.id {
        ServiceId::FirewallMark { mark, .. } if is_unsure => ServiceId::FirewallMark {
            mark,
            family: ipvsadm::model::Family::V4,
        },
        id => id,
    };
    ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id,
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence_engine: None,
                netmask: match is_unsure {
                    true => Netmask::whole(id.family()),
                    false => service.netmask,
                },
                one_packet: service.one_packet && !VisibleTable::hides_one_packet(&id),
                ..service
            },
            stats: Stats::default(),
        },
        servers: listed.servers.clone(),
    }
}

fn listed() -> impl Strategy<Value = ServiceWithServers> {
    let of = |id| {
        let entry = (server(id), any::<[u32; 2]>()).prop_map(|(server, [active, inactive])| {
            RealServerEntry {
                server: RealServer {
                    upper_threshold: 0,
                    lower_threshold: 0,
                    forwarding: match server.forwarding {
                        Forwarding::Tunnel(_) => Forwarding::Tunnel(Tunnel::Ipip),
                        forwarding => forwarding,
                    },
                    ..server
                },
                active_connections: active,
                inactive_connections: inactive,
                persistent_connections: 0,
                stats: Stats::default(),
            }
        });
        (service(id), prop::collection::vec(entry, 0..4))
    };
    let parts = service_id().prop_flat_map(of);
    parts.prop_map(|(service, servers)| ServiceWithServers {
        entry: ServiceEntry {
            service,
            stats: Stats::default(),
        },
        servers,
    })
}

proptest! {
    #[test]
    fn what_is_shown_comes_back(
        service in listed(),
        ticks in prop::sample::select(&[100_u32, 250, 300, 1000][..]),
    ) {
        let text = format!("{TITLES}{}", shown(&service, ticks));
        let table = parse(&text, ticks).unwrap();
        let is_unsure = !table.unsure_marks.is_empty();
        prop_assert_eq!(&table.services, &[visible(&service, is_unsure)]);
        // Only of a mark without a server that is reached directly.
        let direct = service.servers.iter().any(|entry| !matches!(entry.server.forwarding, Forwarding::Tunnel(_)));
        let is_mark = matches!(service.entry.service.id, ServiceId::FirewallMark { .. });
        prop_assert!(!is_unsure || is_mark && !direct);
    }

    /// With or without what is not known of marks.
    #[test]
    fn documents(table in prop::collection::vec(listed(), 0..4)) {
        let text: String = table.iter().map(|service| shown(service, 250)).collect();
        let table = parse(&format!("{TITLES}{text}"), 250).unwrap();
        let line = written(|document| document.visible(&table));
        assert_valid(&line);
        prop_assert!(line.contains("\"absent\":[\"scheduler_flags\","));
    }

    #[test]
    fn any_text_is_a_table_or_refused(text in ".{0,200}", line in "[ -~]{0,80}") {
        let _ = parse(&text, 250);
        let _ = parse(&format!("{TITLES}{text}"), 250);
        let _ = parse(&format!("{TITLES}TCP  C0000201:0050 rr \n{line}\n"), 0);
    }

    /// A line that is cut anywhere, or has another character in one place, is no cause for a panic.
    #[test]
    fn damaged_lines(service in listed(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let text = format!("{TITLES}{}", shown(&service, 250));
        let cut = at.index(text.len());
        let _ = parse(&text[..cut], 250);
        let mut damaged = text[..cut].to_owned();
        damaged.push(c);
        damaged.push_str(&text[cut..]);
        let _ = parse(&damaged, 250);
    }
}
