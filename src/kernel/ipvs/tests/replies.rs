//! Replies as kernels send them, whole and broken: services, statistics, settings.

use super::server_and_daemon_replies::server_attributes;
use super::{attr, name, service_id, sixteen, u16_attr, u32_attr, u64_attr};
use crate::kernel::ipvs::message::{DecodeError, attributes};
use crate::kernel::ipvs::nest;
use crate::kernel::ipvs::stats::EncodedStats;
use crate::kernel::ipvs::uapi::CommandAttribute;
use crate::kernel::ipvs::{config, real_server, service};
use crate::model::{
    Family, Info, Netmask, OtherFlags, Protocol, SchedulerFlags, Service, ServiceEntry, ServiceId,
    Stats, Timeouts,
};

const NLA_F_NESTED: u16 = 0x8000;

/// A service of TCP as the kernel describes it, with an unknown newer attribute among them.
fn tcp_service() -> Vec<Vec<u8>> {
    vec![
        u16_attr(1, 2),                 // IPVS_SVC_ATTR_AF
        u16_attr(2, 6),                 // IPVS_SVC_ATTR_PROTOCOL
        attr(3, &sixteen("10.0.0.1")),  // IPVS_SVC_ATTR_ADDR
        attr(4, &[0x1f, 0x90]),         // IPVS_SVC_ATTR_PORT
        attr(77, b"of a newer kernel"), // not in this header
        attr(6, b"sh\0"),               // IPVS_SVC_ATTR_SCHED_NAME
        attr(11, b"sip\0"),             // IPVS_SVC_ATTR_PE_NAME
        // IPVS_SVC_ATTR_FLAGS: IP_VS_SVC_F_PERSISTENT, _HASHED, _SCHED2; the mask is noise
        attr(
            7,
            &[0x0013_u32.to_ne_bytes(), 0xdead_beef_u32.to_ne_bytes()].concat(),
        ),
        u32_attr(8, 300),                // IPVS_SVC_ATTR_TIMEOUT
        attr(9, &[255, 255, 0, 0]),      // IPVS_SVC_ATTR_NETMASK
        attr(10, &stats_32().concat()),  // IPVS_SVC_ATTR_STATS
        attr(12, &stats_64(1).concat()), // IPVS_SVC_ATTR_STATS64
    ]
}

/// Counters from 11 up; the byte counters alone are 64 bits wide.
pub(super) fn stats_32() -> Vec<Vec<u8>> {
    vec![
        u32_attr(1, 11),        // IPVS_STATS_ATTR_CONNS
        u32_attr(2, 12),        // IPVS_STATS_ATTR_INPKTS
        u32_attr(3, 13),        // IPVS_STATS_ATTR_OUTPKTS
        attr(11, &[]),          // IPVS_STATS_ATTR_PAD
        u64_attr(4, 1 << 40),   // IPVS_STATS_ATTR_INBYTES
        u64_attr(5, 1 << 41),   // IPVS_STATS_ATTR_OUTBYTES
        u32_attr(6, 16),        // IPVS_STATS_ATTR_CPS
        u32_attr(7, 17),        // IPVS_STATS_ATTR_INPPS
        u32_attr(8, 18),        // IPVS_STATS_ATTR_OUTPPS
        u32_attr(9, 19),        // IPVS_STATS_ATTR_INBPS
        u32_attr(10, u32::MAX), // IPVS_STATS_ATTR_OUTBPS
    ]
}

/// Ten counters, `scale` << 32 and up.
fn stats_64(scale: u64) -> Vec<Vec<u8>> {
    (1..=10)
        .map(|kind| u64_attr(kind, (scale << 32) + u64::from(kind)))
        .collect()
}

fn decoded_64(scale: u64) -> Stats {
    let number = |kind| (scale << 32) + kind;
    Stats {
        connections: number(1),
        in_packets: number(2),
        out_packets: number(3),
        in_bytes: number(4),
        out_bytes: number(5),
        connection_rate: number(6),
        in_packet_rate: number(7),
        out_packet_rate: number(8),
        in_byte_rate: number(9),
        out_byte_rate: number(10),
    }
}

pub(super) fn decoded_32() -> Stats {
    Stats {
        connections: 11,
        in_packets: 12,
        out_packets: 13,
        in_bytes: 1 << 40,
        out_bytes: 1 << 41,
        connection_rate: 16,
        in_packet_rate: 17,
        out_packet_rate: 18,
        in_byte_rate: 19,
        out_byte_rate: u64::from(u32::MAX),
    }
}

/// The attributes without those of one type.
pub(super) fn without(attributes: &[Vec<u8>], kind: u16) -> Vec<u8> {
    let is_other = |attribute: &&Vec<u8>| attribute[2..4] != kind.to_ne_bytes();
    attributes
        .iter()
        .filter(is_other)
        .flatten()
        .copied()
        .collect()
}

#[test]
fn a_service_with_everything() {
    let expected = ServiceEntry {
        service: Service {
            id: service_id(Protocol::Tcp, "10.0.0.1", 8080),
            scheduler: name("sh"),
            scheduler_flags: SchedulerFlags(0b010),
            other_flags: OtherFlags::default(),
            persistence: Some(300),
            netmask: Netmask::V4([255, 255, 0, 0].into()),
            persistence_engine: Some(name("sip")),
            one_packet: false,
        },
        stats: decoded_64(1),
    };
    assert_eq!(service::decode(&tcp_service().concat()), Ok(expected));
}

#[test]
fn the_order_of_attributes_does_not_matter() {
    let mut reversed = tcp_service();
    reversed.reverse();
    assert_eq!(
        service::decode(&reversed.concat()),
        service::decode(&tcp_service().concat())
    );
}

/// The kernel's own IP_VS_SVC_F_HASHED (2) is no configuration.
#[test]
fn flags_of_a_newer_kernel() {
    let mut attributes = tcp_service();
    let flags = [0x8000_0042_u32.to_ne_bytes(), u32::MAX.to_ne_bytes()].concat();
    attributes.push(attr(7, &flags)); // IPVS_SVC_ATTR_FLAGS
    let service = service::decode(&attributes.concat()).unwrap().service;
    let expected = OtherFlags {
        set: 0x8000_0040,
        clear: 0,
    };
    assert_eq!(service.other_flags, expected);
    assert_eq!((service.persistence, service.one_packet), (None, false));
}

#[test]
fn a_service_of_a_mark() {
    let bytes = [
        u16_attr(1, 10),                             // IPVS_SVC_ATTR_AF: AF_INET6
        u32_attr(5, u32::MAX),                       // IPVS_SVC_ATTR_FWMARK
        attr(6, b"wlc"),                             // IPVS_SVC_ATTR_SCHED_NAME without its zero
        attr(7, &[4_u32.to_ne_bytes(); 2].concat()), // IPVS_SVC_ATTR_FLAGS: IP_VS_SVC_F_ONEPACKET
        u32_attr(8, 360), // IPVS_SVC_ATTR_TIMEOUT, without the flag nothing
        u32_attr(9, 64),  // IPVS_SVC_ATTR_NETMASK
        attr(10, &stats_32().concat()), // IPVS_SVC_ATTR_STATS
    ];
    let expected = ServiceEntry {
        service: Service {
            id: ServiceId::FirewallMark {
                mark: u32::MAX,
                family: Family::V6,
            },
            scheduler: name("wlc"),
            scheduler_flags: SchedulerFlags(0),
            other_flags: OtherFlags::default(),
            persistence: None,
            netmask: Netmask::V6(64),
            persistence_engine: None,
            one_packet: true,
        },
        stats: decoded_32(),
    };
    assert_eq!(service::decode(&bytes.concat()), Ok(expected));
}

#[test]
fn a_service_without_what_older_kernels_leave_out() {
    let bytes = [
        u16_attr(1, 10),                  // IPVS_SVC_ATTR_AF
        u16_attr(2, 132),                 // IPVS_SVC_ATTR_PROTOCOL
        attr(3, &sixteen("2001:db8::1")), // IPVS_SVC_ATTR_ADDR
        attr(6, b"rr\0"),                 // IPVS_SVC_ATTR_SCHED_NAME
    ];
    let entry = service::decode(&bytes.concat()).unwrap();
    assert_eq!(
        entry.service.id,
        service_id(Protocol::Sctp, "2001:db8::1", 0)
    );
    assert_eq!(entry.service.netmask, Netmask::V6(128));
    assert_eq!(entry.service.persistence, None);
    assert_eq!(entry.stats, Stats::default());
}

#[test]
fn a_service_lacks_what_it_needs() {
    for (kind, attribute) in [
        (1, "IPVS_SVC_ATTR_AF"),
        (2, "IPVS_SVC_ATTR_PROTOCOL"),
        (3, "IPVS_SVC_ATTR_ADDR"),
        (6, "IPVS_SVC_ATTR_SCHED_NAME"),
    ] {
        let outcome = service::decode(&without(&tcp_service(), kind));
        assert_eq!(outcome, Err(DecodeError::Missing { attribute }));
    }
}

#[test]
fn a_service_with_values_that_mean_nothing() {
    for (kind, value, attribute) in [
        (1, 7, "IPVS_SVC_ATTR_AF"),
        (2, 1, "IPVS_SVC_ATTR_PROTOCOL"),
        (2, 256 + 6, "IPVS_SVC_ATTR_PROTOCOL"),
    ] {
        let bytes = [without(&tcp_service(), kind), u16_attr(kind, value)].concat();
        let value = u64::from(value);
        assert_eq!(
            service::decode(&bytes),
            Err(DecodeError::Value { attribute, value })
        );
    }
    let long_prefix = [
        u16_attr(1, 10),
        u32_attr(5, 1),
        attr(6, b"rr\0"),
        u32_attr(9, 256),
    ];
    let attribute = "IPVS_SVC_ATTR_NETMASK";
    assert_eq!(
        service::decode(&long_prefix.concat()),
        Err(DecodeError::Value {
            attribute,
            value: 256
        })
    );
}

#[test]
fn both_widths_of_statistics() {
    assert_eq!(
        EncodedStats {
            narrow: Some(&stats_32().concat()),
            wide: None
        }
        .decode(),
        Ok(decoded_32())
    );
    assert_eq!(
        EncodedStats {
            narrow: None,
            wide: Some(&stats_64(7).concat())
        }
        .decode(),
        Ok(decoded_64(7))
    );
    assert_eq!(
        EncodedStats {
            narrow: None,
            wide: Some(&[])
        }
        .decode(),
        Ok(Stats::default())
    );
    // Whichever comes first, the wide ones win.
    let [narrow, wide] = [
        attr(10, &stats_32().concat()),
        attr(12, &stats_64(1).concat()),
    ];
    let rest = [without(&tcp_service(), 10), narrow].concat();
    assert_eq!(service::decode(&rest).unwrap().stats, decoded_64(1));
    let server = [server_attributes(2, &sixteen("10.0.0.9")), vec![wide]].concat();
    let entry = real_server::decode(&server.concat(), Family::V4, true).unwrap();
    assert_eq!(entry.stats, decoded_64(1));
}

#[test]
fn timeouts_and_info() {
    let timeouts = |tcp, tcp_fin, udp| Ok(Timeouts { tcp, tcp_fin, udp });
    let all = [u32_attr(4, 900), u32_attr(5, 120), u32_attr(6, 300)];
    assert_eq!(
        config::decode_timeouts(&all.concat()),
        timeouts(900, 120, 300)
    );
    // A kernel without UDP balancing.
    assert_eq!(
        config::decode_timeouts(&all[..2].concat()),
        timeouts(900, 120, 0)
    );
    let none = config::decode_timeouts(&[]);
    assert_eq!(none, lacking("IPVS_CMD_ATTR_TIMEOUT_TCP"));

    let info = [u32_attr(1, 0x0001_0201), u32_attr(2, 4096), u32_attr(3, 5)];
    let expected = Info {
        version: 0x0001_0201,
        connection_table_size: 4096,
    };
    assert_eq!(config::decode_info(&info.concat()), Ok(expected));
    for (number, attribute) in [
        (0, "IPVS_INFO_ATTR_CONN_TAB_SIZE"),
        (1, "IPVS_INFO_ATTR_VERSION"),
    ] {
        assert_eq!(config::decode_info(&info[number]), lacking(attribute));
    }
}

/// The outcome where an attribute is missing.
fn lacking<T>(attribute: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::Missing { attribute })
}

#[test]
fn the_nest_of_a_reply_with_or_without_its_flag() {
    let wanted = CommandAttribute::Service;
    for flag in [0, NLA_F_NESTED] {
        let reply = [
            attr(2 | flag, b"dest"),
            attr(1 | flag, b"service"),
            attr(99 | flag, b"newer"),
        ];
        let inside = nest::nested(&reply.concat(), wanted).map(<[u8]>::to_vec);
        assert_eq!(inside, Ok(b"service".to_vec()));
    }
    let attribute = "IPVS_CMD_ATTR_SERVICE";
    let missing = Err(DecodeError::Missing { attribute });
    assert_eq!(nest::nested(&attr(2, b"dest"), wanted), missing);
    assert_eq!(nest::nested(&[], wanted), missing);
}

#[test]
fn the_generic_header_of_a_reply() {
    let payload = [1, 1, 0, 0, 8, 0, 4, 0];
    for length in 0..4 {
        assert_eq!(attributes(&payload[..length]), Err(DecodeError::Header));
    }
    assert_eq!(attributes(&payload[..4]), Ok(&[][..]));
    assert_eq!(attributes(&payload), Ok(&payload[4..]));
}

#[test]
fn a_reply_that_is_cut_off() {
    let whole = tcp_service();
    let bytes = whole.concat();
    // Where an attribute ends, its padding need not be there.
    let mut ends = vec![0..=0];
    for attribute in &whole {
        let start = ends.last().map_or(0, |end| *end.end());
        let length = usize::from(u16::from_ne_bytes([attribute[0], attribute[1]]));
        ends.push(start + length..=start + attribute.len());
    }
    for length in 0..bytes.len() {
        let inside = "IPVS_CMD_ATTR_SERVICE";
        let cut_off = Err(DecodeError::Attributes { inside });
        let outcome = service::decode(&bytes[..length]);
        let at_an_end = ends.iter().any(|end| end.contains(&length));
        assert_eq!(
            outcome == cut_off,
            !at_an_end,
            "{length} bytes: {outcome:?}"
        );
    }
}

#[test]
fn errors_name_the_attribute() {
    let attribute = "IPVS_SVC_ATTR_PORT";
    let size = DecodeError::Size {
        attribute,
        got: 1,
        expected: 2,
    };
    for (error, text) in [
        (size, "IPVS_SVC_ATTR_PORT is 1 byte long, not 2"),
        (
            DecodeError::Value {
                attribute,
                value: 9,
            },
            "IPVS_SVC_ATTR_PORT has the value 9, which this program does not know",
        ),
        (
            DecodeError::LongName { attribute },
            "IPVS_SVC_ATTR_PORT is longer than 15 bytes",
        ),
        (
            DecodeError::Missing { attribute },
            "IPVS_SVC_ATTR_PORT is missing",
        ),
        (
            DecodeError::Attributes { inside: attribute },
            "the attributes inside IPVS_SVC_ATTR_PORT are cut off",
        ),
        (DecodeError::Header, "a generic netlink header is cut off"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
