//! Any bytes as a kernel's reply end in a value, which can be shown, or in an error.

use ipvsadm::cli::command::View;
use ipvsadm::format::labels::Labels;
use ipvsadm::format::table::{Layout, write_services, write_version};
use ipvsadm::format::{rules, timeouts_and_daemons};
use ipvsadm::kernel::ipvs::message::{DecodeError, attributes};
use ipvsadm::kernel::ipvs::nest;
use ipvsadm::kernel::ipvs::stats::EncodedStats;
use ipvsadm::kernel::ipvs::uapi::CommandAttribute;
use ipvsadm::kernel::ipvs::{config, daemon, real_server, service};
use ipvsadm::model::{Change, Family, ServiceWithServers};
use proptest::prelude::*;

/// An attribute that is whole, of a size that one of the kernel's has, or of any.
fn attribute() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![
        6 => prop::sample::select(&[1, 2, 4, 8, 16][..]),
        1 => 0..40_usize,
    ];
    // Small numbers are more likely to mean something.
    let byte = prop_oneof![Just(0), 0..12_u8, any::<u8>()];
    let value = size.prop_flat_map(move |size| prop::collection::vec(byte.clone(), size));
    let flag = prop::sample::select(&[0, 0x8000_u16][..]);
    (0..20_u16, flag, value).prop_map(|(kind, flag, value)| {
        let length = value.len() as u16 + 4;
        let mut bytes = [length.to_ne_bytes(), (kind | flag).to_ne_bytes()].concat();
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    })
}

/// Possible payloads of an attribute.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let attributes = || prop::collection::vec(attribute(), 0..20);
    let cut_off = (attributes(), 0..16_usize).prop_map(|(attributes, cut)| {
        let mut bytes = attributes.concat();
        bytes.truncate(bytes.len().saturating_sub(cut));
        bytes
    });
    prop_oneof![
        attributes().prop_map(|attributes| attributes.concat()),
        cut_off,
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// A service that lacks nothing, then anything: later attributes replace earlier ones.
fn service_bytes() -> impl Strategy<Value = Vec<u8>> {
    let whole = [
        6, 0, 1, 0, 2, 0, 0, 0, // IPVS_SVC_ATTR_AF
        8, 0, 5, 0, 1, 0, 0, 0, // IPVS_SVC_ATTR_FWMARK
        7, 0, 6, 0, b'r', b'r', 0, 0, // IPVS_SVC_ATTR_SCHED_NAME
    ];
    let swapped = swap_headers(&whole);
    bytes().prop_map(move |bytes| [swapped.clone(), bytes].concat())
}

/// A server that lacks nothing, then anything.
fn server_bytes() -> impl Strategy<Value = Vec<u8>> {
    let mut whole = vec![20, 0, 1, 0]; // IPVS_DEST_ATTR_ADDR
    whole.resize(20, 1);
    whole.extend([6, 0, 2, 0, 0, 80, 0, 0]); // IPVS_DEST_ATTR_PORT
    let swapped = swap_headers(&whole);
    bytes().prop_map(move |bytes| [swapped.clone(), bytes].concat())
}

/// Numbers and sizes of attributes, in the order in which the kernel sends them.
type Order = &'static [(u16, usize)];
const SERVER: Order = &[
    (1, 16),
    (2, 2),
    (3, 4),
    (4, 4),
    (13, 1),
    (14, 2),
    (15, 2),
    (5, 4),
    (6, 4),
    (7, 4),
    (8, 4),
    (9, 4),
    (11, 2),
    (10, 8),
    (12, 12),
];
const SERVICE: Order = &[
    (1, 2),
    (2, 2),
    (3, 16),
    (4, 2),
    (6, 3),
    (7, 8),
    (8, 4),
    (9, 4),
    (10, 8),
    (12, 12),
];
const STATS: Order = &[
    (1, 4),
    (2, 4),
    (3, 4),
    (4, 8),
    (5, 8),
    (6, 4),
    (7, 4),
    (8, 4),
    (9, 4),
    (10, 4),
];

/// Attributes as the kernel sends them, at times with two of them swapped, without one, or with anything behind them.
/// The one that is called `family` is IPv4.
fn in_order(order: Order, family: u16) -> impl Strategy<Value = Vec<u8>> {
    let byte = || prop_oneof![Just(0), 0..12_u8, any::<u8>()];
    let values = prop::collection::vec(prop::collection::vec(byte(), 16), order.len());
    let place = || 0..order.len();
    let rest = prop_oneof![3 => Just(vec![]), 1 => bytes()];
    (values, place(), place(), 0..3, rest).prop_map(move |(values, one, other, change, rest)| {
        let mut attributes: Vec<Vec<u8>> = (order.iter().zip(values))
            .map(|((kind, size), mut value)| {
                if *kind == family {
                    value[..2].copy_from_slice(&2_u16.to_ne_bytes());
                }
                let mut bytes = [(size + 4) as u16, *kind].map(u16::to_ne_bytes).concat();
                bytes.extend(&value[..*size]);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
                bytes
            })
            .collect();
        match change {
            0 => attributes.swap(one, other),
            1 => attributes[one].clear(),
            _ => {}
        }
        [attributes.concat(), rest].concat()
    })
}

/// An attribute that no header knows.
fn unknown_attribute() -> Vec<u8> {
    [4_u16.to_ne_bytes(), 99_u16.to_ne_bytes()].concat()
}

/// Attributes that are written here with their lengths and types in little-endian order, in the
/// order of this machine.
fn swap_headers(little: &[u8]) -> Vec<u8> {
    let mut bytes = little.to_vec();
    let mut start = 0;
    while start < bytes.len() {
        let length = u16::from_le_bytes([bytes[start], bytes[start + 1]]);
        let kind = u16::from_le_bytes([bytes[start + 2], bytes[start + 3]]);
        bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        bytes[start + 2..start + 4].copy_from_slice(&kind.to_ne_bytes());
        start += usize::from(length).next_multiple_of(4);
    }
    bytes
}

const VIEWS: [View; 6] = [
    View::Plain,
    View::Stats,
    View::Rate,
    View::Thresholds,
    View::PersistentConnections,
    View::TunnelInfo,
];

/// An error that names what is wrong.
fn is_named(error: &DecodeError) -> bool {
    let text = error.to_string();
    text.contains("IPVS_")
        || text.contains("header")
        || text.contains("the statistics")
        || text.contains("the reply")
}

proptest! {
    #[test]
    fn services_and_servers(
        service_bytes in prop_oneof![bytes(), service_bytes()],
        server_bytes in prop_oneof![bytes(), server_bytes()],
        family in prop::sample::select(&[Family::V4, Family::V6][..]),
    ) {
        let service = service::decode(&service_bytes);
        let server = real_server::decode(&server_bytes, family, true);
        for error in [service.as_ref().err(), server.as_ref().err()].into_iter().flatten() {
            prop_assert!(is_named(error), "{}", error);
        }
        if let Ok(entry) = service {
            let servers: Vec<_> = server.into_iter().collect();
            let mut line = String::new();
            rules::change(&mut line, &Change::AddService(entry.service));
            for server in &servers {
                rules::change(&mut line, &Change::AddServer(entry.service.id, server.server));
            }
            prop_assert!(line.starts_with("-A "));
            prop_assert!(!line.chars().any(char::is_control));
            let lines = 1 + servers.len();
            let table = [ServiceWithServers { entry, servers }];
            let labels = &Labels::default();
            for (view, exact) in VIEWS.into_iter().flat_map(|view| [(view, false), (view, true)]) {
                let mut out = Vec::new();
                write_services(&mut out, &table, &Layout { view, exact, labels, meter: None, coloured: false, visible: None }).unwrap();
                let text = String::from_utf8(out).unwrap();
                prop_assert_eq!(text.lines().count(), lines);
            }
        }
    }

    /// Attributes in the kernel's order are read without a table of them, which an unknown one in front makes
    /// necessary.
    #[test]
    fn the_order_of_attributes_does_not_matter(
        server_bytes in prop_oneof![bytes(), server_bytes(), in_order(SERVER, 11)],
        service_bytes in prop_oneof![bytes(), service_bytes(), in_order(SERVICE, 1)],
        stats_bytes in prop_oneof![bytes(), in_order(STATS, 0)],
        family in prop::sample::select(&[Family::V4, Family::V6][..]),
    ) {
        let by_number = |bytes: &[u8]| [&unknown_attribute()[..], bytes].concat();
        let server = real_server::decode(&server_bytes, family, true);
        prop_assert_eq!(real_server::decode(&by_number(&server_bytes), family, true), server);
        let service = service::decode(&service_bytes);
        prop_assert_eq!(service::decode(&by_number(&service_bytes)), service);
        let narrow = |bytes| EncodedStats { narrow: Some(bytes), wide: None }.decode();
        let wide = |bytes| EncodedStats { narrow: None, wide: Some(bytes) }.decode();
        let unordered = by_number(&stats_bytes);
        prop_assert_eq!(narrow(&unordered), narrow(&stats_bytes));
        prop_assert_eq!(wide(&unordered), wide(&stats_bytes));
    }

    #[test]
    fn everything_else(bytes in bytes()) {
        let mut out = Vec::new();
        if let Ok(daemon) = daemon::decode(&bytes) {
            timeouts_and_daemons::write_daemon(&mut out, &daemon).unwrap();
        }
        if let Ok(timeouts) = config::decode_timeouts(&bytes) {
            timeouts_and_daemons::write_timeouts(&mut out, &timeouts).unwrap();
        }
        if let Ok(info) = config::decode_info(&bytes) {
            write_version(&mut out, &info).unwrap();
        }
        prop_assert!(String::from_utf8(out).is_ok());
        for outcome in [EncodedStats { narrow: Some(&bytes), wide: None }.decode(), EncodedStats { narrow: None, wide: Some(&bytes) }.decode()] {
            if let Err(error) = outcome {
                prop_assert!(is_named(&error), "{}", error);
            }
        }
        for wanted in CommandAttribute::ALL {
            match nest::nested(&bytes, *wanted) {
                Ok(inside) => prop_assert!(inside.len() + 4 <= bytes.len()),
                Err(error) => prop_assert!(is_named(&error), "{}", error),
            }
        }
        match attributes(&bytes) {
            Ok(behind) => prop_assert_eq!(behind, &bytes[4..]),
            Err(error) => prop_assert!(error == DecodeError::Header && bytes.len() < 4),
        }
    }
}
