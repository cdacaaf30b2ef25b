//! Whoever answers for names, what is saved with them is read as the same table, by a reader that asks the same
//! resolver.

use std::net::{IpAddr, Ipv6Addr};

use ipvsadm::cli::Lookup;
use ipvsadm::cli::command::{RuleChange, RuleCommand};
use ipvsadm::format::names::{Names, Purpose, Resolver};
use ipvsadm::format::rules;
use ipvsadm::format::rules::read::parse_line;
use ipvsadm::model::{Change, Endpoint, Family, Forwarding, Protocol, RealServer, ServiceId};
use proptest::prelude::*;

/// What a name server, /etc/hosts and /etc/services may say. Names are listed more than once where they stand for
/// several things.
#[derive(Clone, Debug, Default)]
struct World {
    /// Of an address the name.
    reverse: Vec<(IpAddr, String)>,
    /// Of a name an address.
    forward: Vec<(String, IpAddr)>,
    port_names: Vec<(u16, String)>,
    ports: Vec<(String, u16)>,
}

fn find<K: PartialEq + ?Sized, V: Clone>(
    pairs: &[(impl std::borrow::Borrow<K>, V)],
    key: &K,
) -> Option<V> {
    let pair = pairs.iter().find(|(own, _)| own.borrow() == key)?;
    Some(pair.1.clone())
}

impl Resolver for World {
    fn host_name(&self, address: IpAddr) -> Option<String> {
        find(&self.reverse, &address)
    }

    fn port_name(&self, port: u16, _: Protocol) -> Option<String> {
        find(&self.port_names, &port)
    }

    fn addresses(&self, name: &str, family: Family) -> Vec<IpAddr> {
        let own = self.forward.iter().filter(|(own, _)| own == name);
        let addresses = own.map(|(_, address)| *address);
        addresses
            .filter(|address| Family::of(*address) == family)
            .collect()
    }

    fn port_number(&self, name: &str, _: Protocol) -> Option<u16> {
        find(&self.ports, name)
    }
}

/// The world as a reader of rules sees it; the last address first, as a server that turns them round has it.
struct Reader<'a>(&'a World);

impl Reader<'_> {
    fn last(&self, name: &str, family: Family) -> Option<IpAddr> {
        self.0.addresses(name, family).pop()
    }
}

impl Lookup for Reader<'_> {
    fn host(&self, name: &str) -> Option<IpAddr> {
        self.last(name, Family::V4)
            .or_else(|| self.last(name, Family::V6))
    }

    fn host_v6(&self, name: &str) -> Option<Ipv6Addr> {
        match self.last(name, Family::V6)? {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        self.0.port_number(name, protocol)
    }
}

/// Names that are names, and such as look like something else.
const NAMES: &[&str] = &[
    "rs1.example",
    "rs2",
    "h\u{f6}st",
    "10.99",
    "0x0a636363",
    "167772259",
    "10.0.0.99",
    "6.6.6.6",
    "012.0.0.1",
    "a:99",
    "a:99:1",
    "99",
    "443",
    "80",
    "+80",
    " 80",
    "-n",
    "--input",
    "[x]",
    "x]",
    "]:1",
    "x]:1",
    "::1",
    "2001:db8::1",
    "1::",
    "fe80::1%lo",
    "a b",
    "a\tb",
    "a\u{a0}b",
    "a\nb",
    "esc\x1b[31m",
    "ipvsadm",
    "#",
    "",
    ".",
    "http",
    "0",
];

fn address() -> impl Strategy<Value = IpAddr> {
    let addresses = [
        "10.0.0.1",
        "10.0.0.99",
        "10.99.99.99",
        "6.6.6.6",
        "2001:db8::1",
        "::1",
        "fe80::1",
    ];
    prop::sample::select(addresses.map(|text| text.parse().unwrap()).to_vec())
}

fn port() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![80, 443, 99, 1])
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
    ]
}

fn world() -> impl Strategy<Value = World> {
    let some = |count| 0..count;
    let pairs = (
        prop::collection::vec((address(), name()), some(8)),
        prop::collection::vec((name(), address()), some(12)),
        prop::collection::vec((port(), name()), some(6)),
        prop::collection::vec((name(), port()), some(8)),
    );
    // Most names lead back to where they come from, or few would be in any save.
    (pairs, any::<bool>()).prop_map(|((reverse, mut forward, port_names, mut ports), honest)| {
        if honest {
            let back = reverse
                .iter()
                .map(|(address, name)| (name.clone(), *address));
            forward = back.collect();
            let back = port_names.iter().map(|(port, name)| (name.clone(), *port));
            ports = back.collect();
        }
        World {
            reverse,
            forward,
            port_names,
            ports,
        }
    })
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    (address(), port()).prop_map(|(address, port)| Endpoint { address, port })
}

/// The line that adds a server, with the names that were found for that purpose.
fn line(world: &World, purpose: Purpose, change: (ServiceId, RealServer)) -> String {
    let (id, server) = change;
    let ServiceId::Address { endpoint, protocol } = id else {
        unreachable!("none of these is a mark's");
    };
    let mut names = Names::new(world, purpose);
    names.learn(
        [endpoint, server.endpoint]
            .map(|place| (place, Some(protocol)))
            .into_iter(),
    );
    let mut line = String::new();
    rules::server(&mut line, &id, &server, names.labels());
    line
}

fn rule(endpoint: Endpoint, server: Endpoint) -> (ServiceId, RealServer) {
    let protocol = Protocol::Tcp;
    let server = RealServer {
        endpoint: server,
        // Its address may be of another family, and its port is the service's.
        forwarding: Forwarding::Tunnel(ipvsadm::model::Tunnel::Ipip),
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    };
    (ServiceId::Address { protocol, endpoint }, server)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_saved_name_means_what_it_was_saved_for(
        world in world(),
        service in endpoint(),
        address in address(),
    ) {
        let (id, server) = rule(service, Endpoint { address, port: service.port });
        let line = line(&world, Purpose::Restored, (id, server));
        let read = parse_line(&line, &Reader(&world));
        let expected = RuleCommand::Change(RuleChange::Make(Change::AddServer(id, server)));
        prop_assert_eq!(read, Ok(Some(expected)), "{}", line);
    }
}

/// The property would hold too if no name ever stood.
#[test]
fn honest_names_stand() {
    let at = |text: &str| -> IpAddr { text.parse().unwrap() };
    let hosts = [
        ("vip.example", "10.0.0.1"),
        ("six.example", "2001:db8::1"),
        ("0x0a000063", "10.0.0.99"),
    ];
    let world = World {
        reverse: hosts
            .map(|(name, address)| (at(address), name.to_owned()))
            .to_vec(),
        forward: hosts
            .map(|(name, address)| (name.to_owned(), at(address)))
            .to_vec(),
        port_names: vec![(80, "http".to_owned())],
        ports: vec![("http".to_owned(), 80)],
    };
    for (service, server, expected) in [
        (
            "10.0.0.1",
            "2001:db8::1",
            "-a -t vip.example:http -r [six.example]:http -i -w 1 --tun-type ipip",
        ),
        // A number in another spelling is one all the same.
        (
            "2001:db8::1",
            "10.0.0.99",
            "-a -t [six.example]:http -r 0x0a000063:http -i -w 1 --tun-type ipip",
        ),
        (
            "6.6.6.6",
            "10.0.0.1",
            "-a -t 6.6.6.6:http -r vip.example:http -i -w 1 --tun-type ipip",
        ),
    ] {
        let [service, server] = [service, server].map(|text| Endpoint {
            address: at(text),
            port: 80,
        });
        assert_eq!(
            line(&world, Purpose::Restored, rule(service, server)),
            expected
        );
    }
}

/// Names that are answered for an address or a port, and mean something else, or nothing, to a reader.
#[test]
fn names_that_mislead_are_numbers() {
    let address: IpAddr = [10, 9, 8, 2].into();
    let place = Endpoint { address, port: 80 };
    let numbers = "-a -t 10.9.8.2:80 -r 10.9.8.2:80 -i -w 1 --tun-type ipip";
    let forward = |name: &str, addresses: &[[u8; 4]]| -> Vec<(String, IpAddr)> {
        let pair = |address: &[u8; 4]| (name.to_owned(), IpAddr::from(*address));
        addresses.iter().map(pair).collect()
    };
    let own = [10, 9, 8, 2];
    for (name, addresses) in [
        ("10.99", &[own][..]),
        ("0x0a636363", &[own]),
        ("167772259", &[own]),
        ("a:99", &[own]),
        ("[a", &[own]),
        ("a b", &[own]),
        ("a\u{a0}b", &[own]),
        ("a\x1b[31mb", &[own]),
        // Without a forward record, with another's, and with that of another one too.
        ("rs.example", &[]),
        ("rs.example", &[[6, 6, 6, 6]]),
        ("rs.example", &[own, [6, 6, 6, 6]]),
        ("rs.example", &[[6, 6, 6, 6], own]),
    ] {
        let world = World {
            reverse: vec![(address, name.to_owned())],
            forward: forward(name, addresses),
            ..World::default()
        };
        let saved = line(&world, Purpose::Restored, rule(place, place));
        assert_eq!(saved, numbers, "{name:?} {addresses:?}");
        // A listing shows it all the same.
        let shown = line(&world, Purpose::Shown, rule(place, place));
        assert_ne!(shown, numbers, "{name:?}");
    }
    for (name, port) in [
        ("443", 80),
        ("443", 443),
        ("web", 443),
        ("a:b", 80),
        ("a b", 80),
        ("", 80),
    ] {
        let world = World {
            port_names: vec![(80, name.to_owned())],
            ports: vec![(name.to_owned(), port)],
            ..World::default()
        };
        let saved = line(&world, Purpose::Restored, rule(place, place));
        assert_eq!(saved, numbers, "{name:?} {port}");
    }
}
