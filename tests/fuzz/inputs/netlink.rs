//! Any bytes as a datagram of the kernel's: every message in it is a value, which can be shown and
//! sent again, or an error that says what is wrong.

use std::fmt::Display;

use ipvsadm::cli::command::View;
use ipvsadm::format::labels::Labels;
use ipvsadm::format::table::{Layout, write_services, write_version};
use ipvsadm::format::{rules, timeouts_and_daemons};
use ipvsadm::kernel::ipvs::KernelError;
use ipvsadm::kernel::ipvs::message::{Attributes, DecodeError, attributes};
use ipvsadm::kernel::ipvs::nest::nested;
use ipvsadm::kernel::ipvs::uapi::CommandAttribute;
use ipvsadm::kernel::ipvs::{config, daemon, real_server, service};
use ipvsadm::kernel::netlink::answer::{Answer, Answers};
use ipvsadm::model::{Change, Family, RealServerEntry, ServiceEntry, ServiceWithServers};

use super::is_harmless;

/// The port for which the messages are meant.
const PORT: u32 = 0;

pub fn check(input: &[u8]) {
    let mut table: Vec<ServiceWithServers> = Vec::new();
    for received in Answers::of(input, PORT) {
        match received.map(|received| received.answer) {
            Ok(Answer::Payload(payload)) => match attributes(payload) {
                Ok(attributes) => payload_of_any_kind(attributes, &mut table),
                Err(error) => can_be_shown(&error),
            },
            Ok(Answer::Refused(refusal) | Answer::Done(Some(refusal))) => {
                can_be_shown(&KernelError::of_change(&Change::Clear, refusal));
            }
            Ok(Answer::Acknowledged | Answer::Done(None)) => {}
            Err(error) => can_be_shown(&error),
        }
    }
    can_be_listed(&table);
    for listed in &table {
        can_be_saved(listed);
    }
}

/// The kind of a payload follows from the request; here there was none.
fn payload_of_any_kind(bytes: &[u8], table: &mut Vec<ServiceWithServers>) {
    if let Some(entry) = shown(nested(bytes, CommandAttribute::Service).and_then(service::decode)) {
        comes_back_as_service(&entry);
        let servers = Vec::new();
        table.push(ServiceWithServers { entry, servers });
    }
    let inside = shown(nested(bytes, CommandAttribute::Dest));
    for family in [Family::V4, Family::V6] {
        let Some(entry) =
            inside.and_then(|inside| shown(real_server::decode(inside, family, true)))
        else {
            continue;
        };
        comes_back_as_server(&entry);
        if let Some(last) = table.last_mut() {
            last.servers.push(entry);
        }
    }
    let mut out = Vec::new();
    let sync_daemon = nested(bytes, CommandAttribute::Daemon).and_then(daemon::decode);
    if let Some(sync_daemon) = shown(sync_daemon) {
        timeouts_and_daemons::write_daemon(&mut out, &sync_daemon)
            .expect("memory takes everything");
    }
    if let Some(timeouts) = shown(config::decode_timeouts(bytes)) {
        timeouts_and_daemons::write_timeouts(&mut out, &timeouts).expect("memory takes everything");
    }
    if let Some(info) = shown(config::decode_info(bytes)) {
        write_version(&mut out, &info).expect("memory takes everything");
    }
    lines(out);
}

fn shown<T>(outcome: Result<T, DecodeError>) -> Option<T> {
    outcome.inspect_err(|error| can_be_shown(error)).ok()
}

fn can_be_shown(error: &dyn Display) {
    let text = error.to_string();
    assert!(is_harmless(&text) && !text.is_empty(), "{text:?}");
}

/// The number of lines, of which none can steer a terminal.
fn lines(out: Vec<u8>) -> usize {
    let text = String::from_utf8(out).expect("output is text");
    assert!(text.lines().all(is_harmless), "{text:?}");
    text.lines().count()
}

/// A table has one line for each service and each server, in every view.
fn can_be_listed(table: &[ServiceWithServers]) {
    use View::{PersistentConnections, Plain, Rate, Stats, Thresholds, TunnelInfo};
    let servers: usize = table.iter().map(|listed| listed.servers.len()).sum();
    let labels = &Labels::default();
    for view in [
        Plain,
        Stats,
        Rate,
        Thresholds,
        PersistentConnections,
        TunnelInfo,
    ] {
        for exact in [false, true] {
            let layout = Layout {
                view,
                exact,
                labels,
                meter: None,
                coloured: false,
                visible: None,
            };
            let mut out = Vec::new();
            write_services(&mut out, table, &layout).expect("memory takes everything");
            assert_eq!(lines(out), table.len() + servers);
        }
    }
}

fn can_be_saved(listed: &ServiceWithServers) {
    let service = listed.entry.service;
    let mut rule = String::new();
    rules::change(&mut rule, &Change::AddService(service));
    for entry in &listed.servers {
        rules::change(&mut rule, &Change::AddServer(service.id, entry.server));
    }
    assert!(is_harmless(&rule), "{rule:?}");
}

/// A service that is sent as it was read is read the same.
fn comes_back_as_service(entry: &ServiceEntry) {
    let mut bytes = Vec::new();
    service::encode(&mut Attributes::to(&mut bytes), &entry.service);
    let again = nested(&bytes, CommandAttribute::Service)
        .and_then(service::decode)
        .map(|entry| entry.service);
    assert_eq!(again, Ok(entry.service));
}

/// A server that is sent as it was read is read the same.
fn comes_back_as_server(entry: &RealServerEntry) {
    let mut bytes = Vec::new();
    real_server::encode(&mut Attributes::to(&mut bytes), &entry.server);
    let family = Family::of(entry.server.endpoint.address);
    let again = nested(&bytes, CommandAttribute::Dest)
        .and_then(|inside| real_server::decode(inside, family, true))
        .map(|entry| entry.server);
    assert_eq!(again, Ok(entry.server));
}
