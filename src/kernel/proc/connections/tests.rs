//! Lines of /proc/net/ip_vs_conn, as kernels print them and broken.

use super::*;
use crate::model::Protocol;
use proptest::prelude::*;

fn endpoint(text: &str) -> Endpoint {
    let socket: std::net::SocketAddr = text.parse().unwrap();
    Endpoint {
        address: socket.ip(),
        port: socket.port(),
    }
}

fn unknown(line: &str) -> LineError {
    LineError {
        path: PATH,
        line: line.to_owned(),
    }
}

const TCP: &str = "TCP 0A000001 D431 0A000002 0050 C0A80007 1F90 ESTABLISHED     899";

#[test]
fn a_connection_of_ipv4() {
    let expected = Connection {
        protocol: "TCP",
        source: endpoint("10.0.0.1:54321"),
        service: endpoint("10.0.0.2:80"),
        destination: endpoint("192.168.0.7:8080"),
        state: "ESTABLISHED",
        origin: None,
        expires: 899,
        engine: None,
    };
    assert_eq!(parse(TCP), Ok(expected));
    assert_eq!(expected.transport(), Some(Protocol::Tcp));
}

#[test]
fn a_connection_of_ipv6_with_engine_data() {
    let line = "UDP 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 \
        2001:0db8:0000:0000:0000:0000:0000:0002 13C4 0A000001 0001 UDP             300 sip a  b@c ";
    let connection = parse(line).unwrap();
    assert_eq!(connection.source, endpoint("[2001:db8::1]:5060"));
    assert_eq!(connection.service, endpoint("[2001:db8::2]:5060"));
    // A server of the other family, behind a tunnel.
    assert_eq!(connection.destination, endpoint("10.0.0.1:1"));
    assert_eq!(connection.transport(), Some(Protocol::Udp));
    // The data is the client's: every blank in it counts.
    let engine = EngineData {
        name: "sip",
        data: "a  b@c ",
    };
    assert_eq!(connection.engine, Some(engine));
}

#[test]
fn a_template_of_a_firewall_mark() {
    let line = "IP  0A000001 0000 00000005 0000 C0A80007 0000 NONE             5999";
    let connection = parse(line).unwrap();
    assert_eq!(connection.service, endpoint("0.0.0.5:0"));
    assert_eq!(connection.firewall_mark(), Some(5));
    assert_eq!(connection.transport(), None);
    assert_eq!(connection.expires, 5999);
    let line = "IP  2001:0db8:0000:0000:0000:0000:0000:0001 0000 \
        ffff:fffe:0000:0000:0000:0000:0000:0000 0000 \
        2001:0db8:0000:0000:0000:0000:0000:0002 0000 NONE 5999";
    assert_eq!(parse(line).unwrap().firewall_mark(), Some(4_294_967_294));
    assert_eq!(parse(TCP).unwrap().firewall_mark(), None);
}

#[test]
fn a_connection_with_its_origin() {
    for (word, origin) in [("LOCAL ", Origin::Local), ("SYNC  ", Origin::Synced)] {
        let line =
            format!("TCP 0A000001 D431 0A000002 0050 C0A80007 1F90 ESTABLISHED {word}     899");
        let expected = Connection {
            origin: Some(origin),
            ..parse(TCP).unwrap()
        };
        assert_eq!(TableFile::WithOrigin.parse(&line), Ok(expected));
        // Neither file has the other one's lines.
        assert!(parse(&line).is_err());
    }
    for line in [TCP, &TCP.replace("ESTABLISHED", "ESTABLISHED FOREIGN")] {
        let error = TableFile::WithOrigin.parse(line).unwrap_err().to_string();
        let expected = format!("/proc/net/ip_vs_conn_sync has a line of an unknown form: '{line}'");
        assert_eq!(error, expected);
    }
}

#[test]
fn lines_of_an_unknown_form() {
    // Every beginning of a line that lacks a field.
    let fields: Vec<&str> = TCP.split_ascii_whitespace().collect();
    for count in 0..fields.len() {
        let line = fields[..count].join(" ");
        assert_eq!(parse(&line), Err(unknown(&line)));
    }
    for (field, broken) in [
        (1, "0A00000G"),
        (1, "10A000001"),
        (2, "10000"),
        (3, ":"),
        (8, "-1"),
        // What could steer a terminal is no word of the kernel's.
        (0, "T\x1bP"),
        (7, "NO\tNE"),
        (8, "899 s\x1bp data"),
    ] {
        let mut fields = fields.clone();
        fields[field] = broken;
        assert!(parse(&fields.join(" ")).is_err(), "{broken}");
    }
    let text = unknown("a\u{1b}b").to_string();
    assert_eq!(
        text,
        "/proc/net/ip_vs_conn has a line of an unknown form: 'a\\u{1b}b'"
    );
}

proptest! {
    #[test]
    fn any_line_ends_in_a_connection_or_an_error(line in "[ 0-9A-Fa-z:\\[\\]]{0,90}|.{0,60}") {
        if let Err(error) = parse(&line) {
            prop_assert_eq!(error, unknown(&line));
        }
    }
}
