//! What is saved can be restored: every model, as text, is read as the same model.

use std::net::IpAddr;

use ipvsadm::cli::Lookup;
use ipvsadm::cli::command::{RuleChange, RuleCommand};
use ipvsadm::cli::limits::LONGEST_LINE;
use ipvsadm::cli::usage::UsageError;
use ipvsadm::exit_status::ExitStatus;
use ipvsadm::format::encoding;
use ipvsadm::format::labels::Labels;
use ipvsadm::format::rules;
use ipvsadm::format::rules::fast::SavedRules;
use ipvsadm::format::rules::lines::LineBuffer;
use ipvsadm::format::rules::read::parse_line;
use ipvsadm::model::{Change, Protocol};
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
        Ok(Some(RuleCommand::Change(RuleChange::Make(change)))) => change,
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
    fn saved_rules_are_read_as_the_reader_of_all_options_reads_them(lines in nearly_saved()) {
        let mut reader = SavedRules::default();
        for line in &lines {
            if let Some((change, length)) = reader.first_of(format!("{line}\n-A").as_bytes()) {
                prop_assert_eq!(read(line), *change, "{}", line);
                prop_assert_eq!(length, line.len());
            }
        }
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
        let expected = RuleCommand::Change(RuleChange::Make(Change::AddServer(id, server)));
        prop_assert_eq!(restored, Ok(Some(expected)), "{}", line);
    }

    #[test]
    fn any_line_ends_in_a_command_or_an_error(line in any_line()) {
        if let Err(error) = parse_line(&line, &Nameless) {
            prop_assert!([2, 255].contains(&(ExitStatus::from(error.kind()) as u8)));
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_as_the_same_lines_in_pieces_of_any_size(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(any_line(), 0..8).prop_map(|lines| lines.join("\n").into_bytes()),
            // Byte-order marks, of which only the first is not part of a line.
            (0..4_usize, any_line()).prop_map(|(marks, line)| ("\u{feff}".repeat(marks) + &line).into_bytes()),
        ],
        size in 1..50_usize,
    ) {
        prop_assume!(!encoding::is_utf16(&bytes));
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        if let Some(first) = lines.first_mut() {
            *first = encoding::without_mark(first);
        }
        let mut outcomes = [Vec::new(), Vec::new()];
        for (outcome, size) in outcomes.iter_mut().zip([size, usize::MAX]) {
            let mut pieces = Pieces { bytes: &bytes, size };
            let mut buffer = LineBuffer::default();
            let mut more = true;
            while more {
                more = buffer.fill(&mut pieces).unwrap();
                while let Some(line) = buffer.next_line(!more) {
                    let read = buffer.parse(&line, &Nameless);
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

/// However small the pieces are that a line comes in, it is noticed as soon as it is too long.
#[test]
fn a_line_without_an_end_is_read_no_further_than_the_longest() {
    const PIECE: usize = 64;
    let bytes = vec![b'x'; 16 << 20];
    let mut pieces = Pieces {
        bytes: &bytes,
        size: PIECE,
    };
    let mut lines = LineBuffer::default();
    let line = loop {
        assert!(lines.fill(&mut pieces).unwrap());
        if let Some(line) = lines.next_line(false) {
            break line;
        }
    };
    let read = bytes.len() - pieces.bytes.len();
    assert!(
        (LONGEST_LINE..=LONGEST_LINE + PIECE).contains(&read),
        "{read}"
    );
    assert_eq!(line.number, 1);
    let error = lines.parse(&line, &Nameless).unwrap_err();
    assert!(matches!(error.error, UsageError::LongLine), "{error}");
    assert!(lines.next_line(true).is_none());
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

/// Lines that saves write, some of them with a typo.
fn nearly_saved() -> impl Strategy<Value = Vec<String>> {
    let address = prop_oneof![
        Just("10.0.0.1:80".to_owned()),
        Just("10.0.0.1:8".to_owned()),
        "(0|1|9|25|99|010|100|255|256|300)(\\.(0|1|01|25|255|256)){2,4}(:(0|1|080|80|65535|65536|123456)?)?",
    ];
    let number = "0|1|007|2147483647|2147483648|999999999|1000000000|-1|";
    let server = (
        address.clone(),
        address.clone(),
        "-[mgi]",
        number,
        "( -x 1)?( -y 0?2)?",
    )
        .prop_map(|(service, server, method, weight, rest)| {
            format!("-a -t {service} -r {server} {method} -w {weight}{rest}")
        });
    let service = (
        address,
        "rr|wlc|sixteen-letters-|abcdefghijklmno|abcdefghijklmnop|",
    )
        .prop_map(|(service, scheduler)| format!("-A -u {service} -s {scheduler}"));
    let typo = |line: String| {
        (
            0..=line.len(),
            prop_oneof![Just(""), Just(" "), Just("-"), Just("0"), Just("\t")],
        )
            .prop_map(move |(at, with)| format!("{}{with}{}", &line[..at], &line[at..]))
    };
    let written = prop_oneof![4 => server, 1 => service];
    // Lines that have much in common with the one before: only what is new in them is read.
    let near = "-a -[tu] 10\\.0\\.0\\.[12]:80 -r 10\\.0\\.1?[01]\\.(0|1|25|255|256):80(80)? -[mgi] -w [12]( -x 7 -y 6)?";
    let line = prop_oneof![
        3 => written.clone(),
        6 => near,
        1 => written.prop_flat_map(typo),
        1 => any_line(),
    ];
    prop::collection::vec(line, 1..6)
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

/// The property above would hold for a reader that reads nothing.
#[test]
fn what_a_save_writes_of_most_tables_is_read_in_one_pass() {
    let mut reader = SavedRules::default();
    for line in [
        "-A -t 10.0.0.1:80 -s rr",
        "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 1",
        "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -g -w 0",
        "-a -t 10.0.0.1:80 -r 255.255.255.254:65535 -i -w 999999999 -x 100 -y 80",
        "-A -u 10.0.0.1:80 -s wlc",
        "-a -u 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1",
    ] {
        assert_eq!(
            reader.first_of(format!("{line}\n").as_bytes()),
            Some((&read(line), line.len())),
            "{line}"
        );
        // Without its end it may go on.
        assert_eq!(reader.first_of(line.as_bytes()), None, "{line}");
    }
}
