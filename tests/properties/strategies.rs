//! Models made at random, within what the kernel holds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipvsadm::model::{
    Change, DaemonRole, Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol,
    RealServer, SchedulerFlags, Service, ServiceId, SyncDaemon, Timeouts, Tunnel, TunnelChecksum,
};
use proptest::option::of;
use proptest::prelude::*;

/// The longest time in seconds.
const LONGEST: u32 = 2_678_400;

/// A name as modules and interfaces have it: up to 15 bytes, no blank.
fn name() -> BoxedStrategy<Name> {
    let known = prop::sample::select(&["wlc", "rr", "sh", "mh", "sip", "eth0", "ipvsadm"][..]);
    let any = "[!-~]{1,15}".prop_map(|name| Name::new(name.as_bytes()).unwrap());
    prop_oneof![known.prop_map(Name::constant), any].boxed()
}

fn address() -> BoxedStrategy<IpAddr> {
    prop_oneof![
        any::<Ipv4Addr>().prop_map(IpAddr::V4),
        any::<Ipv6Addr>().prop_map(IpAddr::V6),
        // With runs of zeros, which IPv6 shortens.
        any::<[bool; 8]>().prop_map(|bits| IpAddr::from(bits.map(u16::from))),
    ]
    .boxed()
}

fn address_of(family: Family) -> BoxedStrategy<IpAddr> {
    match family {
        Family::V4 => any::<Ipv4Addr>().prop_map(IpAddr::V4).boxed(),
        Family::V6 => any::<Ipv6Addr>().prop_map(IpAddr::V6).boxed(),
    }
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![Just(0), Just(80), any::<u16>()]
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    (address(), port()).prop_map(|(address, port)| Endpoint { address, port })
}

pub fn service_id() -> BoxedStrategy<ServiceId> {
    let protocol = prop::sample::select(&Protocol::ALL[..]);
    let family = prop::sample::select(&[Family::V4, Family::V6][..]);
    let mark = prop_oneof![1..=3_u32, 1..=u32::MAX];
    prop_oneof![
        3 => (protocol, endpoint())
            .prop_map(|(protocol, endpoint)| ServiceId::Address { protocol, endpoint }),
        1 => (mark, family).prop_map(|(mark, family)| ServiceId::FirewallMark { mark, family }),
    ]
    .boxed()
}

fn netmask(family: Family) -> BoxedStrategy<Netmask> {
    let whole = Just(Netmask::whole(family));
    match family {
        Family::V4 => prop_oneof![whole, any::<Ipv4Addr>().prop_map(Netmask::V4)].boxed(),
        Family::V6 => prop_oneof![whole, (1..=128_u8).prop_map(Netmask::V6)].boxed(),
    }
}

/// A service with this identity.
pub fn service(id: ServiceId) -> BoxedStrategy<Service> {
    let needs_persistence = matches!(id, ServiceId::Address { endpoint, .. } if endpoint.port == 0);
    let may_be_one_packet = matches!(id.protocol(), None | Some(Protocol::Udp));
    // Of a service that is described whole, none is to be cleared.
    let others = any::<u32>().prop_map(|bits| OtherFlags {
        set: bits & OtherFlags::ALL,
        clear: 0,
    });
    let others = prop_oneof![Just(OtherFlags::default()), others];
    let flags = ((0..8_u8).prop_map(SchedulerFlags), others);
    let options = (name(), flags, of(1..=LONGEST), of(name()));
    (options, netmask(id.family()), any::<bool>())
        .prop_map(
            move |((scheduler, flags, persistence, engine), netmask, one_packet)| {
                let (scheduler_flags, other_flags) = flags;
                let persistence = persistence.or(needs_persistence.then_some(360));
                Service {
                    id,
                    scheduler,
                    scheduler_flags,
                    other_flags,
                    persistence,
                    // It means nothing without persistence, and is not saved.
                    netmask: match persistence {
                        Some(_) => netmask,
                        None => Netmask::whole(id.family()),
                    },
                    persistence_engine: engine,
                    one_packet: one_packet && may_be_one_packet,
                }
            },
        )
        .boxed()
}

fn forwarding() -> BoxedStrategy<Forwarding> {
    use TunnelChecksum::{Off, On, Remote};
    let of_gue = prop::sample::select(&[Off, On, Remote][..]);
    let of_gre = prop::sample::select(&[Off, On][..]);
    let tunnel = prop_oneof![
        Just(Tunnel::Ipip),
        (1..=u16::MAX, of_gue).prop_map(|(port, checksum)| Tunnel::Gue { port, checksum }),
        of_gre.prop_map(|checksum| Tunnel::Gre { checksum }),
    ];
    prop_oneof![
        Just(Forwarding::Masquerading),
        Just(Forwarding::DirectRouting),
        tunnel.prop_map(Forwarding::Tunnel),
    ]
    .boxed()
}

/// A real server that a service can have.
pub fn server(id: ServiceId) -> BoxedStrategy<RealServer> {
    let threshold = || prop_oneof![Just(0), 0..=i32::MAX as u32];
    let numbers = (0..=i32::MAX, threshold(), threshold());
    let places = (address(), address_of(id.family()), port());
    (forwarding(), places, numbers)
        .prop_map(move |(forwarding, places, numbers)| {
            let (any, same, port) = places;
            let (weight, upper_threshold, lower_threshold) = numbers;
            let tunneled = matches!(forwarding, Forwarding::Tunnel(_));
            let port = match id {
                ServiceId::Address { endpoint, .. } if forwarding != Forwarding::Masquerading => {
                    endpoint.port
                }
                _ => port,
            };
            RealServer {
                endpoint: Endpoint {
                    address: if tunneled { any } else { same },
                    port,
                },
                forwarding,
                weight,
                upper_threshold,
                lower_threshold,
            }
        })
        .boxed()
}

pub fn timeouts() -> impl Strategy<Value = Timeouts> {
    let seconds = || prop_oneof![Just(0), 0..=LONGEST];
    (seconds(), seconds(), seconds()).prop_map(|(tcp, tcp_fin, udp)| Timeouts { tcp, tcp_fin, udp })
}

fn role() -> impl Strategy<Value = DaemonRole> {
    prop::sample::select(&[DaemonRole::Master, DaemonRole::Backup][..])
}

pub fn daemon() -> BoxedStrategy<SyncDaemon> {
    let v4 = any::<[u8; 3]>().prop_map(|[b, c, d]| IpAddr::from([224 | b & 15, b, c, d]));
    let v6 = any::<Ipv6Addr>().prop_map(|address| {
        let mut octets = address.octets();
        octets[0] = 0xff;
        IpAddr::from(octets)
    });
    let group = of(prop_oneof![v4, v6]);
    let numbers = (of(1..=65507_u16), of(1..=u16::MAX), of(1..=u8::MAX));
    (role(), name(), any::<u8>(), group, numbers)
        .prop_map(
            |(role, interface, sync_id, group, (max_length, port, ttl))| SyncDaemon {
                role,
                interface,
                sync_id,
                max_length,
                group,
                port,
                ttl,
            },
        )
        .boxed()
}

/// Any change, about one of these services.
pub fn change(id: impl Strategy<Value = ServiceId> + 'static) -> BoxedStrategy<Change> {
    let of_service = id.prop_flat_map(|id| {
        let server = move || server(id).prop_map(move |server| (id, server));
        prop_oneof![
            service(id).prop_map(Change::AddService),
            service(id).prop_map(Change::EditService),
            Just(Change::DeleteService(id)),
            Just(Change::Zero(Some(id))),
            server().prop_map(|(id, server)| Change::AddServer(id, server)),
            server().prop_map(|(id, server)| Change::EditServer(id, server)),
            server().prop_map(|(id, server)| Change::DeleteServer(id, server.endpoint)),
        ]
    });
    let stop = (role(), any::<u8>());
    prop_oneof![
        8 => of_service,
        1 => Just(Change::Clear),
        1 => Just(Change::Zero(None)),
        1 => timeouts().prop_map(Change::SetTimeouts),
        1 => daemon().prop_map(Change::StartDaemon),
        1 => stop.prop_map(|(role, sync_id)| Change::StopDaemon { role, sync_id }),
    ]
    .boxed()
}
