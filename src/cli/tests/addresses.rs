//! Addresses and ports as they are typed.

use std::net::{IpAddr, Ipv4Addr};

use super::Book;
use crate::cli::address::{HostPort, host_port, inet_aton};
use crate::cli::usage::Problem;
use crate::model::Protocol;

fn read(word: &str) -> Result<HostPort, Problem> {
    host_port(word, Protocol::Tcp, &Book)
}

#[test]
fn addresses_with_and_without_a_port() {
    for (word, address, port) in [
        ("1.2.3.4", "1.2.3.4", None),
        ("1.2.3.4:80", "1.2.3.4", Some(80)),
        ("1.2.3.4:0", "1.2.3.4", Some(0)),
        ("1.2.3.4:65535", "1.2.3.4", Some(65535)),
        ("1.2.3.4:+5", "1.2.3.4", Some(5)),
        ("1.2.3.4: 5", "1.2.3.4", Some(5)),
        ("1.2.3.4:0080", "1.2.3.4", Some(80)),
        ("1.2.3.4:http", "1.2.3.4", Some(80)),
        ("1.2.3.4:domain", "1.2.3.4", Some(53)),
        ("[six.example]:80", "2001:db8::1", Some(80)),
        ("10.1:80", "10.0.0.1", Some(80)),
        ("10.1", "10.0.0.1", None),
        ("0x0a.1:80", "10.0.0.1", Some(80)),
        ("0x0a000001", "10.0.0.1", None),
        ("012.0.0.1:80", "10.0.0.1", Some(80)),
        ("16909060:80", "1.2.3.4", Some(80)),
        ("1.2.3.4 x:80", "1.2.3.4", Some(80)),
        ("vip.example", "10.0.0.1", None),
        ("vip.example:http", "10.0.0.1", Some(80)),
        ("six.example:80", "2001:db8::1", Some(80)),
        ("six.example", "2001:db8::1", None),
        ("::1", "::1", None),
        ("::", "::", None),
        ("[::1]:80", "::1", Some(80)),
        ("[2001:db8::1]:http", "2001:db8::1", Some(80)),
        ("[::ffff:1.2.3.4]:80", "::ffff:1.2.3.4", Some(80)),
        // What could be meant as a port is the last group.
        ("2001:db8::1:80", "2001:db8::1:80", None),
    ] {
        let expected = HostPort {
            address: address.parse().unwrap(),
            port,
        };
        assert_eq!(read(word), Ok(expected), "{word}");
    }
}

#[test]
fn words_that_are_no_address() {
    let host = |name: &str| Problem::UnknownHost(name.to_owned());
    let service = |name: &str| Problem::UnknownService(name.to_owned());
    let bad = |part: &str, why| Problem::BadAddress {
        part: part.into(),
        why,
    };
    let looks_like = |part: &str, why| Problem::UnknownAddress {
        part: part.into(),
        why,
    };
    for (word, problem) in [
        ("", Problem::NotAnAddress),
        (":80", Problem::NotAnAddress),
        ("16909060", Problem::NotAnAddress),
        ("80", Problem::NotAnAddress),
        ("[::1]", Problem::NoPortInBrackets),
        ("[::1", Problem::NoPortInBrackets),
        ("[::1]80", Problem::NoPortInBrackets),
        ("[]:80", Problem::NotAnAddress),
        ("[1.2.3.4]:80", Problem::NotAnAddress),
        ("[vip.example]:80", Problem::NotAnAddress),
        ("[2001:db8::1%lo]:80", Problem::NotAnAddress),
        (
            "fe80::1%lo",
            bad("1%lo", "has a zone, which IPVS does not know"),
        ),
        (
            "2001:db8::1/64",
            bad(
                "1/64",
                "has a prefix length, which no address can have here",
            ),
        ),
        ("2001:db8::g", bad("g", "is not a hexadecimal number")),
        ("2001:db8::12345", bad("12345", "has more than four digits")),
        (
            "2001:db8:1:2",
            bad("2001:db8:1:2", "has fewer than eight groups"),
        ),
        (
            "1:2:3:4:5:6:7:8:9",
            bad("1:2:3:4:5:6:7:8:9", "has more than eight groups"),
        ),
        (
            "1.2.3.4:80:81",
            bad("1.2.3.4:80:81", "has fewer than eight groups"),
        ),
        (":::", Problem::NotAnAddress),
        ("1::2::3", Problem::NotAnAddress),
        ("1.2.3.256:80", looks_like("256", "is more than 255")),
        ("192.0.2.1.5:80", looks_like("5", "is one part too many")),
        ("192.0..1", looks_like("", "is empty")),
        (
            "192.0.2.1/24",
            looks_like(
                "1/24",
                "has a prefix length, which no address can have here",
            ),
        ),
        ("192.0.2.1O", looks_like("1O", "is not a number")),
        (
            "192.0.2.08",
            looks_like(
                "08",
                "is octal, as it begins with 0, and has a digit above 7",
            ),
        ),
        ("7.pool.example", host("7.pool.example")),
        ("1.2.3.4:1000-2000", Problem::ManyPorts),
        ("1.2.3.4:80,443", Problem::ManyPorts),
        ("[2001:db8::1]:80,443", Problem::ManyPorts),
        ("1.2.3.4:80-", service("80-")),
        ("nowhere:80", host("nowhere")),
        ("nowhere", host("nowhere")),
        ("-1", host("-1")),
        ("1.2.3.4:", Problem::NotAPort),
        ("[2001:db8::1]:", Problem::NotAPort),
        ("1.2.3.4:65536", Problem::NotAPort),
        ("1.2.3.4:-1", Problem::NotAPort),
        ("1.2.3.4:0x50", service("0x50")),
        ("1.2.3.4:80x", service("80x")),
        ("1.2.3.4:bogus", service("bogus")),
        ("1.2.3.4:tftp", service("tftp")),
    ] {
        assert_eq!(read(word), Err(problem), "{word}");
    }
}

#[test]
fn service_names_belong_to_a_protocol() {
    let port = |word, protocol| host_port(word, protocol, &Book).map(|place| place.port);
    let unknown = |name: &str| Err(Problem::UnknownService(name.to_owned()));
    assert_eq!(port("1.1.1.1:domain", Protocol::Udp), Ok(Some(53)));
    assert_eq!(port("1.1.1.1:tftp", Protocol::Udp), Ok(Some(69)));
    assert_eq!(port("1.1.1.1:http", Protocol::Udp), unknown("http"));
    assert_eq!(port("1.1.1.1:http", Protocol::Sctp), unknown("http"));
}

#[test]
fn a_place_takes_a_port_where_it_has_none() {
    let place = read("1.2.3.4").unwrap();
    assert_eq!(place.with_port(80).to_string(), "1.2.3.4:80");
    let place = read("[::1]:0").unwrap();
    assert_eq!(place.with_port(80).to_string(), "[::1]:0");
    assert_eq!(
        place.with_port(80).address,
        "::1".parse::<IpAddr>().unwrap()
    );
}

/// What the C library's inet_aton(3) says of each.
#[test]
fn ipv4_addresses_as_the_c_library_reads_them() {
    for (word, address) in [
        ("1.2.3.4", "1.2.3.4"),
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("0", "0.0.0.0"),
        ("00", "0.0.0.0"),
        ("1", "0.0.0.1"),
        ("4294967295", "255.255.255.255"),
        ("0xffffffff", "255.255.255.255"),
        ("0XFFFFFFFF", "255.255.255.255"),
        ("037777777777", "255.255.255.255"),
        ("10.1", "10.0.0.1"),
        ("10.16777215", "10.255.255.255"),
        ("10.0xffffff", "10.255.255.255"),
        ("10.1.2", "10.1.0.2"),
        ("10.1.65535", "10.1.255.255"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("010.020.030.040", "8.16.24.32"),
        ("0xa.0xB.0xc.0xD", "10.11.12.13"),
        ("0001.02.03.04", "1.2.3.4"),
        ("1.2.3.4 trailing words", "1.2.3.4"),
        ("1.2.3.4\n", "1.2.3.4"),
        ("1 .2", "0.0.0.1"),
    ] {
        let expected: Ipv4Addr = address.parse().unwrap();
        assert_eq!(inet_aton(word), Some(expected), "{word:?}");
    }
    for word in [
        "",
        " ",
        ".",
        "1.",
        ".1",
        "1..2",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1.2.3.256",
        "256.1",
        "1.256.1",
        "1.2.65536",
        "1.16777216",
        "4294967296",
        "0x100000000",
        "040000000000",
        "08",
        "1.2.3.09",
        "0x",
        "0xg",
        "0x.1",
        "1.0x",
        "x1",
        "1x",
        "1.2.3.4x",
        "+1",
        "-1",
        "1.+2",
        "1.-2",
        "0x+1",
        " 1.2.3.4",
        "1.2. 3.4",
        "1,2",
        "a.b.c.d",
        "::1",
        "１",
        "1.2.3.4\u{a0}",
    ] {
        assert_eq!(inet_aton(word), None, "{word:?}");
    }
}
