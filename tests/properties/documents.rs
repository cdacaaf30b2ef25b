//! JSON: whatever the model holds is a right document after the schema, which is read as the same model;
//! a document that is wrong in one place is refused, by the schema and by the program.

use std::io;
use std::sync::LazyLock;

use ipvsadm::cli::command::{Restore, RestoreMode, RuleChange};
use ipvsadm::commands::restore::error::RestoreError;
use ipvsadm::commands::restore::json;
use ipvsadm::diagnose::facts::Facts;
use ipvsadm::diagnose::{Finding, Grade, Id, report};
use ipvsadm::error::Error;
use ipvsadm::format::json::{DocumentWriter, Extent, connection};
use ipvsadm::kernel::ipvs::status::{StatusReport, StatusSource};
use ipvsadm::kernel::proc::connections;
use ipvsadm::kernel::proc::sysctls::Sysctls;
use ipvsadm::model::status::{Buckets, Status};
use ipvsadm::model::sysctl::SYSCTLS;
use ipvsadm::model::{Change, Info, RealServerEntry, ServiceEntry, ServiceWithServers, Stats};
use ipvsadm::run::Session;
use ipvsadm::sys::netns::Netns;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::strategies::{daemon, server, service, service_id, timeouts};

/// The schema as it lies beside the manual page.
pub static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../man/ipvsadm.schema.json")).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
});

/// A document as the program writes it.
pub fn written(fill: impl FnOnce(&mut DocumentWriter) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    let mut document = DocumentWriter::begin(&mut out).unwrap();
    fill(&mut document).unwrap();
    document.end().unwrap();
    String::from_utf8(out).unwrap()
}

fn of_services(table: &[ServiceWithServers], extent: Extent) -> String {
    written(|document| {
        document.begin_services()?;
        table
            .iter()
            .try_for_each(|listed| document.service(listed, extent))?;
        document.end_services()
    })
}

/// Checks a document, which must be one line.
pub fn assert_valid(line: &str) {
    assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
    let document = serde_json::from_str(line).unwrap();
    let error = SCHEMA
        .validate(&document)
        .err()
        .map(|error| error.to_string());
    assert_eq!(error, None, "{line}");
}

/// The changes that a document says, read by the program.
fn read(text: &str) -> Result<Vec<Change>, RestoreError> {
    let wanted = Restore::new(RestoreMode::Atomic);
    let (mut out, mut report) = (Vec::new(), |_: &str| {});
    let mut session = Session::new(Netns::Own, &mut out, &mut report);
    let rules = json::read(&mut text.as_bytes(), &wanted, &mut session)?;
    let changes = rules.changes().map(|rule| match rule {
        RuleChange::Make(change) => *change,
        other => panic!("{other:?}"),
    });
    Ok(changes.collect())
}

fn stats() -> impl Strategy<Value = Stats> {
    any::<([u64; 5], [u64; 5])>().prop_map(|(totals, rates)| {
        let [connections, in_packets, out_packets, in_bytes, out_bytes] = totals;
        let [
            connection_rate,
            in_packet_rate,
            out_packet_rate,
            in_byte_rate,
            out_byte_rate,
        ] = rates;
        Stats {
            connections,
            in_packets,
            out_packets,
            in_bytes,
            out_bytes,
            connection_rate,
            in_packet_rate,
            out_packet_rate,
            in_byte_rate,
            out_byte_rate,
        }
    })
}

fn listed() -> impl Strategy<Value = ServiceWithServers> {
    let of = |id| {
        let entry = (server(id), any::<[u32; 3]>(), stats());
        let entry =
            entry.prop_map(
                |(server, [active, inactive, persistent], stats)| RealServerEntry {
                    server,
                    active_connections: active,
                    inactive_connections: inactive,
                    persistent_connections: persistent,
                    stats,
                },
            );
        let entries = prop::collection::vec(entry, 0..4);
        (service(id), stats(), entries)
    };
    let parts = service_id().prop_flat_map(of);
    parts.prop_map(|(service, stats, servers)| ServiceWithServers {
        entry: ServiceEntry { service, stats },
        servers,
    })
}

/// Findings with everything, and with nothing that can be missing.
#[test]
fn diagnoses_are_valid() {
    let facts = Facts::default();
    let full = Finding::new(Id::ForwardingOff, Grade::Broken, "a \"title\"\n")
        .seen("something")
        .why("Why.")
        .sysctl("net.ipv4.ip_forward", 1)
        .run_on("2001:db8::11".parse().unwrap(), "ip link set lo up");
    let bare = Finding::new(Id::NoServer, Grade::Note, "a title").why("Why.");
    for findings in [vec![], vec![full, bare]] {
        assert_valid(&report::json(report::Extent::of(&facts), &findings).unwrap());
    }
}

fn buckets() -> impl Strategy<Value = Buckets> {
    let lengths = prop::collection::vec(any::<(u64, u64)>(), 0..3);
    (any::<u64>(), any::<i64>(), lengths).prop_map(|(count, load_factor, lengths)| Buckets {
        count,
        load_factor,
        lengths,
    })
}

fn status() -> impl Strategy<Value = StatusReport> {
    let numbers = any::<[Option<u64>; 6]>();
    let tables = (prop::option::of(buckets()), prop::option::of(buckets()));
    let source = prop::sample::select(vec![
        StatusSource::File,
        StatusSource::NoFile,
        StatusSource::Denied,
    ]);
    let names = prop::sample::subsequence(SYSCTLS.map(|sysctl| sysctl.name).to_vec(), 0..10);
    let settings = (names, "[a-z_]{1,9}", 0..20_u8, any::<bool>());
    (numbers, tables, source, settings).prop_map(|(numbers, tables, source, settings)| {
        let [
            connections,
            services,
            thread_slots,
            thread_slots_max,
            chain,
            estimators,
        ] = numbers;
        let (names, unknown, value, first) = settings;
        let value = value.to_string();
        let names = names.into_iter().chain([unknown.as_str()]);
        let values: Vec<(&str, &str)> = names.map(|name| (name, value.as_str())).collect();
        StatusReport {
            info: Info {
                version: 1,
                connection_table_size: 2,
            },
            status: Status {
                connections,
                connection_buckets: tables.0,
                services,
                service_buckets: tables.1,
                thread_slots,
                thread_slots_max,
                chain_length_max: chain,
                thread_estimators_max: estimators,
            },
            source,
            sysctls: Sysctls::of(&values, first),
        }
    })
}

proptest! {
    /// A restore passes over what is only observed.
    #[test]
    fn every_status_is_a_right_document(report in status()) {
        let line = written(|document| {
            document.info(&report.info)?;
            document.status(&report)
        });
        assert_valid(&line);
        prop_assert_eq!(read(&line).unwrap(), Vec::new());
    }

    #[test]
    fn every_table_is_a_right_document(
        table in prop::collection::vec(listed(), 0..4),
        timeouts in timeouts(),
        daemons in prop::collection::vec(daemon(), 0..3),
    ) {
        for extent in [Extent::Configuration, Extent::Everything] {
            assert_valid(&of_services(&table, extent));
        }
        let rest = written(|document| {
            document.timeouts(&timeouts)?;
            document.daemons(&daemons)
        });
        assert_valid(&rest);
    }

    #[test]
    fn every_table_comes_back(
        table in prop::collection::vec(listed(), 0..4),
        timeouts in timeouts(),
        daemons in prop::collection::vec(daemon(), 0..3),
    ) {
        let mut expected = Vec::new();
        for listed in &table {
            let service = listed.entry.service;
            expected.push(Change::AddService(service));
            let servers = listed.servers.iter();
            expected.extend(servers.map(|entry| Change::AddServer(service.id, entry.server)));
        }
        for extent in [Extent::Configuration, Extent::Everything] {
            let text = of_services(&table, extent);
            prop_assert_eq!(&read(&text).unwrap(), &expected, "{}", text);
        }
        let rest = written(|document| {
            document.timeouts(&timeouts)?;
            document.daemons(&daemons)
        });
        let daemons = daemons.into_iter().map(Change::StartDaemon);
        let expected: Vec<Change> = std::iter::once(Change::SetTimeouts(timeouts))
            .chain(daemons)
            .collect();
        prop_assert_eq!(read(&rest).unwrap(), expected, "{}", rest);
    }

    #[test]
    fn any_text_is_a_document_or_an_error(
        text in ".{0,60}",
        place in 0..3000_usize,
        cut in any::<bool>(),
    ) {
        // A document with something in it that does not belong there, or without its end.
        let mut document = complete().to_string();
        let place = place % document.len();
        if cut {
            document.truncate(place);
        }
        document.insert_str(place.min(document.len()), &text);
        if let Err(error) = read(&document) {
            prop_assert_eq!(Error::from(error).exit_status(false) as u8, 2);
        }
    }

    #[test]
    fn every_connection_is_a_right_document(
        line in "(TCP|UDP|SCTP|IP|ESP) [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{7}1 [0-9A-F]{4} \
            [0-9A-F]{8} [0-9A-F]{4} [!-~]{1,12} [0-9]{1,9}( sip .{0,30})?"
    ) {
        let Ok(read) = connections::parse(&line) else {
            panic!("{line}");
        };
        let mut text = Vec::new();
        connection(&mut text, &read).unwrap();
        assert_valid(&String::from_utf8(text).unwrap());
    }
}

/// A document with every member there is.
fn complete() -> Value {
    let counters = value!({
        "connections": 1, "in_packets": 2, "out_packets": 3, "in_bytes": 4, "out_bytes": 5,
    });
    value!({
        "schema": 1,
        "ipvs": { "version": "1.2.1", "connection_table_size": 4096 },
        "services": [
            {
                "protocol": "tcp", "address": "192.0.2.1", "port": 80,
                "scheduler": "sh", "scheduler_flags": ["sh-port"],
                "persistence": 300, "netmask": "255.255.255.0", "persistence_engine": "sip",
                "one_packet": false, "stats": counters, "rates": counters,
                "servers": [{
                    "address": "10.0.0.1", "port": 80, "forwarding": "tunnel",
                    "tunnel": { "type": "gue", "port": 6080, "checksum": "off" },
                    "weight": 1, "upper_threshold": 2, "lower_threshold": 1,
                    "active_connections": 1, "inactive_connections": 0,
                    "persistent_connections": 0, "stats": counters, "rates": counters,
                }],
            },
            { "firewall_mark": 5, "family": "ipv6", "netmask": 64, "persistence": 1 },
        ],
        "timeouts": { "tcp": 900, "tcp_fin": 120, "udp": 300 },
        "daemons": [{
            "role": "master", "interface": "eth0", "sync_id": 7, "max_length": 1400,
            "group": "224.0.0.81", "port": 8848, "ttl": 1,
        }],
    })
}

#[test]
fn what_is_wrong_is_refused() {
    assert!(SCHEMA.is_valid(&complete()));
    assert_eq!(read(&complete().to_string()).unwrap().len(), 5);
    let service = "/services/0";
    let server = "/services/0/servers/0";
    for (place, member, value) in [
        ("", "schema", value!(2)),
        ("", "schema", value!("1")),
        ("", "service", value!([])),
        ("", "services", value!({})),
        (service, "protocol", value!("TCP")),
        (service, "address", value!("www.example.com")),
        (service, "address", value!("192.0.2.1:80")),
        (service, "port", value!("80")),
        (service, "port", value!(65536)),
        (service, "firewall_mark", value!(5)),
        (service, "family", value!("ipv4")),
        (service, "scheduler", value!("a-name-of-16-byte")),
        (service, "scheduler_flags", value!("sh-port")),
        (service, "scheduler_flags", value!(["port"])),
        (service, "persistence", value!(0)),
        (service, "persistence", value!(2_678_401)),
        (service, "netmask", value!("24")),
        (service, "netmask", value!(129)),
        (service, "one_packet", value!(1)),
        (service, "stats", value!({})),
        (service, "servers", value!(null)),
        ("/services/1", "firewall_mark", value!(0)),
        ("/services/1", "protocol", value!("tcp")),
        ("/services/1", "port", value!(80)),
        (server, "address", value!(1)),
        (server, "forwarding", value!("masquerading")),
        (server, "forwarding", value!("nat")),
        (server, "weight", value!(-1)),
        (server, "weight", value!(1.5)),
        (server, "weight", value!(2_147_483_648_u32)),
        (server, "wieght", value!(1)),
        (server, "upper_threshold", value!(-1)),
        (server, "active_connections", value!(-1)),
        ("/services/0/servers/0/tunnel", "type", value!("ipip")),
        ("/services/0/servers/0/tunnel", "type", value!("gre")),
        ("/services/0/servers/0/tunnel", "port", value!(0)),
        ("/services/0/servers/0/tunnel", "checksum", value!(false)),
        ("/timeouts", "tcp", value!(2_678_401)),
        ("/timeouts", "tcpfin", value!(1)),
        ("/daemons/0", "role", value!("slave")),
        ("/daemons/0", "max_length", value!(65508)),
        ("/daemons/0", "ttl", value!(256)),
        ("/daemons/0", "sync_id", value!(256)),
    ] {
        let mut document = complete();
        document.pointer_mut(place).unwrap()[member] = value.clone();
        assert!(!SCHEMA.is_valid(&document), "{place} {member}: {value}");
        let observed = ["stats", "active_connections"].contains(&member);
        let read = read(&document.to_string());
        assert_eq!(read.is_ok(), observed, "{place} {member}: {value}");
    }
    for (place, member) in [
        ("", "schema"),
        (service, "protocol"),
        (service, "address"),
        (server, "address"),
        (server, "forwarding"),
        ("/services/1", "firewall_mark"),
        ("/daemons/0", "role"),
    ] {
        let mut document = complete();
        let object = document.pointer_mut(place).unwrap().as_object_mut();
        object.unwrap().remove(member).unwrap();
        assert!(!SCHEMA.is_valid(&document), "{place} without {member}");
        let read = read(&document.to_string());
        assert!(read.is_err(), "{place} without {member}");
    }
}
