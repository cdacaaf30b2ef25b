//! What is saved can be restored: every model, as text, is read as the same model.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use ipvsadm::cli::Lookup;
use ipvsadm::command::Command;
use ipvsadm::model::{Change, Protocol};
use ipvsadm::output::labels::Labels;
use ipvsadm::output::rules;
use ipvsadm::restore::text::{Text, parse_line};
use proptest::prelude::*;

use super::strategies::{change, server, service, service_id};

/// A world without names: what is saved in numbers is restored without any.
pub struct Nameless;

impl Lookup for Nameless {
    fn host(&self, _: &str) -> Option<IpAddr> {
        None
    }

    fn port(&self, _: &str, _: Protocol) -> Option<u16> {
        None
    }
}

/// Names in which every IPv4 address and every port is called after its number.
struct Numbered;

impl Lookup for Numbered {
    fn host(&self, name: &str) -> Option<IpAddr> {
        let number = name.strip_prefix("host-")?.parse().ok()?;
        Some(IpAddr::V4(u32::into(number)))
    }

    fn port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        name.strip_prefix(protocol.name())?
            .strip_prefix("-port-")?
            .parse()
            .ok()
    }
}

fn read(line: &str) -> Change {
    match parse_line(line, &Nameless) {
        Ok(Some(Command::Change(change))) => change,
        other => panic!("{line}: {other:?}"),
    }
}

proptest! {
    #[test]
    fn a_service_comes_back(service in service_id().prop_flat_map(service)) {
        let mut line = String::new();
        rules::service(&mut line, &service, &Labels::default());
        let restored = read(&line);
        prop_assert_eq!(restored, Change::AddService(service), "{}", line);
        let mut again = String::new();
        rules::change(&mut again, &restored);
        prop_assert_eq!(again, line);
    }

    #[test]
    fn a_server_comes_back(
        (id, server) in service_id().prop_flat_map(|id| (Just(id), server(id)))
    ) {
        let mut line = String::new();
        rules::server(&mut line, &id, &server, &Labels::default());
        let restored = read(&line);
        prop_assert_eq!(restored, Change::AddServer(id, server), "{}", line);
        let mut again = String::new();
        rules::change(&mut again, &restored);
        prop_assert_eq!(again, line);
    }

    #[test]
    fn every_change_comes_back(change in change(service_id())) {
        let mut line = String::new();
        rules::change(&mut line, &change);
        prop_assert_eq!(read(&line), change, "{}", line);
        // No blank too many, or a script's search for a part of the line fails.
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        prop_assert_eq!(words.join(" "), line);
    }

    #[test]
    fn names_come_back(
        (id, server) in service_id().prop_flat_map(|id| (Just(id), server(id)))
    ) {
        let own = match id {
            ipvsadm::model::ServiceId::Address { endpoint, .. } => Some(endpoint),
            ipvsadm::model::ServiceId::FirewallMark { .. } => None,
        };
        let mut labels = Labels::default();
        for endpoint in own.into_iter().chain([server.endpoint]) {
            if let IpAddr::V4(address) = endpoint.address {
                let name = format!("host-{}", u32::from(address));
                labels.hosts.insert(endpoint.address, name);
            }
            if let Some(protocol) = id.protocol() {
                let name = format!("{}-port-{}", protocol.name(), endpoint.port);
                labels.ports.insert((protocol, endpoint.port), name);
            }
        }
        let mut line = String::new();
        rules::server(&mut line, &id, &server, &labels);
        let restored = parse_line(&line, &Numbered);
        let expected = Command::Change(Change::AddServer(id, server));
        prop_assert_eq!(restored, Ok(Some(expected)), "{}", line);
    }

    #[test]
    fn any_line_ends_in_a_command_or_an_error(line in any_line()) {
        if let Err(error) = parse_line(&line, &Nameless) {
            prop_assert!([2, 255].contains(&(error.exit_status() as u8)));
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_as_the_same_lines_in_pieces_of_any_size(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(any_line(), 0..8).prop_map(|lines| lines.join("\n").into_bytes()),
        ],
        size in 1..50_usize,
    ) {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let mut outcomes = [Vec::new(), Vec::new()];
        for (outcome, size) in outcomes.iter_mut().zip([size, usize::MAX]) {
            let mut pieces = Pieces { bytes: &bytes, size };
            let mut text = Text::default();
            let mut more = true;
            while more {
                more = text.fill(&mut pieces).unwrap();
                while let Some(line) = text.next_line(!more) {
                    let read = text.parse(&line, &Nameless);
                    let read = read.map_err(|error| (error.number, error.line, error.error));
                    outcome.push((line.number, read));
                }
            }
        }
        prop_assert_eq!(&outcomes[0], &outcomes[1]);
        prop_assert_eq!(outcomes[0].len(), lines.len());
        for (index, (number, outcome)) in outcomes[0].iter().enumerate() {
            prop_assert_eq!(*number, index + 1);
            if let Ok(line) = std::str::from_utf8(lines[index]) {
                let alone = parse_line(line.trim_end_matches('\n'), &Nameless);
                prop_assert_eq!(&alone, &outcome.clone().map_err(|(_, _, error)| error));
            }
        }
    }
}

/// A line that comes in small pieces is not looked through again with each: that would take minutes.
#[test]
fn a_long_line_takes_time_in_proportion() {
    const LENGTH: usize = 16 << 20;
    let bytes = vec![b'x'; LENGTH];
    let started = Instant::now();
    let mut pieces = Pieces {
        bytes: &bytes,
        size: 64,
    };
    let mut text = Text::default();
    while text.fill(&mut pieces).unwrap() {
        assert!(text.next_line(false).is_none());
        assert!(started.elapsed() < Duration::from_secs(60));
    }
    let line = text.next_line(true).unwrap();
    assert_eq!(line.number, 1);
}

/// A reader that gives at most so many bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(super::words::any_word(), 0..8);
    let of_words = words.prop_map(|words| words.join(" "));
    let of_a_change = change(service_id()).prop_map(|change| {
        let mut line = String::new();
        rules::change(&mut line, &change);
        line
    });
    prop_oneof![of_words, of_a_change, ".{0,80}", "#.{0,20}"]
}
